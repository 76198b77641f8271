"""What is gained by acting on the highest scores first: tenths of the rows, and the gain curve.

Shape legend: L levels from the highest score to the lowest.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from netloom.tasks.sections import Cell, ChartSection, Line, TableSection
from netloom.tasks.tabular.levels import Levels
from netloom.tasks.tabular.ranking import CurvePoints, gains
from netloom.tasks.tabular.written_metrics import counted, plain
from netloom.tasks.wording import percent, points

TENTHS = 10


class Tenth(NamedTuple):
    """A tenth of the rows by their score.

    Attributes:
        rows: How many rows; a fraction where the table is no multiple of ten.
        lowest: Its lowest score.
        positives: How many rows are positive; of rows with one score, as many as on average.
        rate: Their share.
        lift: This share relative to that of all rows.
        found: Share of all positives in this tenth and those before it.
        lift_so_far: Likewise, the lift of all of them together.
    """

    rows: float
    lowest: float
    positives: float
    rate: float
    lift: float
    found: float
    lift_so_far: float


def tenths(levels: Levels) -> tuple[Tenth, ...]:
    """Tenths of the rows, highest scores first; none if all rows are of one kind.

    Example:
        >>> from netloom.tasks.tabular.levels import levels_of
        >>> scores = np.linspace(1.0, 0.0, 20)
        >>> found = tenths(levels_of(scores, scores > 0.8))
        >>> [round(each.lift, 2) for each in found[:3]], round(found[1].found, 2)
        ([5.0, 5.0, 0.0], 1.0)
    """
    rows, positives = float(levels.rows), float(levels.positives_L.sum())
    if not 0 < positives < rows:
        return ()
    share_T = np.arange(1, TENTHS + 1) / TENTHS
    found_T = gains(levels, share_T)
    own_T = np.diff(found_T, prepend=0.0)
    called_L = levels.found + levels.alarms
    ends = np.searchsorted(called_L, share_T * rows - 1e-9)
    lowest_T = levels.lowest_L[np.minimum(ends, len(called_L) - 1)]
    return tuple(
        Tenth(
            rows=rows / TENTHS,
            lowest=float(lowest_T[place]),
            positives=float(own_T[place] * positives),
            rate=float(own_T[place] * positives * TENTHS / rows),
            lift=float(own_T[place] * TENTHS),
            found=float(found_T[place]),
            lift_so_far=float(found_T[place] / share_T[place]),
        )
        for place in range(TENTHS)
    )


def gains_json(found: tuple[Tenth, ...]) -> list[dict[str, Any]]:
    """Tenths as JSON."""
    return [each._asdict() for each in found]


def tenths_section(found: tuple[Tenth, ...]) -> TableSection:
    """A table of the tenths."""
    rows = tuple(
        (
            f"{10 * place + 1}–{10 * place + 10} %" if place else "1–10 %",
            plain(each.lowest),
            counted(round(each.rows)),
            counted(round(each.positives)),
            points(each.rate),
            Cell(text=f"{each.lift:.2f} ×", tone="good" if each.lift >= 1.0 else "plain"),
            points(each.found),
            f"{each.lift_so_far:.2f} ×",
        )
        for place, each in enumerate(found)
    )
    return TableSection(
        title="Tenths by score",
        columns=(
            "Rows by score",
            "Lowest score",
            "Rows",
            "Positive",
            "Positive, %",
            "Lift",
            "Found so far, %",
            "Lift so far",
        ),
        rows=rows,
        text="Rows from the highest score to the lowest, cut into ten parts of one size. Lift: share of "
        "positives relative to all rows.",
    )


def gain_section(curve: CurvePoints, base_rate: float) -> ChartSection:
    """Share of all positives found over the share of rows that are acted on."""
    best = Line(name="perfect order", points=((0.0, 0.0), (base_rate, 1.0), (1.0, 1.0)))
    own = Line(name="this model", points=unit_points(curve.called, curve.recall))
    return ChartSection(
        title="Cumulative gain",
        lines=(own, best),
        x_axis="rows, highest scores first",
        y_axis="positives found",
        text="How many of all positives are reached by acting on the rows with the highest scores; the "
        "diagonal is a random order.",
        has_diagonal=True,
    )


def gain_sentence(found: tuple[Tenth, ...], base_rate: float) -> str:
    """The first tenth in words; empty if there are no tenths.

    Example:
        >>> first = Tenth(10.0, 0.7, 4.3, 0.43, 3.9, 0.39, 3.9)
        >>> gain_sentence((first,), 0.11).split(". ")[0]
        'Of the 10 % highest scored, 43.0 % are positive: 3.9 × the average of 11.0 %'
    """
    if not found:
        return ""
    first = found[0]
    return (
        f"Of the 10 % highest scored, {percent(first.rate)} are positive: {first.lift:.1f} × the average of "
        f"{percent(base_rate)}. They hold {percent(first.found)} of all positives."
    )


def unit_points(x: Any, y: Any) -> tuple[tuple[float, float], ...]:
    """Points of a line in the unit square, without those that fall on one another."""
    pairs = np.round(np.stack([x, y], axis=1), 4).tolist()
    return tuple(dict.fromkeys((first, second) for first, second in pairs))
