"""The texts of a picture as polygons.

Shape legend: M texts, P corners.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from netloom.data.rasterization import corners_of
from netloom.tasks.text_detection.polygons import Polygon, clockwise

if TYPE_CHECKING:
    from netloom.data.objects import Objects


class TextTruth(NamedTuple):
    """What is written in a picture, and where.

    Attributes:
        polygons: Around each text, clockwise.
        ignored_M: Whether nobody could read it: it is neither learned nor counted.
        texts: What each says; None where nobody says.
    """

    polygons: tuple[Polygon, ...]
    ignored_M: NDArray[np.bool_]
    texts: tuple[str | None, ...]


def text_truth(objects: Objects) -> TextTruth:
    """Objects as texts: their outline, or their box where there is none.

    A text in several pieces, such as one that something stands in front of, is taken for the convex region
    around them.

    Example:
        >>> from netloom.data.annotations import Box, ObjectAnnotation
        >>> from netloom.data.objects import ObjectColumn, objects_column
        >>> sign = ObjectAnnotation(box=Box(1, 2, 5, 4), text="EXIT")
        >>> truth = text_truth(ObjectColumn(objects_column([[sign]], {})).at(0))
        >>> truth.polygons[0].tolist(), truth.texts
        ([[1.0, 2.0], [5.0, 2.0], [5.0, 4.0], [1.0, 4.0]], ('EXIT',))
    """
    polygons = []
    for rings, box_4 in zip(objects.outlines, objects.boxes_M4, strict=True):
        polygon = rings[0] if len(rings) == 1 else corners_of(box_4)
        if len(rings) > 1:
            polygon = cv2.convexHull(np.concatenate(rings)).reshape(-1, 2)
        polygons.append(clockwise(polygon))
    return TextTruth(tuple(polygons), objects.crowd_M, objects.texts)
