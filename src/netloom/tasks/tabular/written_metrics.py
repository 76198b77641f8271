"""Metrics of a target as people read them: formatted values, figures, a table of all of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from netloom.models.tabular.spec import Target
from netloom.tasks.bootstrap import Interval
from netloom.tasks.measures import Measures
from netloom.tasks.sections import Cell, Figure, Span, TableSection
from netloom.tasks.tabular.measures import is_percentage, meanings
from netloom.tasks.wording import UNKNOWN, percent, percent_range, share_cell


def plain(value: float) -> str:
    """A number with about four digits.

    Example:
        >>> plain(0.12345), plain(-1234.5), plain(1234567.0), plain(math.nan)
        ('0.1235', '−1234', '1.235e+06', '–')
    """
    return UNKNOWN if math.isnan(value) else f"{value:.4g}".replace("-", "−", 1)


def plain_range(interval: Interval) -> str:
    """An interval of plain numbers; empty if it is undefined.

    Example:
        >>> plain_range(Interval(0.5, 12.25))
        '0.5–12.25'
    """
    if math.isnan(interval.low):
        return ""
    joint = " to " if interval.low < 0 else "–"
    return f"{plain(interval.low)}{joint}{plain(interval.high)}"


def counted(rows: int) -> str:
    """How many, with spaces between thousands.

    Example:
        >>> counted(1234567)
        '1 234 567'
    """
    return f"{rows:,}".replace(",", " ")


def written(target: Target, metric: str, value: float) -> str:
    """A value of a metric."""
    if metric.startswith("lift"):
        return UNKNOWN if math.isnan(value) else f"{value:.2f} ×"
    return percent(value) if is_percentage(target, metric) else plain(value)


def written_range(target: Target, metric: str, interval: Interval) -> str:
    """Its interval."""
    return percent_range(interval) if is_percentage(target, metric) else plain_range(interval)


def metric_cell(target: Target, metric: str, value: float, interval: Interval) -> Cell:
    """A value with its interval as a cell of a table; shares are drawn."""
    if is_percentage(target, metric):
        return share_cell(value, interval, draw=True)
    return Cell(text=plain(value), detail=plain_range(interval))


def metric_figures(
    target: Target, names: Iterable[str], values: Measures, ranges: Measures
) -> tuple[Figure, ...]:
    """Headline numbers; those that are undefined are left out."""
    return tuple(
        _figure(target, name, values.overall[name], ranges.overall[name])
        for name in names
        if not math.isnan(values.overall[name])
    )


def _figure(target: Target, name: str, value: float, interval: Interval) -> Figure:
    has_span = is_percentage(target, name) and not math.isnan(interval.low)
    return Figure(
        name=meanings(target)[name][0],
        value=written(target, name, value),
        detail=written_range(target, name, interval),
        span=Span(value=value, low=interval.low, high=interval.high)
        if has_span and 0.0 <= value <= 1.0 and interval.high <= 1.0
        else None,
    )


def all_metrics(target: Target, values: Measures, ranges: Measures) -> TableSection:
    """Every metric with its interval and its meaning."""
    rows: Sequence[tuple[str, ...]] = [
        (
            title,
            meaning,
            written(target, name, values.overall[name]),
            written_range(target, name, ranges.overall[name]),
        )
        for name, (title, meaning) in meanings(target).items()
    ]
    return TableSection(
        title="All metrics",
        columns=("Metric", "Meaning", "Value", "95 % interval"),
        rows=tuple(rows),
        names=(0, 1),
        text="Intervals by bootstrap over the rows: another table of this size from the same source would "
        "move a number about that far.",
    )
