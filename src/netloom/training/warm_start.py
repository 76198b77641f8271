"""Starting from weights learned before: what fits is taken over, what does not starts afresh."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from netloom.core.errors import InvalidData

if TYPE_CHECKING:
    from torch import Tensor, nn


class WarmStart(NamedTuple):
    """Names of the tensors that were taken over, and of those that start afresh."""

    taken: tuple[str, ...]
    fresh: tuple[str, ...]


def warm_start(network: nn.Module, weights: Mapping[str, Tensor]) -> WarmStart:
    """Copy every tensor that has the same name and shape; typically all but the head.

    Raises:
        InvalidData: Nothing fits.

    Example:
        >>> from torch import nn
        >>> old, new = nn.Linear(3, 2), nn.Linear(3, 2)
        >>> len(warm_start(new, old.state_dict()).taken)
        2
    """
    own = network.state_dict()
    taken = {
        name: tensor
        for name, tensor in weights.items()
        if name in own and own[name].shape == tensor.shape
    }
    if not taken:
        raise InvalidData.of(
            "no tensor of the start_from model fits this model",
            code="I315",
            expected="tensors such as " + _examples(own),
            got=_examples(weights),
            fix="Start from a model with the same backbone",
        )
    network.load_state_dict(taken, strict=False)
    return WarmStart(tuple(taken), tuple(name for name in own if name not in taken))


def _examples(tensors: Mapping[str, Tensor]) -> str:
    return ", ".join(f"{name} {list(t.shape)}" for name, t in list(tensors.items())[:3])
