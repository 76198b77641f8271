from __future__ import annotations

from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest

from netloom.inference.own_size import in_place, tiled_network
from netloom.inference.tiling import TiledNetwork, tiles_of
from netloom.models.architecture import Architecture, ImageInput, PictureHead
from netloom.models.decoder_spec import UNetDecoder
from netloom.models.restoration_spec import Swin2SR
from netloom.models.spec import ConvNet


class Blur:
    """Averages over 3×3 pixels; notes how many tiles each call gets."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, ...]] = []

    def __call__(self, tiles_NCHW: Any) -> np.ndarray:
        self.calls.append(tiles_NCHW.shape)
        return np.stack([[blurred(plane) for plane in tile] for tile in tiles_NCHW])


def blurred(plane: np.ndarray) -> np.ndarray:
    return cv2.blur(plane.astype(np.float32), (3, 3), borderType=cv2.BORDER_REPLICATE)


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (1, 2, height, width), dtype=np.uint8)


@pytest.mark.parametrize("extent", [(1, 1), (5, 40), (16, 16), (17, 31), (50, 16), (64, 97)])
def test_a_network_that_changes_nothing_changes_nothing(extent: tuple[int, int]) -> None:
    image = picture(*extent)
    tiled = TiledNetwork(lambda tiles: np.asarray(tiles, np.float32), (16, 16), at_once=7)
    found = tiled(image)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, image, rtol=1e-6)


def test_far_from_the_sides_of_tiles_the_whole_picture_is_seen() -> None:
    image = picture(60, 90)
    found = TiledNetwork(Blur(), (24, 32), at_once=4)(image)
    expected = np.stack([[blurred(plane) for plane in image[0]]])
    error = np.abs(found - expected)
    # Only the outermost pixels of a tile are wrong, and those hardly count where others know better.
    assert error.mean() < 0.5
    assert np.percentile(error, 80) < 1e-3


def test_no_more_tiles_than_asked_for_are_computed_together() -> None:
    blur = Blur()
    TiledNetwork(blur, (16, 16), at_once=5)(picture(40, 64))
    counts = [shape[0] for shape in blur.calls]
    assert sum(counts) == len(list(tiles_of((40, 64), (16, 16))))
    assert max(counts) == 5
    assert {shape[1:] for shape in blur.calls} == {(2, 16, 16)}


def enhancer(side: int, **parts: Any) -> Architecture:
    image = ImageInput(channels=3, height=side, width=side, mean=(0.0,) * 3, std=(1.0,) * 3)
    return Architecture(input=image, head=PictureHead(), **parts)


@pytest.mark.parametrize("length", [16, 17, 28, 29, 100])
def test_neighbours_share_a_quarter_and_nothing_is_left_out(length: int) -> None:
    tiles = [tile.columns for tile in tiles_of((16, length), (16, 16))]
    assert (tiles[0].start, tiles[-1].stop) == (0, length)
    shared = [left.stop - right.start for left, right in pairwise(tiles)]
    assert all(each >= 4 for each in shared)


def test_a_picture_of_the_size_of_a_tile_is_one_call() -> None:
    blur = Blur()
    image = picture(16, 16)
    np.testing.assert_array_equal(TiledNetwork(blur, (16, 16), at_once=8)(image), blur(image))
    assert len(blur.calls) == 2


def test_large_tiles_are_computed_one_by_one() -> None:
    blur = Blur()
    plan = enhancer(1024, backbone=ConvNet(), decoder=UNetDecoder())
    tiled_network(blur, plan, at_once=64)(np.zeros((1, 3, 1024, 1300), np.uint8))
    assert [shape[0] for shape in blur.calls] == [1, 1]


def test_fewer_tiles_are_computed_together_where_pixels_attend_to_each_other() -> None:
    plan = enhancer(128, backbone=Swin2SR())
    blur = Blur()
    tiled_network(blur, plan, at_once=64)(np.zeros((1, 3, 128, 1000), np.uint8))
    assert [shape[0] for shape in blur.calls] == [4, 4, 3]


def test_only_what_leaves_pixels_in_their_places_is_done_at_prediction() -> None:
    from netloom.data.transforms.colour import Autocontrast
    from netloom.data.transforms.normalization import Normalize
    from netloom.data.transforms.sizing import Pad, RandomCrop, Resize
    from netloom.data.transforms.spatial import Flip, Rotate

    kept = (Autocontrast(random=False), Flip(), Normalize())
    moving = (Resize(size=8), RandomCrop(size=8), Pad(margins=2), Rotate(degrees=5, random=False))
    assert in_place((*moving, *kept)) == kept
