"""What an evaluation says about a number.

Shape legend: N rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.measures import Measures
from netloom.tasks.protocol import Evaluation
from netloom.tasks.sections import DensitySection, Section, TableSection
from netloom.tasks.tabular.measures import TargetRows
from netloom.tasks.tabular.written_metrics import (
    all_metrics,
    counted,
    metric_figures,
    plain,
    plain_range,
)
from netloom.tasks.wording import percent

_FIGURES = ("rmse", "mae", "r2", "median_error", "mape", "bias")
_CELLS = 36
_CUT = 0.005
"""Share of the rows at each end that may lie outside a chart, so that a few do not squeeze the others."""
_ERROR_SHARES = (0.5, 0.8, 0.9, 0.95, 0.99, 1.0)


def number_report(rows: TargetRows, values: Measures, ranges: Measures) -> Evaluation:
    """Metrics, figures and sections of a number."""
    predicted_N = rows.scores.astype(np.float64)
    true_N = rows.labels.astype(np.float64)
    sections: list[Section] = []
    if len(rows) > 1:
        sections += [_against_truth(predicted_N, true_N), _residuals(predicted_N, true_N)]
    if len(rows):
        sections.append(_errors_section(np.abs(predicted_N - true_N)))
    sections.append(all_metrics(rows.target, values, ranges))
    return Evaluation(
        metrics={},
        figures=metric_figures(rows.target, _FIGURES, values, ranges),
        sections=tuple(sections),
        summary=_summary(rows, values, ranges),
        remarks=tuple(_remarks(true_N)),
    )


def _summary(rows: TargetRows, values: Measures, ranges: Measures) -> str:
    if not len(rows):
        return ""
    overall = values.overall
    interval = plain_range(ranges.overall["mae"])
    sentences = [
        f"Predictions are off by {plain(overall['mae'])} on average"
        + (f" (95 % interval {interval})" if interval else "")
        + f", half of them by less than {plain(overall['median_error'])}, on {counted(len(rows))} rows."
    ]
    if not math.isnan(overall["r2"]):
        sentences.append(
            f"They explain {percent(overall['r2'])} of the variance."
            if overall["r2"] >= 0
            else "They are worse than always predicting the mean."
        )
    return " ".join(sentences)


def _against_truth(predicted_N: NDArray[Any], true_N: NDArray[Any]) -> DensitySection:
    return _density(
        true_N,
        predicted_N,
        title="Predicted and true",
        x_axis="true",
        y_axis="predicted",
        line="equal",
        text="On the line a prediction is right.",
    )


def _residuals(predicted_N: NDArray[Any], true_N: NDArray[Any]) -> DensitySection:
    return _density(
        predicted_N,
        predicted_N - true_N,
        title="Residuals",
        x_axis="predicted",
        y_axis="predicted − true",
        line="zero",
        text="A slope, a bend or a funnel shows what the model does not know yet.",
    )


def _density(
    x_N: NDArray[Any], y_N: NDArray[Any], *, text: str, **described: Any
) -> DensitySection:
    x_edges, y_edges = _edges(x_N), _edges(y_N)
    counts, _, _ = np.histogram2d(y_N, x_N, bins=(y_edges, x_edges))
    left_out = len(x_N) - int(counts.sum())
    if left_out:
        text += f" {counted(left_out)} rows lie outside."
    return DensitySection(
        x_edges=tuple(x_edges.tolist()),
        y_edges=tuple(y_edges.tolist()),
        counts=tuple(tuple(map(int, row)) for row in counts.tolist()),
        text=text,
        **described,
    )


def _edges(values_N: NDArray[Any]) -> NDArray[np.float64]:
    """Cells of one width around almost all values."""
    low, high = np.quantile(values_N, [_CUT, 1.0 - _CUT])
    lowest, highest = float(values_N.min()), float(values_N.max())
    margin = 0.25 * (high - low)
    low, high = max(lowest, low - margin), min(highest, high + margin)
    if not high - low > 1e-9 * max(abs(low), abs(high)):
        room = max(1e-3 * abs(low), 0.5)
        low, high = low - room, high + room
    return np.linspace(low, high, _CELLS + 1)


def _errors_section(error_N: NDArray[Any]) -> TableSection:
    ends = np.quantile(error_N, _ERROR_SHARES).tolist()
    rows = tuple(
        ("all" if share == 1.0 else f"{share:.0%}".replace("%", " %"), plain(end))
        for share, end in zip(_ERROR_SHARES, ends, strict=True)
    )
    return TableSection(
        title="Sizes of errors",
        columns=("Rows", "Off by at most"),
        rows=rows,
        is_narrow=True,
        text="Absolute errors, in the target's unit.",
    )


def _remarks(true_N: NDArray[Any]) -> Iterator[str]:
    if len(true_N) == 1:
        yield "There is one row only: R² is undefined, and nothing is known about the spread of errors."
    elif len(true_N) and np.ptp(true_N) == 0.0:
        yield f"The truth is {plain(float(true_N[0]))} in every row, so R² is undefined."
    zeros = int((true_N == 0.0).sum())
    if zeros:
        yield f"{counted(zeros)} rows with the truth 0 are left out of MAPE."
