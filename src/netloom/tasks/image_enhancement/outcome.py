"""How much better pictures became: numbers for each, and the pictures that tell most.

Shape legend: N samples, H height, W width, C channels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.bootstrap import Interval, percentile_interval, resampled
from netloom.tasks.image_enhancement.picture_measures import Likeness, likeness
from netloom.tasks.picture_json import pixels_of_levels
from netloom.tasks.protocol import Scored

MEASURES = ("psnr_db", "ssim", "input_psnr_db", "input_ssim", "gain_db", "ssim_gain")
"""Of each picture: what came out and what went in against the target, and by how much it became better."""

SHOWN = 6


class Enhanced(NamedTuple):
    """A picture before and after, and the one that should have come out. uint8 HWC."""

    position: int
    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    target: NDArray[np.uint8]

    def measures(self) -> tuple[float, ...]:
        """In the order of :data:`MEASURES`."""
        after, before = likeness(self.after, self.target), likeness(self.before, self.target)
        return (*after, *before, *_gain(after, before))


class Outcome(NamedTuple):
    """What came of all samples.

    Attributes:
        values_NM: :data:`MEASURES` of each; NaN where undefined.
        worst: Those that gained least, the worst first.
        best: Those of the others that gained most, the best first.
    """

    values_NM: NDArray[np.float64]
    worst: tuple[Enhanced, ...]
    best: tuple[Enhanced, ...]

    def column(self, measure: str) -> NDArray[np.float64]:
        """One of :data:`MEASURES`, of each picture."""
        values_N: NDArray[np.float64] = self.values_NM[:, MEASURES.index(measure)]
        return values_N


def outcome_of(scored: Iterable[Scored]) -> Outcome:
    """Measures every picture; keeps only a few of them in memory."""
    rows: list[tuple[float, ...]] = []
    worst: list[tuple[float, Enhanced]] = []
    best: list[tuple[float, Enhanced]] = []
    for enhanced in enhanced_pictures(scored):
        rows.append(enhanced.measures())
        gain = rows[-1][MEASURES.index("gain_db")]
        worst = sorted([*worst, (gain, enhanced)], key=lambda pair: pair[0])[:SHOWN]
        best = sorted([*best, (gain, enhanced)], key=lambda pair: -pair[0])[:SHOWN]
    shown = {each.position for _, each in worst}
    return Outcome(
        np.array(rows, np.float64).reshape(-1, len(MEASURES)),
        tuple(each for _, each in worst),
        tuple(each for _, each in best if each.position not in shown),
    )


def enhanced_pictures(scored: Iterable[Scored]) -> Iterator[Enhanced]:
    """Picture by picture, in the order of the samples."""
    for scores, batch in scored:
        rows = zip(
            batch.indices_N.tolist(),
            batch.images_NCHW.numpy().transpose(0, 2, 3, 1),
            scores,
            batch.companions_NCHW.numpy().transpose(0, 2, 3, 1),
            strict=True,
        )
        for position, before_HWC, levels_CHW, target_HWC in rows:
            yield Enhanced(
                position,
                np.ascontiguousarray(before_HWC),
                pixels_of_levels(levels_CHW),
                np.ascontiguousarray(target_HWC),
            )


def means(values_NM: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each measure over the pictures for which it is defined; NaN if there is none.

    Example:
        >>> means(np.array([[1.0, np.nan], [3.0, np.nan]])).tolist()
        [2.0, nan]
    """
    means_M: NDArray[np.float64] = weighted_means(values_NM, np.ones((len(values_NM), 1)))[0]
    return means_M


def weighted_means(
    values_NM: NDArray[np.float64], weights_NB: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Means in which each picture counts so often, ``(B, M)``.

    Example:
        >>> weighted_means(np.array([[1.0], [4.0]]), np.array([[2.0], [1.0]])).tolist()
        [[2.0]]
    """
    is_known_NM = ~np.isnan(values_NM)
    sums_BM = weights_NB.T @ np.where(is_known_NM, values_NM, 0.0)
    counts_BM = weights_NB.T @ is_known_NM.astype(np.float64)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.divide(sums_BM, counts_BM), np.float64)


def intervals(values_NM: NDArray[np.float64], *, draws: int, seed: int) -> tuple[Interval, ...]:
    """Of the mean of each measure, by resampling pictures; NaN without draws.

    Example:
        >>> intervals(np.full((5, 1), 2.0), draws=20, seed=0)
        (Interval(low=2.0, high=2.0),)
    """
    if not draws or not len(values_NM):
        return tuple(Interval(np.nan, np.nan) for _ in values_NM.T)
    blocks = resampled(len(values_NM), draws=draws, seed=seed)
    drawn_BM = np.concatenate([weighted_means(values_NM, block_NB) for block_NB in blocks])
    low_M, high_M = percentile_interval(drawn_BM)
    return tuple(Interval(float(low), float(high)) for low, high in zip(low_M, high_M, strict=True))


def _gain(after: Likeness, before: Likeness) -> tuple[float, float]:
    return after.psnr_db - before.psnr_db, after.ssim - before.ssim
