"""Found texts against true ones, by the rules of ICDAR 2015.

Karatzas et al. 2015, "ICDAR 2015 competition on robust reading", task 4.1: a text is found if a polygon
overlaps it with an intersection over union above one half, one to one. What lies in a text that nobody could
read neither helps nor harms.

Shape legend: D texts found, M true texts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.text_detection.outlines import TextTruth
from netloom.tasks.text_detection.polygons import Polygon, covered_area, overlap, shared_area

ENOUGH = 0.5
FALSE, IGNORED = -1, -2


class TextVerdict(NamedTuple):
    """What became of the texts that were found in a picture.

    Attributes:
        partner_D: True text of each; −1 if there is none, −2 if it lies in one that nobody could read.
        overlaps_D: Intersection over union with its true text; 0 where there is none.
        missed: Positions of the true texts that were not found.
        num_true: True texts that somebody could read.
    """

    partner_D: NDArray[np.int64]
    overlaps_D: NDArray[np.float64]
    missed: NDArray[np.int64]
    num_true: int

    @property
    def num_errors(self) -> int:
        """Missed and false ones."""
        return len(self.missed) + int(np.count_nonzero(self.partner_D == FALSE))


class TextCounts(NamedTuple):
    """How many texts there are, were found, and were found rightly."""

    right: int
    found: int
    true: int

    def plus(self, other: TextCounts) -> TextCounts:
        """Both together."""
        return TextCounts(*(one + two for one, two in zip(self, other, strict=True)))

    def metrics(self) -> dict[str, float]:
        """Shares; 0 where nothing is right, NaN where nothing is there and nothing was found.

        Example:
            >>> TextCounts(3, 4, 6).metrics()["h_mean"]
            0.6
        """
        right, found, true = self
        if not found + true:
            return dict.fromkeys(("h_mean", "precision", "recall"), math.nan)
        return {
            "h_mean": 2.0 * right / (found + true),
            "precision": right / max(found, 1),
            "recall": right / max(true, 1),
        }


class Meeting(NamedTuple):
    """How found and true texts lie to one another.

    Attributes:
        overlaps_DM: Intersection over union; 0 with true texts that nobody could read.
        is_ignored_D: Whether more than half of a found one lies in such a text.
        is_true_M: Whether somebody could read the text.
    """

    overlaps_DM: NDArray[np.float64]
    is_ignored_D: NDArray[np.bool_]
    is_true_M: NDArray[np.bool_]

    @classmethod
    def of(cls, polygons: Sequence[Polygon], truth: TextTruth) -> Meeting:
        """Compare all found texts with all true ones."""
        overlaps_DM = overlaps(polygons, truth.polygons)
        overlaps_DM[:, truth.ignored_M] = 0.0
        illegible = [
            ring for ring, is_ignored in zip(truth.polygons, truth.ignored_M) if is_ignored
        ]
        is_ignored_D = np.array(
            [any(_lies_in(polygon, ring) for ring in illegible) for polygon in polygons], np.bool_
        )
        overlaps_DM[is_ignored_D] = 0.0
        return cls(overlaps_DM, is_ignored_D, ~truth.ignored_M)

    def first(self, count: int) -> Meeting:
        """The same, had only so many been found."""
        return Meeting(self.overlaps_DM[:count], self.is_ignored_D[:count], self.is_true_M)

    def judged(self, *, enough: float = ENOUGH) -> TextVerdict:
        """Pair found and true texts, those that overlap most first.

        The competition's own program pairs in the order of the files instead; with an overlap above one
        half that only matters where texts overlap one another.

        Args:
            enough: Overlap above which a text counts as found.

        Example:
            >>> box = np.array([[0, 0], [4, 0], [4, 2], [0, 2]])
            >>> truth = TextTruth((box, box + [9, 0]), np.array([False, False]), (None, None))
            >>> found = Meeting.of([box + [1, 0]], truth).judged()
            >>> found.partner_D.tolist(), found.missed.tolist(), found.overlaps_D.round(3).tolist()
            ([0], [1], [0.6])
        """
        partner_D = np.where(self.is_ignored_D, IGNORED, FALSE)
        overlaps_D = np.zeros(len(partner_D))
        is_free_M = self.is_true_M.copy()
        places, others = np.nonzero(self.overlaps_DM > enough)
        order = np.argsort(-self.overlaps_DM[places, others], kind="stable")
        for place, other in zip(places[order].tolist(), others[order].tolist(), strict=True):
            if partner_D[place] == FALSE and is_free_M[other]:
                partner_D[place] = other
                overlaps_D[place] = self.overlaps_DM[place, other]
                is_free_M[other] = False
        num_true = int(np.count_nonzero(self.is_true_M))
        return TextVerdict(partner_D, overlaps_D, np.flatnonzero(is_free_M), num_true)


def counted(verdict: TextVerdict) -> TextCounts:
    """The counts of a picture.

    Example:
        >>> none = np.zeros(0, np.int64)
        >>> counted(TextVerdict(np.array([0, -1, -2]), np.zeros(3), none, 1))
        TextCounts(right=1, found=2, true=1)
    """
    return TextCounts(
        int(np.count_nonzero(verdict.partner_D >= 0)),
        int(np.count_nonzero(verdict.partner_D != IGNORED)),
        verdict.num_true,
    )


def overlaps(polygons: Sequence[Polygon], others: Sequence[Polygon]) -> NDArray[np.float64]:
    """Intersection over union of each with each other: (D, M).

    Example:
        >>> box = np.array([[0, 0], [4, 0], [4, 2], [0, 2]])
        >>> overlaps([box], [box, box + [2, 0], box + [9, 9]]).round(3).tolist()
        [[1.0, 0.333, 0.0]]
    """
    found_DM = np.zeros((len(polygons), len(others)))
    if not found_DM.size:
        return found_DM
    low_D2, high_D2 = _boxes(polygons)
    low_M2, high_M2 = _boxes(others)
    # Most texts are nowhere near one another.
    can_meet_DM = ((low_D2[:, None] < high_M2) & (low_M2 < high_D2[:, None])).all(axis=2)
    for place, other in np.argwhere(can_meet_DM).tolist():
        found_DM[place, other] = overlap(polygons[place], others[other])
    return found_DM


def _boxes(polygons: Sequence[Polygon]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low = np.array([polygon.min(axis=0) for polygon in polygons], np.float64)
    high = np.array([polygon.max(axis=0) for polygon in polygons], np.float64)
    return low, high


def _lies_in(polygon: Polygon, ring: Polygon) -> bool:
    """Whether more than half of a polygon does."""
    if (polygon.min(axis=0) >= ring.max(axis=0)).any() or (
        polygon.max(axis=0) <= ring.min(axis=0)
    ).any():
        return False
    return shared_area(polygon, ring) > 0.5 * covered_area(polygon)
