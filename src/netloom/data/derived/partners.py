"""Which found object is which true one.

Shape legend: D found objects, M true objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Partner(NamedTuple):
    """The true object that a found one overlaps.

    Attributes:
        true: Its position; None if no free one overlaps enough.
        overlap: Intersection over union with it, or the largest with any, free or not.
    """

    true: int | None
    overlap: float


def partners(
    boxes_D4: Sequence[Sequence[float]],
    scores_D: Sequence[float],
    true_M4: Sequence[Sequence[float]],
    *,
    overlap: float,
) -> list[Partner]:
    """Pair found and true objects, whatever their classes: the surest chooses first, each true one once.

    Example:
        >>> found = [[0, 0, 4, 4], [0, 0, 4, 3]]
        >>> [each.true for each in partners(found, [0.5, 0.9], [[0, 0, 4, 4]], overlap=0.5)]
        [None, 0]
    """
    overlaps_DM = _overlaps(_boxes(boxes_D4), _boxes(true_M4))
    largest_D = overlaps_DM.max(axis=1, initial=0.0)
    found = [Partner(None, float(each)) for each in largest_D]
    free_M = np.ones(len(true_M4), np.bool_)
    for place in np.argsort(-np.asarray(scores_D, np.float64), kind="stable").tolist():
        row_M = np.where(free_M, overlaps_DM[place], 0.0)
        best = int(row_M.argmax()) if len(row_M) else 0
        if len(row_M) and row_M[best] >= overlap and row_M[best] > 0:
            free_M[best] = False
            found[place] = Partner(best, float(row_M[best]))
    return found


def _boxes(boxes: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    return np.asarray(boxes, np.float64).reshape(-1, 4)


def _overlaps(boxes_D4: NDArray[Any], others_M4: NDArray[Any]) -> NDArray[np.float64]:
    low_DM2 = np.maximum(boxes_D4[:, None, :2], others_M4[None, :, :2])
    high_DM2 = np.minimum(boxes_D4[:, None, 2:], others_M4[None, :, 2:])
    shared_DM = np.clip(high_DM2 - low_DM2, 0.0, None).prod(axis=2)
    areas_D, areas_M = (
        np.clip(b[:, 2:] - b[:, :2], 0, None).prod(axis=1) for b in (boxes_D4, others_M4)
    )
    union_DM = areas_D[:, None] + areas_M - shared_DM
    overlaps_DM: NDArray[np.float64] = np.divide(
        shared_DM, union_DM, out=np.zeros_like(shared_DM), where=union_DM > 0
    )
    return overlaps_DM
