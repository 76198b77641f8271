"""What a detector of text said about a part of a data set, in the pictures before any transform.

Shape legend: N pictures, D texts found, M true texts, S score thresholds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.measures import Measures
from netloom.tasks.protocol import Scored
from netloom.tasks.sample_sums import Sums
from netloom.tasks.text_detection.matching import Meeting, TextCounts, TextVerdict, counted
from netloom.tasks.text_detection.outlines import TextTruth, text_truth
from netloom.tasks.text_detection.polygons import perimeter, short_side, signed_area
from netloom.tasks.text_detection.predictions import regions_in_picture
from netloom.tasks.text_detection.regions import LEAST_SCORE, Regions

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

STRICT = 0.75
THRESHOLDS = tuple(round(LEAST_SCORE + 0.05 * step, 2) for step in range(8))

MEANINGS = {
    "h_mean": ("H-mean", "Harmonic mean of precision and recall, by the rules of ICDAR 2015"),
    "precision": ("Precision", "Share of the found texts that are there"),
    "recall": ("Recall", "Share of the texts there that were found"),
    "h_mean_75": (
        "H-mean at 0.75",
        "The same where an overlap of 0.75 is asked for instead of 0.5",
    ),
    "mean_overlap": ("Mean overlap", "Intersection over union of the texts that were found"),
}


@dataclass(frozen=True, eq=False)
class TextOutcome:
    """Everything that reports and comparisons draw from.

    Attributes:
        found: In each picture.
        truths: What is there.
        verdicts: On each.
        sums_N5: Texts found rightly, found, there, found rightly at an overlap of 0.75; sum of overlaps.
        by_score: Counts of all pictures if only texts of at least each of :data:`THRESHOLDS` are reported.
    """

    found: tuple[Regions, ...]
    truths: tuple[TextTruth, ...]
    verdicts: tuple[TextVerdict, ...]
    sums_N5: NDArray[np.float64]
    by_score: tuple[TextCounts, ...]

    def h_means(self) -> NDArray[np.float64]:
        """Of each picture, (N,); 1 where nothing is there and nothing was found."""
        right_N, found_N, true_N = self.sums_N5[:, :3].T
        both_N = found_N + true_N
        return np.where(both_N > 0, 2.0 * right_N / np.maximum(both_N, 1.0), 1.0)

    def heights_and_found(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Of all true texts that can be read: height in pixels, and whether they were found."""
        heights: list[float] = []
        are_found: list[bool] = []
        for truth, verdict in zip(self.truths, self.verdicts, strict=True):
            missed = set(verdict.missed.tolist())
            for place in np.flatnonzero(~truth.ignored_M).tolist():
                polygon = truth.polygons[place]
                heights.append(short_side(abs(signed_area(polygon)), perimeter(polygon)))
                are_found.append(place not in missed)
        return np.array(heights), np.array(are_found, np.bool_)


def text_outcome(scored: Iterable[Scored], samples: Samples) -> TextOutcome:
    """Count picture by picture.

    Args:
        samples: Annotated, in the order of ``scored``.
    """
    found: list[Regions] = []
    truths: list[TextTruth] = []
    verdicts: list[TextVerdict] = []
    sums: list[tuple[float, ...]] = []
    by_score = [TextCounts(0, 0, 0) for _ in THRESHOLDS]
    for scores, batch in scored:
        rows = zip(scores, batch.motions, batch.indices_N.tolist(), strict=True)
        for scores_HW, motion, position in rows:
            objects = samples.objects(position)
            assert objects is not None  # samples to be evaluated on are annotated
            regions, truth = regions_in_picture(scores_HW, motion), text_truth(objects)
            meeting = Meeting.of(regions.polygons, truth)
            verdict, strict = meeting.judged(), meeting.judged(enough=STRICT)
            found.append(regions)
            truths.append(truth)
            verdicts.append(verdict)
            overlap = float(verdict.overlaps_D.sum())
            sums.append((*counted(verdict), counted(strict).right, overlap))
            for place, threshold in enumerate(THRESHOLDS):
                # The surest come first.
                chosen = meeting.first(int(np.count_nonzero(regions.scores_D >= threshold)))
                by_score[place] = by_score[place].plus(counted(chosen.judged()))
    return TextOutcome(
        tuple(found),
        tuple(truths),
        tuple(verdicts),
        np.array(sums, np.float64).reshape(-1, 5),
        tuple(by_score),
    )


def text_measure(totals_B5: Sums) -> Measures:
    """The metrics as a function of totals: all pictures' texts are counted together.

    Example:
        >>> text_measure(np.array([[3.0, 4.0, 6.0, 2.0, 2.4]])).overall["h_mean"].tolist()
        [0.6]
    """
    right_B, found_B, true_B, strict_B, overlap_B = totals_B5.T
    with np.errstate(invalid="ignore", divide="ignore"):
        overall = {
            "h_mean": 2.0 * right_B / (found_B + true_B),
            "precision": right_B / found_B,
            "recall": right_B / true_B,
            "h_mean_75": 2.0 * strict_B / (found_B + true_B),
            "mean_overlap": overlap_B / right_B,
        }
    return Measures(overall, {})
