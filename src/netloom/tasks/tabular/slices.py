"""Metrics of parts of a table: which kinds of rows a model is worse for.

Shape legend: N rows, S slices of one column.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.bootstrap import Interval
from netloom.tasks.measures import Measures
from netloom.tasks.sections import Cell, TableSection, Tone
from netloom.tasks.tabular.measures import (
    TargetRows,
    headline,
    higher_is_better,
    intervals,
    is_percentage,
    meanings,
    measured,
)
from netloom.tasks.tabular.written_metrics import counted, metric_cell, plain, written
from netloom.tasks.wording import listed

if TYPE_CHECKING:
    import pyarrow as pa

_MOST_VALUES = 20
_RANGES = 5
_MOST_DRAWS = 200
_FEW = 30
_MISSING = "(missing)"
_OTHERS = "(others)"
_SECOND = {"binary": "log_loss", "classes": "accuracy", "labels": "micro_f1", "number": "mae"}
_LEVELS = {"binary": ("base_rate", "Base rate"), "number": ("bias", "Bias")}
"""Metric and title of where a target itself lies, which is no mark for the model."""
_ROWS_SHOWN = 100


class Slicing(NamedTuple):
    """A column's values or ranges, and which of them each row has.

    Attributes:
        names: Of the slices; a slice may be empty.
        index_N: Which slice each row is in.
    """

    column: str
    names: tuple[str, ...]
    index_N: NDArray[np.int64]


def slicing_of(name: str, column: pa.ChunkedArray) -> Slicing:
    """Numbers with many values in ranges of equally many rows; the most frequent values of everything else.

    Example:
        >>> import pyarrow as pa
        >>> found = slicing_of("city", pa.chunked_array([["b", "a", None, "b"]]))
        >>> found.names, found.index_N.tolist()
        (('b', 'a', '(missing)'), [0, 1, 2, 0])
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = pc.cast(column, column.type.value_type)
    is_number = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
    is_number = is_number or pa.types.is_decimal(column.type)
    if is_number and pc.count_distinct(column).as_py() > _MOST_VALUES:
        numbers = pc.cast(column, pa.float64()).fill_null(math.nan)
        return _ranges(name, np.array(numbers, dtype=np.float64))
    return _values(name, pc.cast(column, pa.string()))


def _values(name: str, texts: pa.ChunkedArray) -> Slicing:
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.value_counts(texts.drop_null()).to_pylist()
    ordered = sorted(found, key=lambda each: (-each["counts"], each["values"]))
    names = [each["values"] for each in ordered[:_MOST_VALUES]]
    index = pc.index_in(texts, value_set=pa.array(names, pa.string()), skip_nulls=True)
    index_N = np.array(index.fill_null(len(names)), dtype=np.int64)
    if len(ordered) > _MOST_VALUES:
        names.append(_OTHERS)
    if texts.null_count:
        index_N[np.asarray(pc.is_null(texts))] = len(names)
        names.append(_MISSING)
    return Slicing(name, tuple(names), index_N)


def _ranges(name: str, numbers_N: NDArray[np.float64]) -> Slicing:
    is_known_N = ~np.isnan(numbers_N)
    known = numbers_N[is_known_N]
    inner = np.quantile(known, np.linspace(0.0, 1.0, _RANGES + 1)[1:-1], method="lower")
    edges = np.unique(inner[inner > known.min()])
    index_N = np.searchsorted(edges, numbers_N, side="right").astype(np.int64)
    ends = [float(known.min()), *edges.tolist(), float(known.max())]
    names = [
        f"{plain(low)} to {'' if last else 'below '}{plain(high)}"
        for low, high, last in zip(
            ends, ends[1:], (place == len(edges) for place in range(len(edges) + 1)), strict=False
        )
    ]
    if not is_known_N.all():
        index_N[~is_known_N] = len(names)
        names.append(_MISSING)
    return Slicing(name, tuple(names), index_N)


class SliceMeasures(NamedTuple):
    """What is known about one slice.

    Attributes:
        rows: How many rows of it have a label.
    """

    column: str
    name: str
    rows: int
    values: Measures
    ranges: Measures


