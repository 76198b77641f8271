"""Which parameters training may change: chosen once (``tune``), or more from epoch to epoch.

A frozen parameter requires no gradient. A layer of batch norm whose own parameters are all frozen also
keeps its statistics: it stays in evaluation mode, whatever ``train()`` is called on the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from netloom.models.spec import LastBlocks, Tune
from netloom.training.batch_norm import batch_norms, hold_statistics, release_statistics
from netloom.training.recipe import Unfreezing


class BlockNetwork(Protocol):
    """A network that knows its blocks."""

    def blocks(self) -> tuple[str, ...]:
        """Names of consecutive modules from input to output; the last one is the head."""

    def get_submodule(self, target: str) -> nn.Module:
        """The module of this name."""


class BlockParameters(NamedTuple):
    """How many numbers of one block are trained, and how many keep their values."""

    block: str
    trained: int
    frozen: int


@dataclass(frozen=True, slots=True)
class FreezingReport:
    """What is trained, block by block from input to output."""

    blocks: tuple[BlockParameters, ...]

    @property
    def trained(self) -> int:
        """Numbers that training changes."""
        return sum(block.trained for block in self.blocks)

    @property
    def frozen(self) -> int:
        """Numbers that keep their values."""
        return sum(block.frozen for block in self.blocks)

    def __str__(self) -> str:
        total = self.trained + self.frozen
        still = [block.block for block in self.blocks if block.frozen and not block.trained]
        named = f"; frozen: {_abridged(still)}" if still else ""
        return f"{self.trained:,} of {total:,} parameters are trained{named}"


def apply_tune(network: BlockNetwork, tune: Tune) -> FreezingReport:
    """Freeze what the model's ``tune`` leaves out; called once, before an optimiser is built.

    Args:
        tune: ``all``, ``head``, or the head and so many blocks before it. More blocks than there are
            is everything.

    Example:
        >>> from netloom.models.architecture import Architecture, ImageInput, LinearHead
        >>> from netloom.models.network import build_network
        >>> from netloom.models.spec import ConvNet
        >>> image = ImageInput(channels=1, height=8, width=8, mean=(0.0,), std=(1.0,))
        >>> head, backbone = LinearHead(outputs=2), ConvNet(widths=(4, 6))
        >>> network = build_network(Architecture(input=image, backbone=backbone, head=head))
        >>> apply_tune(network, "head").trained
        14
    """
    names = network.blocks()
    kept = len(names) if tune == "all" else 1 + (tune.last if isinstance(tune, LastBlocks) else 0)
    for name in names[: max(0, len(names) - kept)]:
        network.get_submodule(name).requires_grad_(False)
    for name in names:
        hold_frozen_batch_norms(network.get_submodule(name))
    return report_freezing(network)


def report_freezing(network: BlockNetwork) -> FreezingReport:
    """Which numbers are trained as things are.

    Example:
        >>> from netloom.models.architecture import Architecture, ImageInput, LinearHead
        >>> from netloom.models.network import build_network
        >>> from netloom.models.spec import Perceptron
        >>> image = ImageInput(channels=1, height=1, width=1, mean=(0.0,), std=(1.0,))
        >>> head, backbone = LinearHead(outputs=2), Perceptron(widths=(3,))
        >>> network = build_network(Architecture(input=image, backbone=backbone, head=head))
        >>> report_freezing(network).trained
        14
    """
    return FreezingReport(
        tuple(_counted(name, network.get_submodule(name)) for name in network.blocks())
    )


def hold_frozen_batch_norms(module: nn.Module) -> None:
    """Hold the statistics of batch norms that are frozen, release those that are trained.

    A layer without parameters of its own goes with the rest of ``module``.

    Example:
        >>> network = nn.Sequential(nn.Linear(1, 2), nn.BatchNorm1d(2)).requires_grad_(False)
        >>> hold_frozen_batch_norms(network)
        >>> sum(layer.training for layer in network.train().modules())
        2
    """
    is_trained = any(parameter.requires_grad for parameter in module.parameters())
    for layer in batch_norms(module):
        if _is_trained(layer, otherwise=is_trained):
            release_statistics(layer, training=module.training)
        else:
            hold_statistics(layer)


class TrainableBlocks:
    """Gradual unfreezing: the head alone at first, then block after block towards the input.

    What is trained in an epoch is a pure function of the epoch, so a resumed training freezes what the
    stopped one froze. Parameters that are frozen when this is made stay frozen. The optimiser is built
    over all others before: those without gradient are not changed by it, and their averages
    begin when they join in. It cannot be used under DistributedDataParallel, which fixes at its start
    what has a gradient.

    Args:
        unfreezing: How fast, or None: everything from the start.

    Example:
        >>> from netloom.models.architecture import Architecture, ImageInput, LinearHead
        >>> from netloom.models.network import build_network, num_parameters
        >>> from netloom.models.spec import ConvNet
        >>> image = ImageInput(channels=1, height=8, width=8, mean=(0.0,), std=(1.0,))
        >>> head, backbone = LinearHead(outputs=2), ConvNet(widths=(4, 6))
        >>> network = build_network(Architecture(input=image, backbone=backbone, head=head))
        >>> blocks = TrainableBlocks(network, Unfreezing(every_epochs=2))
        >>> [(blocks.start_epoch(epoch), num_parameters(network))[1] for epoch in range(5)]
        [14, 14, 242, 242, 286]
    """

    def __init__(self, network: BlockNetwork, unfreezing: Unfreezing | None) -> None:
        self._unfreezing = unfreezing
        self._blocks = [network.get_submodule(name) for name in network.blocks()]
        self._tuned = [
            [parameter for parameter in block.parameters() if parameter.requires_grad]
            for block in self._blocks
        ]
        self._num_trained: int | None = None
        for block in self._blocks:
            hold_frozen_batch_norms(block)

    def start_epoch(self, epoch: int) -> bool:
        """Let the blocks of this epoch be trained, before its first step.

        Returns:
            Whether the blocks are others than before.
        """
        if self._unfreezing is None:
            return False
        num_trained = min(len(self._blocks), 1 + epoch // self._unfreezing.every_epochs)
        if num_trained == self._num_trained:
            return False
        self._num_trained = num_trained
        first = len(self._blocks) - num_trained
        for place, (block, tuned) in enumerate(zip(self._blocks, self._tuned, strict=True)):
            for parameter in tuned:
                parameter.requires_grad_(place >= first)
            hold_frozen_batch_norms(block)
        return True


def _counted(name: str, block: nn.Module) -> BlockParameters:
    trained = sum(p.numel() for p in block.parameters() if p.requires_grad)
    return BlockParameters(name, trained, sum(p.numel() for p in block.parameters()) - trained)


def _is_trained(layer: _BatchNorm, *, otherwise: bool) -> bool:
    own = list(layer.parameters())
    return any(parameter.requires_grad for parameter in own) if own else otherwise


def _abridged(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 4 else f"{names[0]}, …, {names[-1]}"
