"""What the statistics of a table say, as numbers for programs and as a page for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from netloom.tables.statistics import TableProfile
from netloom.tasks.protocol import Evaluation
from netloom.tasks.sections import (
    Cell,
    Figure,
    GallerySection,
    Picture,
    Section,
    TableSection,
    Tone,
)
from netloom.tasks.wording import percent

MUCH_DRIFT, SOME_DRIFT = 0.25, 0.1
"""Usual limits of the population stability index."""
_MOST_PICTURES = 60
_WIDTH, _HEIGHT = 240, 96
Bars = Sequence[tuple[str, int]]


def report_on_table(
    profile: TableProfile,
    *,
    bars: Mapping[str, Bars],
    drift: Mapping[str, float] | None = None,
) -> Evaluation:
    """Numbers, figures and sections about a table.

    Args:
        bars: What is drawn of each column: names of ranges or values, and how many rows have them.
        drift: Population stability index of each column, if there is something to compare with.
    """
    sections: list[Section] = [_missing(profile), _spread(profile)]
    if drift is not None:
        sections.insert(0, _drift(drift))
    pictures = tuple(
        _picture(name, profile.columns[name], bars[name])
        for name in list(bars)[:_MOST_PICTURES]
        if bars[name]
    )
    if pictures:
        hidden = len(bars) - _MOST_PICTURES
        text = f"{hidden} more columns are not shown." if hidden > 0 else ""
        sections.append(GallerySection(title="Distributions", pictures=pictures, text=text))
    metrics = table_metrics(profile, drift)
    return Evaluation(
        metrics=metrics,
        figures=tuple(_figures(profile, metrics, drift)),
        sections=tuple(sections),
        remarks=tuple(_remarks(profile, metrics["constant_columns"], drift)),
    )


def table_metrics(profile: TableProfile, drift: Mapping[str, float] | None) -> dict[str, Any]:
    """The numbers as JSON; those of all columns below ``columns``."""
    rows = profile.rows or 1
    missing = [column["nulls"] / rows for column in profile.columns.values()]
    found: dict[str, Any] = {
        "rows": profile.rows,
        "missing": sum(missing) / len(missing) if missing else 0.0,
        "constant_columns": constant_columns(profile),
        "columns": {
            name: {
                key: value
                for key, value in column.items()
                if key not in ("edges", "values", "shares")
            }
            for name, column in profile.columns.items()
        },
    }
    if drift is not None:
        found["drift"] = dict(drift)
        found["most_drift"] = max(drift.values(), default=0.0)
    return found


def constant_columns(profile: TableProfile) -> list[str]:
    """Columns that have one value, or none at all, in every row."""
    return [
        name
        for name, column in profile.columns.items()
        if profile.rows and column.get("distinct", 2) + (column["nulls"] > 0) <= 1
    ]


def _figures(
    profile: TableProfile, metrics: Mapping[str, Any], drift: Mapping[str, float] | None
) -> Iterator[Figure]:
    yield Figure(name="Rows", value=f"{profile.rows:,}".replace(",", " "))
    yield Figure(name="Columns", value=str(len(profile.columns)))
    yield Figure(name="Missing", value=percent(metrics["missing"]), detail="of all values")
    yield Figure(name="Constant columns", value=str(len(metrics["constant_columns"])))
    if drift:
        worst = max(drift, key=lambda name: drift[name])
        yield Figure(name="Most drift", value=f"{drift[worst]:.3f}", detail=worst)


def _remarks(
    profile: TableProfile, constant: Sequence[str], drift: Mapping[str, float] | None
) -> Iterator[str]:
    if constant:
        yield f"Always the same: {', '.join(constant[:10])}."
    empty = [n for n, c in profile.columns.items() if profile.rows and c["nulls"] == profile.rows]
    if empty:
        yield f"No value at all: {', '.join(empty[:10])}."
    moved = [name for name, value in (drift or {}).items() if value >= MUCH_DRIFT]
    if moved:
        yield f"Spread much differently than before: {', '.join(moved[:10])}."


def _missing(profile: TableProfile) -> TableSection:
    kinds = (
        ("nulls", "Null"),
        ("empty", "Empty"),
        ("zeros", "Zero"),
        ("not_a_number", "NaN"),
        ("infinite", "Infinite"),
    )
    rows = [
        (name, column["type"], *(_count(column, kind, profile.rows) for kind, _ in kinds))
        for name, column in profile.columns.items()
    ]
    return TableSection(
        title="Missing values",
        columns=("Column", "Type", *(title for _, title in kinds)),
        rows=tuple(rows),
        names=(0, 1),
    )


def _count(column: Mapping[str, Any], kind: str, rows: int) -> Cell | str:
    number = column.get(kind)
    if number is None:
        return ""
    if not number:
        return "0"
    share = number / rows
    tone: Tone = "bad" if share > 0.5 and kind != "zeros" else "plain"
    return Cell(text=str(number), detail=percent(share), tone=tone)


def _spread(profile: TableProfile) -> TableSection:
    rows = []
    for name, column in profile.columns.items():
        quantiles = column.get("quantiles") or ()
        ends = [_short(column.get(end)) for end in ("smallest", "largest")]
        middle = (
            [_short(value) for value in (quantiles[1], quantiles[3], quantiles[5])]
            if quantiles
            else ["", "", ""]
        )
        rows.append(
            (
                name,
                str(column.get("distinct", "")),
                ends[0],
                *middle,
                ends[1],
                _short(column.get("mean")),
                _short(column.get("deviation")),
            )
        )
    return TableSection(
        title="Values",
        columns=(
            "Column",
            "Distinct",
            "Least",
            "5 %",
            "Median",
            "95 %",
            "Most",
            "Mean",
            "Deviation",
        ),
        rows=tuple(rows),
    )


def _drift(drift: Mapping[str, float]) -> TableSection:
    rows = [
        (
            name,
            Cell(text=f"{value:.3f}", tone="bad" if value >= MUCH_DRIFT else "plain"),
            _verdict(value),
        )
        for name, value in sorted(drift.items(), key=lambda item: -item[1])
    ]
    return TableSection(
        title="Drift",
        columns=("Column", "Stability index", "Verdict"),
        rows=tuple(rows),
        names=(0, 2),
        is_narrow=True,
        text="Population stability index against the statistics compared with.",
    )


def _verdict(value: float) -> str:
    if value >= MUCH_DRIFT:
        return "much"
    return "some" if value >= SOME_DRIFT else "little"


def _short(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)


def _picture(name: str, column: Mapping[str, Any], bars: Bars) -> Picture:
    return Picture(
        content=_drawing(bars).encode(),
        media_type="image/svg+xml",
        caption=name,
        detail=str(column["type"]),
        source=name,
    )


def _drawing(bars: Bars) -> str:
    """Bars side by side, their heights by count; each says what it is."""
    most = max(count for _, count in bars) or 1
    step = _WIDTH / len(bars)
    drawn = "".join(
        f'<rect x="{step * place + 1:.1f}" y="{_HEIGHT * (1 - count / most):.1f}" '
        f'width="{max(step - 2, 1):.1f}" height="{_HEIGHT * count / most:.1f}">'
        f"<title>{escape(label)}: {count}</title></rect>"
        for place, (label, count) in enumerate(bars)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" fill="#5b7fb5">{drawn}</svg>'
    )
