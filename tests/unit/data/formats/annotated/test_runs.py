"""Masks as run lengths: COCO's, CVAT's, Label Studio's."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from netloom.data.formats.annotated import cvat_runs
from netloom.data.formats.annotated.coco_runs import (
    lengths_of_text,
    mask_of_runs,
    runs_of_mask,
    text_of_lengths,
)
from netloom.data.formats.annotated.label_studio_brush import brush_of_mask, mask_of_brush
from netloom.data.rasterization import filled

Mask = NDArray[np.bool_]


def masks() -> list[Mask]:
    draw = np.random.default_rng(0)
    noise = [
        draw.random((h, w)) < share for h, w in ((1, 1), (7, 5), (40, 64)) for share in (0.1, 0.6)
    ]
    return [*noise, np.zeros((3, 4), bool), np.ones((3, 4), bool), np.eye(300, dtype=bool)]


@pytest.mark.parametrize("mask", masks())
def test_runs_of_coco_give_the_mask_back(mask: Mask) -> None:
    packed = runs_of_mask(mask)
    assert np.array_equal(mask_of_runs(packed), mask)
    plain = {"size": packed["size"], "counts": lengths_of_text(packed["counts"])}
    assert np.array_equal(mask_of_runs(plain), mask)


def test_the_text_form_is_that_of_coco() -> None:
    # By hand: 40 is 8 with more to come (X), then 1; from the fourth on, differences to the length two
    # before: 4 - 1 = 3, and 9 - 40 = -31, which is 1 with more to come (Q), then all ones (O).
    assert text_of_lengths([6, 1, 40, 4, 9]) == "61X13QO"
    assert lengths_of_text("61X13QO") == [6, 1, 40, 4, 9]


@pytest.mark.parametrize(
    "given",
    [
        {"size": [2, 2], "counts": [1, 2]},
        {"size": [2, 2], "counts": [5, -1]},
        {"size": [2], "counts": [4]},
        {"counts": [4]},
        {"size": [2, 2], "counts": "x"},
        {"size": [2, 2], "counts": None},
    ],
)
def test_runs_that_fill_no_picture_are_refused(given: object) -> None:
    with pytest.raises(ValueError, match="its run lengths"):
        mask_of_runs(given)


@pytest.mark.parametrize("mask", [mask for mask in masks() if mask.any()])
def test_runs_of_cvat_give_the_mask_back(mask: Mask) -> None:
    lengths, place = cvat_runs.runs_of_mask(mask)
    height, width = mask.shape
    outlines, holes = cvat_runs.mask_of_runs(lengths, place, (width, height))
    assert np.array_equal(filled(outlines, holes, height, width), mask)


def test_masks_of_cvat_are_cut_at_the_picture() -> None:
    outlines, _ = cvat_runs.mask_of_runs([0, 12], (-1, -1, 4, 3), (10, 10))
    assert outlines == (((0, 0), (3, 0), (3, 2), (0, 2)),)


@pytest.mark.parametrize("mask", masks())
def test_brushes_of_label_studio_give_the_mask_back(mask: Mask) -> None:
    height, width = mask.shape
    assert np.array_equal(mask_of_brush(brush_of_mask(mask), (width, height)), mask)


def test_levels_that_are_not_repeated_are_read() -> None:
    """One pixel, red 1, green 2, blue 3, alpha 4, as a run of four different levels."""
    bits = f"{4:032b}{7:05b}" + "0010" * 4 + "0" + "00" + f"{3:03b}"
    bits += "".join(f"{level:08b}" for level in (1, 2, 3, 4))
    bits += "0" * (-len(bits) % 8)
    packed = [int(bits[place : place + 8], 2) for place in range(0, len(bits), 8)]
    assert mask_of_brush(packed, (1, 1)).tolist() == [[True]]


@pytest.mark.parametrize("packed", [[], [0, 0, 1], [300], [0, 0, 0, 4, 7, 0, 0, 0, 0], ["a"]])
def test_brushes_that_are_cut_short_are_refused(packed: list[int]) -> None:
    with pytest.raises(ValueError, match="its brush strokes"):
        mask_of_brush(packed, (1, 1))
