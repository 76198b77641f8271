"""What the evaluation of a cascade says: numbers for programs, figures and sections for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netloom.data.datasets import Samples
from netloom.data.derived.found import FoundObject
from netloom.inference.cascade.fates import FATES, PictureFates
from netloom.inference.cascade.gallery import galleries
from netloom.tasks.bootstrap import Interval
from netloom.tasks.sections import (
    Cell,
    Figure,
    Loss,
    Section,
    Span,
    TableSection,
    WaterfallSection,
)
from netloom.tasks.wording import UNKNOWN, percent, percent_range, points, share_cell

Share = tuple[float, Interval]

FATE_NAMES: Mapping[str, str] = {
    "missed": "Missed by the detector",
    "wrong_class": "Wrong coarse class",
    "not_handed_on": "Not handed on",
    "wrong_box": "Wrong only on the found box",
    "wrong_fine": "Wrong on the true box, too",
}
"""The ways to go wrong, in the order in which an object meets them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything that was counted.

    Attributes:
        score: From which on found objects count.
        counts: Of true objects by their fate, and of false alarms.
        detector: Objects, precision and recall of each coarse class.
        detector_ap50: On coarse classes.
        ap50: On fine classes, with the scores of both stages.
        end_to_end: ``precision``, ``recall`` and ``f1`` on fine classes.
        classifiers: By coarse class, accuracy on ``true_boxes`` and ``found_boxes``.
        classes: Objects, precision, recall and F1 of each fine class.
        num_unknown: Objects whose fine label nobody has said.
    """

    score: float
    counts: Mapping[str, int]
    detector: Mapping[str, Mapping[str, Any]]
    detector_ap50: float
    ap50: float
    end_to_end: Mapping[str, Share]
    classifiers: Mapping[str, Mapping[str, Share]]
    classes: Mapping[str, Mapping[str, Any]]
    num_pictures: int
    num_unknown: int

    @property
    def num_objects(self) -> int:
        """True objects that count."""
        return sum(self.counts[fate] for fate in FATES)

    def document(self) -> dict[str, Any]:
        """The metrics as JSON."""
        return {
            **{name: _number(value) for name, (value, _) in self.end_to_end.items()},
            "ap50": _number(self.ap50),
            "detector_ap50": _number(self.detector_ap50),
            "score": self.score,
            "samples": self.num_pictures,
            "objects": self.num_objects,
            "fates": dict(self.counts),
            "intervals": {name: _ends(each) for name, (_, each) in self.end_to_end.items()},
            "detector": {name: dict(each) for name, each in self.detector.items()},
            "classifiers": {
                coarse: {
                    kind: {"accuracy": _number(value), "interval": _ends(interval)}
                    for kind, (value, interval) in own.items()
                }
                for coarse, own in self.classifiers.items()
            },
            "classes": {name: dict(each) for name, each in self.classes.items()},
        }


def figures(measured: Measured) -> Iterator[Figure]:
    """The headline numbers."""
    for name, title in (("f1", "F1 end to end"), ("recall", "Recall"), ("precision", "Precision")):
        value, interval = measured.end_to_end[name]
        has_span = not math.isnan(interval.low)
        yield Figure(
            name=title,
            value=percent(value),
            detail=percent_range(interval),
            span=Span(value=value, low=interval.low, high=interval.high) if has_span else None,
        )
    yield Figure(
        name="AP50",
        value=percent(measured.ap50),
        detail=f"coarse classes {percent(measured.detector_ap50)}",
    )


def sections(
    measured: Measured,
    fates: Sequence[PictureFates],
    samples: Samples,
    found: Sequence[Sequence[FoundObject]],
) -> Iterator[Section]:
    """Where errors enter, each stage, each class, telling pictures."""
    yield _waterfall(measured)
    yield _detector_table(measured)
    yield _classifier_table(measured)
    yield _class_table(measured)
    yield from galleries(fates, samples, found)


def summary(measured: Measured) -> str:
    """The result in a few sentences."""
    right, total = measured.counts["right"], measured.num_objects
    sentences = [
        f"{right} of {total} objects are found and named right from end to end"
        + (f" ({percent(right / total)})" if total else "")
        + f", with scores of the detector of {percent(measured.score, digits=0)} and above."
    ]
    worst = max(FATE_NAMES, key=lambda fate: measured.counts[fate])
    if measured.counts[worst]:
        lost = total - right
        sentences.append(
            f"Most is lost here: {FATE_NAMES[worst].lower()} ({measured.counts[worst]} of {lost})."
        )
    alarms = measured.counts["false_alarms"]
    if alarms:
        sentences.append(f"{alarms} times something was found where nothing is.")
    return " ".join(sentences)


def remarks(measured: Measured) -> Iterator[str]:
    """What to keep in mind."""
    if measured.num_unknown:
        yield f"{measured.num_unknown} objects without a fine label do not count."
    lacking = [name for name in measured.detector if name not in measured.classifiers]
    if lacking:
        yield f"No classifier answers for {', '.join(lacking)}: there, the coarse class is the end."


def _waterfall(measured: Measured) -> WaterfallSection:
    alarms = measured.counts["false_alarms"]
    losses = [Loss(name=name, count=measured.counts[fate]) for fate, name in FATE_NAMES.items()]
    return WaterfallSection(
        title="Where errors enter",
        start="True objects",
        total=measured.num_objects,
        losses=tuple(
            each for each in losses if each.count or each.name != FATE_NAMES["not_handed_on"]
        ),
        end="Right from end to end",
        text=(
            "Every true object is counted once, at the first thing that went wrong. “Wrong only on the found "
            "box”: the classifier names the object right when it is given the annotated box. "
            f"False alarms are no true objects and come on top: {alarms}."
        ),
    )


def _detector_table(measured: Measured) -> TableSection:
    return TableSection(
        title="Detector",
        columns=("Coarse class", "Objects", "Precision", "Recall"),
        rows=tuple(
            (name, f"{each['objects']}", _share(each["precision"]), _share(each["recall"]))
            for name, each in measured.detector.items()
        ),
        text="In percent, at an overlap of 0.5.",
        is_narrow=True,
    )


def _classifier_table(measured: Measured) -> TableSection:
    rows: list[tuple[Cell | str, ...]] = []
    for name, own in measured.classifiers.items():
        true, found = own["true_boxes"], own["found_boxes"]
        rows.append((name, share_cell(*true), share_cell(*found)))
    return TableSection(
        title="Classifiers",
        columns=("Of coarse class", "On true boxes", "On found boxes"),
        rows=tuple(rows),
        text="Accuracy in percent; found boxes are those of the right coarse class.",
        is_narrow=True,
    )


def _class_table(measured: Measured) -> TableSection:
    return TableSection(
        title="Fine classes, end to end",
        columns=("Class", "Objects", "Precision", "Recall", "F1"),
        rows=tuple(
            (
                name,
                f"{each['objects']}",
                *(_share(each[kind]) for kind in ("precision", "recall", "f1")),
            )
            for name, each in measured.classes.items()
        ),
        text="In percent. Right is what was found, is of the right coarse class and got the right label.",
    )


def _share(value: float | None) -> str:
    return UNKNOWN if value is None else points(value)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _ends(interval: Interval) -> list[float] | None:
    return None if math.isnan(interval.low) else [float(interval.low), float(interval.high)]
