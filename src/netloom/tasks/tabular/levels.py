"""Rows of a binary target by their score: all that ranking, threshold and calibration metrics follow from.

Shape legend: N rows, L levels, … leading axes such as bootstrap draws. A level holds the rows of one score;
levels are ordered from the highest score to the lowest, and rows of equal score are never told apart.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.floating[Any]]
_SMALLEST = float(np.finfo(np.float32).tiny)
_LEAST_BELOW_ONE = 2.0**-24
"""Half the distance of 1 to the next smaller float32."""


class Levels(NamedTuple):
    """Positive and negative rows at each score.

    Attributes:
        score_L: Highest first; of several scores put together, their mean.
        lowest_L: The lowest score of the level, at which a threshold takes all of it in.
        positives_L: Rows that are positive, (…, L).
        negatives_L: The others, (…, L).
        mean_losses_2L: Of several scores put together, mean −log of the truth's probability of the positive
            and of the negative rows; None: each level is one score.
        mean_squares_2L: Likewise, mean squared distance of the score from the truth.
    """

    score_L: NDArray[np.float64]
    lowest_L: NDArray[np.float64]
    positives_L: Numbers
    negatives_L: Numbers
    mean_losses_2L: NDArray[np.float64] | None = None
    mean_squares_2L: NDArray[np.float64] | None = None

    @property
    def losses(self) -> NDArray[np.float64]:
        """−log of the truth's probability of a positive and of a negative row of each level, (2, L)."""
        if self.mean_losses_2L is not None:
            return self.mean_losses_2L
        negative_L = _minus_log(1.0 - self.score_L, least=_LEAST_BELOW_ONE)
        return np.stack([_minus_log(self.score_L), negative_L])

    @property
    def squares(self) -> NDArray[np.float64]:
        """Squared distance of the score from the truth, likewise."""
        if self.mean_squares_2L is not None:
            return self.mean_squares_2L
        return np.stack([np.square(1.0 - self.score_L), np.square(self.score_L)])

    @property
    def rows(self) -> NDArray[Any]:
        """How many rows there are, (…)."""
        return np.asarray(self.positives_L.sum(axis=-1) + self.negatives_L.sum(axis=-1))

    @property
    def found(self) -> Numbers:
        """Positives at or above each level, (…, L)."""
        return np.cumsum(self.positives_L, axis=-1)

    @property
    def alarms(self) -> Numbers:
        """Negatives at or above each level, (…, L)."""
        return np.cumsum(self.negatives_L, axis=-1)


def levels_of(score_N: Numbers, positive_N: NDArray[np.bool_]) -> Levels:
    """The levels of rows.

    Example:
        >>> levels = levels_of(np.array([0.5, 0.9, 0.5]), np.array([True, True, False]))
        >>> levels.score_L.tolist(), levels.positives_L.tolist(), levels.negatives_L.tolist()
        ([0.9, 0.5], [1.0, 1.0], [0.0, 1.0])
    """
    if not len(score_N):
        empty = np.zeros(0)
        return Levels(empty, empty, empty, empty)
    order = np.argsort(-score_N, kind="stable")
    sorted_N = score_N[order]
    starts = np.flatnonzero(np.append(True, np.diff(sorted_N) != 0))
    rows_L = np.diff(np.append(starts, len(score_N))).astype(np.float64)
    positives_L = np.add.reduceat(positive_N[order].astype(np.float64), starts)
    score_L = sorted_N[starts].astype(np.float64)
    return Levels(score_L, score_L, positives_L, rows_L - positives_L)


def log_losses(score_N: Numbers, positive_N: NDArray[np.bool_]) -> NDArray[np.float64]:
    """−log of the truth's probability of each row, (N,).

    Example:
        >>> log_losses(np.array([0.5, 0.25]), np.array([True, False])).round(4).tolist()
        [0.6931, 0.2877]
    """
    share_N = score_N.astype(np.float64)
    negative_N = _minus_log(1.0 - share_N, least=_LEAST_BELOW_ONE)
    return np.where(positive_N, _minus_log(share_N), negative_N)


def _minus_log(share_L: NDArray[np.float64], *, least: float = _SMALLEST) -> NDArray[np.float64]:
    """Finite where float32 could not express how small a share is."""
    return np.asarray(-np.log(np.maximum(share_L, least)))


def merged(levels: Levels, most: int, *marks: NDArray[Any]) -> Levels:
    """Levels next to each other put together, so that at most about ``most`` are left, of about equal size.

    Args:
        marks: Numbers of the levels, (L,), that only rise or only fall; levels of different marks stay apart.

    Example:
        >>> levels = levels_of(np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, True, True, True]))
        >>> merged(levels, 2).positives_L.tolist()
        [2.0, 1.0]
    """
    if len(levels.score_L) <= most:
        return levels
    rows_L = levels.positives_L + levels.negatives_L
    place_L = (np.cumsum(rows_L) - rows_L) * most // rows_L.sum()
    is_start_L = np.append(True, np.diff(place_L) != 0)
    for mark_L in marks:
        is_start_L |= np.append(True, np.diff(mark_L) != 0)
    starts = np.flatnonzero(is_start_L)
    sides = np.stack([levels.positives_L, levels.negatives_L])
    counts = np.add.reduceat(sides, starts, axis=1)

    def means(values_2L: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.add.reduceat(values_2L * sides, starts, axis=1) / np.maximum(counts, 1.0)

    return Levels(
        np.add.reduceat(levels.score_L * rows_L, starts) / counts.sum(axis=0),
        levels.lowest_L[np.append(starts[1:], len(rows_L)) - 1],
        counts[0],
        counts[1],
        means(levels.losses),
        means(levels.squares),
    )


def resampled_levels(levels: Levels, *, draws: int, seed: int) -> Levels:
    """Bootstrap draws of the rows: the same levels with other counts, (B, L).

    Drawing how many rows fall on each level and side is the same as drawing rows, and takes no longer for
    more of them.

    Example:
        >>> levels = levels_of(np.array([0.2, 0.8]), np.array([False, True]))
        >>> resampled_levels(levels, draws=3, seed=0).rows.tolist()
        [2.0, 2.0, 2.0]
    """
    count_M = np.concatenate([levels.positives_L, levels.negatives_L])
    total = int(count_M.sum())
    shares_M = count_M / max(total, 1)
    counts_BM = np.random.default_rng(seed).multinomial(total, shares_M, size=draws)
    half = len(levels.score_L)
    return levels._replace(
        positives_L=counts_BM[:, :half].astype(np.float64),
        negatives_L=counts_BM[:, half:].astype(np.float64),
    )
