"""Polygons of texts on pictures, readable on any background."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.drawing import Thumbnail, thumbnail
from netloom.tasks.panels import (
    Entry,
    Panel,
    enlarged,
    in_colour,
    panels_png,
    scale_to,
)
from netloom.tasks.protocol import Prediction
from netloom.tasks.text_detection.matching import FALSE, IGNORED, Meeting, TextVerdict
from netloom.tasks.text_detection.outlines import TextTruth
from netloom.tasks.text_detection.polygons import Polygon
from netloom.tasks.text_detection.predictions import polygons_of

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

_RIGHT, _FALSE, _MISSED, _ILLEGIBLE = (47, 191, 113), (255, 77, 94), (77, 163, 255), (170, 170, 170)
_DARK = (16, 20, 24)
_SIDE = 512
_SMALL_SIDE = 400
_DASH_PX = 5.0


class Shape(NamedTuple):
    """One polygon to draw.

    Attributes:
        polygon: In pixels of the picture.
        is_dashed: For what was not found.
    """

    polygon: Polygon
    colour: tuple[int, int, int]
    is_dashed: bool = False


def drawn_texts(
    image_HWC: NDArray[np.uint8], prediction: Prediction, *, truth: Prediction | None = None
) -> bytes:
    """A PNG of a picture with the texts that were found, and a legend.

    Without truth, everything found has one colour. With it, green is right, red is where nothing is written,
    dashed blue was missed, and dashed grey is what nobody could read.

    Example:
        >>> square = [[1.0, 1.0], [5.0, 1.0], [5.0, 5.0], [1.0, 5.0]]
        >>> found = {"objects": [{"label": "text", "score": 0.9, "polygon": square}]}
        >>> drawn_texts(np.zeros((8, 8, 3), np.uint8), found)[1:4]
        b'PNG'
    """
    polygons = polygons_of(prediction["objects"])
    count = f"{len(polygons)} found"
    if truth is None:
        shapes = [Shape(polygon, _RIGHT) for polygon in polygons]
        legend = [Entry(_RIGHT, "text")]
    else:
        true = _truth_of(truth)
        verdict = Meeting.of(polygons, true).judged()
        shapes = list(shapes_of(polygons, true, verdict))
        legend = [
            Entry(_RIGHT, "right"),
            Entry(_FALSE, "nothing there"),
            Entry(_MISSED, "missed"),
            Entry(_ILLEGIBLE, "illegible"),
        ]
    return panels_png([Panel(count, _drawn(image_HWC, shapes, _SIDE))], legend)


def texts_thumbnail(
    image_HWC: NDArray[np.uint8],
    polygons: Sequence[Polygon],
    truth: TextTruth,
    verdict: TextVerdict,
) -> Thumbnail:
    """The picture in few bytes, with what was found and missed in the same colours."""
    drawn = _drawn(image_HWC, list(shapes_of(polygons, truth, verdict)), _SMALL_SIDE)
    return thumbnail(drawn, side=_SMALL_SIDE)


def shapes_of(
    polygons: Sequence[Polygon], truth: TextTruth, verdict: TextVerdict
) -> Iterator[Shape]:
    """What nobody could read, what was missed and what was found, in this order from back to front."""
    for polygon, is_ignored in zip(truth.polygons, truth.ignored_M.tolist(), strict=True):
        if is_ignored:
            yield Shape(polygon, _ILLEGIBLE, is_dashed=True)
    for place in verdict.missed.tolist():
        yield Shape(truth.polygons[place], _MISSED, is_dashed=True)
    colours = {FALSE: _FALSE, IGNORED: _ILLEGIBLE}
    for polygon, partner in zip(polygons, verdict.partner_D.tolist(), strict=True):
        yield Shape(polygon, colours.get(partner, _RIGHT))


def _truth_of(truth: Prediction) -> TextTruth:
    objects = truth["objects"]
    return TextTruth(
        polygons_of(objects),
        np.array([bool(each.get("crowd")) for each in objects], np.bool_),
        tuple(each.get("text") for each in objects),
    )


def _drawn(image_HWC: NDArray[np.uint8], shapes: Sequence[Shape], side: int) -> NDArray[np.uint8]:
    from PIL import Image, ImageDraw

    extent = scale_to(image_HWC.shape, side=side)
    canvas = Image.fromarray(np.ascontiguousarray(enlarged(in_colour(image_HWC), extent)))
    pen = ImageDraw.Draw(canvas)
    scale = np.array([extent[1] / image_HWC.shape[1], extent[0] / image_HWC.shape[0]])
    for shape in shapes:
        ring = shape.polygon * scale
        closed = [tuple(corner) for corner in (*ring.tolist(), ring[0].tolist())]
        # The dark line beneath makes the light one visible on a light picture.
        pen.line(closed, fill=_DARK, width=5)
        if shape.is_dashed:
            _dash(pen, closed, shape.colour)
        else:
            pen.line(closed, fill=shape.colour, width=3)
    return np.asarray(canvas, np.uint8)


def _dash(
    pen: ImageDraw, closed: Sequence[tuple[float, ...]], colour: tuple[int, int, int]
) -> None:
    for (x, y), (end_x, end_y) in pairwise(closed):
        length = float(np.hypot(end_x - x, end_y - y))
        for start in np.arange(0.0, length, 2.0 * _DASH_PX).tolist():
            ends = [share / length for share in (start, min(start + _DASH_PX, length))]
            points = [(x + at * (end_x - x), y + at * (end_y - y)) for at in ends]
            pen.line(points, fill=colour, width=3)
