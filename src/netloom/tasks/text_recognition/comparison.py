"""Which of two models, A and B, reads the same lines better.

Shape legend: N lines, R rates.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from netloom.tasks.bootstrap import Interval
from netloom.tasks.paired_tests import mcnemar_exact
from netloom.tasks.protocol import Contender, Evaluation
from netloom.tasks.sections import Cell, Figure, Section, TableSection
from netloom.tasks.text_recognition.outcome import (
    RATES,
    TextOutcome,
    outcome_of,
    rate_draws,
    rate_intervals,
    rates,
)
from netloom.tasks.text_recognition.report import TITLES, lines_section, number, pair
from netloom.tasks.wording import percent, signed_points

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

_SHOWN = 12


def text_comparison(
    first: Contender, second: Contender, samples: Samples, *, bootstrap: int, seed: int
) -> Evaluation:
    """Paired differences of all rates; both models are resampled by the same draws.

    Args:
        bootstrap: Resampled data sets for the 95 % intervals; 0 leaves them out.
    """
    a, b = outcome_of(first.scored, first.labels), outcome_of(second.scored, second.labels)
    draws = None
    if bootstrap:
        drawn_a, drawn_b = (rate_draws(each, draws=bootstrap, seed=seed) for each in (a, b))
        draws = drawn_b - drawn_a
    ranges = rate_intervals(draws)
    value_a, value_b = rates(a), rates(b)
    differences = {name: value_b[name] - value_a[name] for name in RATES}
    only_a = np.flatnonzero((a.edits_N == 0) & (b.edits_N > 0))
    only_b = np.flatnonzero((b.edits_N == 0) & (a.edits_N > 0))
    p_value = mcnemar_exact(len(only_a), len(only_b))
    better = verdict(differences["cer"], ranges["cer"], p_value)
    return Evaluation(
        metrics={
            "verdict": better,
            "samples": len(samples),
            "a": {name: number(value) for name, value in value_a.items()},
            "b": {name: number(value) for name, value in value_b.items()},
            "differences": {name: number(value) for name, value in differences.items()},
            "intervals": {name: pair(interval) for name, interval in ranges.items()},
            "only_right": {"a": len(only_a), "b": len(only_b)},
            "p_value": p_value,
        },
        figures=_figures(differences, ranges),
        sections=(
            _table(value_a, value_b, ranges, p_value),
            *_lines("Only B reads rightly: what A reads", a, samples, only_b.tolist()),
            *_lines("Only A reads rightly: what B reads", b, samples, only_a.tolist()),
        ),
        summary=_statement(better, differences["cer"], ranges["cer"], p_value),
    )


def verdict(difference: float, interval: Interval, p_value: float) -> str:
    """``a`` or ``b`` if its character error rate is lower beyond doubt, otherwise ``unclear``.

    The interval of the difference B − A must not hold 0; without intervals McNemar's test decides at 5 %.

    Example:
        >>> verdict(-0.02, Interval(-0.03, -0.01), 0.5)
        'b'
    """
    low, high = interval
    is_clear = p_value < 0.05 if math.isnan(low) else low > 0 or high < 0
    if not is_clear or not difference or math.isnan(difference):
        return "unclear"
    return "b" if difference < 0 else "a"


def _figures(differences: dict[str, float], ranges: dict[str, Interval]) -> tuple[Figure, ...]:
    return tuple(
        Figure(
            name=f"{TITLES[name]}, B − A",
            value=f"{signed_points(differences[name])} points",
            detail=_range(ranges[name]),
        )
        for name in RATES
    )


def _range(interval: Interval) -> str:
    if math.isnan(interval.low):
        return ""
    return f"{signed_points(interval.low)} to {signed_points(interval.high)}"


def _table(
    first: dict[str, float],
    second: dict[str, float],
    ranges: dict[str, Interval],
    p_value: float,
) -> TableSection:
    return TableSection(
        title="Both models",
        columns=("measure", "A", "B", "B − A, points"),
        rows=tuple(
            (
                TITLES[name],
                percent(first[name]),
                percent(second[name]),
                Cell(text=signed_points(second[name] - first[name]), detail=_range(ranges[name])),
            )
            for name in RATES
        ),
        text=f"McNemar's test of exact lines: p = {p_value:.3g}.",
    )


def _lines(
    title: str, outcome: TextOutcome, samples: Samples, chosen: list[int]
) -> tuple[Section, ...]:
    if not chosen:
        return ()
    text = f"{len(chosen)} lines; the first of them."
    return (lines_section(title, outcome, samples, chosen[:_SHOWN], text),)


def _statement(better: str, difference: float, interval: Interval, p_value: float) -> str:
    why = f"McNemar p = {p_value:.3g}"
    if _range(interval):
        why = f"95 % interval of B − A {_range(interval)}; {why}"
    if better == "unclear":
        apart = signed_points(difference)
        return f"No clear difference: B − A is {apart} points of character error rate ({why})."
    points = signed_points(abs(difference)).lstrip("+")
    return f"{better.upper()} has a character error rate {points} points lower ({why})."
