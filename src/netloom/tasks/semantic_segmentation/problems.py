"""What is wrong or doubtful about samples with masks.

Shape legend: N samples, K classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Diagnostic, Severity
from netloom.tasks.part_problems import empty_part

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

MOST_CLASSES = 255
"""A mask has 256 levels, of which one means unknown."""

_ENOUGH = 64
"""Of large data sets, so many evenly spread masks are read to find out whether there is anything to learn."""


def segmentation_problems(
    samples: Samples, labels: Sequence[str], *, part: str
) -> list[Diagnostic]:
    """See :meth:`netloom.tasks.protocol.Task.problems`."""
    if not len(samples):
        return [empty_part(part)]
    if len(labels) > MOST_CLASSES:
        return [_too_many(len(labels))]
    if samples.annotations is None:
        return [_unannotated(part, list(samples.ids[:5]), len(samples))]
    missing = np.flatnonzero(~samples.annotations.is_known_N)
    if len(missing):
        return [_unannotated(part, [samples.ids[i] for i in missing[:5]], len(missing))]
    if part != "train":
        return []
    return _unlearnable(samples, labels)


def mask_counts(
    samples: Samples, num_classes: int, positions: Sequence[int] | None = None
) -> NDArray[np.int64]:
    """Pixels of each class in each picture, before any transform: (N, K).

    Args:
        positions: Of some samples; None takes all.
    """
    chosen = range(len(samples)) if positions is None else positions
    counts_NK = np.zeros((len(chosen), num_classes), np.int64)
    for row, position in enumerate(chosen):
        mask_HW = samples.mask(position)
        if mask_HW is not None:
            counts_NK[row] = np.bincount(mask_HW.reshape(-1), minlength=256)[:num_classes]
    return counts_NK


def _unlearnable(samples: Samples, labels: Sequence[str]) -> list[Diagnostic]:
    """A single class or none. Reads every mask only as long as a look at some leaves doubts."""
    some = np.unique(np.linspace(0, len(samples) - 1, _ENOUGH).astype(np.int64)).tolist()
    counts_K = mask_counts(samples, len(labels), some).sum(axis=0)
    if not counts_K.all() and len(some) < len(samples):
        counts_K = mask_counts(samples, len(labels)).sum(axis=0)
    present = np.flatnonzero(counts_K).tolist()
    if not present:
        return [_nothing_known()]
    if len(present) == 1:
        return [_single_class(labels[present[0]])]
    absent = [labels[index] for index in np.flatnonzero(counts_K == 0).tolist()]
    return [_absent(absent)] if absent else []


def _unannotated(part: str, ids: list[str], count: int) -> Diagnostic:
    return Diagnostic(
        code="I302",
        message=f"{count} samples of the {part} part have no mask, e.g. {', '.join(ids)}",
        fix="Annotate them or leave them out",
    )


def _too_many(count: int) -> Diagnostic:
    return Diagnostic(
        code="X313",
        message="masks cannot tell so many classes apart",
        expected=f"at most {MOST_CLASSES} classes",
        got=str(count),
        fix="Merge classes, or keep some of them with data.select",
    )


def _nothing_known() -> Diagnostic:
    return Diagnostic(
        code="X314",
        message="not one pixel of the train part has a known class",
        expected="masks with levels of the label space",
        got="255 (unknown) everywhere",
        fix="Check the levels of the masks; for outlines, name a class background so that the rest is known",
    )


def _single_class(name: str) -> Diagnostic:
    return Diagnostic(
        code="I303",
        message=f"all known pixels of the train part are {name}, so there is nothing to learn",
        expected="at least two classes",
        fix="Add pictures of another class; for outlines, name a class background so that the rest is known",
    )


def _absent(names: list[str]) -> Diagnostic:
    shown = ", ".join(names[:10]) + (" …" if len(names) > 10 else "")
    return Diagnostic(
        code="X311",
        message=f"the train part has no pixel of {len(names)} of the classes: {shown}",
        fix="Add pictures of them, or leave them out of the label space; a model never learns to predict "
        "what it never saw",
        severity=Severity.WARNING,
    )
