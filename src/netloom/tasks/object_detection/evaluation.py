"""What a detector found in pictures against what is there, counted in several ways.

Everything is counted in the pictures as they were before any transform: so sizes are those of the data, and
what a crop cut off counts as missed.

Shape legend: N pictures, D found objects, M true objects, K classes, T thresholds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.data.apply.back_to_picture import boxes_back
from netloom.tasks.object_detection.box_suppression import box_areas, shared_areas
from netloom.tasks.object_detection.coco_matching import Matches, Truth, matched
from netloom.tasks.object_detection.coco_metrics import CocoMetrics, coco_metrics
from netloom.tasks.object_detection.detections import Found
from netloom.tasks.object_detection.truth import truth_of
from netloom.tasks.protocol import Scored

if TYPE_CHECKING:
    from netloom.data.apply.motion import Motion
    from netloom.data.datasets import Samples

ENOUGH = 0.5
"""Overlap from which on a found object is taken for a true one, where errors are told one by one."""
FALSE, IGNORED = -1, -2


class Verdict(NamedTuple):
    """What became of the found objects of a picture that score enough.

    Attributes:
        found: Those objects.
        partner_D: True object of each; −1 if there is none, −2 if it does not matter, as in a crowd.
        missed: Positions of the true objects that were not found.
        num_wrong: Found in the right place, but of another class.
        num_false: Found where nothing is.
    """

    found: Found
    partner_D: NDArray[np.int64]
    missed: NDArray[np.int64]
    num_wrong: int
    num_false: int

    @property
    def num_errors(self) -> int:
        """Missed, false and wrong ones."""
        return len(self.missed) + self.num_false + self.num_wrong


@dataclass(frozen=True, slots=True, eq=False)
class DetectionOutcome:
    """Everything that reports and comparisons draw from.

    Attributes:
        found: In each picture, in its own pixels.
        truths: What is there.
        matches: By COCO's rules.
        metrics: COCO's.
        score: The score from which on precision and recall are best balanced (highest F1 over all classes,
            at an overlap of one half).
        verdicts: For each picture, on what scores that much.
    """

    found: Sequence[Found]
    truths: Sequence[Truth]
    matches: Matches
    metrics: CocoMetrics
    score: float
    verdicts: Sequence[Verdict]

    @classmethod
    def of(
        cls, found: Sequence[Found], truths: Sequence[Truth], num_classes: int
    ) -> DetectionOutcome:
        """Count what was found."""
        matches = matched(found, truths, num_classes)
        score = balanced_score(matches)
        verdicts = [
            verdict(_from_score(each, score), truth)
            for each, truth in zip(found, truths, strict=True)
        ]
        return cls(found, truths, matches, coco_metrics(matches, num_classes), score, verdicts)

    def confusion(self, num_classes: int) -> NDArray[np.int64]:
        """Rows: true classes, then nothing; columns: found classes, then nothing: (K + 1, K + 1)."""
        counts = np.zeros((num_classes + 1, num_classes + 1), np.int64)
        for truth, each in zip(self.truths, self.verdicts, strict=True):
            is_met_D = each.partner_D >= 0
            met = truth.labels_M[each.partner_D[is_met_D]]
            np.add.at(counts, (met, each.found.labels_D[is_met_D]), 1)
            false = each.found.labels_D[each.partner_D == FALSE]
            np.add.at(counts, (np.full_like(false, num_classes), false), 1)
            missed = truth.labels_M[each.missed]
            np.add.at(counts, (missed, np.full_like(missed, num_classes)), 1)
        return counts


def in_picture(found: Found, motion: Motion) -> Found:
    """What was found in a network's picture, in the picture that it was made from; nothing beyond its frame.

    Example:
        >>> from netloom.data.apply.geometry import Scaled
        >>> from netloom.data.apply.motion import Motion
        >>> box = np.array([[1, 1, 2, 2]], np.float32)
        >>> one = Found(box, np.ones(1, np.float32), np.zeros(1, np.int64))
        >>> in_picture(one, Motion((20, 20)).then(Scaled(10, 10))).boxes_D4.tolist()
        [[2.0, 2.0, 4.0, 4.0]]
    """
    boxes_D4 = boxes_back(found.boxes_D4, motion)
    is_there_D = box_areas(boxes_D4) > 0
    return Found(boxes_D4[is_there_D], found.scores_D[is_there_D], found.labels_D[is_there_D])


def found_and_true(scored: Iterable[Scored], samples: Samples) -> tuple[list[Found], list[Truth]]:
    """What was found in each picture, and what is there, batch by batch."""
    found: list[Found] = []
    truths: list[Truth] = []
    for scores, batch in scored:
        for each, motion, index in zip(
            scores, batch.motions, batch.indices_N.tolist(), strict=True
        ):
            objects = samples.objects(index)
            assert objects is not None  # samples to be evaluated on are annotated
            found.append(in_picture(each, motion))
            truths.append(truth_of(objects))
    return found, truths


def balanced_score(matches: Matches) -> float:
    """The score of highest F1 over all classes, at an overlap of one half; 0.5 if nothing is right."""
    order = np.argsort(-matches.scores_D, kind="stable")
    right_D = matches.right_DAT[order, 0, 0].cumsum()
    counts_D = matches.counts_DAT[order, 0, 0].cumsum()
    total = int(matches.truths_NKA[:, :, 0].sum())
    if not len(order) or not right_D[-1]:
        return 0.5
    f1_D = 2.0 * right_D / (counts_D + total)
    return float(matches.scores_D[order[f1_D.argmax()]])


def verdict(found: Found, truth: Truth) -> Verdict:
    """Pair found and true objects, closest first: those of one class, then the others.

    Example:
        >>> box = np.array([[0, 0, 4, 4]], np.float32)
        >>> one = Found(box, np.ones(1, np.float32), np.array([1]))
        >>> truth = Truth(box, np.array([0]), np.array([False]), np.array([16.0]))
        >>> verdict(one, truth).num_wrong
        1
    """
    partner_D = np.full(len(found.scores_D), FALSE)
    is_sought_M = ~truth.crowd_M & (truth.labels_M >= 0)
    is_free_M = is_sought_M.copy()
    overlaps_DM = _overlaps(found.boxes_D4, truth.boxes_M4)
    is_same_DM = found.labels_D[:, None] == truth.labels_M
    for allowed_DM in (is_same_DM, ~is_same_DM):
        _pair(np.where(allowed_DM, overlaps_DM, 0.0), partner_D, is_free_M)
    is_in_crowd_D = _shares(found.boxes_D4, truth.boxes_M4[~is_sought_M]).any(axis=1)
    partner_D[(partner_D == FALSE) & is_in_crowd_D] = IGNORED
    met = partner_D[partner_D >= 0]
    wrong_D = found.labels_D[partner_D >= 0] != truth.labels_M[met]
    return Verdict(
        found=found,
        partner_D=partner_D,
        missed=np.flatnonzero(is_free_M),
        num_wrong=int(wrong_D.sum()),
        num_false=int((partner_D == FALSE).sum()),
    )


def _pair(
    overlaps_DM: NDArray[Any], partner_D: NDArray[np.int64], is_free_M: NDArray[np.bool_]
) -> None:
    places, others = np.nonzero(overlaps_DM >= ENOUGH)
    order = np.argsort(-overlaps_DM[places, others], kind="stable")
    for place, other in zip(places[order].tolist(), others[order].tolist(), strict=True):
        if partner_D[place] == FALSE and is_free_M[other]:
            partner_D[place] = other
            is_free_M[other] = False


def _overlaps(boxes_D4: NDArray[Any], others_M4: NDArray[Any]) -> NDArray[np.float64]:
    shared = shared_areas(boxes_D4, others_M4)
    union = box_areas(boxes_D4)[:, None] + box_areas(others_M4) - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def _shares(boxes_D4: NDArray[Any], others_M4: NDArray[Any]) -> NDArray[np.bool_]:
    enough: NDArray[np.bool_] = (
        shared_areas(boxes_D4, others_M4) >= ENOUGH * box_areas(boxes_D4)[:, None]
    )
    return enough


def _from_score(found: Found, score: float) -> Found:
    is_enough_D = found.scores_D >= score
    return Found(
        found.boxes_D4[is_enough_D], found.scores_D[is_enough_D], found.labels_D[is_enough_D]
    )
