"""Pictures that are enhanced at their own size, whatever size the network was trained on.

Crops and resizing serve training: they make pieces that can be stacked. What comes out has to be as large as
what came in, so at prediction pictures stay where they are, and the network sees them tile by tile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from netloom.data.apply.compilation import geometry_of
from netloom.data.transforms.catalogue import Transform
from netloom.inference.tiling import TiledNetwork
from netloom.models.architecture import Architecture
from netloom.models.restoration_spec import Swin2SR

_MOST_PIXELS = 1 << 19
"""Of all tiles that are computed together: a few hundred megabytes for networks of usual width."""

_MOST_ATTENDED = 1 << 16
"""Likewise where every pixel keeps a weight for each other one of its window, in every head."""


def in_place(transforms: Iterable[Transform]) -> tuple[Transform, ...]:
    """The transforms that leave every pixel where it is when a picture is prepared for prediction.

    Example:
        >>> from netloom.data.transforms.colour import Invert
        >>> from netloom.data.transforms.sizing import RandomCrop
        >>> len(in_place([RandomCrop(size=8), Invert()]))
        1
    """
    return tuple(
        transform
        for transform in transforms
        if transform.is_for_batches or transform.augments or geometry_of(transform, None) is None
    )


def tiled_network(
    network: Callable[..., Any], architecture: Architecture, *, at_once: int
) -> TiledNetwork:
    """The network for pictures of any size.

    Args:
        architecture: What the network is, and takes.
        at_once: Tiles per forward pass, at most.
    """
    image = architecture.input
    most = _MOST_ATTENDED if isinstance(architecture.backbone, Swin2SR) else _MOST_PIXELS
    fitting = max(1, most // (image.height * image.width))
    return TiledNetwork(network, (image.height, image.width), at_once=min(at_once, fitting))
