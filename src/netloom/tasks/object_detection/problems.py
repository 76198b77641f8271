"""What can be wrong with samples of a detector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from netloom.core.diagnostics import Diagnostic, Severity
from netloom.tasks.part_problems import class_outside, empty_part

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

_SHOWN = 10


def problems_of_objects(samples: Samples, labels: Sequence[str], *, part: str) -> list[Diagnostic]:
    """Everything that is wrong or doubtful; see :meth:`netloom.tasks.protocol.Task.problems`."""
    if not len(samples):
        return [empty_part(part)]
    known = samples.annotations
    if known is None or known.answer != "objects":
        return [_without_annotations(part)]
    found: list[Diagnostic] = []
    unknown = np.flatnonzero(~known.is_known_N).tolist()
    if unknown:
        found.append(_not_annotated(part, [samples.ids[i] for i in unknown[:5]], len(unknown)))
    counts, highest = _counted(samples, len(labels))
    if highest >= len(labels):
        found.append(class_outside(part, highest, len(labels)))
    elif not counts.any():
        found.append(_nothing(part))
    absent = [labels[place] for place in np.flatnonzero(counts == 0).tolist()]
    if part == "train" and absent and not found:
        found.append(_absent(absent))
    return found


def _counted(samples: Samples, num_classes: int) -> tuple[np.ndarray, int]:
    """Objects to find of each class, and the highest label there is."""
    counts, highest = np.zeros(num_classes, np.int64), -1
    for position in range(len(samples)):
        objects = samples.objects(position)
        if objects is None or not len(objects):
            continue
        highest = max(highest, int(objects.labels_M.max()))
        chosen = objects.labels_M[~objects.crowd_M & (objects.labels_M >= 0)]
        counts += np.bincount(chosen[chosen < num_classes], minlength=num_classes)
    return counts, highest


def _without_annotations(part: str) -> Diagnostic:
    return Diagnostic(
        code="I302",
        message=f"the {part} part of the data says nothing about objects",
        expected="pictures with boxes",
        fix="Use data.detection, or another source of pictures with boxes",
    )


def _not_annotated(part: str, ids: list[str], count: int) -> Diagnostic:
    return Diagnostic(
        code="I302",
        message=f"{count} pictures of the {part} part are not annotated, e.g. {', '.join(ids)}",
        fix="Annotate them or leave them out; a picture without objects needs an empty annotation",
    )


def _nothing(part: str) -> Diagnostic:
    return Diagnostic(
        code="I317",
        message=f"there is no object of a known class in the {part} part",
        expected="at least one box with a class that is no crowd",
        fix="Add pictures with objects, or split with another seed",
    )


def _absent(names: list[str]) -> Diagnostic:
    shown = ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
    return Diagnostic(
        code="X311",
        message=f"the train part has no object of {len(names)} of the classes: {shown}",
        fix="Add objects of them, or leave them out of the label space; a model never learns to find "
        "what it never saw",
        severity=Severity.WARNING,
    )
