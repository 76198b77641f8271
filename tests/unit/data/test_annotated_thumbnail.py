"""What is known about a picture is really drawn, where it is, and hides nothing."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from netloom.data.annotated_thumbnail import Known, annotated_thumbnail, label_colour
from netloom.data.annotations import Box, ObjectAnnotation
from netloom.data.apply.companions import Companion
from netloom.data.objects import ObjectColumn, Objects, objects_column

GREY = (100, 100, 100)
RED, BLUE = (230, 20, 20), (20, 20, 230)
COLOURS = np.array([RED, BLUE], np.uint8)


def png(width: int, height: int, colour: tuple[int, int, int] = GREY) -> bytes:
    target = io.BytesIO()
    PIL.Image.new("RGB", (width, height), colour).save(target, "PNG")
    return target.getvalue()


def objects(*found: ObjectAnnotation) -> Objects:
    return ObjectColumn(objects_column([found], {"red": 0, "blue": 1})).at(0)


def boxed(left: float, top: float, right: float, bottom: float, label: str = "red") -> Any:
    return ObjectAnnotation(box=Box(left, top, right, bottom), label=label)


def drawn(width: int, height: int, side: int, **known: Any) -> NDArray[np.uint8]:
    found = Known(width=width, height=height, colours_K3=COLOURS, **known)
    image = annotated_thumbnail(png(width, height), found, side=side, is_split=side < 500)
    return np.asarray(PIL.Image.open(io.BytesIO(image.content)).convert("RGB"))


def near(pixels_HW3: NDArray[np.uint8], colour: tuple[int, int, int]) -> NDArray[np.bool_]:
    is_near: NDArray[np.bool_] = (np.abs(pixels_HW3.astype(int) - colour) < 40).all(axis=2)
    return is_near


def test_a_box_is_framed_where_it_is_and_its_inside_stays() -> None:
    pixels = drawn(640, 480, 160, objects=objects(boxed(160, 120, 480, 360)))
    assert pixels.shape == (120, 160, 3)
    is_red = near(pixels, RED)
    rows, columns = np.nonzero(is_red)
    # The box is 40..120 × 30..90 in the small picture, and three pixels around it are the line.
    assert (columns.min(), columns.max() + 1, rows.min(), rows.max() + 1) == (37, 123, 27, 93)
    assert near(pixels, GREY)[33:87, 43:117].all()
    assert near(pixels, GREY)[:20].all()


@pytest.mark.parametrize("side", [80, 160, 320])
def test_lines_are_seen_after_shrinking(side: int) -> None:
    pixels = drawn(1600, 1600, side, objects=objects(boxed(400, 400, 1200, 1200)))
    across = near(pixels, RED)[side // 2]
    assert (across[: side // 2].sum(), across[side // 2 :].sum()) >= (2, 2)


def test_the_smallest_object_is_seen_on_top_of_the_largest() -> None:
    both = objects(boxed(1000, 1000, 1004, 1004, "blue"), boxed(100, 100, 1500, 1500))
    pixels = drawn(1600, 1600, 160, objects=both)
    assert near(pixels, BLUE)[95:106, 95:106].sum() >= 12
    assert near(pixels, GREY)[100, 100]


def test_an_outline_is_lined_and_filled_lightly_but_for_holes() -> None:
    square = ((200, 200), (1400, 200), (1400, 1400), (200, 1400))
    hole = ((600, 600), (1000, 600), (1000, 1000), (600, 1000))
    ring = ObjectAnnotation(
        box=Box(200, 200, 1400, 1400), label="blue", outlines=(square,), holes=(hole,)
    )
    pixels = drawn(1600, 1600, 160, objects=objects(ring))
    assert near(pixels, BLUE)[80, 18:23].any()
    assert pixels[30, 30, 2] > GREY[2] + 20 > pixels[30, 30, 0]
    assert near(pixels, GREY)[80, 80]
    as_area = drawn(1600, 1600, 160, objects=objects(ring), are_areas=True)
    assert as_area[30, 30, 2] > pixels[30, 30, 2]


def test_a_mask_is_laid_over_but_for_the_background() -> None:
    mask = np.zeros((480, 640), np.uint8)
    mask[:240, :320] = 1
    mask[240:, :320] = 255
    pixels = drawn(640, 480, 160, mask_HW=mask, background=0)
    half = np.add(GREY, BLUE) / 2
    assert np.abs(pixels[30, 40].astype(int) - half).max() < 12
    assert np.abs(pixels[90, 40].astype(int) - 125).max() < 12
    assert near(pixels, GREY)[60, 120]
    whole = drawn(640, 480, 160, mask_HW=mask)
    assert whole[60, 120, 0] > GREY[0] + 40


def test_nothing_known_leaves_the_picture_as_it_is() -> None:
    assert near(drawn(640, 480, 160), GREY).all()
    assert near(drawn(640, 480, 160, objects=objects()), GREY).all()


def test_small_pictures_are_enlarged_so_that_lines_stay_narrow() -> None:
    pixels = drawn(20, 10, 160, objects=objects(boxed(5, 2, 15, 8)))
    assert pixels.shape == (80, 160, 3)
    assert (pixels[17:63, 41:119] == GREY).all()
    assert near(pixels, RED)[40, 37:40].all()


def test_a_counterpart_is_the_second_half() -> None:
    after = np.zeros((480, 640, 3), np.uint8)
    after[:, :, 1] = 200
    split = drawn(640, 480, 160, companion=Companion("picture", after))
    assert split.shape == (120, 160, 3)
    assert near(split, GREY)[60, 70]
    assert near(split, (0, 200, 0))[60, 90]
    beside = drawn(640, 480, 1280, companion=Companion("picture", after))
    assert beside.shape == (960, 2 * 1280 + 8, 3)
    assert near(beside, GREY)[:, :1270].all()
    assert near(beside, (0, 200, 0))[:, 1300:].all()


def test_depths_go_from_light_to_dark_and_unknown_ones_are_black() -> None:
    depth = np.broadcast_to(np.linspace(1, 5, 640, dtype=np.float32), (480, 640))[:, :, None].copy()
    depth[:120] = 0
    pixels = drawn(640, 480, 160, companion=Companion("depth", depth))
    assert (pixels[10, 90:] < 16).all()
    levels = pixels[80, [90, 155]].astype(int).sum(axis=1)
    assert levels[0] > levels[1] > 40


def test_normals_have_the_colours_of_normal_maps() -> None:
    up = np.zeros((48, 64, 3), np.float32)
    up[:, :, 1] = 1
    pixels = drawn(64, 48, 64, companion=Companion("normals", up))
    assert pixels[20, 50].tolist() == [128, 255, 128]


def test_objects_without_label_have_a_colour_too() -> None:
    assert label_colour(1, COLOURS) == BLUE
    assert label_colour(-1, COLOURS) == RED
    assert label_colour(-1, np.zeros((0, 3), np.uint8)) == (230, 159, 0)
