"""Which samples an epoch takes: each once, or every class equally often."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def balanced_weights(labels_N: NDArray[np.int64]) -> NDArray[np.float64]:
    """Weights with which every class that occurs is drawn equally often; shape (N,), sum 1.

    Args:
        labels_N: Class indices; -1 where there is no label, which is never drawn.

    Example:
        >>> balanced_weights(np.array([0, 0, 0, 1])).round(3).tolist()
        [0.167, 0.167, 0.167, 0.5]
    """
    known_N = labels_N >= 0
    classes, inverse, counts = np.unique(labels_N[known_N], return_inverse=True, return_counts=True)
    weights_N = np.zeros(len(labels_N), np.float64)
    weights_N[known_N] = 1.0 / (len(classes) * counts[inverse])
    return weights_N
