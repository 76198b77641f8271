"""What is wrong with samples that a network is to learn image enhancement from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netloom.core.diagnostics import Diagnostic
from netloom.tasks.part_problems import empty_part

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

_SHOWN = 5
_ENOUGH = 32
"""So many evenly spread pairs are looked at to find out whether there is anything to learn."""


def enhancement_problems(samples: Samples, *, part: str) -> list[Diagnostic]:
    """No samples, samples without target; for the training part also targets that change nothing."""
    if not len(samples):
        return [empty_part(part)]
    known = samples.annotations
    missing = (
        np.arange(len(samples)) if known is None else np.flatnonzero(~known.is_known_N)
    ).tolist()
    if not missing:
        return [_nothing_to_learn()] if part == "train" and _is_all_equal(samples) else []
    shown = ", ".join(samples.ids[place] for place in missing[:_SHOWN])
    return [
        Diagnostic(
            code="I470",
            message=f"{len(missing)} samples of the {part} part have no target picture, e.g. {shown}",
            expected="for each picture the one that should come out, of the same size",
            fix="Add the targets, or leave these samples out",
        )
    ]


def _is_all_equal(samples: Samples) -> bool:
    """Whether every target that is looked at is the picture itself; ends at the first one that is not."""
    for place in np.unique(np.linspace(0, len(samples) - 1, _ENOUGH).astype(np.int64)).tolist():
        companion = samples.companion(place)
        if companion is not None and not np.array_equal(companion.pixels, samples.read(place)):
            return False
    return True


def _nothing_to_learn() -> Diagnostic:
    return Diagnostic(
        code="I471",
        message="every target is the same as its picture, so there is nothing to learn",
        expected="targets that are better than their pictures",
        fix="Check which folder or column holds the bad pictures and which the good ones",
    )
