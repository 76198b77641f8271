"""What is left of a number after several losses: a bar for each, one below the other."""

from __future__ import annotations

from markupsafe import Markup

from netloom.reports.svg import drawing, escaped, text
from netloom.tasks.sections import WaterfallSection
from netloom.tasks.wording import percent

_NAMES, _WIDTH, _NUMBERS = 212, 700, 160
_ROW, _BAR = 34, 18
_LEAST = 2.0
"""Pixels of a loss that would hardly be seen otherwise."""


def waterfall(section: WaterfallSection) -> Markup:
    """Horizontal bars: everything, what each step takes off its right end, and what is left.

    Example:
        >>> from netloom.tasks.sections import Loss
        >>> losses = (Loss(name="missed", count=3), Loss(name="wrong", count=0))
        >>> section = WaterfallSection(title="t", start="all", total=10, losses=losses, end="right")
        >>> str(waterfall(section)).count('class="miss"'), str(waterfall(section)).count("70.0 %")
        (1, 1)
    """
    whole = max(section.total, 1)
    left = section.total
    parts = _row(0, section.start, 0, section.total, whole, kind="hit")
    for place, loss in enumerate(section.losses, start=1):
        left -= loss.count
        parts += _row(place, loss.name, left, loss.count, whole, kind="miss")
    last = len(section.losses) + 1
    parts += _row(last, section.end, 0, left, whole, kind="hit")
    height = _ROW * (last + 1)
    for quarter in range(5):
        x = _NAMES + _WIDTH * quarter / 4
        parts.insert(0, f'<line class="grid" x1="{x:g}" y1="0" x2="{x:g}" y2="{height}"/>')
    return drawing(parts, width=_NAMES + _WIDTH + _NUMBERS, height=height, title=section.title)


def _row(place: int, name: str, start: int, count: int, whole: int, *, kind: str) -> list[str]:
    middle = _ROW * place + _ROW / 2
    x, wide = _NAMES + _WIDTH * start / whole, _WIDTH * count / whole
    parts = [text("ink", _NAMES - 12, middle + 4, name, anchor="end")]
    if count:
        wide = max(wide, _LEAST)
        tip = f"{name}: {count} of {whole}"
        parts.append(
            f'<rect class="{kind}" x="{x:.1f}" y="{middle - _BAR / 2:g}" width="{wide:.1f}" '
            f'height="{_BAR}" rx="2"><title>{escaped(tip)}</title></rect>'
        )
    told = f"{'−' if kind == 'miss' and count else ''}{count} · {percent(count / whole)}"
    parts.append(text("label", _NAMES + _WIDTH + 12, middle + 4, told, anchor="start"))
    return parts