def slice_measures(
    rows: TargetRows, slicings: Sequence[Slicing], *, threshold: float, draws: int, seed: int
) -> list[SliceMeasures]:
    """Every slice that has rows, the worst first; those where the headline is undefined last."""
    found = []
    for slicing in slicings:
        for place, name in enumerate(slicing.names):
            inside = rows.among(slicing.index_N == place)
            if not len(inside):
                continue
            values = measured(inside, threshold=threshold)
            drawn = {"draws": min(draws, _MOST_DRAWS), "seed": seed}
            ranges = intervals(inside, values, threshold=threshold, **drawn)
            found.append(SliceMeasures(slicing.column, name, len(inside), values, ranges))
    metric, higher = headline(rows.target)
    sign = 1.0 if higher else -1.0

    def badness(each: SliceMeasures) -> tuple[bool, float]:
        value = each.values.overall[metric]
        return math.isnan(value), 0.0 if math.isnan(value) else sign * value

    return sorted(found, key=badness)


def slices_json(found: Sequence[SliceMeasures]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {
            "column": each.column,
            "slice": each.name,
            "rows": each.rows,
            **{name: _number(value) for name, value in each.values.overall.items()},
            "intervals": {
                name: None if math.isnan(ends.low) else [ends.low, ends.high]
                for name, ends in each.ranges.overall.items()
            },
        }
        for each in found
    ]


def slices_section(
    rows: TargetRows, whole: Measures, found: Sequence[SliceMeasures]
) -> TableSection:
    """A table of slices, the worst first."""
    target = rows.target
    metric, second = headline(target).metric, _SECOND[target.type]
    shown = [
        (
            f"{each.column}: {each.name}",
            counted(each.rows),
            _cell(rows, metric, whole.overall[metric], each),
            metric_cell(target, second, each.values.overall[second], each.ranges.overall[second]),
            *_level(rows, each),
        )
        for each in found[:_ROWS_SHOWN]
    ]
    level = [_LEVELS[target.type][1]] if target.type in _LEVELS else []
    titles = [meanings(target)[name][0] for name in (metric, second)]
    hidden = len(found) - _ROWS_SHOWN
    more = f" {hidden} more are in the metrics." if hidden > 0 else ""
    unit = ", %" if is_percentage(target, metric) else ""
    return TableSection(
        title="Slices",
        columns=("Slice", "Rows", f"{titles[0]}{unit}", titles[1], *level),
        rows=tuple(shown),
        text="The worst first; all rows together: "
        f"{written(target, metric, whole.overall[metric])}. Coloured where the 95 % interval lies on one "
        f"side of that, which one slice in twenty does by chance.{more}",
    )


def slice_remarks(
    rows: TargetRows, whole: Measures, found: Sequence[SliceMeasures]
) -> Iterator[str]:
    """Slices that are clearly worse than the whole."""
    metric = headline(rows.target).metric
    bad = [
        f"{each.column}: {each.name}"
        for each in found
        if each.rows >= _FEW
        and _tone(metric, whole.overall[metric], each.ranges.overall[metric]) == "bad"
    ]
    if bad:
        title = meanings(rows.target)[metric][0]
        yield f"{title} is clearly worse than for all rows in the slices {listed(bad, most=3)}."


def _cell(rows: TargetRows, metric: str, whole: float, each: SliceMeasures) -> Cell:
    interval = each.ranges.overall[metric]
    cell = metric_cell(rows.target, metric, each.values.overall[metric], interval)
    return Cell(
        text=cell.text, detail=cell.detail, span=cell.span, tone=_tone(metric, whole, interval)
    )


def _tone(metric: str, whole: float, interval: Interval) -> Tone:
    if math.isnan(interval.low) or math.isnan(whole) or interval.low <= whole <= interval.high:
        return "plain"
    is_above = interval.low > whole
    return "good" if is_above == higher_is_better(metric) else "bad"


def _level(rows: TargetRows, each: SliceMeasures) -> tuple[Cell | str, ...]:
    """Where the target itself lies in a slice, under the title that :data:`_LEVELS` has."""
    if rows.target.type not in _LEVELS:
        return ()
    metric, _ = _LEVELS[rows.target.type]
    return (written(rows.target, metric, each.values.overall[metric]),)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
