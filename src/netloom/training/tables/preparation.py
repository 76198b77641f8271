"""From a table and a description to what can be trained: rows, fitted targets, a network with weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from netloom.core.errors import InvalidData
from netloom.models.tabular.network import TableNet, build_table_network
from netloom.models.tabular.package import TableManifest
from netloom.models.tabular.spec import Target
from netloom.tasks.tabular.input import feature_input
from netloom.tasks.tabular.label_counts import (
    LabelCounts,
    class_weights,
    fitted_target,
    label_problems,
)
from netloom.tasks.tabular.objective import Objective
from netloom.tasks.tabular.targets import outputs_of, target_problems
from netloom.training.randomness import seed_everything
from netloom.training.tables.hot_start import EarlierModel, HotStart, earlier_model, hot_start
from netloom.training.tables.rows import (
    TrainingRows,
    encoding_problems,
    order_problems,
    row_problems,
    training_rows,
)
from netloom.training.tables.training import TableTraining


@dataclass(frozen=True, kw_only=True)
class PreparedTable:
    """What a training on a table starts with.

    Attributes:
        paths: Files of the table.
        objective: Of targets with everything filled in that the training part decides.
        network: On the CPU, with its first weights.
        manifest: Of the model package to be; without digests.
        start: What was taken over, if there was a model to start from.
    """

    paths: tuple[str, ...]
    rows: TrainingRows
    objective: Objective
    network: TableNet
    manifest: TableManifest
    start: HotStart | None

    def report(self, training: TableTraining) -> dict[str, Any]:
        """Rows, labels, dates and what was started from, as JSON."""
        return {
            "rows": self.rows.to_json(),
            "labels": {
                name: {counts.target.column: counts.to_json() for counts in part.labels}
                for name, part in (("train", self.rows.train), ("valid", self.rows.valid))
            },
            "dates": {"features": training.feature_map.date, "data": training.table.date},
            "parameters": sum(p.numel() for p in self.network.parameters()),
            "start": None if self.start is None else self.start.to_json(),
        }


def prepare_table(training: TableTraining) -> PreparedTable:
    """Go through the labels, build the network and give it its first weights.

    Raises:
        InvalidData: The table does not fit the model, the feature map or the recipe; all reasons at once.
        NotFound: The model to start from does not exist.
    """
    paths = training.table.files(training.resolve).paths
    _refuse(
        target_problems(training.model.targets, training.table.columns),
        encoding_problems(training, paths),
        order_problems(training),
    )
    rows = training_rows(training, paths)
    _refuse(
        row_problems(training, rows),
        label_problems(
            rows.train.labels,
            rows.valid.labels,
            drops_missing=training.missing_labels == "drop",
        )
        if rows.train.rows
        else [],
    )
    earlier = earlier_model(training)
    targets = tuple(_fitted(counts, earlier) for counts in rows.train.labels)
    seed_everything(training.recipe.seed)
    input = feature_input(training.feature_map)
    network = build_table_network(training.model.network, input, outputs_of(targets))
    start = hot_start(network, targets, training.feature_map, earlier) if earlier else None
    manifest = TableManifest(
        network=training.model.network,
        input=input,
        targets=targets,
        date=training.table.date,
        started_from=earlier.manifest.weights_sha256 if earlier else "",
    )
    prepared = PreparedTable(
        paths=paths,
        rows=rows,
        objective=_objective(targets, rows.train.labels),
        network=network,
        manifest=manifest,
        start=start,
    )
    _tell(training, prepared)
    return prepared


def _refuse(*problems: Sequence[Any]) -> None:
    found = [problem for some in problems for problem in some]
    if found:
        raise InvalidData(*found)


def _fitted(counts: LabelCounts, earlier: EarlierModel | None) -> Target:
    """The target with its classes or scale: those of the model started from, where they will do."""
    old = earlier.target(counts.target) if earlier else None
    if old is None:
        return fitted_target(counts.target, counts)
    if old.type == "number":
        return counts.target.model_copy(update={"scale": old.scale})
    known = old.classes or ()
    if counts.target.classes is None and set(counts.classes) <= set(known):
        return counts.target.model_copy(update={"classes": known})
    return fitted_target(counts.target, counts)


def _objective(targets: Sequence[Target], labels: Sequence[LabelCounts]) -> Objective:
    weights = [
        class_weights(target, counts.classes)
        for target, counts in zip(targets, labels, strict=True)
    ]
    return Objective(targets, class_weights=weights)


def _tell(training: TableTraining, prepared: PreparedTable) -> None:
    note, rows = training.reporter.note, prepared.rows
    count = sum(p.numel() for p in prepared.network.parameters())
    note(
        f"{training.model.network.type}: {count:,} parameters; {rows.train.rows:,} rows to learn "
        f"from, {rows.valid.rows:,} for validation"
    )
    if rows.dropped:
        note(f"{rows.dropped:,} rows without a label are left out")
    fitted, today = training.feature_map.date, training.table.date
    if fitted and today and fitted != today:
        note(f"data of {today}, encoded with the feature map of {fitted}")
    if prepared.start is not None:
        for line in prepared.start.lines():
            note(line)
