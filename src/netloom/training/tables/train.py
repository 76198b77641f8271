"""Training a model on a table: from descriptions to a model package on disk."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from netloom.core.digests import digest_of_json
from netloom.core.reporter import SilentReporter
from netloom.models.tabular.package import TableManifest, save_table_package
from netloom.training.assembly import Learning, batch_size_of, put_together
from netloom.training.averaging import WeightAverage, build_average
from netloom.training.callbacks import Callbacks
from netloom.training.checkpoints import CheckpointFolder
from netloom.training.devices import build_fabric, num_ranks
from netloom.training.failures import explained
from netloom.training.forecast import noted_forecast
from netloom.training.loop import Fit
from netloom.training.peers import ConnectedPeers, Peers
from netloom.training.randomness import seed_everything
from netloom.training.ranks import Rank, connected, run_ranks
from netloom.training.requirements import check_batch_norm
from netloom.training.tables.batches import TableBatches
from netloom.training.tables.preparation import PreparedTable, prepare_table
from netloom.training.tables.training import TableTraining

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from netloom.tasks.tabular.objective import TableBatch


class TableTrainingResult(NamedTuple):
    """What a training on a table leaves behind.

    Attributes:
        history: One row per epoch: epoch, step, loss, learning_rate, valid/….
        report: Rows, labels, dates, what it started from, and where it ended, as JSON.
    """

    manifest: TableManifest
    history: list[dict[str, float]]
    report: dict[str, Any]


def train_table_model(training: TableTraining) -> TableTrainingResult:
    """Train, keep the best (or last) weights, and write the model package with its feature map.

    Killed at any step and started again with the same checkpoints, it ends with equal weights. With several
    GPUs (or ``ranks``) one process for each takes its share of every batch.

    Raises:
        InvalidData: The table does not fit the model, the feature map or the recipe; all reasons at once.
        JobFailed: The loss diverged (X301), memory ran out (X332), or a process died (X331).
        JobCancelled: A stop was asked for; a checkpoint was saved.
    """
    count = _num_ranks(training)
    if count == 1:
        return _train(training)
    training.reporter.note(f"{count} devices share every batch of {training.recipe.batch_size}")
    return run_ranks(count, lambda rank: _train_together(training, rank))


def _num_ranks(training: TableTraining) -> int:
    granted = max(1, len(training.gpus) if training.ranks is None else training.ranks)
    count = num_ranks(granted, batch_size=batch_size_of(training.recipe))
    if count < granted:
        size = training.recipe.batch_size
        training.reporter.note(
            f"batch_size {size} is shared equally by {count} of {granted} devices"
        )
    return count


def _train_together(training: TableTraining, rank: Rank) -> TableTrainingResult:
    if rank.index > 0:
        mute = SilentReporter(training.reporter.checkpoints)
        training = replace(training, reporter=mute, callbacks=Callbacks())
    training = replace(training, scratch=training.scratch / str(rank.index))
    with connected(rank, backend="nccl" if training.gpus else "gloo"):
        return _train(training, rank)


def _train(training: TableTraining, rank: Rank | None = None) -> TableTrainingResult:
    started = time.monotonic()
    with explained(training.recipe):
        prepared = prepare_table(training)
        fit = _assembled(training, prepared, rank)
        if rank is not None and rank.index > 0:
            seed_everything(training.recipe.seed, rank=rank.index)
        elapsed_s = time.monotonic() - started
        told = noted_forecast(fit, start_s=elapsed_s) if rank is None else None
    with explained(training.recipe, needs="" if told is None else told.memory):
        progress = fit.run()
    manifest = prepared.manifest
    if rank is None or rank.index == 0:
        manifest = save_table_package(
            training.package,
            manifest,
            fit.trainable.state_dict(),
            feature_map=training.feature_map.to_text(),
        )
    report = {
        **prepared.report(training),
        "batch_size": training.recipe.batch_size,
        "steps": progress.step,
        "epochs": progress.epoch,
        "best_step": None if progress.best is None else progress.best.step,
        "stopped_early": progress.stopped,
    }
    return TableTrainingResult(manifest, progress.history, report)


def _assembled(training: TableTraining, prepared: PreparedTable, rank: Rank | None) -> Fit[Any]:
    recipe = training.recipe
    fabric = build_fabric(training.gpus, recipe.precision, rank=rank, note=training.reporter.note)
    peers = Peers() if rank is None else ConnectedPeers(fabric)
    check_batch_norm(prepared.network, batch_size_of(recipe), count=peers.count)
    network = prepared.network.to(fabric.device)
    train = _batches(training, prepared, peers)
    valid = None
    if prepared.rows.valid.rows and peers.rank == 0:
        valid = _validation(training, prepared)
    return put_together(
        recipe,
        Learning(
            network=network,
            learner=network,
            task=prepared.objective,
            headline=prepared.objective.headline,
            labels=(),
            loss=None,
            train=train,
            valid=valid,
            average=lambda: _average(training, prepared, train, fabric),
        ),
        fabric=fabric,
        peers=peers,
        reporter=training.reporter,
        checkpoints=_checkpoints(training, prepared),
        callbacks=training.callbacks,
    )


def _batches(training: TableTraining, prepared: PreparedTable, peers: Peers) -> TableBatches:
    recipe = training.recipe
    return TableBatches(
        prepared.paths,
        training.feature_map,
        prepared.rows.train,
        prepared.objective.targets,
        batch_size=batch_size_of(recipe) // peers.count,
        learns=True,
        seed=recipe.seed,
        window_rows=training.window_rows,
        rank=peers.rank,
        world_size=peers.count,
    )


def _validation(training: TableTraining, prepared: PreparedTable) -> TableBatches:
    return TableBatches(
        prepared.paths,
        training.feature_map,
        prepared.rows.valid,
        prepared.objective.targets,
        batch_size=batch_size_of(training.recipe),
        learns=False,
        window_rows=training.window_rows,
    )


def _average(
    training: TableTraining, prepared: PreparedTable, train: TableBatches, fabric: Fabric
) -> WeightAverage | None:
    recipe = training.recipe
    if recipe.average is None:
        return None

    def inputs() -> Iterator[tuple[Any, ...]]:
        batch: TableBatch
        for batch in train.epoch(0):
            columns = {name: tensor.to(fabric.device) for name, tensor in batch.columns.items()}
            yield (columns,)

    return build_average(recipe.average, prepared.network, epochs=recipe.epochs, batches=inputs)


def _checkpoints(training: TableTraining, prepared: PreparedTable) -> CheckpointFolder:
    cadence = training.recipe.checkpoints
    return CheckpointFolder(
        training.reporter.checkpoints,
        signature=_signature(training, prepared),
        keep_last=cadence.keep_last,
        keep_slow=cadence.keep_slow,
        keep_held=cadence.keep_held,
    )


def _signature(training: TableTraining, prepared: PreparedTable) -> str:
    """Identifies a training: a checkpoint continues only what it was made by."""
    return digest_of_json(
        {
            "manifest": prepared.manifest.model_dump(mode="json"),
            "recipe": training.recipe.model_dump(mode="json", exclude={"checkpoints"}),
            "table": training.table.to_json(),
            "rows": prepared.rows.to_json(),
            "features": training.feature_map.checksum,
            "order": [training.part_column, training.valid_share, training.missing_labels],
            "window_rows": training.window_rows,
        }
    )
