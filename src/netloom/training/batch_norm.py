"""Statistics of batch norm: held still while the layer is frozen, or measured anew for other weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

_TRAIN = "train"


def batch_norms(module: nn.Module) -> Iterator[_BatchNorm]:
    """The layers of batch norm in a module.

    Example:
        >>> len(list(batch_norms(nn.Sequential(nn.Linear(1, 2), nn.BatchNorm1d(2)))))
        1
    """
    return (layer for layer in module.modules() if isinstance(layer, _BatchNorm))


def hold_statistics(layer: _BatchNorm) -> None:
    """Keep a layer in evaluation mode, whatever ``train()`` is called on it or around it.

    Example:
        >>> network = nn.Sequential(nn.BatchNorm1d(2))
        >>> hold_statistics(network[0])
        >>> sum(layer.training for layer in network.train().modules())
        1
    """
    layer.eval()
    # On the instance, because a class of its own would show in exported and printed networks.
    vars(layer)[_TRAIN] = partial(_unchanged, layer)


def release_statistics(layer: _BatchNorm, *, training: bool) -> None:
    """Let a layer follow ``train()`` and ``eval()`` again, beginning with this mode.

    Example:
        >>> layer = nn.BatchNorm1d(2)
        >>> hold_statistics(layer)
        >>> release_statistics(layer, training=True)
        >>> int(layer.training)
        1
    """
    vars(layer).pop(_TRAIN, None)
    layer.train(training)


def holds_statistics(layer: _BatchNorm) -> bool:
    """Whether :func:`hold_statistics` is in force.

    Example:
        >>> int(holds_statistics(nn.BatchNorm1d(2)))
        0
    """
    return _TRAIN in vars(layer)


@torch.no_grad()
def update_batch_norm(module: nn.Module, batches: Callable[[], Iterable[Any]]) -> None:
    """Measure the statistics of batch norm anew: the plain mean over all batches.

    Held layers keep theirs. Everything but batch norm computes as in evaluation, so no random numbers
    are drawn, and the statistics are those that evaluation will meet (dropout would shift variances:
    Li et al. 2018, arXiv:1801.05134). Modes and momenta are as before in the end.

    Args:
        batches: Gives tuples of arguments for ``module``, on its device. Not called if there is
            nothing to measure.

    Example:
        >>> module = nn.BatchNorm1d(1)
        >>> batches = [(torch.tensor([[1.0], [3.0]]),), (torch.tensor([[5.0], [9.0]]),)]
        >>> update_batch_norm(module, lambda: batches)
        >>> module.running_mean.item(), module.running_var.item()
        (4.5, 5.0)
    """
    measured = [
        layer
        for layer in batch_norms(module)
        if layer.track_running_stats and not holds_statistics(layer)
    ]
    if not measured:
        return
    modes = [(part, part.training) for part in module.modules()]
    momenta = [layer.momentum for layer in measured]
    module.eval()
    for layer in measured:
        layer.reset_running_stats()
        layer.momentum = None  # the plain mean
        layer.train()
    try:
        for inputs in batches():
            module(*inputs)
    finally:
        for layer, momentum in zip(measured, momenta, strict=True):
            layer.momentum = momentum
        for part, training in modes:
            part.training = training


def _unchanged(layer: _BatchNorm, mode: bool = True) -> _BatchNorm:
    return layer
