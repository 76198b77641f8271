"""What is wrong with samples that have a number or a direction for each pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netloom.core.diagnostics import Diagnostic
from netloom.tasks.part_problems import empty_part

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

_ENOUGH = 16
"""So many evenly spread maps are read before all are, to find out whether there is anything to learn."""


def map_problems(samples: Samples, *, part: str, what: str) -> list[Diagnostic]:
    """No samples, samples without map; for the training part, maps in which nothing is known.

    Args:
        what: In words, e.g. ``depth map``.
    """
    if not len(samples):
        return [empty_part(part)]
    known = samples.annotations
    missing = np.arange(len(samples)) if known is None else np.flatnonzero(~known.is_known_N)
    if len(missing):
        examples = ", ".join(samples.ids[index] for index in missing[:5].tolist())
        return [
            Diagnostic(
                code="I302",
                message=f"{len(missing)} samples of the {part} part have no {what}, e.g. {examples}",
                fix="Annotate them or leave them out",
            )
        ]
    if part == "train" and not _knows_something(samples):
        return [
            Diagnostic(
                code="X314",
                message=f"not one pixel of the train part has a known value in its {what}",
                expected="some values other than 0",
                got="0 (unknown) everywhere",
                fix="Check the files and their unit",
            )
        ]
    return []


def _knows_something(samples: Samples) -> bool:
    some = np.unique(np.linspace(0, len(samples) - 1, _ENOUGH).astype(np.int64)).tolist()
    rest = [position for position in range(len(samples)) if position not in set(some)]
    for position in (*some, *rest):
        companion = samples.companion(position)
        if companion is not None and companion.pixels.any():
            return True
    return False
