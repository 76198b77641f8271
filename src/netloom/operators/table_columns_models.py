"""What is known of models of tables before they are trained; see :mod:`netloom.operators.table_columns`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import NetloomError
from netloom.core.locations import artifact_of, local_path
from netloom.core.settings import Settings
from netloom.graph.prospect import Foresee, Prospect
from netloom.models.tabular.spec import Target
from netloom.tables.features.known_map import KnownMap
from netloom.tables.known_table import UNKNOWN, KnownTable

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model of tables, trained or not.

    Attributes:
        targets: What it predicts.
        features: The feature map that is frozen with it; None before training.
    """

    targets: tuple[Target, ...]
    features: KnownMap | None = None


def described_as(network: type[Settings]) -> Foresee:
    """What a model will predict, from its description; settings that do not go together are told."""

    def described(prospect: Prospect) -> Told:
        said = prospect.settings
        chosen = {name: getattr(said, name) for name in network.model_fields if name != "type"}
        try:
            network(**chosen)
        except NetloomError as error:
            prospect.blame(error.diagnostics)
        return {"out": KnownModel(said.targets)}

    return described


def train(prospect: Prospect) -> Told:
    """Targets must be columns of the encoded table, and no features."""
    model = prospect.known("model", KnownModel)
    table = prospect.known("table", KnownTable)
    features = prospect.known("features", KnownMap)
    if model is None:
        return {}
    leaks = [] if features is None else list(_leaks(model.targets, features))
    prospect.blame(leaks, port="features")
    if table is not None and not leaks:
        prospect.blame(_target_problems(model.targets, table), port="table")
    if table is not None and features is not None:
        prospect.blame(_encoding_problems(table, features), port="table")
        prospect.blame(_part_problems(prospect.settings, table, features))
    return {"model": KnownModel(model.targets, features)}


def training_forecast(prospect: Prospect) -> Told:
    """Nothing follows, but what would stop the training stops its forecast."""
    train(prospect)
    return {}


def trained_model(prospect: Prospect) -> Told:
    """Everything, from its package; that there is none is told by whoever plans."""
    file = prospect.settings.file
    if not prospect.looks_outside:
        return {}
    is_artifact = artifact_of(file) is not None
    folder = prospect.resolve(file) if is_artifact else local_path(f"path:{file}", prospect.project)
    document = folder / "model.json"
    if not document.is_file():
        return {}
    status = document.stat()
    return {"out": _known_of_package(folder, (status.st_mtime_ns, status.st_size))}


def predict(prospect: Prospect) -> Told:
    """Keys, what is kept, and columns for each target."""
    from netloom.inference.tables.prediction_columns import prediction_columns
    from netloom.inference.tables.wanted import Wanted

    said = prospect.settings
    model = prospect.known("model", KnownModel)
    table = prospect.known("table", KnownTable)
    if model is None or model.features is None or table is None:
        return {}
    prospect.blame(_input_problems(table, model.features), port="table")
    wanted = Wanted(
        outputs=said.outputs, keep=said.keep, prefix=said.prefix, threshold=said.threshold
    )
    try:
        found = prediction_columns(model.targets, model.features, table.columns, wanted)
    except NetloomError as error:
        prospect.blame(error.diagnostics, setting="keep")
        return {}
    keys = tuple(key.name for key in model.features.keys)
    is_unique = bool(keys) and keys == table.keys
    unique = keys if is_unique else () if table.keys is not None else None
    return {"out": KnownTable(found.columns, unique, date=table.date)}


def evaluate(prospect: Prospect) -> Told:
    """Nothing follows, but labels, the part and slices must be there; for each model that is measured."""
    table = prospect.known("table", KnownTable)
    models = [prospect.known(port, KnownModel) for port in ("model", "model_a", "model_b")]
    if table is None:
        return {}
    found: dict[tuple[str, str], Diagnostic] = {}
    for model in models:
        for problem in () if model is None else _measuring_problems(model, table):
            found.setdefault((problem.code, problem.message), problem)
    prospect.blame(found.values(), port="table")
    known = next((model.features for model in models if model is not None), None)
    prospect.blame(_choice_problems(prospect.settings, table, known))
    return {}


