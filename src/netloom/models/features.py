"""What every backbone is: layers that turn pictures into features, and the order of their blocks.

Shape legend: N samples, C channels, H height, W width, D features.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn


class MapShape(NamedTuple):
    """A map of features: how many channels, and how many pixels of the picture lie between two places."""

    channels: int
    stride: int


class Features(nn.Module):
    """Layers that turn normalised pictures ``(N, C, H, W)`` into features ``(N, D)``.

    Attributes:
        width: D.
        gives: Channels and stride of each map that :meth:`maps` gives, from the finest to the coarsest;
            empty if there are features of whole pictures only.
        blocks: Names (dotted, relative to this module) of consecutive sub-modules from input to
            output. Every parameter lies below exactly one of them, so that freezing, layer-wise
            learning rates and profiles can speak of "the last two blocks" of any backbone.
    """

    width: int
    gives: tuple[MapShape, ...] = ()
    blocks: tuple[str, ...]

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Features of a batch, ``(N, D)``."""
        raise NotImplementedError

    def maps(self, images_NCHW: Tensor) -> tuple[Tensor, ...]:
        """Maps of a batch where places still count, from the finest to the coarsest: ``(N, C, H, W)``."""
        raise NotImplementedError


def last_of_each_stride(shapes: Sequence[MapShape]) -> tuple[int, ...]:
    """Places of the last map of each stride among the maps of consecutive layers.

    Example:
        >>> last_of_each_stride([MapShape(8, 2), MapShape(4, 2), MapShape(6, 4)])
        (1, 2)
    """
    return tuple({shape.stride: place for place, shape in enumerate(shapes)}.values())


def blocks_of(features: nn.Module, *, containers: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Names of the children that hold parameters, in the order in which they were registered.

    Args:
        containers: Children to open: their own children are listed in their place.

    Example:
        >>> layers = nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.ReLU()), nn.Linear(2, 1))
        >>> len(blocks_of(layers, containers=("0",)))
        2
    """
    names: list[str] = []
    for name, child in features.named_children():
        if name in containers:
            names += [
                f"{name}.{inner}" for inner, module in child.named_children() if _learns(module)
            ]
        elif _learns(child):
            names.append(name)
    return tuple(names)


def _learns(module: nn.Module) -> bool:
    return any(True for _ in module.parameters())
