"""Which of two models, A and B, enhances the same pictures better.

Shape legend: N samples, M measures.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.bootstrap import Interval
from netloom.tasks.image_enhancement.drawing import slider
from netloom.tasks.image_enhancement.outcome import MEASURES, Outcome, intervals, means, outcome_of
from netloom.tasks.image_enhancement.report import TITLES, number, pair, shown
from netloom.tasks.paired_tests import mcnemar_exact
from netloom.tasks.protocol import Contender, Evaluation
from netloom.tasks.sections import Cell, Figure, SliderSection, TableSection

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

_COMPARED = ("psnr_db", "ssim", "gain_db")


class Paired(NamedTuple):
    """Differences of two models, B − A.

    Attributes:
        first: Means of A.
        second: Means of B.
        differences: Of the means.
        ranges: Intervals of the differences, resampled picture by picture.
        first_better: Pictures on which A has the higher PSNR.
        second_better: Likewise B.
        p_value: Two-sided sign test of the pictures on which they differ.
    """

    first: dict[str, float]
    second: dict[str, float]
    differences: dict[str, float]
    ranges: dict[str, Interval]
    first_better: int
    second_better: int
    p_value: float


def enhancement_comparison(
    first: Contender, second: Contender, samples: Samples, *, bootstrap: int, seed: int
) -> Evaluation:
    """Paired differences of all measures.

    Args:
        bootstrap: Resampled data sets for the 95 % intervals; 0 leaves them out.
    """
    a, b = outcome_of(first.scored), outcome_of(second.scored)
    found = paired(a.values_NM, b.values_NM, draws=bootstrap, seed=seed)
    return Evaluation(
        metrics=_document(found, len(samples)),
        figures=_figures(found, len(samples)),
        sections=(_table(found), *_pictures(a, b, samples)),
        summary=_statement(found),
    )


def paired(
    first_NM: NDArray[np.float64], second_NM: NDArray[np.float64], *, draws: int, seed: int
) -> Paired:
    """The numbers of a comparison.

    Example:
        >>> a = np.full((8, 6), 20.0)
        >>> paired(a, a + 1.0, draws=0, seed=0).p_value
        0.0078125
    """
    apart_NM = second_NM - first_NM
    psnr_N = apart_NM[:, MEASURES.index("psnr_db")]
    better = (int(np.sum(psnr_N < 0)), int(np.sum(psnr_N > 0)))

    def named(values: Any) -> dict[str, Any]:
        return {
            name: value
            for name, value in zip(MEASURES, values, strict=True)
            if not name.startswith("input")
        }

    return Paired(
        first=named(means(first_NM).tolist()),
        second=named(means(second_NM).tolist()),
        differences=named(means(apart_NM).tolist()),
        ranges=named(intervals(apart_NM, draws=draws, seed=seed)),
        first_better=better[0],
        second_better=better[1],
        p_value=mcnemar_exact(*better),
    )


def verdict(found: Paired) -> str:
    """``a`` or ``b`` if its PSNR is higher beyond doubt, otherwise ``unclear``.

    The interval of the difference must not hold 0; without intervals the sign test decides at 5 %.
    """
    low, high = found.ranges["psnr_db"]
    difference = found.differences["psnr_db"]
    is_clear = found.p_value < 0.05 if math.isnan(low) else low > 0 or high < 0
    if not is_clear or not difference:
        return "unclear"
    return "b" if difference > 0 else "a"


def _document(found: Paired, num_samples: int) -> dict[str, Any]:
    return {
        "verdict": verdict(found),
        "samples": num_samples,
        "a": {name: number(value) for name, value in found.first.items()},
        "b": {name: number(value) for name, value in found.second.items()},
        "differences": {name: number(value) for name, value in found.differences.items()},
        "intervals": {name: pair(interval) for name, interval in found.ranges.items()},
        "better": {"a": found.first_better, "b": found.second_better},
        "p_value": found.p_value,
    }


def _figures(found: Paired, num_samples: int) -> tuple[Figure, ...]:
    measured = tuple(
        Figure(
            name=f"{TITLES[name]}, B − A",
            value=shown(name, found.differences[name], is_signed=True),
            detail=_range(name, found.ranges[name]),
        )
        for name in ("psnr_db", "ssim")
    )
    better = Figure(
        name="B better on", value=f"{found.second_better}", detail=f"of {num_samples} pictures"
    )
    return (*measured, better)


def _range(name: str, interval: Interval) -> str:
    if math.isnan(interval.low):
        return ""
    low, high = (shown(name, end, is_signed=True) for end in interval)
    return f"{low} to {high}"


def _table(found: Paired) -> TableSection:
    return TableSection(
        title="Both models",
        columns=("measure", "A", "B", "B − A"),
        rows=tuple(
            (
                TITLES[name],
                shown(name, found.first[name]),
                shown(name, found.second[name]),
                Cell(
                    text=shown(name, found.differences[name], is_signed=True),
                    detail=_range(name, found.ranges[name]),
                ),
            )
            for name in _COMPARED
        ),
        text=f"Sign test of the PSNR: p = {found.p_value:.3g}.",
    )


def _pictures(a: Outcome, b: Outcome, samples: Samples) -> tuple[SliderSection, ...]:
    return tuple(
        SliderSection(
            title=f"{name} gained least",
            sliders=tuple(slider(each, samples.ids[each.position]) for each in outcome.worst[:3]),
        )
        for name, outcome in (("A", a), ("B", b))
        if outcome.worst
    )


def _statement(found: Paired) -> str:
    difference = shown("psnr_db", abs(found.differences["psnr_db"]))
    interval = _range("psnr_db", found.ranges["psnr_db"])
    why = f"sign test p = {found.p_value:.3g}"
    if interval:
        why = f"95 % interval of B − A {interval}; {why}"
    better = verdict(found)
    if better == "unclear":
        return f"No clear difference: the PSNR of A and B is {difference} apart ({why})."
    other = "A" if better == "b" else "B"
    return f"{better.upper()} is {difference} better than {other} ({why})."
