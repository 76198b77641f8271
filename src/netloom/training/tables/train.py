"""Training a model on a table: from descriptions to a model package on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from netloom.core.digests import digest_of_json
from netloom.models.tabular.package import TableManifest, save_table_package
from netloom.training.assembly import Learning, batch_size_of, put_together
from netloom.training.averaging import WeightAverage, build_average
from netloom.training.checkpoints import CheckpointFolder
from netloom.training.devices import build_fabric
from netloom.training.loop import Fit
from netloom.training.peers import ConnectedPeers, Peers
from netloom.training.ranks import Rank
from netloom.training.requirements import check_batch_norm
from netloom.training.sharing import learned, shared_out
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
    return shared_out(training, _train)


def _train(training: TableTraining, rank: Rank | None) -> TableTrainingResult:
    if rank is not None:
        training = replace(training, scratch=training.scratch / str(rank.index))
    done = learned(
        training.recipe,
        lambda: prepare_table(training),
        lambda prepared: _assembled(training, prepared, rank),
        rank=rank,
    )
    manifest = done.prepared.manifest
    if rank is None or rank.index == 0:
        manifest = save_table_package(
            training.package,
            manifest,
            done.fit.trainable.state_dict(),
            feature_map=training.feature_map.to_text(),
        )
    report = {**done.prepared.report(training), **done.ending(training.recipe)}
    return TableTrainingResult(manifest, done.progress.history, report)


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
        checkpoints=CheckpointFolder.keeping(
            training.reporter.checkpoints,
            recipe.checkpoints,
            signature=_signature(training, prepared),
        ),
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
