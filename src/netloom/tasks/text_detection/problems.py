"""What can be wrong with samples of a detector of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Diagnostic, Severity
from netloom.data.apply.back_to_picture import motion_of
from netloom.tasks.part_problems import empty_part
from netloom.tasks.text_detection.outlines import text_truth
from netloom.tasks.text_detection.polygons import (
    perimeter,
    short_side,
    shrinking_distance,
    signed_area,
)
from netloom.tasks.text_detection.targets import SHRINK_RATIO

if TYPE_CHECKING:
    from netloom.data.apply.motion import Motion
    from netloom.data.datasets import Samples

_LEAST_KERNEL_PX = 1.0
_MANY = 0.2


def problems_of_texts(samples: Samples, *, part: str) -> list[Diagnostic]:
    """Everything that is wrong or doubtful; see :meth:`netloom.tasks.protocol.Task.problems`."""
    if not len(samples):
        return [empty_part(part)]
    known = samples.annotations
    if known is None or known.answer != "objects":
        return [_without_annotations(part)]
    unknown = np.flatnonzero(~known.is_known_N).tolist()
    if unknown:
        return [_not_annotated(part, [samples.ids[i] for i in unknown[:5]], len(unknown))]
    heights = _kernel_heights(samples)
    if not len(heights):
        return [_nothing(part)]
    small = int(np.count_nonzero(heights < _LEAST_KERNEL_PX))
    if part == "train" and small > _MANY * len(heights):
        return [_too_small(small, len(heights))]
    return []


def _kernel_heights(samples: Samples) -> NDArray[np.float64]:
    """Of each text that can be read, as it lies in the network's picture."""
    heights: list[float] = []
    for position in range(len(samples)):
        objects = samples.objects(position)
        if objects is None or not len(objects):
            continue
        truth, motion = text_truth(objects), _motion(samples, position)
        for polygon, is_ignored in zip(truth.polygons, truth.ignored_M.tolist(), strict=True):
            if not is_ignored:
                moved = polygon if motion is None else motion.moved(polygon)
                area, length = abs(signed_area(moved)), perimeter(moved)
                shrunk = shrinking_distance(area, length, ratio=SHRINK_RATIO)
                heights.append(short_side(area, length) - 2.0 * shrunk)
    return np.array(heights)


def _motion(samples: Samples, position: int) -> Motion | None:
    """What preparation does to a picture; None if its size is not known."""
    assert samples.annotations is not None  # somebody has looked for texts
    height, width = samples.annotations.sizes_N2[position].tolist()
    return motion_of(samples.transforms, (height, width)) if height and width else None


def _without_annotations(part: str) -> Diagnostic:
    return Diagnostic(
        code="I302",
        message=f"the {part} part of the data says nothing about texts",
        expected="pictures with the places of texts",
        fix="Use data.text_detection, or another source of pictures with outlines or boxes of texts",
    )


def _not_annotated(part: str, ids: list[str], count: int) -> Diagnostic:
    return Diagnostic(
        code="I302",
        message=f"{count} pictures of the {part} part are not annotated, e.g. {', '.join(ids)}",
        fix="Annotate them or leave them out; a picture without text needs an empty annotation",
    )


def _nothing(part: str) -> Diagnostic:
    return Diagnostic(
        code="I318",
        message=f"there is no text in the {part} part that somebody could read",
        expected="at least one text other than ###",
        fix="Add pictures with text, or split with another seed",
    )


def _too_small(small: int, total: int) -> Diagnostic:
    return Diagnostic(
        code="X315",
        message=f"{small} of {total} texts of the train part are too small to be learned",
        expected="lines of at least some 7 pixels in height after the transforms",
        fix="Let image.resize give larger pictures, or cut the pictures into parts",
        severity=Severity.WARNING,
    )
