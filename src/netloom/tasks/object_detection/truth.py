"""What is known about the objects of a picture, as the metrics and the reports need it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.object_detection.box_suppression import box_areas
from netloom.tasks.object_detection.coco_matching import Truth

if TYPE_CHECKING:
    from netloom.data.objects import Objects


def truth_of(objects: Objects) -> Truth:
    """Boxes, labels, and areas: those of the outlines where they are known, as in COCO.

    Example:
        >>> from netloom.data.annotations import Box, ObjectAnnotation
        >>> from netloom.data.objects import ObjectColumn, objects_column
        >>> half = ObjectAnnotation(box=Box(0, 0, 4, 4), outlines=(((0, 0), (4, 0), (4, 4)),))
        >>> truth_of(ObjectColumn(objects_column([[half]], {})).at(0)).areas_M.tolist()
        [8.0]
    """
    areas_M = box_areas(objects.boxes_M4)
    for place, rings in enumerate(objects.outlines):
        if rings:
            holes = sum(map(_enclosed, objects.holes[place]))
            areas_M[place] = max(sum(map(_enclosed, rings)) - holes, 0.0)
    return Truth(objects.boxes_M4, objects.labels_M, objects.crowd_M, areas_M)


def as_prediction(objects: Objects, labels: Sequence[str]) -> dict[str, Any]:
    """The objects in the form of a prediction, without scores."""
    rows = zip(
        objects.labels_M.tolist(),
        objects.boxes_M4.tolist(),
        objects.crowd_M.tolist(),
        strict=True,
    )
    return {
        "objects": [
            {"label": labels[label] if label >= 0 else None, "box": box, "crowd": is_crowd}
            for label, box, is_crowd in rows
        ]
    }


def _enclosed(ring_P2: NDArray[np.float32]) -> float:
    """Area by the shoelace formula, whichever way around."""
    x_P, y_P = ring_P2.astype(np.float64).T
    return float(abs(np.dot(x_P, np.roll(y_P, -1)) - np.dot(y_P, np.roll(x_P, -1))) / 2.0)
