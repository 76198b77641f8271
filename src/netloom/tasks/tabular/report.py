"""What an evaluation of a table model says: one report for each target, put together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from netloom.tasks.measures import Measures
from netloom.tasks.protocol import Evaluation
from netloom.tasks.sections import Figure, Section
from netloom.tasks.tabular.measures import TargetRows, headline, intervals, meanings, measured
from netloom.tasks.tabular.report_binary import binary_report
from netloom.tasks.tabular.report_classes import classes_report, labels_report
from netloom.tasks.tabular.report_number import number_report
from netloom.tasks.tabular.slices import (
    Slicing,
    slice_measures,
    slice_remarks,
    slices_json,
    slices_section,
)
from netloom.tasks.tabular.written_metrics import counted


def table_evaluation(
    targets: Sequence[TargetRows],
    slicings: Sequence[Slicing] = (),
    *,
    threshold: float = 0.5,
    bootstrap: int = 1000,
    seed: int = 0,
) -> Evaluation:
    """Metrics, figures and sections of every target of a model.

    Of one target, metrics have their plain names; of several, ``column/metric``.

    Args:
        slicings: Columns by whose values metrics are shown apart.
        threshold: From which probability on the positive value of ``binary``, or one of ``labels``, is
            predicted.
        bootstrap: Resampled tables for the 95 % intervals; 0 leaves intervals out.
    """
    found = [
        _target_evaluation(rows, slicings, threshold=threshold, draws=bootstrap, seed=seed)
        for rows in targets
    ]
    return found[0] if len(found) == 1 else _together(targets, found)


def _target_evaluation(
    rows: TargetRows, slicings: Sequence[Slicing], *, threshold: float, draws: int, seed: int
) -> Evaluation:
    values = measured(rows, threshold=threshold)
    ranges = intervals(rows, values, threshold=threshold, draws=draws, seed=seed)
    report = _report(rows, values, ranges, threshold=threshold)
    metrics: dict[str, Any] = {
        **{name: _number(value) for name, value in values.overall.items()},
        "rows": len(rows),
        "intervals": {
            name: None if math.isnan(ends.low) else [float(ends.low), float(ends.high)]
            for name, ends in ranges.overall.items()
        },
        **report.metrics,
    }
    sections, remarks = list(report.sections), [*_row_remarks(rows), *report.remarks]
    if slicings:
        parts = slice_measures(rows, slicings, threshold=threshold, draws=draws, seed=seed)
        metrics["slices"] = slices_json(parts)
        sections.insert(_place_of_slices(report.sections), slices_section(rows, values, parts))
        remarks += slice_remarks(rows, values, parts)
    return replace(
        report,
        metrics=metrics,
        figures=(*report.figures, Figure(name="Rows", value=counted(len(rows)))),
        sections=tuple(sections),
        remarks=tuple(remarks),
    )


def _report(
    rows: TargetRows, values: Measures, ranges: Measures, *, threshold: float
) -> Evaluation:
    match rows.target.type:
        case "binary":
            return binary_report(rows, values, ranges, threshold=threshold)
        case "classes":
            return classes_report(rows, values, ranges)
        case "labels":
            return labels_report(rows, values, ranges, threshold=threshold)
        case "number":
            return number_report(rows, values, ranges)


def _place_of_slices(sections: Sequence[Section]) -> int:
    """Before the table of all metrics, which is last."""
    return max(len(sections) - 1, 0)


def _row_remarks(rows: TargetRows) -> Iterator[str]:
    missing = len(rows.known_A) - len(rows)
    if not len(rows):
        yield f"No row has a label in {rows.target.column!r}, so nothing is measured."
    elif missing:
        yield f"{counted(missing)} rows have no label in {rows.target.column!r} and are left out."


def _together(targets: Sequence[TargetRows], found: Sequence[Evaluation]) -> Evaluation:
    """One report of several targets, each with its name before its parts."""
    metrics: dict[str, Any] = {}
    figures: list[Figure] = []
    sections: list[Section] = []
    for rows, each in zip(targets, found, strict=True):
        column = rows.target.column
        numbers = {k: v for k, v in each.metrics.items() if v is None or isinstance(v, int | float)}
        metrics |= {f"{column}/{name}": value for name, value in numbers.items()}
        best = meanings(rows.target)[headline(rows.target).metric][0]
        figures += [
            replace(figure, name=f"{column}: {figure.name}")
            for figure in each.figures
            if figure.name == best
        ]
        sections += [
            replace(section, title=f"{column}: {section.title}") for section in each.sections
        ]
    return Evaluation(
        metrics={
            **metrics,
            "targets": {
                rows.target.column: dict(each.metrics)
                for rows, each in zip(targets, found, strict=True)
            },
        },
        figures=tuple(figures),
        sections=tuple(sections),
        summary=" ".join(
            f"{rows.target.column}: {each.summary}"
            for rows, each in zip(targets, found, strict=True)
            if each.summary
        ),
        remarks=tuple(
            f"{rows.target.column}: {remark}"
            for rows, each in zip(targets, found, strict=True)
            for remark in each.remarks
        ),
    )


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
