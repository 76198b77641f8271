"""Comparing two detectors of text, A and B, on the same pictures.

Shape legend: N pictures. Both models are resampled by the same draws of pictures, so what is hard for both
does not blur their difference.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from netloom.tasks.bootstrap import Interval
from netloom.tasks.measures import Measures, unknown
from netloom.tasks.protocol import Contender, Evaluation
from netloom.tasks.sample_sums import difference_of, measured_once, sum_intervals
from netloom.tasks.sections import Figure, Section, TableSection
from netloom.tasks.text_detection.outcome import (
    MEANINGS,
    TextOutcome,
    text_measure,
    text_outcome,
)
from netloom.tasks.text_detection.report import document_of
from netloom.tasks.wording import difference_cell, percent, points, signed_points

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

_SHOWN = 12
_HEADLINE = "h_mean"


def text_detection_comparison(
    first: Contender, second: Contender, samples: Samples, *, bootstrap: int, seed: int
) -> Evaluation:
    """Which of two detectors of text is better, with the difference of every metric.

    Args:
        bootstrap: Resampled sets of pictures for the 95 % intervals; 0 leaves them out.
    """
    a, b = (text_outcome(each.scored, samples) for each in (first, second))
    sums_NM = np.concatenate([a.sums_N5, b.sums_N5], axis=1)
    difference = difference_of(text_measure, a.sums_N5.shape[1])
    values = tuple(measured_once(each.sums_N5, text_measure) for each in (a, b))
    differences = measured_once(sums_NM, difference)
    ranges = sum_intervals(sums_NM, difference, draws=bootstrap, seed=seed)
    headline, interval = differences.overall[_HEADLINE], ranges.overall[_HEADLINE]
    verdict = verdict_of(headline, interval)
    without = unknown(values[0])
    sections: list[Section] = [
        _metrics_section(values, differences, ranges),
        *_pictures_section(a, b, samples),
    ]
    return Evaluation(
        metrics={
            "verdict": verdict,
            "difference": document_of(differences, ranges),
            "a": document_of(values[0], without),
            "b": document_of(values[1], without),
        },
        figures=_figures(values, headline, interval),
        sections=tuple(sections),
        summary=_sentence(verdict, headline, interval),
    )


def verdict_of(difference: float, interval: Interval) -> str:
    """``a``, ``b``, or ``undecided`` if the interval holds 0 or is unknown.

    Example:
        >>> verdict_of(0.1, Interval(0.02, 0.2)), verdict_of(0.1, Interval(-0.02, 0.2))
        ('b', 'undecided')
    """
    if math.isnan(difference) or not (interval.low > 0 or interval.high < 0):
        return "undecided"
    return "b" if difference > 0 else "a"


def _sentence(verdict: str, difference: float, interval: Interval) -> str:
    ends = _ends(interval)
    said = {
        "a": "A is better",
        "b": "B is better",
        "undecided": "it is not decided which is better",
    }[verdict]
    return (
        f"The H-mean of B is {signed_points(difference)} points from that of A"
        f"{f' (95 % interval {ends})' if ends else ''}: {said}."
    )


def _ends(interval: Interval) -> str:
    if math.isnan(interval.low):
        return ""
    return f"{signed_points(interval.low)} to {signed_points(interval.high)}"


def _figures(
    values: tuple[Measures, ...], difference: float, interval: Interval
) -> tuple[Figure, ...]:
    return (
        *(
            Figure(name=f"H-mean of {name}", value=percent(each.overall[_HEADLINE]))
            for name, each in zip("AB", values, strict=True)
        ),
        Figure(name="B − A, points", value=signed_points(difference), detail=_ends(interval)),
    )


def _metrics_section(
    values: tuple[Measures, ...], differences: Measures, ranges: Measures
) -> TableSection:
    return TableSection(
        title="Metrics",
        columns=("Metric", "A, %", "B, %", "B − A, points"),
        rows=tuple(
            (
                title,
                *(points(each.overall[name]) for each in values),
                difference_cell(differences.overall[name], ranges.overall[name]),
            )
            for name, (title, _) in MEANINGS.items()
        ),
    )


def _pictures_section(
    first: TextOutcome, second: TextOutcome, samples: Samples
) -> tuple[TableSection, ...]:
    """The pictures on which the models differ most."""
    differences_N = second.h_means() - first.h_means()
    order = np.argsort(-np.abs(differences_N), kind="stable")[:_SHOWN].tolist()
    rows = tuple(
        (
            samples.ids[place],
            points(float(first.h_means()[place])),
            points(float(second.h_means()[place])),
            difference_cell(float(differences_N[place]), Interval(math.nan, math.nan)),
        )
        for place in order
        if differences_N[place]
    )
    if not rows:
        return ()
    return (
        TableSection(
            title="Pictures on which they differ most",
            columns=("Picture", "A, H-mean, %", "B, H-mean, %", "B − A, points"),
            rows=rows,
        ),
    )
