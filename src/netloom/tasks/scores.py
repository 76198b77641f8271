"""Scores: from logits, put together from several batches, and two of them compared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.protocol import Scored

if TYPE_CHECKING:
    from torch import Tensor


def probabilities(logits: Tensor | NDArray[np.float32]) -> NDArray[np.float32]:
    """Softmax over the classes, the second axis.

    >>> probabilities(np.array([[0.0, 0.0], [0.0, np.log(3.0)]], np.float32)).round(3).tolist()
    [[0.5, 0.5], [0.25, 0.75]]
    """
    if isinstance(logits, np.ndarray):
        powers = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
    found: NDArray[np.float32] = logits.float().softmax(dim=1).cpu().numpy()
    return found


def gathered(scored: Iterable[Scored], width: int) -> NDArray[np.float32]:
    """Rows of all batches under one another, (N, K).

    Args:
        width: K, for want of any batch.

    >>> first, second = np.zeros((2, 3), np.float32), np.ones((1, 3), np.float32)
    >>> gathered([Scored(first, None), Scored(second, None)], 3)[2].tolist()
    [1.0, 1.0, 1.0]
    """
    rows = [each.scores for each in scored]
    return np.concatenate(rows) if rows else np.empty((0, width), np.float32)


def largest_difference(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Of two arrays of the same shape; NaN in one of them is as different as can be: 1.

    >>> largest_difference(np.array([0.5, np.nan]), np.array([0.25, 0.0]))
    1.0
    """
    return float(np.nan_to_num(np.abs(first - second), nan=1.0).max(initial=0.0))
