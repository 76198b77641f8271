"""Numbers as an evaluation writes them: percentages, intervals, lists of names."""

from __future__ import annotations

import math
from collections.abc import Sequence

from netloom.tasks.bootstrap import Interval
from netloom.tasks.sections import Cell, Span, Tone

UNKNOWN = "–"


def percent(value: float, *, digits: int = 1) -> str:
    """A share as a percentage, rounded so that only all and nothing read as 100 and 0.

    Example:
        >>> percent(0.9834), percent(0.99996), percent(math.nan)
        ('98.3 %', '> 99.9 %', '–')
    """
    return UNKNOWN if math.isnan(value) else f"{points(value, digits=digits)} %"


def points(value: float, *, digits: int = 1) -> str:
    """Like :func:`percent`, without the sign.

    Example:
        >>> points(0.5), points(0.0001), points(1.0)
        ('50.0', '< 0.1', '100')
    """
    if math.isnan(value):
        return UNKNOWN
    step = 10.0 ** -(digits + 2)
    if value in (0.0, 1.0):
        return f"{value:.0%}".rstrip("%")
    if 0.0 < value < step / 2:
        return f"< {100 * step:.{digits}f}"
    if 1.0 - step / 2 < value < 1.0:
        return f"> {100 * (1 - step):.{digits}f}"
    return f"{100 * value:.{digits}f}"


def percent_range(interval: Interval) -> str:
    """An interval of shares; empty if it is undefined.

    Example:
        >>> percent_range(Interval(0.9312, 0.975))
        '93.1–97.5 %'
    """
    if math.isnan(interval.low):
        return ""
    return f"{_rounded(interval.low)}–{_rounded(interval.high)} %"


def number_range(interval: Interval, *, digits: int = 3) -> str:
    """An interval of plain numbers; empty if it is undefined.

    Example:
        >>> number_range(Interval(0.1, 0.25))
        '0.100–0.250'
    """
    if math.isnan(interval.low):
        return ""
    return f"{interval.low:.{digits}f}–{interval.high:.{digits}f}"


def signed_points(difference: float) -> str:
    """A difference of two shares in percentage points.

    Example:
        >>> signed_points(0.012), signed_points(-0.03), signed_points(-0.0003)
        ('+1.2', '−3.0', '0.0')
    """
    if math.isnan(difference):
        return UNKNOWN
    text = f"{100 * difference:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", "−")


def share_cell(value: float, interval: Interval | None = None, *, draw: bool = False) -> Cell:
    """A share with its interval as a cell of a table.

    Example:
        >>> share_cell(0.5, Interval(0.4, 0.6)).detail
        '40.0–60.0'
    """
    if math.isnan(value):
        return Cell(text=UNKNOWN)
    if interval is None or math.isnan(interval.low):
        return Cell(text=points(value))
    return Cell(
        text=points(value),
        detail=f"{_rounded(interval.low)}–{_rounded(interval.high)}",
        span=Span(value=value, low=interval.low, high=interval.high) if draw else None,
    )


def listed(names: Sequence[str], *, most: int = 5) -> str:
    """Some names and how many more there are.

    Example:
        >>> listed(["a", "b", "c", "d"], most=2)
        'a, b and 2 more'
    """
    shown = ", ".join(names[:most])
    hidden = len(names) - most
    return f"{shown} and {hidden} more" if hidden > 0 else shown


def _rounded(share: float) -> str:
    return "100" if share == 1.0 else f"{100 * share:.1f}"


def difference_cell(difference: float, interval: Interval) -> Cell:
    """A difference with its interval, coloured where the interval leaves 0 out.

    Example:
        >>> difference_cell(0.05, Interval(0.02, 0.08))
        Cell(text='+5.0', detail='+2.0 to +8.0', span=None, tone='good')
    """
    if math.isnan(difference):
        return Cell(text=UNKNOWN)
    if math.isnan(interval.low):
        return Cell(text=signed_points(difference))
    tone: Tone = "good" if interval.low > 0 else "bad" if interval.high < 0 else "plain"
    detail = f"{signed_points(interval.low)} to {signed_points(interval.high)}"
    return Cell(text=signed_points(difference), detail=detail, tone=tone)
