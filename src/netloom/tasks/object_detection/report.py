"""What an evaluation of a detector says: metrics for programs, figures and sections for people.

Shape legend: N pictures, K classes, T thresholds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netloom.tasks.bootstrap import Interval
from netloom.tasks.object_detection.charts import (
    curves_section,
    scores_section,
    thresholds_section,
)
from netloom.tasks.object_detection.coco_matching import SIZES
from netloom.tasks.object_detection.evaluation import DetectionOutcome, found_and_true
from netloom.tasks.object_detection.gallery import galleries
from netloom.tasks.object_detection.intervals import intervals
from netloom.tasks.object_detection.tables import (
    all_metrics_section,
    classes_section,
    confusion_section,
    errors_of,
    sizes_section,
)
from netloom.tasks.protocol import Evaluation, Scored
from netloom.tasks.sections import Figure, Section, Span
from netloom.tasks.wording import listed, percent, percent_range

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

_FEW = 10
_FIGURES = {
    "ap": "AP",
    "ap50": "AP50",
    "ap75": "AP75",
    "ar100": "AR100",
}


def detection_evaluation(
    scored: Iterable[Scored],
    samples: Samples,
    labels: Sequence[str],
    *,
    bootstrap: int,
    seed: int,
) -> Evaluation:
    """Everything about what a detector found in annotated pictures.

    Args:
        bootstrap: Resampled data sets for the 95 % intervals; 0 leaves them out.
        seed: Start of the bootstrap's random stream.
    """
    found, truths = found_and_true(scored, samples)
    outcome = DetectionOutcome.of(found, truths, len(labels))
    overall = outcome.metrics.overall()
    ranges = intervals(outcome.matches, len(labels), draws=bootstrap, seed=seed)
    errors = errors_of(outcome)
    sections: list[Section] = [
        classes_section(outcome, labels),
        confusion_section(outcome, labels),
        sizes_section(outcome),
        curves_section(outcome, labels),
        thresholds_section(outcome),
        scores_section(outcome),
        *galleries(outcome, samples, labels),
        all_metrics_section(overall, ranges),
    ]
    return Evaluation(
        metrics=_document(outcome, labels, overall, ranges, errors),
        figures=tuple(_figures(overall, ranges, errors)),
        sections=tuple(sections),
        summary=_summary(outcome, labels, overall, ranges, errors),
        remarks=tuple(_remarks(outcome, labels)),
    )


def _document(
    outcome: DetectionOutcome,
    labels: Sequence[str],
    overall: Mapping[str, float],
    ranges: Mapping[str, Interval],
    errors: Mapping[str, int],
) -> dict[str, Any]:
    truths_KA = outcome.metrics.truths_KA
    by_class = outcome.metrics.by_class()
    right, false, wrong, missed = (errors[name] for name in ("right", "false", "wrong", "missed"))
    return {
        **{name: _number(value) for name, value in overall.items()},
        "precision": _share(right, right + false + wrong),
        "recall": _share(right, right + wrong + missed),
        "score": outcome.score,
        "samples": len(outcome.truths),
        "objects": int(truths_KA[:, 0].sum()),
        "errors": dict(errors),
        "intervals": {
            name: None if math.isnan(each.low) else [float(each.low), float(each.high)]
            for name, each in ranges.items()
        },
        "sizes": {
            size: int(truths_KA[:, place].sum()) for place, size in enumerate(SIZES) if place
        },
        "classes": {
            label: {
                "objects": int(truths_KA[place, 0]),
                **{name: _number(float(row_K[place])) for name, row_K in by_class.items()},
            }
            for place, label in enumerate(labels)
        },
        "confusion": outcome.confusion(len(labels)).tolist(),
    }


def _figures(
    overall: Mapping[str, float], ranges: Mapping[str, Interval], errors: Mapping[str, int]
) -> Iterator[Figure]:
    for name, title in _FIGURES.items():
        interval = ranges.get(name, Interval(math.nan, math.nan))
        value = overall[name]
        has_span = not math.isnan(interval.low) and not math.isnan(value)
        yield Figure(
            name=title,
            value=percent(value),
            detail=percent_range(interval),
            span=Span(value=value, low=interval.low, high=interval.high) if has_span else None,
        )
    total = errors["right"] + errors["wrong"] + errors["missed"]
    yield Figure(name="Missed", value=f"{errors['missed']}", detail=f"of {total} objects")
    yield Figure(name="False", value=f"{errors['false']}", detail="where nothing is")
    yield Figure(name="Wrong class", value=f"{errors['wrong']}", detail="in the right place")


def _summary(
    outcome: DetectionOutcome,
    labels: Sequence[str],
    overall: Mapping[str, float],
    ranges: Mapping[str, Interval],
    errors: Mapping[str, int],
) -> str:
    interval = percent_range(ranges.get("ap", Interval(math.nan, math.nan)))
    total = errors["right"] + errors["wrong"] + errors["missed"]
    sentences = [
        f"Average precision {percent(overall['ap'])}"
        + (f" (95 % interval {interval})" if interval else "")
        + f", {percent(overall['ap50'])} where an overlap of one half is enough.",
        (
            f"With scores of {percent(outcome.score, digits=0)} and above, {errors['right']} of {total} "
            f"objects are found, and {errors['false']} where nothing is."
        ),
    ]
    ap_K = outcome.metrics.by_class()["ap"]
    if len(labels) > 1 and not np.isnan(ap_K).all():
        weakest = int(np.nanargmin(ap_K))
        sentences.append(f"Weakest class: {labels[weakest]} (AP {percent(float(ap_K[weakest]))}).")
    return " ".join(sentences)


def _remarks(outcome: DetectionOutcome, labels: Sequence[str]) -> Iterator[str]:
    objects_K = outcome.metrics.truths_KA[:, 0]
    absent = [labels[place] for place in np.flatnonzero(objects_K == 0).tolist()]
    few = [labels[place] for place in np.flatnonzero((objects_K > 0) & (objects_K < _FEW)).tolist()]
    if absent:
        subject = "One class does" if len(absent) == 1 else f"{len(absent)} classes do"
        yield (
            f"{subject} not occur here and {'is' if len(absent) == 1 else 'are'} left out of all means: "
            f"{listed(absent)}."
        )
    if few:
        subject = "One class has" if len(few) == 1 else f"{len(few)} classes have"
        yield f"{subject} fewer than {_FEW} objects, so their numbers say little: {listed(few)}."
    crowds = sum(int((each.crowd_M | (each.labels_M < 0)).sum()) for each in outcome.truths)
    if crowds:
        yield (
            f"{crowds} annotations stand for many objects or have no class: what is found there counts "
            "neither for nor against the model."
        )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
