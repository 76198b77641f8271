"""Pieces of pictures where something was found: the same code cuts them for training and at request time.

Found objects are mappings as predictions hold them: ``label``, ``score``, ``box`` (left, top, right, bottom)
and, where it is known, ``polygon``, in pixels from the picture's top left corner.

Shape legend: H height, W width, C channels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from netloom.core.settings import Fraction, NonNegativeFloat, PositiveInt, Settings
from netloom.data.images import Image

Found = Mapping[str, Any]
Window = tuple[int, int, int, int]
"""Left, top, right, bottom in whole pixels; right and bottom are outside."""


class ObjectCrops(Settings):
    """Which objects are cut out, and how much around them.

    Attributes:
        labels: Only objects with these labels; empty takes all.
        min_score: Only objects that are at least so sure.
        padding: Share of the box's sides that is added on each side.
        square: Widen the shorter side as far as the picture has room.
        most: So many of a picture, the surest first; empty takes all.
    """

    labels: tuple[str, ...] = ()
    min_score: Fraction = 0.0
    padding: NonNegativeFloat = 0.0
    square: bool = False
    most: PositiveInt | None = None


class TextCrops(Settings):
    """Which texts are cut out, and how much around them.

    Attributes:
        min_score: Only texts that are at least so sure.
        most: So many of a picture, the surest first; empty takes all.
        padding: Share of the text's height that is added on each side.
    """

    min_score: Fraction = 0.0
    most: PositiveInt | None = None
    padding: NonNegativeFloat = 0.0


class Masking(Settings):
    """What stays of a picture.

    Attributes:
        keep: The objects that were found, or what is around them.
        fill: Level of the pixels that go.
    """

    keep: Literal["objects", "surroundings"] = "objects"
    fill: Annotated[int, Field(ge=0, le=255)] = 0


def chosen(found: Sequence[Found], settings: ObjectCrops | TextCrops) -> list[int]:
    """Positions of the objects to cut out, the surest first; of equally sure ones the earlier first.

    Example:
        >>> found = [
        ...     {"label": "a", "score": 0.5},
        ...     {"label": "b", "score": 0.9},
        ...     {"label": "a", "score": 0.7},
        ... ]
        >>> chosen(found, ObjectCrops(labels=("a",))), chosen(found, TextCrops(most=1))
        ([2, 0], [1])
    """
    labels = settings.labels if isinstance(settings, ObjectCrops) else ()
    fitting = [
        position
        for position, each in enumerate(found)
        if each["score"] >= settings.min_score and (not labels or each["label"] in labels)
    ]
    return sorted(fitting, key=lambda position: -found[position]["score"])[: settings.most]


def window(box: Sequence[float], *, width: int, height: int, settings: ObjectCrops) -> Window:
    """The pixels to cut out for a box: inside the picture, and at least one.

    Example:
        >>> window((2.2, 1, 5.5, 3), width=8, height=8, settings=ObjectCrops(square=True))
        (2, 0, 6, 4)
    """
    left, top, right, bottom = box
    wide, high = (right - left) * settings.padding, (bottom - top) * settings.padding
    across = _whole(left - wide, right + wide, width)
    down = _whole(top - high, bottom + high, height)
    if settings.square:
        side = max(across[1] - across[0], down[1] - down[0])
        across, down = _widened(across, side, width), _widened(down, side, height)
    return across[0], down[0], across[1], down[1]


def _whole(start: float, end: float, size: int) -> tuple[int, int]:
    """Every pixel that an interval touches, as far as it is inside."""
    first = min(max(math.floor(start), 0), size - 1)
    return first, min(max(math.ceil(end), first + 1), size)


def _widened(interval: tuple[int, int], side: int, size: int) -> tuple[int, int]:
    """An interval of this length about the same middle, moved into the picture; the whole if it is longer."""
    side = min(side, size)
    start = (interval[0] + interval[1] - side) // 2
    start = min(max(start, 0), size - side)
    return start, start + side


def cut(pixels_HWC: Image, window: Window) -> Image:
    """A copy of the pixels inside a window."""
    left, top, right, bottom = window
    return np.ascontiguousarray(pixels_HWC[top:bottom, left:right])


def rectified(
    pixels_HWC: Image, polygon: Sequence[Sequence[float]], *, padding: float = 0.0
) -> Image:
    """The smallest rectangle around a polygon, upright, with its longer side across.

    It is turned by at most half a quarter, or a quarter where the longer side goes down: texts are read from
    left to right, or from top to bottom.

    Args:
        padding: Share of the shorter side that is added on each side.
    """
    points = np.asarray(polygon, np.float32)
    (x, y), sides, degrees = cv2.minAreaRect(points)
    if sides[0] < sides[1]:
        sides, degrees = (sides[1], sides[0]), degrees - 90.0
    degrees = (degrees + 90.0) % 180.0 - 90.0  # reading goes right; straight down rather than up
    if degrees <= -89.0:
        degrees += 180.0
    margin = 2.0 * padding * sides[1]
    width = max(1, round(sides[0] + margin))
    height = max(1, round(sides[1] + margin))
    turn = cv2.getRotationMatrix2D((x, y), degrees, 1.0)
    # Places are given from a pixel's corner, as everywhere; OpenCV counts from its middle.
    turn[:, 2] += turn[:, :2].sum(axis=1) / 2 - 0.5 + (width / 2 - x, height / 2 - y)
    turned = cv2.warpAffine(
        pixels_HWC, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(turned, np.uint8).reshape(height, width, pixels_HWC.shape[2])


def masked(pixels_HWC: Image, found: Sequence[Found], settings: Masking) -> Image:
    """The picture with one level outside, or inside, of all objects."""
    inside_HW = _inside(found, pixels_HWC.shape[:2])
    keeps_HW = inside_HW if settings.keep == "objects" else ~inside_HW
    return np.where(keeps_HW[:, :, None], pixels_HWC, np.uint8(settings.fill))


def _inside(found: Sequence[Found], size: tuple[int, ...]) -> NDArray[np.bool_]:
    mask_HW = np.zeros(size[:2], np.uint8)
    for each in found:
        polygon = each.get("polygon")
        if polygon:
            cv2.fillPoly(mask_HW, [np.rint(np.asarray(polygon)).astype(np.int32)], 1)
        else:
            whole = window(each["box"], width=size[1], height=size[0], settings=ObjectCrops())
            mask_HW[whole[1] : whole[3], whole[0] : whole[2]] = 1
    return mask_HW.astype(bool)
