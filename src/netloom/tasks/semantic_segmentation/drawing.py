"""Label maps drawn over their picture: areas in the colours of their classes, with borders.

Shape legend: K classes, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from netloom.data.rasterization import UNKNOWN
from netloom.tasks.class_colours import class_colours
from netloom.tasks.drawing import Thumbnail
from netloom.tasks.label_maps import LabelMap, is_background
from netloom.tasks.panels import (
    Entry,
    Panel,
    enlarged,
    in_colour,
    panels_png,
    panels_thumbnail,
    scale_to,
)
from netloom.tasks.wording import percent

_SIDE = 320
_SMALL_SIDE = 168
_OPACITY = 0.55
_WRONG = (220, 30, 30)
_MISSED = (255, 255, 255)
_MOST_ENTRIES = 20


def segmented_png(
    image_HWC: NDArray[np.uint8],
    predicted_HW: LabelMap,
    labels: Sequence[str],
    *,
    true_HW: LabelMap | None = None,
) -> bytes:
    """A PNG of the picture with the predicted areas over it, the true ones beside it, and a legend.

    Example:
        >>> label_map = np.zeros((8, 8), np.uint8)
        >>> segmented_png(np.zeros((8, 8, 1), np.uint8), label_map, ("sky",))[1:4]
        b'PNG'
    """
    extent = scale_to(image_HWC.shape, side=_SIDE)
    image = enlarged(in_colour(image_HWC), extent)
    views = [Panel("prediction", overlaid(image, enlarged(predicted_HW, extent), labels))]
    if true_HW is not None:
        views.append(Panel("truth", overlaid(image, enlarged(true_HW, extent), labels)))
    return panels_png(views, _legend(predicted_HW, labels))


def segmented_thumbnail(
    image_HWC: NDArray[np.uint8],
    predicted_HW: LabelMap,
    true_HW: LabelMap,
    labels: Sequence[str],
) -> Thumbnail:
    """Picture, prediction, truth, and where both differ: wrong pixels in red, true borders in white."""
    extent = scale_to(image_HWC.shape, side=_SMALL_SIDE)
    image = enlarged(in_colour(image_HWC), extent)
    predicted, true = enlarged(predicted_HW, extent), enlarged(true_HW, extent)
    return panels_thumbnail(
        [
            Panel("picture", image),
            Panel("prediction", overlaid(image, predicted, labels)),
            Panel("truth", overlaid(image, true, labels)),
            Panel("wrong", mistakes(image, predicted, true)),
        ]
    )


def overlaid(
    image_HW3: NDArray[np.uint8], label_map_HW: LabelMap, labels: Sequence[str]
) -> NDArray[np.uint8]:
    """The picture, paler, under the colours of the classes; borders between areas are dark and light lines.

    Background keeps the picture's colours, and what is unknown is hatched.

    Example:
        >>> overlaid(np.zeros((1, 1, 3), np.uint8), np.zeros((1, 1), np.uint8), ("sky",)).tolist()
        [[[126, 87, 0]]]
    """
    colours_K3 = _colours(labels)
    levels = np.zeros((UNKNOWN + 1, 3), np.float32)
    levels[: len(labels)] = colours_K3
    opacity = np.full(UNKNOWN + 1, _OPACITY, np.float32)
    if is_background(0, labels):
        opacity[0] = 0.0
    opacity_HW1 = opacity[label_map_HW][:, :, None]
    mixed = image_HW3 * (1 - opacity_HW1) + levels[label_map_HW] * opacity_HW1
    drawn = np.rint(mixed).astype(np.uint8)
    drawn[_hatched(label_map_HW == UNKNOWN)] = 160
    inner, outer = _lines(label_map_HW)
    drawn[outer] = 255
    drawn[inner] = 0
    return drawn


def mistakes(
    image_HW3: NDArray[np.uint8], predicted_HW: LabelMap, true_HW: LabelMap
) -> NDArray[np.uint8]:
    """The picture in grey with wrong pixels in red and true borders in white.

    Example:
        >>> image, zero = np.zeros((1, 1, 3), np.uint8), np.zeros((1, 1), np.uint8)
        >>> mistakes(image, zero, zero + 1).tolist()
        [[[220, 30, 30]]]
    """
    grey_HW = (image_HW3.mean(axis=2) * 0.6).astype(np.uint8)
    drawn = np.repeat(grey_HW[:, :, None], 3, axis=2)
    drawn[(predicted_HW != true_HW) & (true_HW != UNKNOWN)] = _WRONG
    drawn[_lines(true_HW)[0]] = _MISSED
    return drawn


def _colours(labels: Sequence[str]) -> NDArray[np.uint8]:
    return class_colours(len(labels), first_is_grey=is_background(0, labels))


def _legend(predicted_HW: LabelMap, labels: Sequence[str]) -> list[Entry]:
    """The classes that occur, the largest first, with their share of the pixels."""
    counts_K = np.bincount(predicted_HW.reshape(-1), minlength=UNKNOWN + 1)[: len(labels)]
    colours_K3, total = _colours(labels), max(1, int(counts_K.sum()))
    order = [index for index in np.argsort(-counts_K, kind="stable").tolist() if counts_K[index]]
    entries = []
    for index in order[:_MOST_ENTRIES]:
        red, green, blue = colours_K3[index].tolist()
        share = percent(int(counts_K[index]) / total, digits=0)
        entries.append(Entry((red, green, blue), f"{labels[index]} {share}"))
    return entries


def _lines(label_map_HW: LabelMap) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Pixels left of and above a border, and their other side: together readable on any ground."""
    inner = np.zeros(label_map_HW.shape, np.bool_)
    across = label_map_HW[:, 1:] != label_map_HW[:, :-1]
    down = label_map_HW[1:] != label_map_HW[:-1]
    inner[:, :-1] |= across
    inner[:-1] |= down
    outer = np.zeros_like(inner)
    outer[:, 1:] |= across
    outer[1:] |= down
    return inner, outer & ~inner


def _hatched(area_HW: NDArray[np.bool_]) -> NDArray[np.bool_]:
    rows_H1, columns_W = np.arange(area_HW.shape[0])[:, None], np.arange(area_HW.shape[1])
    stripes: NDArray[np.bool_] = area_HW & ((rows_H1 + columns_W) % 6 < 2)
    return stripes
