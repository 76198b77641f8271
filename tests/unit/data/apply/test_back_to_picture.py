from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netloom.data.apply.back_to_picture import boxes_back, motion_of, pixels_back, ring_back
from netloom.data.apply.compilation import compile_transforms
from netloom.data.transforms.colour import Invert
from netloom.data.transforms.sizing import CenterCrop, Pad, RandomCrop, RandomResizedCrop, Resize
from netloom.data.transforms.spatial import Flip, Rotate

EXTENT = (60, 90)
CHAINS: list[list[Any]] = [
    [],
    [Resize(size=(128, 96))],
    [Resize(size=100, fit="pad")],
    [Resize(size=48, fit="crop"), Invert(random=False)],
    [Resize(size=80, fit="shortest"), CenterCrop(size=(70, 64))],
    [Pad(margins=(3, 0, 9, 4)), RandomCrop(size=50), Flip(p=1)],
    [RandomResizedCrop(size=(64, 40))],
    [Rotate(degrees=30, random=False), Resize(size=120)],
    [Rotate(degrees=90, random=False)],
]
every_chain = pytest.mark.parametrize("chain", CHAINS, ids=str)


@every_chain
def test_extents_are_those_of_prepared_images(chain: list[Any]) -> None:
    image = np.zeros((*EXTENT, 3), np.uint8)
    motion = motion_of(chain, EXTENT)
    assert motion.before == EXTENT
    assert motion.after == compile_transforms(chain, "test")(image, None).shape[:2]


@every_chain
def test_points_and_rings_come_back(chain: list[Any]) -> None:
    motion = motion_of(chain, EXTENT)
    ring = np.array([[40.0, 25.0], [52.0, 27.0], [44.0, 36.0]])
    assert motion.moved_back(motion.moved(ring)) == pytest.approx(ring)
    assert ring_back(motion.moved(ring), motion) == pytest.approx(ring, abs=1e-4)


@pytest.mark.parametrize("chain", [c for c in CHAINS if not any(t.type == "rotate" for t in c)])
def test_boxes_come_back(chain: list[Any]) -> None:
    motion = motion_of(chain, EXTENT)
    boxes = np.array([[40.0, 20.0, 55.0, 31.0], [44.0, 25.0, 46.0, 40.0]])
    moved = motion.moved(boxes.reshape(-1, 2)).reshape(-1, 4)
    assert boxes_back(moved, motion) == pytest.approx(boxes, abs=1e-4)
    assert boxes_back(np.zeros((0, 4)), motion).shape == (0, 4)


def test_what_lies_outside_of_the_picture_is_cut_off() -> None:
    motion = motion_of([Resize(size=90, fit="pad")], EXTENT)  # 15 rows above and below
    assert boxes_back(np.array([[-5, 0, 95, 80]]), motion).tolist() == [[0, 0, 90, 60]]
    ring = ring_back(np.array([[10, 0], [20, 0], [20, 30], [10, 30]]), motion)
    assert sorted(ring.tolist()) == [[10, 0], [10, 15], [20, 0], [20, 15]]
    assert ring_back(np.array([[10, 0], [20, 0], [20, 9]]), motion).shape == (0, 2)


@every_chain
@pytest.mark.parametrize("sampling", [None, "nearest"])
def test_pixels_come_back(chain: list[Any], sampling: Any) -> None:
    geometric = [transform for transform in chain if transform.type != "invert"]
    y, x = np.mgrid[: EXTENT[0], : EXTENT[1]]
    smooth = (60 + x + y)[:, :, None].astype(np.uint8)
    prepared = compile_transforms(geometric, None)(smooth, None)
    motion = motion_of(chain, EXTENT)
    back = pixels_back(prepared, motion, fill=0, sampling=sampling)
    assert (back.shape, back.dtype) == (smooth.shape, np.uint8)
    in_view = back > 0
    apart = np.abs(back.astype(int) - smooth)
    middle = np.zeros_like(in_view)
    middle[4:-4, 4:-4] = True
    rows, columns, _ = np.nonzero(in_view & middle)
    inner = motion.moved(np.column_stack([columns, rows]) + 0.5)
    is_inner = ((inner > 3) & (inner < np.array(motion.after[::-1]) - 3)).all(axis=1)
    assert is_inner.sum() > 400
    assert apart[rows[is_inner], columns[is_inner]].max() <= (2 if sampling is None else 4)


def test_scores_of_many_classes_come_back_together() -> None:
    motion = motion_of([Resize(size=(30, 45))], EXTENT)
    scores = np.random.default_rng(0).random((30, 45, 11), np.float32)
    back = pixels_back(scores, motion, fill=0)
    assert back.shape == (*EXTENT, 11)
    alone = [pixels_back(scores[:, :, place], motion, fill=0) for place in range(11)]
    assert np.array_equal(back, np.stack(alone, axis=2))


def test_pixels_that_a_crop_left_out_are_filled() -> None:
    motion = motion_of([CenterCrop(size=(60, 30))], EXTENT)
    back = pixels_back(np.ones((60, 30), np.float32), motion, fill=-1)
    assert (back[:, 30:60] == 1).all()
    assert (back[:, :30] == -1).all()
    assert (back[:, 60:] == -1).all()
