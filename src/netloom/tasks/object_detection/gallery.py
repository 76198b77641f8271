"""Pictures that tell most about a detector: where it makes most errors, and where none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from netloom.tasks.galleries import large_galleries
from netloom.tasks.object_detection.coco_matching import Truth
from netloom.tasks.object_detection.drawing import FALSE, MISSED, RIGHT, WRONG, Frame, framed_jpeg
from netloom.tasks.object_detection.evaluation import FALSE as NO_PARTNER
from netloom.tasks.object_detection.evaluation import DetectionOutcome, Verdict
from netloom.tasks.sections import GallerySection, Picture

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

SHOWN = 12
_SIDE = 480
_COLOURS = (
    "Green is right, amber has the wrong class, red is where nothing is, dashed blue was missed."
)


def galleries(
    outcome: DetectionOutcome, samples: Samples, labels: Sequence[str]
) -> tuple[GallerySection, ...]:
    """Pictures with most errors, then some with many objects and none; empty ones are left out."""
    errors_N = np.array([each.num_errors for each in outcome.verdicts], np.int64)
    found_N = np.array([len(each.partner_D) for each in outcome.verdicts], np.int64)
    with_errors = np.flatnonzero(errors_N)
    worst = with_errors[np.argsort(-errors_N[with_errors], kind="stable")][:SHOWN]
    perfect = np.flatnonzero((errors_N == 0) & (found_N > 0))
    best = perfect[np.argsort(-found_N[perfect], kind="stable")][: SHOWN // 2]
    chosen = (
        (
            "Most errors",
            worst.tolist(),
            f"Of {len(with_errors)} pictures with errors. {_COLOURS}",
        ),
        ("Without errors", best.tolist(), f"Of {len(perfect)}, those in which most was found."),
    )
    return large_galleries(chosen, lambda place: picture(outcome, samples, labels, place))


def picture(
    outcome: DetectionOutcome, samples: Samples, labels: Sequence[str], position: int
) -> Picture:
    """A picture as it is stored, with what was found and what was missed."""
    verdict, truth = outcome.verdicts[position], outcome.truths[position]
    content = framed_jpeg(samples.read(position), list(frames(verdict, truth, labels)), side=_SIDE)
    parts = (
        (len(verdict.missed), "missed"),
        (verdict.num_false, "false"),
        (verdict.num_wrong, "wrong class"),
    )
    told = ", ".join(f"{count} {name}" for count, name in parts if count)
    right = int((verdict.partner_D >= 0).sum()) - verdict.num_wrong
    return Picture(
        content=content,
        media_type="image/jpeg",
        caption=told or f"{right} right",
        detail=f"{right} right" if told else "",
        source=samples.ids[position],
        tone="bad" if told else "good",
    )


def frames(verdict: Verdict, truth: Truth, labels: Sequence[str]) -> Iterator[Frame]:
    """A frame for each found object that counts, and for each missed one."""
    found = verdict.found
    for box, score, label, partner in zip(
        found.boxes_D4.tolist(),
        found.scores_D.tolist(),
        found.labels_D.tolist(),
        verdict.partner_D.tolist(),
        strict=True,
    ):
        if partner >= 0:
            is_right = int(truth.labels_M[partner]) == label
            name = (
                labels[label]
                if is_right
                else f"{labels[label]}, is {labels[truth.labels_M[partner]]}"
            )
            yield Frame(box, f"{name} {score:.0%}", RIGHT if is_right else WRONG)
        elif partner == NO_PARTNER:
            yield Frame(box, f"{labels[label]} {score:.0%}", FALSE)
    for place in verdict.missed.tolist():
        label = int(truth.labels_M[place])
        yield Frame(truth.boxes_M4[place].tolist(), labels[label], MISSED, is_dashed=True)
