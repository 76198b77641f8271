"""What is predicted about the texts of a picture, in its own pixels and as JSON.

Shape legend: H height, W width of the network's picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.data.apply.back_to_picture import ring_back
from netloom.tasks.text_detection.outlines import TextTruth
from netloom.tasks.text_detection.polygons import Polygon, clockwise
from netloom.tasks.text_detection.regions import Regions, text_regions

if TYPE_CHECKING:
    from netloom.data.apply.motion import Motion

LABEL = "text"


def regions_in_picture(probabilities_HW: NDArray[np.float32], motion: Motion) -> Regions:
    """The texts of a picture before any transform; what stands out of its frame is cut off.

    Example:
        >>> from netloom.data.apply.geometry import Scaled
        >>> from netloom.data.apply.motion import Motion
        >>> probabilities = np.zeros((20, 30), np.float32)
        >>> probabilities[9:12, 8:22] = 0.9
        >>> halved = Motion((40, 60)).then(Scaled(20, 30))
        >>> regions_in_picture(probabilities, halved).polygons[0].round(1).tolist()[0]
        [11.5, 13.5]
    """
    found = text_regions(probabilities_HW)
    polygons = [clockwise(ring_back(polygon, motion)) for polygon in found.polygons]
    is_there = np.array([len(polygon) >= 3 for polygon in polygons], np.bool_)
    kept = tuple(polygon for polygon in polygons if len(polygon) >= 3)
    return Regions(kept, found.scores_D[is_there] if polygons else found.scores_D)


def as_prediction(found: Regions) -> dict[str, Any]:
    """What was found as JSON.

    Example:
        >>> polygon = np.array([[0, 1], [4, 1], [4, 3], [0, 3]], np.float32)
        >>> as_prediction(Regions((polygon,), np.array([0.75])))["objects"][0]["box"]
        [0.0, 1.0, 4.0, 3.0]
    """
    return {
        "objects": [
            {"label": LABEL, "score": score, **_place(polygon)}
            for polygon, score in zip(found.polygons, found.scores_D.tolist(), strict=True)
        ]
    }


def truth_as_prediction(truth: TextTruth) -> dict[str, Any]:
    """The texts in the form of a prediction, without scores."""
    rows = zip(truth.polygons, truth.texts, truth.ignored_M.tolist(), strict=True)
    return {
        "objects": [
            {"label": LABEL, "text": text, **_place(polygon), "crowd": is_ignored}
            for polygon, text, is_ignored in rows
        ]
    }


def polygons_of(objects: Sequence[Mapping[str, Any]]) -> tuple[Polygon, ...]:
    """The polygons of a prediction or a truth as arrays."""
    return tuple(np.array(each["polygon"], np.float64) for each in objects)


def _place(polygon_P2: Polygon) -> dict[str, Any]:
    plain = np.asarray(polygon_P2, np.float64)
    box = [*plain.min(axis=0).tolist(), *plain.max(axis=0).tolist()]
    return {"polygon": plain.tolist(), "box": box}
