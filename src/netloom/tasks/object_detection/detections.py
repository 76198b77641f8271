"""What a detector says about pictures, as plain numbers; reduced to single objects when asked.

Shape legend: N samples, P places, K classes, D found objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.object_detection.box_suppression import kept_boxes

LEAST_SCORE = 0.05
"""What scores less is not reported: it would only make precision worse, at the very end of its curve."""
MOST_OBJECTS = 100
"""Of a picture; as many as COCO's metrics look at."""
SAME_OBJECT = 0.6
"""Boxes of one class that overlap more are taken for the same object."""
_MOST_CANDIDATES = 1000


class Found(NamedTuple):
    """Objects found in one picture, the surest first.

    Attributes:
        boxes_D4: float32 left, top, right, bottom in pixels.
        scores_D: float32 in [0, 1].
        labels_D: int64 positions in the label space.
    """

    boxes_D4: NDArray[np.float32]
    scores_D: NDArray[np.float32]
    labels_D: NDArray[np.int64]


class Detections:
    """One :class:`Found` for each sample, made from all places when it is asked for.

    All places are kept, because two runtimes agree on them but for rounding, while a difference of rounding
    may decide which of two boxes of equal score is left out.

    Args:
        scores_NPK: float32; of every class at every place.
        boxes_NP4: float32; of every place.
        overlaps: Whether several places answer for one object, so that all but the best are left out.
    """

    def __init__(
        self,
        scores_NPK: NDArray[np.float32],
        boxes_NP4: NDArray[np.float32],
        *,
        overlaps: bool = True,
    ) -> None:
        self.scores_NPK = scores_NPK
        self.boxes_NP4 = boxes_NP4
        self.overlaps = overlaps

    def __len__(self) -> int:
        return len(self.scores_NPK)

    @overload
    def __getitem__(self, chosen: int) -> Found: ...

    @overload
    def __getitem__(self, chosen: slice) -> Detections: ...

    def __getitem__(self, chosen: int | slice) -> Found | Detections:
        if isinstance(chosen, slice):
            return Detections(
                self.scores_NPK[chosen], self.boxes_NP4[chosen], overlaps=self.overlaps
            )
        return found_in(self.scores_NPK[chosen], self.boxes_NP4[chosen], overlaps=self.overlaps)

    def __iter__(self) -> Iterator[Found]:
        return (self[place] for place in range(len(self)))


def found_in(
    scores_PK: NDArray[np.float32], boxes_P4: NDArray[np.float32], *, overlaps: bool = True
) -> Found:
    """The objects of one picture: at most 100, each with a score of at least 0.05.

    Example:
        >>> scores = np.array([[0.9, 0.1], [0.6, 0.0]], np.float32)
        >>> boxes = np.array([[0, 0, 4, 4], [0, 0, 4, 3.5]], np.float32)
        >>> found_in(scores, boxes).labels_D.tolist()
        [0, 1]
    """
    flat = scores_PK.ravel()
    candidates = np.flatnonzero(flat >= LEAST_SCORE)
    if len(candidates) > _MOST_CANDIDATES:
        best = np.argpartition(-flat[candidates], _MOST_CANDIDATES)[:_MOST_CANDIDATES]
        candidates = np.sort(candidates[best])
    places, labels = np.divmod(candidates, max(scores_PK.shape[1], 1))
    return chosen_objects(boxes_P4[places], flat[candidates], labels, overlaps=overlaps)


def chosen_objects(
    boxes_M4: NDArray[np.float32],
    scores_M: NDArray[np.float32],
    labels_M: NDArray[np.int64],
    *,
    overlaps: bool = True,
) -> Found:
    """The best of candidates for objects.

    Example:
        >>> boxes = np.array([[0, 0, 4, 4], [0, 0, 4, 4]], np.float32)
        >>> len(chosen_objects(boxes, np.array([0.5, 0.6], np.float32), np.zeros(2, int)).scores_D)
        1
    """
    if overlaps:
        order = kept_boxes(boxes_M4, scores_M, labels_M, overlap=SAME_OBJECT)
    else:
        order = np.argsort(-scores_M, kind="stable")
    order = order[:MOST_OBJECTS]
    return Found(boxes_M4[order], scores_M[order], labels_M[order].astype(np.int64))


def sigmoid(values: NDArray[Any]) -> NDArray[np.float32]:
    """``1 / (1 + e^−x)`` without overflow.

    Example:
        >>> sigmoid(np.array([-1000.0, 0.0])).tolist()
        [0.0, 0.5]
    """
    small = np.exp(-np.abs(values.astype(np.float32)))
    return np.asarray(np.where(values >= 0, 1.0, small) / (1.0 + small), np.float32)


def largest_apart(first: Detections, second: Detections) -> float:
    """How much two networks differ at any place, from 0 to 1.

    Of scores the difference; of boxes the distance between sides relative to the largest coordinate, times
    the best score there, since where there is nothing, it does not matter which box is not there.

    Example:
        >>> scores, boxes = np.full((1, 1, 2), 0.5, np.float32), np.ones((1, 1, 4), np.float32)
        >>> largest_apart(Detections(scores, boxes), Detections(scores, 0.9 * boxes)).__round__(3)
        0.05
    """
    apart_NPK = np.abs(first.scores_NPK - second.scores_NPK)
    extent = max(float(np.nanmax(np.abs(first.boxes_NP4), initial=1.0)), 1.0)
    moved_NP = np.abs(first.boxes_NP4 - second.boxes_NP4).max(axis=2, initial=0.0) / extent
    moved_NP = moved_NP * first.scores_NPK.max(axis=2, initial=0.0)
    worst = max(
        float(np.nan_to_num(values, nan=1.0, posinf=1.0).max(initial=0.0))
        for values in (apart_NPK, moved_NP)
    )
    return min(worst, 1.0)
