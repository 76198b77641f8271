"""How many samples lie where in a plane, the more the darker."""

from __future__ import annotations

from markupsafe import Markup

from netloom.reports.axis import tick_label, ticks
from netloom.reports.svg import drawing, escaped, text
from netloom.tasks.sections import DensitySection

_LEFT, _TOP, _WIDTH, _HEIGHT = 72, 12, 416, 292
_BOTTOM = _TOP + _HEIGHT
_FAINTEST = 0.12


def density_chart(section: DensitySection) -> Markup:
    """Cells whose opacity goes by the square root of the count, so that few samples are seen too.

    Example:
        >>> edges = (0.0, 1.0, 2.0)
        >>> section = DensitySection(
        ...     title="t",
        ...     x_edges=edges,
        ...     y_edges=edges,
        ...     counts=((4, 0), (0, 1)),
        ...     x_axis="x",
        ...     y_axis="y",
        ... )
        >>> str(density_chart(section)).count('class="hit"')
        2
    """
    parts = _frame(section)
    most = max((count for row in section.counts for count in row), default=0)
    for row, counts in enumerate(section.counts):
        for column, count in enumerate(counts):
            if count:
                parts.append(_cell(section, row, column, shade=(count / most) ** 0.5))
    parts += _line(section)
    return drawing(parts, width=_LEFT + _WIDTH + 16, height=_BOTTOM + 48, title=section.title)


def _cell(section: DensitySection, row: int, column: int, *, shade: float) -> str:
    (x, bottom), (right, y) = (
        _place(section, section.x_edges[column + step], section.y_edges[row + step])
        for step in (0, 1)
    )
    opacity = _FAINTEST + (1.0 - _FAINTEST) * shade
    count = section.counts[row][column]
    tip = (
        f"{section.x_axis} {tick_label(section.x_edges[column])} to "
        f"{tick_label(section.x_edges[column + 1])}, {section.y_axis} "
        f"{tick_label(section.y_edges[row])} to {tick_label(section.y_edges[row + 1])}: {count}"
    )
    return (
        f'<rect class="hit" x="{x:.1f}" y="{y:.1f}" width="{right - x:.1f}" height="{bottom - y:.1f}" '
        f'fill-opacity="{opacity:.2f}"><title>{escaped(tip)}</title></rect>'
    )


def _frame(section: DensitySection) -> list[str]:
    parts = []
    for tick in ticks(section.x_edges[0], section.x_edges[-1]):
        x, _ = _place(section, tick, section.y_edges[0])
        parts.append(f'<line class="grid" x1="{x}" y1="{_TOP}" x2="{x}" y2="{_BOTTOM}"/>')
        parts.append(text("label", x, _BOTTOM + 18, tick_label(tick)))
    for tick in ticks(section.y_edges[0], section.y_edges[-1]):
        _, y = _place(section, section.x_edges[0], tick)
        parts.append(f'<line class="grid" x1="{_LEFT}" y1="{y}" x2="{_LEFT + _WIDTH}" y2="{y}"/>')
        parts.append(text("label", _LEFT - 8, y + 4, tick_label(tick), anchor="end"))
    parts.append(text("axis", _LEFT + _WIDTH / 2, _BOTTOM + 36, section.x_axis))
    parts.append(text("axis", 10, _TOP + _HEIGHT / 2, section.y_axis, turn_degrees=-90))
    return parts


def _line(section: DensitySection) -> list[str]:
    """What to compare with, as far as it is inside."""
    xs, ys = section.x_edges, section.y_edges
    if section.line == "zero" and ys[0] <= 0.0 <= ys[-1]:
        ends = ((xs[0], 0.0), (xs[-1], 0.0))
    elif section.line == "equal" and max(xs[0], ys[0]) < min(xs[-1], ys[-1]):
        low, high = max(xs[0], ys[0]), min(xs[-1], ys[-1])
        ends = ((low, low), (high, high))
    else:
        return []
    (x1, y1), (x2, y2) = (_place(section, *end) for end in ends)
    return [f'<line class="diagonal" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>']


def _place(section: DensitySection, x: float, y: float) -> tuple[float, float]:
    across = (x - section.x_edges[0]) / (section.x_edges[-1] - section.x_edges[0])
    up = (y - section.y_edges[0]) / (section.y_edges[-1] - section.y_edges[0])
    return round(_LEFT + across * _WIDTH, 1), round(_BOTTOM - up * _HEIGHT, 1)
