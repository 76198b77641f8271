"""Training a model on a table: from descriptions to a model package on disk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from netloom.core.digests import digest_of_json
from netloom.models.tabular.package import TableManifest, save_table_package
from netloom.training.assembly import Learning, batch_size_of, put_together
from netloom.training.batch_size import Trial, with_batch_size
from netloom.training.devices import build_fabric
from netloom.training.forecast import Forecast, forecast_alone
from netloom.training.loop import Fit
from netloom.training.peers import ConnectedPeers, Peers
from netloom.training.ranks import Rank
from netloom.training.requirements import check_batch_norm
from netloom.training.sharing import learned, shared_out
from netloom.training.tables.batches import TableBatches
from netloom.training.tables.preparation import PreparedTable, prepare_table
from netloom.training.tables.rows import Part
from netloom.training.tables.training import TableTraining

_LARGEST = 8192
_SMALLEST = 32
_FEWEST_STEPS = 32
"""``batch_size: auto`` leaves so many in an epoch, or a small table would be learned from in a few steps."""


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
    return shared_out(decided(training), _train)


def forecast_table_training(training: TableTraining) -> Forecast:
    """What a training would need, on one device.

    Raises:
        InvalidData: The table does not fit the model, the feature map or the recipe; all reasons at once.
    """
    return forecast_alone(
        decided(training), lambda alone: _assembled(alone, prepare_table(alone), None)
    )


def decided(training: TableTraining) -> TableTraining:
    """A training with a number for ``batch_size``.

    Raises:
        InvalidData: The table does not fit the model; nothing was measured.
    """
    return with_batch_size(training, _trial)


def _trial(training: TableTraining) -> Trial:
    prepared = prepare_table(training)

    def inputs(size: int) -> tuple[Any, ...]:
        batches = _stored(training, prepared, prepared.rows.train, batch_size=size)
        return prepared.objective.inputs(next(batches.epoch(0)))

    return Trial(
        most=min(_LARGEST, max(_SMALLEST, prepared.rows.train.rows // _FEWEST_STEPS)),
        network=prepared.network,
        inputs=inputs,
        assembled=lambda recipe: _assembled(replace(training, recipe=recipe), prepared, None),
    )


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
    valid = None
    if prepared.rows.valid.rows and peers.rank == 0:
        valid = _stored(training, prepared, prepared.rows.valid, batch_size=batch_size_of(recipe))
    return put_together(
        training,
        Learning(
            network=network,
            learner=network,
            task=prepared.objective,
            headline=prepared.objective.headline,
            labels=(),
            loss=None,
            train=_batches(training, prepared, peers),
            valid=valid,
        ),
        fabric=fabric,
        peers=peers,
        signature=_signature(training, prepared),
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


def _stored(
    training: TableTraining, prepared: PreparedTable, part: Part, *, batch_size: int
) -> TableBatches:
    """Rows of a part in the order in which they are stored."""
    return TableBatches(
        prepared.paths,
        training.feature_map,
        part,
        prepared.objective.targets,
        batch_size=batch_size,
        learns=False,
        window_rows=training.window_rows,
    )


def _signature(training: TableTraining, prepared: PreparedTable) -> str:
    """Everything that a training depends on, as a digest."""
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
