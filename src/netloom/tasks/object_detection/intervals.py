"""How far average precision would move on other pictures from the same source.

Shape legend: N pictures, K classes, B draws.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.bootstrap import Interval, percentile_interval, resampled
from netloom.tasks.object_detection.coco_matching import Matches
from netloom.tasks.object_detection.coco_metrics import ranked, weighted_precision

_MOST_WORK = 400_000_000
"""Numbers that may be summed up: a minute or so on one core."""
_FEWEST = 100


def intervals(matches: Matches, num_classes: int, *, draws: int, seed: int) -> dict[str, Interval]:
    """95 % intervals of ``ap`` and ``ap50`` by bootstrap over pictures; NaN if ``draws`` is 0.

    Large data sets are resampled less often than asked for, but at least a hundred times.
    """
    values_B2 = drawn_precisions(matches, num_classes, draws=draws, seed=seed)
    if not len(values_B2):
        return {name: Interval(float("nan"), float("nan")) for name in ("ap", "ap50")}
    ends_22 = percentile_interval(values_B2)
    return {
        name: Interval(*(float(end) for end in ends_22[:, place]))
        for place, name in enumerate(("ap", "ap50"))
    }


def drawn_precisions(
    matches: Matches, num_classes: int, *, draws: int, seed: int
) -> NDArray[np.float64]:
    """``ap`` and ``ap50`` of resampled data sets: (B, 2).

    Draws depend on the number of pictures and the seed alone, so those of two models can be compared one by
    one, if they are equally many.

    Example:
        >>> from netloom.tasks.object_detection.coco_matching import Truth, matched
        >>> from netloom.tasks.object_detection.detections import Found
        >>> box = np.array([[0, 0, 40, 40]], np.float32)
        >>> one = Found(box, np.array([0.9], np.float32), np.array([0]))
        >>> truth = Truth(box, np.array([0]), np.array([False]), np.array([1600.0]))
        >>> drawn_precisions(matched([one], [truth], 1), 1, draws=2, seed=0).round(3).tolist()
        [[1.0, 1.0], [1.0, 1.0]]
    """
    num_images = len(matches.truths_NKA)
    draws = num_draws(len(matches.scores_D), num_classes, wanted=draws)
    if not draws or not num_images:
        return np.zeros((0, 2))
    classes, truths_NK = ranked(matches, num_classes), matches.truths_NKA[:, :, 0].astype(float)
    return np.array(
        [
            weighted_precision(classes, truths_NK, weights_N)
            for block_NB in resampled(num_images, draws=draws, seed=seed)
            for weights_N in block_NB.T
        ]
    )


def num_draws(num_found: int, num_classes: int, *, wanted: int) -> int:
    """How many of the wanted draws can be afforded.

    Example:
        >>> num_draws(1_000, 10, wanted=1000), num_draws(1_000_000, 80, wanted=1000)
        (1000, 100)
    """
    work = 40 * (num_found + 500 * num_classes)
    return min(wanted, max(_FEWEST, _MOST_WORK // work))
