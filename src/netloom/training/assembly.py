"""Putting a training together: batches, devices, optimiser and engine around a prepared network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from lightning_fabric import Fabric
from lightning_fabric.wrappers import _FabricModule
from torch import nn

from netloom.core.digests import digest_of_json
from netloom.tasks.protocol import Batches, Headline, Learnable
from netloom.training.averaging import WeightAverage, build_average
from netloom.training.checkpoints import CheckpointFolder
from netloom.training.devices import build_fabric
from netloom.training.engine import Engine
from netloom.training.freezing import TrainableBlocks
from netloom.training.frozen_features import FeatureBatches, computed_features, why_not_frozen
from netloom.training.learning_rates import learning_rates
from netloom.training.loop import Fit
from netloom.training.optimization import build_optimizer, describe_groups
from netloom.training.ordered import Ordered
from netloom.training.peers import ConnectedPeers, Peers
from netloom.training.preparation import Prepared
from netloom.training.ranks import Rank
from netloom.training.readers import num_readers
from netloom.training.recipe import Recipe
from netloom.training.requirements import check_batch_norm
from netloom.training.sampling import balanced_weights
from netloom.training.trainable import Supervised
from netloom.training.training import Training

if TYPE_CHECKING:
    from netloom.models.network import Network
    from netloom.models.tabular.network import TableNet

_NORM_EVERY = 10
"""Updates between measurements of the gradient norm: it is there when a training diverges."""


class _Parts(NamedTuple):
    """Batches of both parts, and the layers that learn from them."""

    train: Batches[Any]
    valid: Batches[Any] | None
    learner: nn.Module


def assembled(training: Training, prepared: Prepared, rank: Rank | None = None) -> Fit[Any]:
    """A training ready to run.

    Args:
        training: Its recipe's ``batch_size`` is a number.
        rank: Which of several processes this is; None for one on its own.
    """
    recipe = training.recipe
    fabric = build_fabric(training.gpus, recipe.precision, rank=rank, note=training.reporter.note)
    peers = Peers() if rank is None else ConnectedPeers(fabric)
    check_batch_norm(prepared.network, batch_size_of(recipe), count=peers.count)
    network = prepared.network.to(fabric.device)
    parts = _parts(training, prepared, fabric, peers)
    return put_together(
        training,
        Learning(
            network=network,
            learner=parts.learner,
            task=prepared.task,
            headline=prepared.task.headline,
            labels=prepared.manifest.labels,
            loss=prepared.loss,
            train=parts.train,
            valid=parts.valid,
        ),
        fabric=fabric,
        peers=peers,
        signature=_signature(training, prepared),
    )


@dataclass(frozen=True, kw_only=True)
class Learning:
    """A network on its device, and what it learns from what.

    Attributes:
        learner: Those of its layers that are given batches; usually all.
        labels, loss: What ``task`` is given of them.
    """

    network: Network | TableNet
    learner: nn.Module
    task: Learnable[Any]
    headline: Headline
    labels: Sequence[str]
    loss: Any
    train: Batches[Any]
    valid: Batches[Any] | None


def put_together(
    training: Ordered, learning: Learning, *, fabric: Fabric, peers: Peers, signature: str
) -> Fit[Any]:
    """Optimiser, rates and engine around a network and its batches.

    Args:
        signature: Identifies the training: a checkpoint continues only what it was made by.
    """
    recipe, reporter, network = training.recipe, training.reporter, learning.network
    # A gradient scaler must see the gradients before a fused optimiser uses them, and a fused one
    # cannot take in parameters later.
    optimizer = build_optimizer(
        recipe.optimizer,
        network.named_parameters(),
        blocks=network.blocks(),
        layer_decay=recipe.layer_decay,
        fused=recipe.precision != "16-mixed" and recipe.unfreeze is None,
    )
    if recipe.optimizer.groups or recipe.layer_decay != 1.0:
        reporter.note(describe_groups(optimizer))
    # After the optimiser, which freezes groups of rate 0.
    blocks = TrainableBlocks(network, recipe.unfreeze)
    module, fabric_optimizer = fabric.setup(learning.learner, optimizer)
    per_epoch = -(-len(learning.train) // recipe.accumulate)
    rates = learning_rates(recipe, total=per_epoch * recipe.epochs, steps_per_epoch=per_epoch)
    engine = Engine(
        fabric,
        modules={"network": module},
        optimizers={"network": fabric_optimizer},
        schedule=rates.schedule,
        group_schedules=rates.group_schedules,
        accumulate=recipe.accumulate,
        clip_norm=recipe.clip_norm,
        clip_value=recipe.clip_value,
        norm_every=0 if recipe.clip_norm else _NORM_EVERY,
        average=_average(recipe, learning, fabric),
    )
    trainable = Supervised(
        module,
        learning.task,
        labels=learning.labels,
        loss=learning.loss,
        whole=network,
        # Validated by one process alone: through the original layers, which wait for nobody.
        measured=_FabricModule(learning.learner, fabric.strategy) if peers.count > 1 else None,
    )
    return Fit(
        trainable=trainable,
        engine=engine,
        batches=learning.train,
        validation=learning.valid if peers.rank == 0 else None,
        headline=learning.headline,
        recipe=recipe,
        reporter=reporter,
        checkpoints=CheckpointFolder.keeping(
            reporter.checkpoints, recipe.checkpoints, signature=signature
        ),
        callbacks=training.callbacks,
        blocks=blocks,
        peers=peers,
    )


def batch_size_of(recipe: Recipe) -> int:
    """Samples per step, once it is decided."""
    assert isinstance(recipe.batch_size, int), "auto was not decided"
    return recipe.batch_size


def _parts(training: Training, prepared: Prepared, fabric: Fabric, peers: Peers) -> _Parts:
    """Batches of pictures for the whole network, or of their features for the head alone."""
    recipe, task, network = training.recipe, prepared.task, prepared.network
    batch_size = batch_size_of(recipe)
    ordering: dict[str, Any] = {
        "batch_size": batch_size // peers.count,
        "shuffle": True,
        "seed": recipe.seed,
        "weights_N": None,
    }
    if recipe.sampling == "balanced":
        ordering["weights_N"] = balanced_weights(prepared.train.labels_N)
    reason = why_not_frozen(network, prepared.train, recipe) if peers.count == 1 else ""
    if reason is None:
        features = [
            computed_features(network, task, samples, fabric) if len(samples) else None
            for samples in (prepared.train, prepared.valid)
        ]
        training.reporter.note("only the head learns: features of all pictures computed once")
        assert features[0] is not None
        return _Parts(
            FeatureBatches(features[0], task, prepared.train, **ordering),
            None
            if features[1] is None
            else FeatureBatches(features[1], task, prepared.valid, batch_size=batch_size),
            network.head,
        )
    if reason:
        training.reporter.note(reason)
    readers = num_readers(prepared.train, cores=training.cores // peers.count)
    return _Parts(
        task.batches(
            prepared.train,
            num_workers=readers,
            rank=peers.rank,
            world_size=peers.count,
            **ordering,
        ),
        task.batches(prepared.valid, batch_size=batch_size, num_workers=readers)
        if len(prepared.valid) and peers.rank == 0
        else None,
        network,
    )


def _average(recipe: Recipe, learning: Learning, fabric: Fabric) -> WeightAverage | None:
    """The average of the weights that is kept, if one is."""
    if recipe.average is None:
        return None

    def inputs() -> Iterator[tuple[Any, ...]]:
        for batch in learning.train.epoch(0):
            yield fabric.to_device(learning.task.inputs(batch))

    return build_average(recipe.average, learning.learner, epochs=recipe.epochs, batches=inputs)


def _signature(training: Training, prepared: Prepared) -> str:
    """Everything that a training depends on, as a digest."""
    start = training.start_from
    return digest_of_json(
        {
            "manifest": prepared.manifest.model_dump(mode="json"),
            "tune": training.model.to_json()["tune"],
            "recipe": training.recipe.model_dump(mode="json", exclude={"checkpoints"}),
            "loss": training.loss.model_dump(mode="json"),
            "data": training.dataset.to_json(),
            "samples": [
                [list(part.ids), part.labels_N.tolist()]
                for part in (prepared.train, prepared.valid)
            ],
            "start_from": None if start is None else start.to_json(),
        }
    )
