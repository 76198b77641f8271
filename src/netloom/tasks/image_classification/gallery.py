"""Pictures that tell most about a classifier: its mistakes, its doubts, and what it gets right.

Shape legend: N samples, K classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.drawing import thumbnail
from netloom.tasks.image_classification.measures import Outcome
from netloom.tasks.sections import GallerySection, Picture
from netloom.tasks.wording import percent

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

SHOWN = 16


def galleries(
    outcome: Outcome, samples: Samples, labels: Sequence[str]
) -> tuple[GallerySection, ...]:
    """Most confident mistakes, worst losses, least certain samples, and typical right ones.

    A picture is shown once; a gallery without pictures is left out.
    """
    wrong = np.flatnonzero(~outcome.right_N)
    confident = _first(wrong, -outcome.confidence_N)
    worst = _first(np.setdiff1d(wrong, confident), -outcome.loss_N)
    margin_N = _margin(outcome.scores_NK)
    seen = np.concatenate([confident, worst])
    doubtful = _first(np.setdiff1d(np.arange(len(outcome)), seen), margin_N)
    right = _evenly(np.setdiff1d(np.flatnonzero(outcome.right_N), doubtful), outcome.confidence_N)
    chosen = (
        ("Most confident mistakes", confident, f"Of {len(wrong)} mistakes, the surest."),
        ("Worst mistakes", worst, "Of the others, those whose truth scored lowest."),
        ("Least certain", doubtful, "The two best scores are closest: worth a second look."),
        ("Right", right, "From barely to very sure."),
    )
    return tuple(
        GallerySection(
            title=title,
            pictures=tuple(picture(outcome, samples, labels, index) for index in found.tolist()),
            text=text,
        )
        for title, found, text in chosen
        if len(found)
    )


def picture(outcome: Outcome, samples: Samples, labels: Sequence[str], index: int) -> Picture:
    """A sample as it is stored, with prediction, truth and scores."""
    small = thumbnail(samples.read(index))
    is_right = bool(outcome.right_N[index])
    truth = int(outcome.true_N[index])
    detail = percent(float(outcome.confidence_N[index]), digits=0)
    if not is_right:
        detail += f", truth {percent(float(outcome.scores_NK[index, truth]), digits=0)}"
    return Picture(
        content=small.content,
        media_type=small.media_type,
        caption=labels[outcome.predicted_N[index]],
        remark="" if is_right else f"is {labels[truth]}",
        detail=detail,
        source=samples.ids[index],
        tone="good" if is_right else "bad",
    )


def _first(candidates: NDArray[np.int64], key_N: NDArray[np.floating]) -> NDArray[np.int64]:
    return candidates[np.argsort(key_N[candidates], kind="stable")][:SHOWN]


def _evenly(candidates: NDArray[np.int64], key_N: NDArray[np.floating]) -> NDArray[np.int64]:
    ordered = candidates[np.argsort(key_N[candidates], kind="stable")]
    if len(ordered) <= SHOWN:
        return ordered
    return ordered[np.linspace(0, len(ordered) - 1, SHOWN).astype(np.int64)]


def _margin(scores_NK: NDArray[np.float32]) -> NDArray[np.float32]:
    if scores_NK.shape[1] < 2:
        return scores_NK[:, 0]
    two_N2 = -np.partition(-scores_NK, 1, axis=1)[:, :2]
    return np.asarray(two_N2[:, 0] - two_N2[:, 1])
