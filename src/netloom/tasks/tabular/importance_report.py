"""What permutation importance says: bars for people, rows for programs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from netloom.models.tabular.spec import Target
from netloom.tasks.protocol import Evaluation
from netloom.tasks.sections import Bar, BarsSection, Figure, Section, TableSection
from netloom.tasks.tabular.importance import Importance
from netloom.tasks.tabular.measures import is_percentage, meanings
from netloom.tasks.tabular.written_metrics import counted, plain, plain_range, written
from netloom.tasks.wording import listed, signed_points

if TYPE_CHECKING:
    import pyarrow as pa

_MOST_BARS = 30


def importance_report(
    found: Sequence[Importance], targets: Sequence[Target], *, rows: int, shuffles: int
) -> Evaluation:
    """Bars and a table for each target.

    Args:
        rows: How many the features were shuffled over.
    """
    sections: list[Section] = []
    figures = [
        Figure(name="Rows", value=counted(rows)),
        Figure(name="Shuffles", value=f"{shuffles}"),
    ]
    sentences = []
    for target in targets:
        own = [each for each in found if each.target.column == target.column]
        if not own:
            continue
        title = meanings(target)[own[0].metric][0]
        figures.append(
            Figure(
                name=f"{title} of {target.column}",
                value=written(target, own[0].metric, own[0].base),
                detail="with every feature as it is",
            )
        )
        sections += [_bars(target, own, title), _table(target, own, title)]
        top = [each.place.feature for each in own if each.loss > 0 and not each.interval.low <= 0]
        sentences.append(
            f"{target.column} depends most on {listed(top, most=3)}."
            if top
            else f"{target.column} does not depend on any single feature."
        )
    return Evaluation(
        metrics={},
        figures=tuple(figures),
        sections=tuple(sections),
        summary=" ".join(sentences),
        remarks=(
            "Of features that say much the same, each alone looks unimportant: the others stand in for it.",
        ),
    )


def importance_rows(found: Sequence[Importance]) -> pa.Table:
    """One row for each target and feature, in the order of ``found``."""
    import pyarrow as pa

    seen: dict[str, int] = {}
    rows = []
    for each in found:
        rank = seen[each.target.column] = seen.get(each.target.column, 0) + 1
        rows.append((each, rank))

    def known(number: float) -> float | None:
        return None if math.isnan(number) else number

    columns = {
        "target": pa.array([each.target.column for each, _ in rows], pa.string()),
        "feature": pa.array([each.place.feature for each, _ in rows], pa.string()),
        "bucket": pa.array([each.place.bucket for each, _ in rows], pa.string()),
        "rank": pa.array([rank for _, rank in rows], pa.int64()),
        "metric": pa.array([each.metric for each, _ in rows], pa.string()),
        "value": pa.array([known(each.base) for each, _ in rows], pa.float64()),
        "loss": pa.array([known(each.loss) for each, _ in rows], pa.float64()),
        "low": pa.array([known(each.interval.low) for each, _ in rows], pa.float64()),
        "high": pa.array([known(each.interval.high) for each, _ in rows], pa.float64()),
    }
    return pa.table(columns)


def _bars(target: Target, own: Sequence[Importance], title: str) -> BarsSection:
    is_share = is_percentage(target, own[0].metric)
    scale = 100.0 if is_share else 1.0
    bars = tuple(
        Bar(
            name=each.place.feature,
            value=scale * each.loss,
            told=_told(target, each),
            low=scale * each.interval.low,
            high=scale * each.interval.high,
        )
        for each in own[:_MOST_BARS]
    )
    hidden = len(own) - _MOST_BARS
    unit = "percentage points" if is_share else "the target's unit"
    more = f" {hidden} less important ones are in the table." if hidden > 0 else ""
    return BarsSection(
        title=f"What {target.column} depends on",
        bars=bars,
        text=f"How much worse {title} gets, in {unit}, when a feature is taken from other rows at random; "
        f"with 95 % intervals over the shuffles.{more}",
    )


def _table(target: Target, own: Sequence[Importance], title: str) -> TableSection:
    rows = tuple(
        (
            f"{rank}",
            each.place.feature,
            each.place.bucket,
            _told(target, each),
            _range(target, each),
        )
        for rank, each in enumerate(own, start=1)
    )
    return TableSection(
        title=f"Features by importance for {target.column}",
        columns=("", "Feature", "Bucket", f"{title} lost", "95 % interval"),
        rows=rows,
        names=(1, 2),
    )


def _told(target: Target, each: Importance) -> str:
    if is_percentage(target, each.metric):
        return signed_points(each.loss).removeprefix("+")
    return plain(each.loss)


def _range(target: Target, each: Importance) -> str:
    low, high = each.interval
    if math.isnan(low):
        return ""
    if is_percentage(target, each.metric):
        return f"{signed_points(low)} to {signed_points(high)}"
    return plain_range(each.interval)
