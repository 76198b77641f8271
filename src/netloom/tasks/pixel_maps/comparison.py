"""Comparing two models, A and B, that give numbers for every pixel of the same pictures.

Shape legend: N samples, M columns of sums.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from netloom.tasks.bootstrap import Interval
from netloom.tasks.measures import unknown
from netloom.tasks.pixel_maps.evaluation import (
    MapKind,
    MapOutcome,
    Meaning,
    map_document,
    map_outcome,
    written,
)
from netloom.tasks.protocol import Contender, Evaluation
from netloom.tasks.sample_sums import difference_of, measured_once, sum_intervals
from netloom.tasks.sections import Cell, Figure, TableSection, Tone
from netloom.tasks.wording import UNKNOWN

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

_SHOWN = 12


def map_comparison(
    kind: MapKind,
    first: Contender,
    second: Contender,
    samples: Samples,
    *,
    bootstrap: int,
    seed: int,
) -> Evaluation:
    """Which of two models is better, with the difference of every metric and where they differ most."""
    a, b = (map_outcome(kind, each.scored, samples) for each in (first, second))
    sums_NM = np.concatenate([a.sums_NM, b.sums_NM], axis=1)
    difference = difference_of(kind.measure, a.sums_NM.shape[1])
    values = [measured_once(each.sums_NM, kind.measure) for each in (a, b)]
    differences = measured_once(sums_NM, difference)
    ranges = sum_intervals(sums_NM, difference, draws=bootstrap, seed=seed)
    meaning = kind.meanings[kind.headline]
    verdict = _verdict(ranges.overall[kind.headline], meaning)
    rows = tuple(
        (
            each.title,
            written(values[0].overall[name], each.unit),
            written(values[1].overall[name], each.unit),
            _difference_cell(differences.overall[name], ranges.overall[name], each),
        )
        for name, each in kind.meanings.items()
    )
    return Evaluation(
        metrics={
            "verdict": verdict,
            "difference": map_document(differences, ranges),
            "a": map_document(values[0], unknown(values[0])),
            "b": map_document(values[1], unknown(values[1])),
        },
        figures=tuple(
            Figure(name=f"{meaning.title} of {name}", value=written(each, meaning.unit))
            for name, each in zip("AB", (v.overall[kind.headline] for v in values), strict=True)
        ),
        sections=(
            TableSection(title="Metrics", columns=("Metric", "A", "B", "B − A"), rows=rows),
            _pictures_section(kind, a, b, samples),
        ),
        summary={
            "a": f"A is better, by {meaning.title}.",
            "b": f"B is better, by {meaning.title}.",
            "undecided": f"It is not decided which is better, by {meaning.title}.",
        }[verdict],
    )


def _verdict(interval: Interval, meaning: Meaning) -> str:
    """``a``, ``b``, or ``undecided`` if the interval holds 0 or is unknown."""
    if not (interval.low > 0 or interval.high < 0):
        return "undecided"
    return "b" if (interval.low > 0) == meaning.higher_is_better else "a"


def _difference_cell(difference: float, interval: Interval, meaning: Meaning) -> Cell:
    if math.isnan(difference):
        return Cell(text=UNKNOWN)
    factor, digits = (100, 1) if meaning.unit == "share" else (1, 3)
    verdict = _verdict(interval, meaning)
    tone: Tone = "good" if verdict == "b" else "bad" if verdict == "a" else "plain"
    detail = ""
    if not math.isnan(interval.low):
        low, high = (f"{factor * end:+.{digits}f}".replace("-", "−") for end in interval)
        detail = f"{low} to {high}"
    text = f"{factor * difference:+.{digits}f}".replace("-", "−")
    return Cell(text=text, detail=detail, tone=tone)


def _pictures_section(
    kind: MapKind, first: MapOutcome, second: MapOutcome, samples: Samples
) -> TableSection:
    meaning = kind.meanings[kind.headline]
    difference_N = np.nan_to_num(second.values_N - first.values_N)
    order = np.argsort(-np.abs(difference_N), kind="stable")[:_SHOWN].tolist()
    return TableSection(
        title="Pictures on which they differ most",
        columns=("Picture", "A", "B"),
        rows=tuple(
            (
                samples.ids[position],
                written(float(first.values_N[position]), meaning.unit),
                written(float(second.values_N[position]), meaning.unit),
            )
            for position in order
        ),
        text=f"By {meaning.title} of the picture.",
    )
