"""Bars of one unit below one another, with their intervals."""

from __future__ import annotations

import math

from markupsafe import Markup

from netloom.reports.axis import tick_label, ticks
from netloom.reports.svg import drawing, escaped, shortened, text
from netloom.tasks.sections import Bar, BarsSection

_NAMES, _WIDTH, _NUMBERS = 200, 640, 200
_ROW, _BAR, _SCALE = 26, 14, 26


def bar_chart(section: BarsSection) -> Markup:
    """Horizontal bars from zero, which may lie between them; intervals as lines across their ends.

    Example:
        >>> bars = (Bar(name="age", value=0.2, told="0.200", low=0.1, high=0.3),)
        >>> str(bar_chart(BarsSection(title="t", bars=bars))).count('class="hit"')
        1
    """
    ends = [end for bar in section.bars for end in (bar.value, bar.low, bar.high)]
    known = [end for end in ends if math.isfinite(end)]
    low, high = min([0.0, *known]), max([0.0, *known])
    high = high if high > low else low + 1.0
    scale = _WIDTH / (high - low)
    bottom = _ROW * len(section.bars)
    parts = []
    for tick in ticks(low, high):
        x = _NAMES + scale * (tick - low)
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="0" x2="{x:.1f}" y2="{bottom}"/>')
        parts.append(text("label", round(x, 1), bottom + 16, tick_label(tick)))
    for place, bar in enumerate(section.bars):
        parts += _row(place, bar, low=low, scale=scale)
    return drawing(
        parts, width=_NAMES + _WIDTH + _NUMBERS, height=bottom + _SCALE, title=section.title
    )


def _row(place: int, bar: Bar, *, low: float, scale: float) -> list[str]:
    middle = _ROW * place + _ROW / 2
    parts = [text("ink", _NAMES - 12, middle + 4, shortened(bar.name), anchor="end")]
    if math.isfinite(bar.value):
        start, end = sorted((_NAMES - scale * low, _NAMES + scale * (bar.value - low)))
        kind = "hit" if bar.value >= 0 else "miss"
        tip = f"{bar.name}: {bar.told}"
        parts.append(
            f'<rect class="{kind}" x="{start:.1f}" y="{middle - _BAR / 2:g}" '
            f'width="{max(end - start, 1.0):.1f}" height="{_BAR}" rx="2"><title>{escaped(tip)}</title></rect>'
        )
    if math.isfinite(bar.low) and math.isfinite(bar.high):
        x1, x2 = (_NAMES + scale * (side - low) for side in (bar.low, bar.high))
        parts.append(
            f'<path class="whisker" d="M{x1:.1f} {middle:g}H{x2:.1f}'
            f'M{x1:.1f} {middle - 3:g}v6M{x2:.1f} {middle - 3:g}v6"/>'
        )
    parts.append(text("label", _NAMES + _WIDTH + 12, middle + 4, bar.told, anchor="start"))
    return parts
