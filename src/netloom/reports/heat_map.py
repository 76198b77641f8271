"""Heat maps: counts as shaded cells."""

from __future__ import annotations

from markupsafe import Markup

from netloom.reports.svg import drawing, escaped, shortened, text, text_width
from netloom.tasks.sections import FEW_CLASSES, HeatMapSection

_LARGE, _MEDIUM = 40, 28


def heat_map(section: HeatMapSection) -> Markup:
    """Cells shaded by their share of the row's total, with their counts.

    Example:
        >>> section = HeatMapSection(
        ...     title="t", labels=("a", "b"), counts=((3, 1), (0, 2)), row_axis="r", column_axis="c"
        ... )
        >>> str(heat_map(section)).count("<rect")
        4
    """
    labels = [shortened(label) for label in section.labels]
    cell = _LARGE if len(labels) <= FEW_CLASSES else _MEDIUM
    longest = max((text_width(label) for label in labels), default=0.0)
    is_turned = longest > cell - 4
    left = 32 + longest
    top = 32 + (longest if is_turned else 12)
    width, height = left + cell * len(labels), top + cell * len(labels)
    parts = [
        text("axis", left, 12, section.column_axis, anchor="start"),
        text("axis", 12, top, section.row_axis, anchor="end", turn_degrees=-90),
    ]
    for index, label in enumerate(labels):
        middle = cell * (index + 0.5)
        parts.append(text("label", left - 8, top + middle + 4, label, anchor="end"))
        if is_turned:
            parts.append(
                text("label", left + middle + 4, top - 8, label, anchor="start", turn_degrees=-90)
            )
        else:
            parts.append(text("label", left + middle, top - 8, label))
    totals = section.totals or tuple(sum(row) for row in section.counts)
    for row, counts in enumerate(section.counts):
        parts += _row(section, row, counts, totals[row], corner=(left, top + cell * row), cell=cell)
    return drawing(parts, width=width + 4, height=height + 4, title=section.title)


def _row(
    section: HeatMapSection,
    row: int,
    counts: tuple[int, ...],
    total: int,
    *,
    corner: tuple[float, float],
    cell: int,
) -> list[str]:
    parts = []
    for column, count in enumerate(counts):
        share = count / total if total else 0.0
        x, y = corner[0] + cell * column, corner[1]
        kind = "hit" if row == column else "miss"
        tip = f"{section.labels[row]} → {section.labels[column]}: {count} ({share:.1%})"
        parts.append(
            f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{cell - 2}" height="{cell - 2}" '
            f'rx="3" fill-opacity="{_shade(share):.3g}"><title>{escaped(tip)}</title></rect>'
        )
        if count:
            tone = "strong" if share > 0.55 else "count"
            parts.append(text(tone, x + cell / 2 - 1, y + cell / 2 + 3, _short_count(count)))
    return parts


def _shade(share: float) -> float:
    # Rare confusions are what one looks for, so a cell that is not empty never looks empty.
    return 0.05 if share == 0 else 0.18 + 0.82 * share


def _short_count(count: int) -> str:
    return str(count) if count < 10_000 else f"{count / 1000:.0f}k"
