"""Operators that fit feature maps and encode tables with them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from netloom.core.column_names import ColumnOf
from netloom.core.errors import NotFound
from netloom.core.locations import artifact_of, local_path
from netloom.core.settings import NonEmptyText, PositiveInt
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator
from netloom.operators import table_columns_features
from netloom.operators.table_engine import engine_of
from netloom.tables.features.codec import MAP_FILE, FeatureMapCodec
from netloom.tables.features.feature_map import FeatureMap
from netloom.tables.features.settings import Bucket, FeatureSettings, Others
from netloom.tables.table import WORK_ROWS, Table

CODECS = {FeatureMap: FeatureMapCodec()}

_WORKER = Needs(cpus=1)
_PRELOAD = ("pyarrow.parquet", "duckdb")


@operator(
    group="tables",
    infer="drop",
    job=_WORKER,
    preload=_PRELOAD,
    foresee=table_columns_features.fit_features,
)
def fit_features(
    table: Table,
    *,
    keys: tuple[Annotated[NonEmptyText, ColumnOf("table")], ...] = (),
    labels: tuple[Annotated[NonEmptyText, ColumnOf("table")], ...] = (),
    drop: tuple[Annotated[NonEmptyText, ColumnOf("table", is_pattern=True)], ...] = (),
    buckets: tuple[Bucket, ...] = (),
    others: Others | None = Others(),
    largest_vocabulary: PositiveInt = 1_000_000,
    run: RunContext,
) -> FeatureMap:
    """Find out how columns become numbers and ids for a network, once; later tables are encoded alike.

    Fit on the training part only. The map is frozen with the model: tables of later days are encoded with
    the same map, or ids would mean something else.

    Args:
        table: Rows to learn statistics and vocabularies from.
        keys: Columns that tell rows apart: kept as they are, never learned from. Empty: those of the table.
        labels: Columns to be predicted: kept as they are; tables to predict on need not have them.
        drop: Columns to leave out: names, or patterns with `*` and `?`.
        buckets: Groups of columns that are encoded alike. A column goes to the bucket that names it, else to
            the first that matches; `part` of tables.split to none that does not name it.
        others: The bucket of columns that no other takes; empty leaves them out.
        largest_vocabulary: More values in one column are an error unless its encoding limits them.

    Returns:
        The feature map.
    """
    from netloom.tables.features.fitting import fit_features as fit

    settings = FeatureSettings(
        keys=keys or table.keys,
        labels=labels,
        drop=drop,
        buckets=buckets,
        others=others,
        largest_vocabulary=largest_vocabulary,
    )
    with engine_of(run) as engine:
        fitted = fit(engine, table.files(run.resolve), settings, rows=table.rows, date=table.date)
    for remark in fitted.remarks:
        run.note(remark)
    return fitted.feature_map


@operator(
    group="tables",
    infer="drop",
    job=_WORKER,
    preload=_PRELOAD,
    foresee=table_columns_features.encode,
)
def encode(
    table: Table,
    features: FeatureMap,
    *,
    keep: tuple[Annotated[NonEmptyText, ColumnOf("table")], ...] = (),
    run: RunContext,
) -> Table:
    """Turn a table into numbers and ids with a fitted feature map.

    Keys, labels and the column `part` of tables.split stay as they are. Each bucket becomes
    `<bucket>_numbers` and `<bucket>_ids`, lists of a fixed width; lists and maps get columns of their own.

    Args:
        table: Rows of the columns that the map was fitted on. Labels may be missing.
        features: The feature map.
        keep: Further columns to leave as they are, such as those that metrics shall be sliced by.

    Returns:
        The encoded table; its files name the checksum of the map.
    """
    from netloom.tables.features.encoding import encode_table
    from netloom.tables.table import written_table

    with engine_of(run) as engine:
        encode_table(
            engine,
            table.files(run.resolve),
            features,
            run.resolve(WORK_ROWS),
            scratch=run.workdir / "scratch",
            keep=keep,
        )
    keys = tuple(key.name for key in features.keys)
    is_unique = bool(keys) and keys == table.keys
    if features.date and table.date and features.date != table.date:
        run.note(f"data of {table.date}, encoded with the feature map of {features.date}")
    return written_table(WORK_ROWS, run.resolve, keys=keys if is_unique else (), date=table.date)


def _map_identity(*, file: str, project: Path, **_: object) -> str:
    artifact = artifact_of(file)
    if artifact is not None:
        return artifact
    path = _map_file(file, project)
    facts = path.stat()
    return _checksum_of(path, file, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=64)
def _checksum_of(path: Path, name: str, size_bytes: int, changed_ns: int) -> str:
    """Kept as long as the file stays as it is: a map may be large, and is asked for at every plan."""
    return FeatureMap.from_text(path.read_bytes(), name=name).checksum


@operator(
    group="tables",
    infer="drop",
    job=Needs(cpus=0),
    identity=_map_identity,
    foresee=table_columns_features.feature_map,
)
def feature_map(*, file: NonEmptyText, run: RunContext) -> FeatureMap:
    """A feature map that was fitted earlier, as it is.

    Args:
        file: A `feature_map.json`, a folder that has one (such as that of a trained model), or an artifact.
    """
    artifact = artifact_of(file)
    path = run.resolve(file) / MAP_FILE if artifact else _map_file(file, run.project)
    return FeatureMap.from_text(path.read_bytes(), name=file)


def _map_file(file: str, project: Path) -> Path:
    path = local_path(f"path:{file}", project)
    path = path / MAP_FILE if path.is_dir() else path
    if not path.is_file():
        raise NotFound.of(
            f"there is no feature map {file!r}",
            code="T313",
            expected="a feature_map.json, a folder that has one, or artifact:ID",
            fix="Fit one with tables.fit_features and copy its feature_map.json into the project",
        )
    return path
