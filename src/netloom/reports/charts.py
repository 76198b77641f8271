"""Charts in the unit square: lines with a legend, and stacked histograms."""

from __future__ import annotations

from markupsafe import Markup

from netloom.reports.svg import drawing, escaped, shortened, text
from netloom.tasks.sections import ChartSection, HistogramSection, Line

_LEFT, _TOP, _WIDTH, _HEIGHT = 52, 12, 436, 292
_BOTTOM = _TOP + _HEIGHT
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_COLOURS = 10
_LEGEND_ROW = 20


def line_chart(section: ChartSection) -> Markup:
    """Lines, with dots sized by weight where there are weights, and a legend if there are several.

    Example:
        >>> line = Line(name="a", points=((0.5, 0.4), (0.9, 0.8)), weights=(0.5, 0.5))
        >>> section = ChartSection(title="t", lines=(line,), x_axis="score", y_axis="right")
        >>> str(line_chart(section)).count("<circle")
        2
    """
    parts = _frame(section.x_axis, section.y_axis, y_top=1.0)
    if section.has_diagonal:
        parts.append(
            f'<line class="diagonal" x1="{_LEFT}" y1="{_BOTTOM}" x2="{_LEFT + _WIDTH}" y2="{_TOP}"/>'
        )
    for index, line in enumerate(section.lines):
        parts += _line(line, section, colour=index % _COLOURS)
    has_legend = len(section.lines) > 1 or bool(section.lines and section.lines[0].detail)
    height = _BOTTOM + 56
    if has_legend:
        parts += _legend(section.lines, top=height)
        height += _LEGEND_ROW * ((len(section.lines) + 1) // 2) + 4
    return drawing(parts, width=_LEFT + _WIDTH + 16, height=height, title=section.title)


def histogram(section: HistogramSection) -> Markup:
    """Bars of right and wrong samples on top of each other, their heights by the square root of the count.

    Example:
        >>> section = HistogramSection(title="t", right=(0, 9), wrong=(4, 0), x_axis="score")
        >>> str(histogram(section)).count('class="bar')
        2
    """
    totals = [right + wrong for right, wrong in zip(section.right, section.wrong, strict=True)]
    most = max(totals, default=0)
    # A good model puts nearly all samples into one bar; the root keeps the mistakes visible.
    parts = _frame(section.x_axis, "samples (square-root scale)", y_top=float(most))
    step = _WIDTH / max(len(totals), 1)
    for index, (right, wrong) in enumerate(zip(section.right, section.wrong, strict=True)):
        if not totals[index]:
            continue
        tall = _HEIGHT * (totals[index] / most) ** 0.5
        low, high = index / len(totals), (index + 1) / len(totals)
        tip = f"score {low:.0%}–{high:.0%}: {right} right, {wrong} wrong"
        wrong_tall = tall * wrong / totals[index]
        pieces = (
            ("hit", tall - wrong_tall, _BOTTOM - tall + wrong_tall),
            ("miss", wrong_tall, 0.0),
        )
        for kind, size, start in pieces:
            if size:
                y = start if kind == "hit" else _BOTTOM - tall
                parts.append(
                    f'<rect class="bar {kind}" x="{_LEFT + step * index + 1:.1f}" y="{y:.1f}" '
                    f'width="{step - 2:.1f}" height="{size:.1f}"><title>{escaped(tip)}</title></rect>'
                )
    top = _BOTTOM + 56
    for place, (kind, name) in enumerate((("hit", "right"), ("miss", "wrong"))):
        x = _LEFT + 88 * place
        parts.append(f'<rect class="{kind}" x="{x}" y="{top}" width="10" height="10" rx="2"/>')
        parts.append(text("label", x + 16, top + 9, name, anchor="start"))
    return drawing(
        parts, width=_LEFT + _WIDTH + 16, height=top + _LEGEND_ROW + 4, title=section.title
    )


def _frame(x_axis: str, y_axis: str, *, y_top: float) -> list[str]:
    parts = []
    for tick in _TICKS:
        x, y = _place(tick, tick)
        parts.append(f'<line class="grid" x1="{_LEFT}" y1="{y}" x2="{_LEFT + _WIDTH}" y2="{y}"/>')
        parts.append(text("label", x, _BOTTOM + 18, f"{tick:.0%}".replace("%", "")))
        if y_top == 1.0:
            parts.append(text("label", _LEFT - 8, y + 4, f"{100 * tick:.0f}", anchor="end"))
        else:
            parts.append(text("label", _LEFT - 8, y + 4, f"{y_top * tick**2:.0f}", anchor="end"))
    parts.append(text("axis", _LEFT + _WIDTH / 2, _BOTTOM + 36, f"{x_axis}, %"))
    unit = f"{y_axis}, %" if y_top == 1.0 else y_axis
    parts.append(text("axis", 10, _TOP + _HEIGHT / 2, unit, turn_degrees=-90))
    return parts


def _line(line: Line, section: ChartSection, *, colour: int) -> list[str]:
    corners = " ".join("{},{}".format(*_place(x, y)) for x, y in line.points)
    tip = f"<title>{escaped(line.name)}</title>"
    parts = [f'<polyline class="line c{colour}" points="{corners}">{tip}</polyline>']
    for (x, y), weight in zip(line.points, line.weights, strict=False):
        across, down = _place(x, y)
        tip = f"{section.x_axis} {x:.1%}, {section.y_axis} {y:.1%}, {weight:.1%} of the samples"
        parts.append(
            f'<circle class="dot c{colour}" cx="{across}" cy="{down}" r="{2.5 + 7 * weight**0.5:.1f}">'
            f"<title>{escaped(tip)}</title></circle>"
        )
    return parts


def _legend(lines: tuple[Line, ...], *, top: float) -> list[str]:
    parts = []
    for index, line in enumerate(lines):
        x = _LEFT + (index % 2) * (_WIDTH / 2)
        y = top + _LEGEND_ROW * (index // 2)
        parts.append(
            f'<line class="line c{index % _COLOURS}" x1="{x:g}" y1="{y + 5:g}" '
            f'x2="{x + 12:g}" y2="{y + 5:g}"/>'
        )
        parts.append(text("label ink", x + 20, y + 9, shortened(line.name), anchor="start"))
        right = x + _WIDTH / 2 - 16
        parts.append(text("label", right, y + 9, line.detail, anchor="end"))
    return parts


def _place(x: float, y: float) -> tuple[float, float]:
    return round(_LEFT + x * _WIDTH, 1), round(_BOTTOM - y * _HEIGHT, 1)
