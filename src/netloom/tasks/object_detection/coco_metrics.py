"""Average precision and recall as COCO defines them (Lin et al. 2014, arXiv:1405.0312).

Shape legend: D found objects, K classes, A ranges of sizes, T thresholds, R = 101 levels of recall, N images.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.object_detection.coco_matching import SIZES, THRESHOLDS, Matches

RECALLS = np.linspace(0.0, 1.0, 101)
FEWEST = (1, 10, 100)
"""AR1 looks at the surest object of each image and class, AR10 at ten."""
_HALF, _THREE_QUARTERS = 0, 5

_Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class CocoMetrics:
    """What COCO's evaluation says; NaN where there is nothing to find.

    Attributes:
        precision_KATR: Highest precision at each level of recall or above.
        recall_KATF: Share of the objects that is found, with 1, 10 and 100 found ones per image and class.
        truths_KA: Number of objects to find.
    """

    precision_KATR: NDArray[np.float64]
    recall_KATF: NDArray[np.float64]
    truths_KA: NDArray[np.int64]

    def overall(self) -> dict[str, float]:
        """The twelve numbers: ``ap``, ``ap50``, ``ap75``, ``ap_small`` … ``ar1``, ``ar10``, ``ar100`` …"""
        found = {
            "ap": _mean(self.precision_KATR[:, 0]),
            "ap50": _mean(self.precision_KATR[:, 0, _HALF]),
            "ap75": _mean(self.precision_KATR[:, 0, _THREE_QUARTERS]),
        }
        for place, size in enumerate(SIZES):
            if place:
                found[f"ap_{size}"] = _mean(self.precision_KATR[:, place])
        for place, most in enumerate(FEWEST):
            found[f"ar{most}"] = _mean(self.recall_KATF[:, 0, :, place])
        for place, size in enumerate(SIZES):
            if place:
                found[f"ar_{size}"] = _mean(self.recall_KATF[:, place, :, -1])
        return found

    def by_class(self) -> dict[str, NDArray[np.float64]]:
        """``ap``, ``ap50``, ``ap75`` and ``ar100`` of each class, (K,)."""
        precision_KT = self.precision_KATR[:, 0].mean(axis=-1)
        return {
            "ap": precision_KT.mean(axis=-1),
            "ap50": precision_KT[:, _HALF],
            "ap75": precision_KT[:, _THREE_QUARTERS],
            "ar100": self.recall_KATF[:, 0, :, -1].mean(axis=-1),
        }


class RankedClass(NamedTuple):
    """Found objects of one class in all images, the surest first.

    Attributes:
        images_D: Image of each.
        right_DAT: See :class:`netloom.tasks.object_detection.coco_matching.Matches`.
        counts_DAT: Likewise.
        ranks_D: Likewise.
        scores_D: Likewise.
    """

    images_D: NDArray[np.int64]
    right_DAT: NDArray[np.bool_]
    counts_DAT: NDArray[np.bool_]
    ranks_D: NDArray[np.int64]
    scores_D: _Array


def ranked(matches: Matches, num_classes: int) -> list[RankedClass]:
    """The found objects class by class; of equal scores those of earlier images come first."""
    order = np.lexsort((-matches.scores_D, matches.labels_D))
    ends = np.searchsorted(matches.labels_D[order], np.arange(num_classes + 1))
    chosen = [order[first:end] for first, end in pairwise(ends.tolist())]
    return [
        RankedClass(
            matches.images_D[each],
            matches.right_DAT[each],
            matches.counts_DAT[each],
            matches.ranks_D[each],
            matches.scores_D[each],
        )
        for each in chosen
    ]


def coco_metrics(matches: Matches, num_classes: int) -> CocoMetrics:
    """The metrics of matched objects.

    Example:
        >>> from netloom.tasks.object_detection.coco_matching import Truth, matched
        >>> from netloom.tasks.object_detection.detections import Found
        >>> box = np.array([[0, 0, 40, 40]], np.float32)
        >>> one = Found(box, np.array([0.9], np.float32), np.array([0]))
        >>> truth = Truth(box, np.array([0]), np.array([False]), np.array([1600.0]))
        >>> coco_metrics(matched([one], [truth], 1), 1).overall()["ap"].__round__(6)
        1.0
    """
    shape = (num_classes, len(SIZES), len(THRESHOLDS))
    precision_KATR = np.full((*shape, len(RECALLS)), np.nan)
    recall_KATF = np.full((*shape, len(FEWEST)), np.nan)
    truths_KA = matches.truths_NKA.sum(axis=0)
    for label, each in enumerate(ranked(matches, num_classes)):
        for size in np.flatnonzero(truths_KA[label]).tolist():
            total = int(truths_KA[label, size])
            right_TD = each.right_DAT[:, size].T
            counts_TD = each.counts_DAT[:, size].T
            precision_KATR[label, size] = precision_at_recalls(
                right_TD.cumsum(axis=1), counts_TD.cumsum(axis=1), total
            )
            for place, most in enumerate(FEWEST):
                hits_T = right_TD[:, each.ranks_D < most].sum(axis=1)
                recall_KATF[label, size, :, place] = hits_T / total
    return CocoMetrics(precision_KATR, recall_KATF, truths_KA)


def precision_at_recalls(right_TD: _Array, counts_TD: _Array, total: float) -> NDArray[np.float64]:
    """Highest precision at 101 levels of recall or above, 0 where none is reached: (T, R).

    Args:
        right_TD: How many of the first found objects are right.
        counts_TD: How many of them count.
        total: How many there are to find.

    Example:
        >>> precision_at_recalls(np.array([[1, 1, 2]]), np.array([[1, 2, 3]]), 4)[0, ::25].round(
        ...     3
        ... ).tolist()
        [1.0, 1.0, 0.667, 0.0, 0.0]
    """
    recall_TD = right_TD / total
    precision_TD = right_TD / (counts_TD + np.spacing(1))
    highest_TD = np.maximum.accumulate(precision_TD[:, ::-1], axis=1)[:, ::-1]
    found_TR = np.zeros((len(right_TD), len(RECALLS)))
    for row, (recall_D, highest_D) in enumerate(zip(recall_TD, highest_TD, strict=True)):
        places_R = np.searchsorted(recall_D, RECALLS, side="left")
        reached = int(np.searchsorted(places_R, len(recall_D), side="left"))
        found_TR[row, :reached] = highest_D[places_R[:reached]]
    return found_TR


def weighted_precision(
    classes: list[RankedClass], truths_NK: _Array, weights_N: _Array
) -> tuple[float, float]:
    """``ap`` and ``ap50`` of a data set in which image n occurs ``weights_N[n]`` times.

    Args:
        truths_NK: Objects to find of each image and class.
    """
    totals_K = weights_N @ truths_NK
    values_KT = np.full((len(classes), len(THRESHOLDS)), np.nan)
    for label in np.flatnonzero(totals_K > 0).tolist():
        each = classes[label]
        weights_D = weights_N[each.images_D]
        right_TD = (each.right_DAT[:, 0].T * weights_D).cumsum(axis=1)
        counts_TD = (each.counts_DAT[:, 0].T * weights_D).cumsum(axis=1)
        values_KT[label] = precision_at_recalls(right_TD, counts_TD, totals_K[label]).mean(axis=1)
    return _mean(values_KT), _mean(values_KT[:, _HALF])


def _mean(values: _Array) -> float:
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")
