"""A training on a table as it is ordered: what to train, on which rows, how, and with which means."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from netloom.core.locations import Resolve
from netloom.core.reporter import Reporter
from netloom.models.tabular.spec import TableModel, TrainedTableModel
from netloom.tables.features.feature_map import FeatureMap
from netloom.tables.table import Table
from netloom.training.callbacks import Callbacks
from netloom.training.recipe import Recipe

MissingLabels = Literal["error", "drop"]


@dataclass(frozen=True, kw_only=True)
class TableTraining:
    """Everything that a training on a table is given.

    Attributes:
        table: Encoded with ``feature_map``; its labels are among the columns.
        part_column: Column that says ``train``, ``valid`` or ``test``; if the table has none,
            ``valid_share`` of the rows are for validation, and their keys decide which.
        missing_labels: What to do about rows without a label: refuse them, or do without.
        start_from: A trained model to start from, or None.
        package: Folder to write the model package to.
        scratch: Folder for what is put aside meanwhile.
        gpus: CUDA devices granted; empty trains on the CPU. Several share every batch.
        ranks: Processes that share every batch; None takes one for each GPU.
        memory_mb: Main memory granted, for ``batch_size: auto``; None is what the machine has.
        window_rows: Rows that are mixed with one another at a time; None: as many as are good.
    """

    model: TableModel
    table: Table
    feature_map: FeatureMap
    resolve: Resolve
    recipe: Recipe
    reporter: Reporter
    package: Path
    scratch: Path
    part_column: str = "part"
    valid_share: float = 0.1
    missing_labels: MissingLabels = "error"
    start_from: TrainedTableModel | None = None
    gpus: tuple[int, ...] = ()
    ranks: int | None = None
    window_rows: int | None = None
    memory_mb: int | None = None
    callbacks: Callbacks = field(default_factory=Callbacks)
