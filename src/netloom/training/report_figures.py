"""Figures of a report as inline SVG, coloured by the page's own style so that they follow its theme."""

from __future__ import annotations

from markupsafe import Markup

from netloom.tasks.sections import CurveSection, HeatMapSection

_CELL = 34
_SMALL_CELL = 14
_CHARACTER_WIDTH = 6.6
_LONGEST_LABEL = 18
_CURVE_SIDE = 260
_MOST_CLASSES_WITH_NUMBERS = 24


def heat_map_svg(section: HeatMapSection) -> Markup:
    """Cells shaded by their share of the row, with counts where there is room.

    Example:
        >>> section = HeatMapSection(
        ...     title="t", labels=("a", "b"), counts=((3, 1), (0, 2)), row_axis="r", column_axis="c"
        ... )
        >>> str(heat_map_svg(section)).count("<rect")
        4
    """
    labels = [_shortened(label) for label in section.labels]
    cell = _CELL if len(labels) <= _MOST_CLASSES_WITH_NUMBERS else _SMALL_CELL
    margin = 26 + _CHARACTER_WIDTH * max((len(label) for label in labels), default=0)
    side = margin + cell * len(labels)
    centre = (margin + side) / 2
    parts = [
        _text("axis", centre, 12, section.column_axis),
        _text("axis", 12, centre, section.row_axis, is_upright=True),
    ]
    for index, label in enumerate(labels):
        middle = margin + cell * (index + 0.5) + 4
        parts.append(_text("label", margin - 6, middle, label, anchor="end"))
        parts.append(_text("label", middle, margin - 6, label, anchor="start", is_upright=True))
    for row, counts in enumerate(section.counts):
        parts += _heat_map_row(section, row, counts, margin=margin, cell=cell)
    return _svg(parts, width=side + 4, height=side + 4, title=section.title)


def _heat_map_row(
    section: HeatMapSection, row: int, counts: tuple[int, ...], *, margin: float, cell: int
) -> list[str]:
    total = sum(counts)
    parts = []
    for column, count in enumerate(counts):
        share = count / total if total else 0.0
        x, y = margin + cell * column, margin + cell * row
        kind = "hit" if row == column else "miss"
        tip = f"{section.labels[row]} → {section.labels[column]}: {count} ({share:.1%})"
        parts.append(
            f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{cell - 1}" height="{cell - 1}" '
            f'rx="2" fill-opacity="{_shade(share):.3g}"><title>{_escaped(tip)}</title></rect>'
        )
        if count and cell == _CELL:
            tone = "strong" if share > 0.5 else "count"
            parts.append(_text(tone, x + cell / 2, y + cell / 2 + 4, str(count)))
    return parts


def _shade(share: float) -> float:
    # Rare confusions are what one looks for, so a cell that is not empty never looks empty.
    return 0.05 if share == 0 else 0.15 + 0.85 * share


def curve_svg(section: CurveSection) -> Markup:
    """Points in the unit square against its diagonal, dot area by weight.

    Example:
        >>> section = CurveSection(
        ...     title="t", points=((0.5, 0.4, 1.0),), x_axis="score", y_axis="right"
        ... )
        >>> str(curve_svg(section)).count("<circle")
        1
    """
    left, top, side = 44, 10, _CURVE_SIDE
    bottom = top + side

    def place(x: float, y: float) -> tuple[float, float]:
        return round(left + x * side, 1), round(bottom - y * side, 1)

    parts = [
        f'<rect class="frame" x="{left}" y="{top}" width="{side}" height="{side}"/>',
        f'<line class="diagonal" x1="{left}" y1="{bottom}" x2="{left + side}" y2="{top}"/>',
    ]
    for tick in (0.0, 0.5, 1.0):
        x, y = place(tick, tick)
        parts.append(_text("label", x, bottom + 16, f"{tick:.0%}"))
        parts.append(_text("label", left - 6, y + 4, f"{tick:.0%}", anchor="end"))
    corners = " ".join("{},{}".format(*place(x, y)) for x, y, _ in section.points)
    parts.append(f'<polyline class="curve" points="{corners}"/>')
    for x, y, weight in section.points:
        across, down = place(x, y)
        tip = f"{section.x_axis} {x:.1%}, {section.y_axis} {y:.1%}, {weight:.1%} of the samples"
        parts.append(
            f'<circle class="dot" cx="{across}" cy="{down}" r="{3 + 7 * weight**0.5:.1f}">'
            f"<title>{_escaped(tip)}</title></circle>"
        )
    parts.append(_text("axis", left + side / 2, bottom + 34, section.x_axis))
    parts.append(_text("axis", 10, top + side / 2, section.y_axis, is_upright=True))
    return _svg(parts, width=left + side + 20, height=bottom + 42, title=section.title)


def _text(
    style: str,
    x: float,
    y: float,
    content: str,
    *,
    anchor: str = "middle",
    is_upright: bool = False,
) -> str:
    turn = f' transform="rotate(-90 {x:g} {y:g})"' if is_upright else ""
    return (
        f'<text class="{style}" x="{x:g}" y="{y:g}" text-anchor="{anchor}"{turn}>'
        f"{_escaped(content)}</text>"
    )


def _svg(parts: list[str], *, width: float, height: float, title: str) -> Markup:
    # Every text inside went through _escaped and the rest is numbers of ours.
    return Markup(  # noqa: S704 - see above
        f'<svg role="img" aria-label="{_escaped(title)}" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" xmlns="http://www.w3.org/2000/svg">'
        + "".join(parts)
        + "</svg>"
    )


def _shortened(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"


def _escaped(text: str) -> str:
    return str(Markup.escape(text))