def compare(prospect: Prospect) -> Told:
    """As for an evaluation of both; and they must predict the same, of rows that can be matched."""
    from netloom.inference.tables.pairing import Compared, pairing_problems

    table = prospect.known("table", KnownTable)
    models = [prospect.known(port, KnownModel) for port in ("model_a", "model_b")]
    if None in models:
        return evaluate(prospect)
    first, second = (Compared(model.targets, model.features) for model in models)
    problems = list(pairing_problems(first, second, None if table is None else table.columns))
    prospect.blame(problems)
    # What else there is to say of an encoded table follows from that it is not to be encoded.
    return {} if any(problem.code == "T461" for problem in problems) else evaluate(prospect)


def _measuring_problems(model: KnownModel, table: KnownTable) -> Iterator[Diagnostic]:
    yield from _target_problems(model.targets, table)
    if model.features is not None:
        yield from _input_problems(table, model.features)


def _choice_problems(
    said: Any, table: KnownTable, features: KnownMap | None
) -> Iterator[Diagnostic]:
    """Columns of parts and slices that there are not."""
    from netloom.inference.tables.evaluation import MeasuredRows, column_problems

    wanted = MeasuredRows(
        part=said.part, part_column=said.part_column, slices=getattr(said, "slices", ())
    )
    is_encoded = features is not None and _is_encoded(table, features)
    for problem in column_problems(table.columns, wanted, is_encoded=is_encoded):
        setting = "part_column" if problem.code == "T352" else "slices"
        yield replace(problem, place=Place(setting=setting))


def _target_problems(targets: Sequence[Target], table: KnownTable) -> list[Diagnostic]:
    from netloom.tasks.tabular.targets import target_problems

    told = [
        target
        for target in targets
        if (column := table.column(target.column)) is None or column.type != UNKNOWN
    ]
    return target_problems(told, table.columns)


def _leaks(targets: Sequence[Target], features: KnownMap) -> Iterator[Diagnostic]:
    """Targets that the network would be told."""
    names = {column.name for column in features.features}
    for target in targets:
        if target.column in names:
            yield Diagnostic(
                code="T400",
                message=f"column {target.column!r} is a target and a feature: the network would be told "
                "what it is to find out",
                expected="targets among the `labels` of the feature map",
                got=", ".join(column.name for column in features.labels) or "no labels",
                fix="Name it in `labels` of tables.fit_features",
            )


def _part_problems(said: Any, table: KnownTable, features: KnownMap) -> Iterator[Diagnostic]:
    from netloom.training.tables.parts import part_problems

    return part_problems(
        table.names,
        {column.name for column in features.features},
        has_keys=bool(features.keys),
        part_column=said.part_column,
        valid_share=said.valid_share,
    )


def _encoding_problems(table: KnownTable, features: KnownMap) -> Iterator[Diagnostic]:
    """A table that another map encoded, or none."""
    if _is_of_another(table, features) or not _is_encoded(table, features):
        yield Diagnostic(
            code="T345",
            message="the table was not encoded with the feature map that is connected",
            expected=f"checksum {features.checksum}" if features.checksum else None,
            got=f"checksum {table.features}" if table.features else "no checksum",
            fix="Connect the same feature map to tables.encode and to tables.train",
        )


def _input_problems(table: KnownTable, features: KnownMap) -> Iterator[Diagnostic]:
    """A table that another map encoded, or what stands against encoding one that is not encoded yet."""
    if _is_of_another(table, features):
        yield Diagnostic(
            code="T314",
            message="the table was not encoded with the model's own feature map",
            expected=f"checksum {features.checksum}",
            got=f"checksum {table.features}",
            fix="Connect the table as it was before encoding",
        )
    elif not _is_encoded(table, features):
        yield from features.mismatches(table.columns)


def _is_of_another(table: KnownTable, features: KnownMap) -> bool:
    """Whether surely another map encoded it: of maps that are not fitted yet, nobody knows."""
    fitted = table.features and features.checksum
    return bool(fitted) and table.features != features.checksum


def _is_encoded(table: KnownTable, features: KnownMap) -> bool:
    """Whether it has what the map makes; also if that is not known."""
    names = set(table.names)
    return features.encoded is None or all(column.name in names for column in features.encoded)


@lru_cache(maxsize=16)
def _known_of_package(folder: Path, stamp: tuple[int, int]) -> KnownModel:
    from netloom.models.tabular.package import read_table_manifest
    from netloom.tables.features.codec import read_feature_map
    from netloom.tables.features.known_map import known_fitted

    manifest = read_table_manifest(folder)
    return KnownModel(manifest.targets, known_fitted(read_feature_map(folder)))
