"""What an evaluation of text detection says: metrics for programs, figures and sections for people.

Shape legend: N pictures.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from netloom.tasks.bootstrap import Interval
from netloom.tasks.galleries import large_galleries
from netloom.tasks.measures import Measures
from netloom.tasks.protocol import Evaluation, Scored
from netloom.tasks.sample_sums import measured_once, sum_intervals
from netloom.tasks.sections import (
    ChartSection,
    Figure,
    GallerySection,
    Line,
    Picture,
    Section,
    Span,
    TableSection,
)
from netloom.tasks.text_detection.drawing import texts_thumbnail
from netloom.tasks.text_detection.matching import FALSE
from netloom.tasks.text_detection.outcome import (
    MEANINGS,
    THRESHOLDS,
    TextOutcome,
    text_measure,
    text_outcome,
)
from netloom.tasks.text_detection.regions import LEAST_SCORE
from netloom.tasks.wording import percent, percent_range, share_cell

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

_SHOWN = 8
_COLOURS = (
    "Green is right, red is where nothing is written, dashed blue was missed; dashed grey is what nobody "
    "could read."
)
_HEIGHTS = (0, 8, 12, 16, 24, 32, 48, 96)


def text_detection_evaluation(
    scored: Iterable[Scored], samples: Samples, *, bootstrap: int, seed: int
) -> Evaluation:
    """Everything about what a detector of text found in annotated pictures.

    Args:
        bootstrap: Resampled sets of pictures for the 95 % intervals; 0 leaves them out.
    """
    outcome = text_outcome(scored, samples)
    values = measured_once(outcome.sums_N5, text_measure)
    ranges = sum_intervals(outcome.sums_N5, text_measure, draws=bootstrap, seed=seed)
    sections: list[Section] = [
        _metrics_section(values, ranges),
        *_galleries(outcome, samples),
        _scores_section(outcome),
        _heights_section(outcome),
    ]
    return Evaluation(
        metrics=_document(values, ranges, outcome),
        figures=_figures(values, ranges, outcome),
        sections=tuple(sections),
        summary=_summary(values, ranges, outcome),
        remarks=tuple(_remarks(outcome)),
    )


def document_of(values: Measures, ranges: Measures) -> dict[str, Any]:
    """Metrics with their intervals as JSON; None where undefined.

    Example:
        >>> values = Measures({"recall": 0.5, "precision": math.nan}, {})
        >>> ranges = Measures({"recall": Interval(0.25, 0.75)}, {})
        >>> document_of(values, ranges)
        {'recall': 0.5, 'precision': None, 'intervals': {'recall': [0.25, 0.75]}}
    """
    return {
        **{name: None if math.isnan(value) else value for name, value in values.overall.items()},
        "intervals": {
            name: None if math.isnan(ends.low) else [ends.low, ends.high]
            for name, ends in ranges.overall.items()
        },
    }


def _document(values: Measures, ranges: Measures, outcome: TextOutcome) -> dict[str, Any]:
    right, found, true = (int(total) for total in outcome.sums_N5[:, :3].sum(axis=0))
    return {
        **document_of(values, ranges),
        "samples": len(outcome.verdicts),
        "texts": true,
        "found": found,
        "right": right,
        "by_least_score": {
            f"{threshold:.2f}": dict(counts._asdict())
            for threshold, counts in zip(THRESHOLDS, outcome.by_score, strict=True)
        },
    }


def _figures(values: Measures, ranges: Measures, outcome: TextOutcome) -> tuple[Figure, ...]:
    shares = tuple(
        Figure(
            name=MEANINGS[name][0],
            value=percent(values.overall[name]),
            detail=percent_range(ranges.overall[name]),
            span=_span(values.overall[name], ranges.overall[name]),
        )
        for name in ("h_mean", "precision", "recall")
    )
    texts = int(outcome.sums_N5[:, 2].sum())
    counted = Figure(
        name="Pictures", value=f"{len(outcome.verdicts)}", detail=f"{texts:,} legible texts"
    )
    return (*shares, counted)


def _metrics_section(values: Measures, ranges: Measures) -> TableSection:
    return TableSection(
        title="All metrics",
        columns=("Metric", "%", "Meaning"),
        rows=tuple(
            (title, share_cell(values.overall[name], ranges.overall[name], draw=True), meaning)
            for name, (title, meaning) in MEANINGS.items()
        ),
        names=(0, 2),
        text="A text is found if a polygon overlaps it with an intersection over union above one half, "
        "one to one. What lies in a text that nobody could read neither helps nor harms.",
    )


def _galleries(outcome: TextOutcome, samples: Samples) -> tuple[GallerySection, ...]:
    errors_N = np.array([verdict.num_errors for verdict in outcome.verdicts])
    texts_N = np.array([verdict.num_true for verdict in outcome.verdicts])
    worst = np.lexsort((outcome.h_means(), -errors_N)).tolist()
    best = np.lexsort((-texts_N, errors_N)).tolist()
    chosen = (
        (
            "Pictures with most errors",
            [place for place in worst if errors_N[place]][:_SHOWN],
            _COLOURS,
        ),
        (
            "Pictures without an error",
            [place for place in best if not errors_N[place] and texts_N[place]][:_SHOWN],
            "Those with most texts.",
        ),
    )
    return large_galleries(chosen, lambda place: _picture(place, outcome, samples))


def _picture(place: int, outcome: TextOutcome, samples: Samples) -> Picture:
    verdict = outcome.verdicts[place]
    small = texts_thumbnail(
        samples.read(place), outcome.found[place].polygons, outcome.truths[place], verdict
    )
    missed, false = len(verdict.missed), int(np.count_nonzero(verdict.partner_D == FALSE))
    return Picture(
        content=small.content,
        media_type=small.media_type,
        caption=f"{verdict.num_true - missed} of {verdict.num_true} found",
        remark=f"{false} false" if false else "",
        source=samples.ids[place],
        tone="bad" if verdict.num_errors else "good",
    )


def _scores_section(outcome: TextOutcome) -> ChartSection:
    # Where nothing is left, precision says nothing.
    told = [
        (threshold, counts.metrics())
        for threshold, counts in zip(THRESHOLDS, outcome.by_score, strict=True)
        if counts.found
    ]
    return ChartSection(
        title="If only surer texts were reported",
        lines=tuple(
            Line(
                name=MEANINGS[name][0],
                points=tuple((threshold, shares[name]) for threshold, shares in told),
            )
            for name in ("precision", "recall", "h_mean")
        ),
        x_axis="lowest score that is reported",
        y_axis="share",
        text=f"Predictions hold texts from a score of {LEAST_SCORE} on. Where the H-mean rises to the "
        "right, it pays to leave out those that score less.",
    )


def _heights_section(outcome: TextOutcome) -> TableSection:
    heights, are_found = outcome.heights_and_found()
    rows = []
    for low, high in zip(_HEIGHTS, (*_HEIGHTS[1:], math.inf), strict=True):
        chosen = (heights >= low) & (heights < high)
        total = int(np.count_nonzero(chosen))
        if total:
            recall = int(np.count_nonzero(are_found & chosen)) / total
            name = f"{low} and more" if math.isinf(high) else f"{low} to {high}"
            rows.append((name, f"{total:,}", share_cell(recall)))
    return TableSection(
        title="By height of the text",
        columns=("Height in pixels", "Texts", "Found, %"),
        rows=tuple(rows),
        text="The shorter side of the text, however it is turned, in the pictures as they are stored.",
        is_narrow=True,
    )


def _summary(values: Measures, ranges: Measures, outcome: TextOutcome) -> str:
    interval = percent_range(ranges.overall["h_mean"])
    ends = f" (95 % interval {interval})" if interval else ""
    right, found, true = (int(total) for total in outcome.sums_N5[:, :3].sum(axis=0))
    return (
        f"Of {true:,} texts in {len(outcome.verdicts)} pictures, {right:,} were found, and "
        f"{found - right:,} where nothing is written: an H-mean of "
        f"{percent(values.overall['h_mean'])}{ends}."
    )


def _remarks(outcome: TextOutcome) -> list[str]:
    found = []
    illegible = sum(int(truth.ignored_M.sum()) for truth in outcome.truths)
    if illegible:
        found.append(
            f"{illegible:,} texts that nobody could read are left out, and so is what was found in them."
        )
    best = max(outcome.by_score, key=_h_mean)
    if _h_mean(best) > _h_mean(outcome.by_score[0]) + 0.01:
        threshold = THRESHOLDS[outcome.by_score.index(best)]
        found.append(
            f"Had only texts of a score of {threshold:.2f} or more been reported, the H-mean would be "
            f"{percent(_h_mean(best))}; choose such a limit on other data than these."
        )
    return found


def _h_mean(counts: Any) -> float:
    value: float = counts.metrics()["h_mean"]
    return 0.0 if math.isnan(value) else value


def _span(value: float, interval: Interval) -> Span | None:
    if math.isnan(value) or math.isnan(interval.low):
        return None
    return Span(value=value, low=interval.low, high=interval.high)
