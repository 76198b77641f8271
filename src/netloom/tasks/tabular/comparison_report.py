"""What a comparison of two table models says: a verdict in words, a table of metrics, curves of both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from netloom.tasks.protocol import Evaluation
from netloom.tasks.sections import Cell, ChartSection, Figure, Line, Section, TableSection
from netloom.tasks.tabular.comparison import TargetComparison
from netloom.tasks.tabular.gains_table import unit_points
from netloom.tasks.tabular.measures import (
    headline,
    higher_is_better,
    is_percentage,
    meanings,
)
from netloom.tasks.tabular.ranking import CurvePoints, curve_points
from netloom.tasks.tabular.written_metrics import counted, plain, written
from netloom.tasks.wording import UNKNOWN, signed_points


def comparison_evaluation(found: Sequence[TargetComparison]) -> Evaluation:
    """Two models compared on each target that both have."""
    several = len(found) > 1
    sections: list[Section] = []
    figures: list[Figure] = []
    sentences = []
    for each in found:
        prefix = f"{each.target.column}: " if several else ""
        sections.append(_metrics_section(each, prefix))
        if each.target.type == "binary":
            sections += _curves(each, prefix)
        figures += _figures(each, prefix)
        sentences.append(prefix + statement(each))
    return Evaluation(
        metrics=_document(found),
        figures=tuple(figures),
        sections=tuple(sections),
        summary=" ".join(sentences),
    )


def statement(found: TargetComparison) -> str:
    """The verdict in words."""
    metric = headline(found.target).metric
    title = meanings(found.target)[metric][0]
    difference, low = found.difference(metric), found.ranges[metric].low
    if math.isnan(difference):
        return f"{title} is undefined on these rows, so nothing can be said."
    size = _signed(found, metric, difference)
    interval = "" if math.isnan(low) else f" (95 % interval {_range(found, metric)})"
    if found.verdict == "unclear":
        return f"No clear difference: B − A is {size} of {title}{interval}."
    return f"{found.verdict.upper()} is better: B − A is {size} of {title}{interval}."


def _document(found: Sequence[TargetComparison]) -> dict[str, Any]:
    several = len(found) > 1
    document: dict[str, Any] = {
        "statement": " ".join(statement(each) for each in found),
        "better": found[0].verdict if not several else None,
    }
    targets: dict[str, Any] = {}
    for each in found:
        names = list(each.ranges)
        differences = {f"{name}_difference": _number(each.difference(name)) for name in names}
        prefix = f"{each.target.column}/" if several else ""
        document |= {f"{prefix}{name}": value for name, value in differences.items()}
        first, second = (values.overall for values in each.values)
        targets[each.target.column] = {
            "better": each.verdict,
            "rows": len(each.first),
            "a": {name: _number(first[name]) for name in names},
            "b": {name: _number(second[name]) for name in names},
            "intervals": {
                f"{name}_difference": None if math.isnan(ends.low) else [ends.low, ends.high]
                for name, ends in each.ranges.items()
            },
        }
    return {**document, "targets": targets}


def _figures(found: TargetComparison, prefix: str) -> tuple[Figure, ...]:
    metric = headline(found.target).metric
    title = meanings(found.target)[metric][0]
    first, second = (values.overall[metric] for values in found.values)
    return (
        Figure(name=f"{prefix}{title} of A", value=written(found.target, metric, first)),
        Figure(name=f"{prefix}{title} of B", value=written(found.target, metric, second)),
        Figure(
            name=f"{prefix}{title}, B − A",
            value=_signed(found, metric, found.difference(metric)),
            detail=_range(found, metric),
        ),
        Figure(name=f"{prefix}Rows", value=counted(len(found.first))),
    )


def _metrics_section(found: TargetComparison, prefix: str) -> TableSection:
    rows: list[tuple[Cell | str, ...]] = []
    for name, (title, meaning) in meanings(found.target).items():
        first, second = (values.overall[name] for values in found.values)
        low, high = found.ranges[name]
        is_clear = not math.isnan(low) and (low > 0 or high < 0)
        is_good = (found.difference(name) > 0) == higher_is_better(name)
        tone = ("good" if is_good else "bad") if is_clear else "plain"
        difference = Cell(
            text=_signed(found, name, found.difference(name)),
            detail=_range(found, name),
            tone="plain" if name == "base_rate" else tone,  # type: ignore[arg-type]
        )
        texts = (written(found.target, name, value) for value in (first, second))
        rows.append((title, meaning, *texts, difference))
    return TableSection(
        title=f"{prefix}Metrics",
        columns=("Metric", "Meaning", "A", "B", "B − A"),
        rows=tuple(rows),
        names=(0, 1),
        text="Differences with 95 % intervals, by bootstrap over the same rows for both; coloured where the "
        "interval does not hold 0. Metrics that do not follow from sums over rows have none.",
    )


def _curves(found: TargetComparison, prefix: str) -> tuple[Section, ...]:
    curves = [curve_points(rows.levels) for rows in (found.first, found.second)]
    if math.isnan(found.values[0].overall["auc"]):
        return ()

    def lines(x: str, y: str, metric: str) -> tuple[Line, ...]:
        return tuple(
            Line(
                name=name,
                detail=written(found.target, metric, values.overall[metric]),
                points=unit_points(*_sides(curve, x, y)),
            )
            for name, curve, values in zip("AB", curves, found.values, strict=True)
        )

    return (
        ChartSection(
            title=f"{prefix}Cumulative gain",
            lines=lines("called", "recall", "lift_10"),
            x_axis="rows, highest scores first",
            y_axis="positives found",
            text="With the lift at 10 % of each; the diagonal is a random order.",
            has_diagonal=True,
        ),
        ChartSection(
            title=f"{prefix}ROC curves",
            lines=lines("false_alarms", "recall", "auc"),
            x_axis="false alarms (of the negatives)",
            y_axis="found (of the positives)",
            text="With the area below each (AUC).",
            has_diagonal=True,
        ),
    )


def _sides(curve: CurvePoints, x: str, y: str) -> tuple[Any, Any]:
    return getattr(curve, x), getattr(curve, y)


def _signed(found: TargetComparison, metric: str, difference: float) -> str:
    if math.isnan(difference):
        return UNKNOWN
    if is_percentage(found.target, metric):
        return f"{signed_points(difference)} points"
    return plain(difference) if difference <= 0 else f"+{plain(difference)}"


def _range(found: TargetComparison, metric: str) -> str:
    low, high = found.ranges[metric]
    if math.isnan(low):
        return ""
    if is_percentage(found.target, metric):
        return f"{signed_points(low)} to {signed_points(high)}"
    return f"{plain(low)} to {plain(high)}"


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
