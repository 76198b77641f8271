"""Pictures of any size through a network that takes one: in overlapping tiles, blended where they overlap.

Shape legend: N samples, C channels, H height, W width, T tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Extent = tuple[int, int]
"""Height and width."""

_OVERLAP = 4
"""One part of so many of a tile's side is shared with each neighbour, at least."""


class Tile(NamedTuple):
    """Where a tile lies."""

    rows: slice
    columns: slice


class TiledNetwork:
    """A network called with pictures of any one size, whose outputs are pictures of that size.

    A picture smaller than a tile is continued by its mirror image and cut off again.

    Args:
        network: Takes and gives ``(N, C, height, width)``, arrays or tensors.
        tile: Height and width that it takes.
        at_once: Tiles per call.

    Example:
        >>> tiled = TiledNetwork(lambda tiles: np.asarray(tiles) / 2, (8, 8), at_once=4)
        >>> bool((tiled(np.full((1, 1, 5, 21), 6, np.uint8)) == 3).all())
        True
    """

    def __init__(self, network: Callable[..., Any], tile: Extent, *, at_once: int) -> None:
        self._network = network
        self._tile = tile
        self._at_once = at_once

    def __call__(self, images_NCHW: Any) -> NDArray[np.float32]:
        """Outputs for every picture, ``(N, C, H, W)`` in 32 bits."""
        return np.concatenate([self._whole(image_CHW) for image_CHW in np.asarray(images_NCHW)])

    def _whole(self, image_CHW: NDArray[np.uint8]) -> NDArray[np.float32]:
        height, width = image_CHW.shape[1:]
        if (height, width) == self._tile:
            return _array(self._network(image_CHW[None]))
        padded_CHW = _at_least(image_CHW, self._tile)
        blended = Blending(padded_CHW.shape[1:], self._tile)
        waiting = tiles_of(padded_CHW.shape[1:], self._tile)
        while tiles := list(islice(waiting, self._at_once)):
            inputs_TCHW = np.stack([padded_CHW[:, tile.rows, tile.columns] for tile in tiles])
            for tile, output_CHW in zip(tiles, _array(self._network(inputs_TCHW)), strict=True):
                blended.add(tile, output_CHW)
        return blended.result()[None, :, :height, :width]


class Blending:
    """A picture put together of tiles that overlap: each place is a weighted mean of what the tiles say.

    Weights fall linearly from the middle of a tile to its sides, so that no seam is left.

    Example:
        >>> blending = Blending((1, 3), (1, 2))
        >>> blending.add(Tile(slice(0, 1), slice(0, 2)), np.full((1, 1, 2), 1.0, np.float32))
        >>> blending.add(Tile(slice(0, 1), slice(1, 3)), np.full((1, 1, 2), 3.0, np.float32))
        >>> blending.result().tolist()
        [[[1.0, 2.0, 3.0]]]
    """

    def __init__(self, extent: Sequence[int], tile: Extent) -> None:
        self._weights_HW = np.zeros(tuple(extent), np.float32)
        self._sums_CHW: NDArray[np.float32] | None = None
        self._of_a_tile = np.outer(*(_tent(side) for side in tile)).astype(np.float32)

    def add(self, tile: Tile, output_CHW: NDArray[np.float32]) -> None:
        """Take in what the network says about a tile."""
        if self._sums_CHW is None:
            self._sums_CHW = np.zeros((len(output_CHW), *self._weights_HW.shape), np.float32)
        self._sums_CHW[:, tile.rows, tile.columns] += output_CHW * self._of_a_tile
        self._weights_HW[tile.rows, tile.columns] += self._of_a_tile

    def result(self) -> NDArray[np.float32]:
        """The picture, ``(C, H, W)``; every place must have been covered."""
        assert self._sums_CHW is not None, "there was no tile"
        return self._sums_CHW / self._weights_HW


def tiles_of(extent: Sequence[int], tile: Extent) -> Iterator[Tile]:
    """Tiles that cover a picture, row by row, evenly spread; neighbours share at least a quarter.

    Example:
        >>> [(tile.rows.start, tile.columns.start) for tile in tiles_of((8, 20), (8, 8))]
        [(0, 0), (0, 6), (0, 12)]
    """
    for top in _starts(extent[0], tile[0]):
        for left in _starts(extent[1], tile[1]):
            yield Tile(slice(top, top + tile[0]), slice(left, left + tile[1]))


def _starts(length: int, side: int) -> list[int]:
    step = max(1, side - side // _OVERLAP)
    count = 1 + -(-max(length - side, 0) // step)
    return [round(place) for place in np.linspace(0, length - side, count).tolist()]


def _tent(side: int) -> NDArray[np.float64]:
    places = np.arange(side)
    return np.minimum(places, side - 1 - places) + 1.0


def _at_least(image_CHW: NDArray[np.uint8], extent: Extent) -> NDArray[np.uint8]:
    missing = [max(0, wanted - found) for wanted, found in zip(extent, image_CHW.shape[1:])]
    if not any(missing):
        return image_CHW
    return np.pad(image_CHW, ((0, 0), (0, missing[0]), (0, missing[1])), mode="symmetric")


def _array(outputs: Any) -> NDArray[np.float32]:
    if isinstance(outputs, np.ndarray):
        return np.asarray(outputs, np.float32)
    found: NDArray[np.float32] = outputs.float().cpu().numpy()
    return found
