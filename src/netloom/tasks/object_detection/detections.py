"""What a detector says about pictures, as plain numbers; reduced to single objects when asked.

Shape legend: N samples, P places, K classes, D found objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.object_detection.box_suppression import kept_boxes

_MOST_CANDIDATES = 1000


class Limits(NamedTuple):
    """What of all that a network says is reported.

    Attributes:
        score_threshold: What scores less is not: it would only make precision worse, at the very end of its
            curve.
        max_objects: Of a picture.
        overlap: Boxes of one class that overlap more are taken for the same object, of which the surest is
            kept; None if the network finds no object twice.
    """

    score_threshold: float = 0.05
    max_objects: int = 100
    overlap: float | None = 0.6


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
        limits: What is reported of them.
    """

    def __init__(
        self,
        scores_NPK: NDArray[np.float32],
        boxes_NP4: NDArray[np.float32],
        limits: Limits = Limits(),
    ) -> None:
        self.scores_NPK = scores_NPK
        self.boxes_NP4 = boxes_NP4
        self.limits = limits

    def __len__(self) -> int:
        return len(self.scores_NPK)

    @overload
    def __getitem__(self, chosen: int) -> Found: ...

    @overload
    def __getitem__(self, chosen: slice) -> Detections: ...

    def __getitem__(self, chosen: int | slice) -> Found | Detections:
        if isinstance(chosen, slice):
            return Detections(self.scores_NPK[chosen], self.boxes_NP4[chosen], self.limits)
        return found_in(self.scores_NPK[chosen], self.boxes_NP4[chosen], self.limits)

    def __iter__(self) -> Iterator[Found]:
        return (self[place] for place in range(len(self)))


def found_in(
    scores_PK: NDArray[np.float32], boxes_P4: NDArray[np.float32], limits: Limits = Limits()
) -> Found:
    """The objects of one picture, the surest first.

    Example:
        >>> scores = np.array([[0.9, 0.1], [0.6, 0.0]], np.float32)
        >>> boxes = np.array([[0, 0, 4, 4], [0, 0, 4, 3.5]], np.float32)
        >>> found_in(scores, boxes).labels_D.tolist()
        [0, 1]
        >>> len(found_in(scores, boxes, Limits(score_threshold=0.2, overlap=None)).labels_D)
        2
    """
    flat = scores_PK.ravel()
    candidates = np.flatnonzero(flat >= limits.score_threshold)
    most = max(_MOST_CANDIDATES, limits.max_objects)
    if len(candidates) > most:
        best = np.argpartition(-flat[candidates], most)[:most]
        candidates = np.sort(candidates[best])
    places, labels = np.divmod(candidates, max(scores_PK.shape[1], 1))
    boxes_M4, scores_M = boxes_P4[places], flat[candidates]
    if limits.overlap is None:
        order = np.argsort(-scores_M, kind="stable")
    else:
        order = kept_boxes(boxes_M4, scores_M, labels, overlap=limits.overlap)
    order = order[: limits.max_objects]
    return Found(boxes_M4[order], scores_M[order], labels[order].astype(np.int64))


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
    moved_NP = np.abs(first.boxes_NP4 - second.boxes_NP4).max(axis=2, initial=0.0) / _extent(first)
    moved_NP = moved_NP * first.scores_NPK.max(axis=2, initial=0.0)
    worst = max(
        float(np.nan_to_num(values, nan=1.0, posinf=1.0).max(initial=0.0))
        for values in (apart_NPK, moved_NP)
    )
    return min(worst, 1.0)


def largest_apart_in_any_order(first: Detections, second: Detections) -> float:
    """Likewise of networks whose boxes have no places of their own: each is compared with its partner.

    Queries are ordered by scores, and a difference of rounding may exchange two of them. Partners are those
    of the pairing that differs least in all.

    Example:
        >>> scores = np.array([[[0.9], [0.2]]], np.float32)
        >>> boxes = np.array([[[0, 0, 4, 4], [5, 5, 9, 9]]], np.float32)
        >>> swapped = Detections(scores[:, ::-1], boxes[:, ::-1])
        >>> largest_apart_in_any_order(Detections(scores, boxes), swapped)
        0.0
    """
    from scipy.optimize import linear_sum_assignment

    extent, worst = _extent(first), 0.0
    for one, two in zip(_pictures(first), _pictures(second), strict=True):
        apart_QQ = np.abs(one.scores_PK[:, None] - two.scores_PK).max(axis=2, initial=0.0)
        moved_QQ = np.abs(one.boxes_P4[:, None] - two.boxes_P4).max(axis=2, initial=0.0) / extent
        moved_QQ *= one.scores_PK.max(axis=1, initial=0.0)[:, None]
        cost_QQ = np.nan_to_num(np.maximum(apart_QQ, moved_QQ), nan=1.0, posinf=1.0)
        worst = max(worst, float(cost_QQ[linear_sum_assignment(cost_QQ)].max(initial=0.0)))
    return min(worst, 1.0)


class _Picture(NamedTuple):
    scores_PK: NDArray[np.float32]
    boxes_P4: NDArray[np.float32]


def _pictures(detections: Detections) -> Iterator[_Picture]:
    return map(_Picture, detections.scores_NPK, detections.boxes_NP4)


def _extent(detections: Detections) -> float:
    return max(float(np.nanmax(np.abs(detections.boxes_NP4), initial=1.0)), 1.0)
