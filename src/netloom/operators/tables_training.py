"""Training on tables: the job that turns a description and an encoded table into a model package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import Field

from netloom.core.column_names import ColumnOf
from netloom.core.errors import NotFound
from netloom.core.identifiers import ArtifactId
from netloom.core.locations import artifact_of, local_path
from netloom.core.model_names import NamesModel
from netloom.core.settings import (
    NonEmptyText,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    Seed,
)
from netloom.core.values import TableFile
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator
from netloom.models.tabular.spec import TableModel, TrainedTableModel
from netloom.operators import table_columns_models
from netloom.operators.alike import like
from netloom.tables.features.feature_map import FeatureMap
from netloom.tables.table import Table
from netloom.training.recipe import (
    AdamW,
    Average,
    Checkpointing,
    Optimizer,
    Precision,
    Recipe,
)
from netloom.training.schedules import Cosine, Schedule

if TYPE_CHECKING:
    from netloom.training.tables.training import TableTraining

_NEEDS = Needs(cpus=1, gpus=(0, 1), gpu="preferred")
_PRELOAD = ("torch", "lightning_fabric", "pyarrow.parquet", "netloom.training.tables.train")
ValidShare = Annotated[float, Field(ge=0.0, lt=1.0)]


class TrainedOnTable(NamedTuple):
    """What training on a table gives.

    Attributes:
        model: The trained model, with its feature map.
        history: One row per epoch of how it went.
        report: Rows and labels of each part, the days of the data and of the feature map, what was taken over
            from an earlier model, and where it ended.
    """

    model: TrainedTableModel
    history: TableFile
    report: dict[str, Any]


@operator(
    group="tables",
    id="tables.train",
    job=_NEEDS,
    preload=_PRELOAD,
    infer="drop",
    foresee=table_columns_models.train,
)
def train(
    model: TableModel,
    table: Table,
    features: FeatureMap,
    start_from: TrainedTableModel | None = None,
    *,
    epochs: PositiveInt = 10,
    batch_size: PositiveInt | Literal["auto"] = 1024,
    optimizer: Optimizer = AdamW(),
    schedule: Schedule = Cosine(),
    part_column: Annotated[NonEmptyText, ColumnOf("table")] = "part",
    valid_share: ValidShare = 0.1,
    missing_labels: Literal["error", "drop"] = "error",
    precision: Precision = "32-true",
    accumulate: PositiveInt = 1,
    clip_norm: PositiveFloat | None = None,
    clip_value: PositiveFloat | None = None,
    patience: NonNegativeInt | None = None,
    max_time_s: PositiveFloat | None = None,
    keep: Literal["best", "last"] = "best",
    average: Average | None = None,
    seed: Seed = 0,
    log_every: PositiveInt = 50,
    checkpoints: Checkpointing = Checkpointing(),
    window_rows: PositiveInt | None = None,
    run: RunContext,
) -> TrainedOnTable:
    """Train a network on an encoded table of any size.

    Rows whose part is `train` are learned from; those of `valid` decide which epoch's weights are kept.
    Interrupted training goes on from its last checkpoint, at the very row, and ends with equal weights.

    Args:
        model: What to train, and which columns it predicts.
        table: A table encoded with the feature map, with its label columns.
        features: The feature map that encoded it; it is frozen with the model.
        start_from: A trained model, such as that of the day before, whose weights to start from. If its
            feature map was another one, values and columns are matched by name.
        epochs: How often every row is learned from.
        batch_size: Rows per step, over all devices; auto takes as many as the memory holds, up to 8192 and to
            32 steps in an epoch.
        optimizer: How gradients change the weights, with the learning rate.
        schedule: How the learning rate moves over the training.
        part_column: Column that says train, valid or test, as tables.split writes it; encoding keeps one
            called `part` by itself, another one if it is named in `keep`.
        valid_share: Share of the rows for validation if the table has no such column, chosen by their keys.
        missing_labels: Rows without a label are an error, or left out; of several targets, a row counts for
            those it has a label of.
        precision: Numbers to compute with; the mixed ones are faster on GPUs.
        accumulate: Steps whose gradients are averaged into one update, for larger batches than fit.
        clip_norm: Longest gradient allowed; empty never shortens it.
        clip_value: Largest size of each number of a gradient; empty never cuts it off.
        patience: Epochs to wait for a better validation result before ending early; empty never ends early.
        max_time_s: Seconds after which training ends early, counted over all attempts; empty never ends.
        keep: Return the weights with the best validation result, or the last ones.
        average: Return averaged weights, by a moving average or over the last epochs; empty does not average.
        seed: Start of all random numbers: initial weights, order of rows, dropout.
        log_every: Steps between logged points; a point is the mean over them.
        checkpoints: When the state is saved, and what stays.
        window_rows: Rows in memory that are mixed with one another; more mix better. Empty: as many as
            are good.

    Returns:
        The trained model, a table with one row per epoch, and a report.
    """
    settings = locals()
    from netloom.training.history import write_history
    from netloom.training.tables.train import train_table_model

    with run.stopping_gracefully():
        result = train_table_model(_training(settings))
    write_history(run.resolve("work:history.parquet"), result.history)
    trained = TrainedTableModel(
        network=model.network, targets=result.manifest.targets, package="work:model"
    )
    return TrainedOnTable(trained, TableFile("work:history.parquet"), result.report)


@operator(
    group="tables",
    job=_NEEDS,
    preload=_PRELOAD,
    infer="drop",
    foresee=table_columns_models.training_forecast,
)
@like(train)
def training_forecast(arguments: dict[str, Any]) -> dict[str, Any]:
    """Tell how long a training on a table would take, and how much memory, from a few of its steps.

    It takes what ``tables.train`` takes, trains nothing and gives seconds, on this machine under its present
    load: in all, until the first step, for the steps of an epoch, a validation and a checkpoint; and bytes.
    """
    from netloom.training.tables.train import forecast_table_training

    told = forecast_table_training(_training(arguments))
    arguments["run"].note(f"about {told}")
    return told.to_json()


def _training(arguments: dict[str, Any]) -> TableTraining:
    """What ``tables.train`` was called with."""
    from netloom.training.tables.training import TableTraining

    run: RunContext = arguments["run"]
    chosen = {name: arguments[name] for name in Recipe.model_fields if name in arguments}
    return TableTraining(
        model=arguments["model"],
        table=arguments["table"],
        feature_map=arguments["features"],
        start_from=arguments.get("start_from"),
        resolve=run.resolve,
        recipe=Recipe(**chosen),
        reporter=run,
        package=run.resolve("work:model"),
        scratch=run.workdir / "scratch",
        part_column=arguments["part_column"],
        valid_share=arguments["valid_share"],
        missing_labels=arguments["missing_labels"],
        window_rows=arguments["window_rows"],
        gpus=run.gpus,
        memory_mb=run.memory_mb,
    )


def _model_identity(*, file: str, project: Path, **_: object) -> str:
    artifact = artifact_of(file)
    if artifact is not None:
        return artifact
    from netloom.core.digests import digest_of_file
    from netloom.models.package import MODEL_FILE
    from netloom.models.tabular.package import read_table_manifest

    folder = _package_folder(file, project)
    read_table_manifest(folder)  # which names the digests of weights and feature map
    return digest_of_file(folder / MODEL_FILE)


@operator(
    group="tables",
    job=Needs(cpus=0),
    identity=_model_identity,
    infer="drop",
    preload=("netloom.models.tabular.codec",),
    foresee=table_columns_models.trained_model,
)
def trained_model(
    *, file: Annotated[NonEmptyText, NamesModel(takes_rows=True)], run: RunContext
) -> TrainedTableModel:
    """A model trained on tables earlier, as it is: to predict with, or to start the next one from.

    Args:
        file: The folder of its package, a registered model (NAME@VERSION, NAME for the newest, or its id), an
            output of a run (RUN:NODE.PORT), or an artifact.
    """
    from netloom.models.tabular.codec import TrainedTableModelCodec

    artifact = artifact_of(file)
    folder = run.resolve(file) if artifact else _package_folder(file, run.project)
    found = TrainedTableModelCodec().load(folder, artifact=artifact or ArtifactId(""))
    if artifact:
        return found
    return TrainedTableModel(network=found.network, targets=found.targets, package=f"path:{folder}")


def _package_folder(file: str, project: Path) -> Path:
    folder = local_path(f"path:{file}", project)
    if not folder.is_dir():
        raise NotFound.of(
            f"there is no trained model {file!r}",
            code="T347",
            expected="the folder of a model that tables.train wrote, NAME@VERSION or the id of a registered "
            "model, RUN:NODE.PORT, or artifact:ID",
            fix="`netloom runs` lists runs; the page Models lists what is registered",
        )
    return folder
