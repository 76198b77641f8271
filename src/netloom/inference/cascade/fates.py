"""What became of every object on its way through a cascade: found, handed on, told apart.

Shape legend: N pictures, D found objects, M true objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from netloom.data.derived.merging import CropRow
from netloom.tasks.object_detection.evaluation import FALSE, Verdict

Fate = Literal["right", "missed", "wrong_class", "not_handed_on", "wrong_box", "wrong_fine"]
"""Of a true object, by the first thing that went wrong.

*Not handed on*: found and of the right class, but no classifier was asked. *Wrong box*: its fine label is
wrong, but right when the classifier sees the true box. *Wrong fine*: wrong there, too.
"""
FATES: tuple[Fate, ...] = get_args(Fate)

Key = tuple[str, int]


class FinalLabel(NamedTuple):
    """What a cascade says about an object in the end."""

    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Answers:
    """What the classifiers said.

    Attributes:
        by_found: About found objects, by picture and position among the objects found there.
        by_true: About true boxes, by picture and position among the true objects.
        fine: True fine labels, by picture and position among the true objects.
        refined: Coarse classes that a classifier answers for.
    """

    by_found: Mapping[Key, FinalLabel]
    by_true: Mapping[Key, FinalLabel]
    fine: Mapping[Key, str]
    refined: frozenset[str]

    @classmethod
    def of(cls, rows: Sequence[CropRow]) -> Answers:
        """Sort what was said about crops."""
        by_found: dict[Key, FinalLabel] = {}
        by_true: dict[Key, FinalLabel] = {}
        fine: dict[Key, str] = {}
        refined = set()
        for row in rows:
            refined.add(row.about["coarse"])
            answer = FinalLabel(row.said, row.score)
            if row.about["source"] == "ground_truth":
                key = row.parent, row.about["true"]
                by_true[key] = answer
                if row.label is not None:
                    fine[key] = row.label
            else:
                by_found[row.parent, row.about["found"]] = answer
        return cls(by_found, by_true, fine, frozenset(refined))

    def final(self, parent: str, position: int, coarse: str, score: float) -> FinalLabel | None:
        """What is said about a found object in the end; None if nothing, although somebody should."""
        answer = self.by_found.get((parent, position))
        if answer is not None:
            return FinalLabel(answer.label, answer.score * score)
        return None if coarse in self.refined else FinalLabel(coarse, score)


class ObjectFate(NamedTuple):
    """A true object and what became of it.

    Attributes:
        number: Among the true objects of its picture.
        fine: Its true fine label; its class where no classifier answers for that.
        found: Position of what was found there; None if it was missed.
        said: What was said in the end; None if nothing.
    """

    number: int
    coarse: str
    fine: str
    fate: Fate
    found: int | None
    found_coarse: str | None
    said: str | None


class FalseAlarm(NamedTuple):
    """Something that was found where nothing is.

    Attributes:
        said: What was said about it in the end; None if nothing.
    """

    found: int
    coarse: str
    said: str | None


@dataclass(frozen=True, slots=True)
class PictureFates:
    """Everything that happened in a picture.

    Attributes:
        objects: True ones whose fine label is known.
        num_unknown: True objects whose fine label nobody has said; they do not count.
    """

    id: str
    objects: tuple[ObjectFate, ...]
    false_alarms: tuple[FalseAlarm, ...]
    num_unknown: int

    @property
    def num_errors(self) -> int:
        """Objects that did not come out right, and false alarms."""
        return sum(each.fate != "right" for each in self.objects) + len(self.false_alarms)


def picture_fates(
    parent: str,
    verdict: Verdict,
    positions_D: Sequence[int],
    *,
    true_labels_M: Sequence[int],
    labels: Sequence[str],
    answers: Answers,
) -> PictureFates:
    """Follow the objects of one picture.

    Args:
        verdict: What the detector found and missed.
        positions_D: Of the verdict's found objects, among all that were found in the picture.
        true_labels_M: Classes of the true objects.
        labels: The coarse label space.
    """
    found_by = {
        int(partner): place
        for place, partner in enumerate(verdict.partner_D.tolist())
        if partner >= 0
    }
    sought = sorted([*found_by, *verdict.missed.tolist()])
    objects, num_unknown = [], 0
    for number in sought:
        coarse = labels[true_labels_M[number]]
        fine = answers.fine.get((parent, number)) if coarse in answers.refined else coarse
        if fine is None:
            num_unknown += 1
            continue
        place = found_by.get(number)
        if place is None:
            objects.append(ObjectFate(number, coarse, fine, "missed", None, None, None))
            continue
        found = positions_D[place]
        found_coarse = labels[verdict.found.labels_D[place]]
        final = answers.final(parent, found, found_coarse, 1.0)
        said = None if final is None else final.label
        fate = _fate(coarse, fine, found_coarse, said, answers.by_true.get((parent, number)))
        objects.append(ObjectFate(number, coarse, fine, fate, found, found_coarse, said))
    alarms = tuple(_false_alarms(parent, verdict, positions_D, labels, answers))
    return PictureFates(parent, tuple(objects), alarms, num_unknown)


def _fate(
    coarse: str, fine: str, found_coarse: str, said: str | None, on_true_box: FinalLabel | None
) -> Fate:
    """The first thing that went wrong.

    Example:
        >>> _fate("even", "4", "even", "8", FinalLabel("4", 0.9))
        'wrong_box'
    """
    if found_coarse != coarse:
        return "wrong_class"
    if said is None:
        return "not_handed_on"
    if said == fine:
        return "right"
    return "wrong_box" if on_true_box is not None and on_true_box.label == fine else "wrong_fine"


def _false_alarms(
    parent: str,
    verdict: Verdict,
    positions_D: Sequence[int],
    labels: Sequence[str],
    answers: Answers,
) -> Iterator[FalseAlarm]:
    for place in np.flatnonzero(verdict.partner_D == FALSE).tolist():
        coarse = labels[verdict.found.labels_D[place]]
        final = answers.final(parent, positions_D[place], coarse, 1.0)
        yield FalseAlarm(positions_D[place], coarse, None if final is None else final.label)


def fate_counts(pictures: Sequence[PictureFates]) -> dict[str, int]:
    """How many objects came to which end, and ``false_alarms``."""
    counts: dict[str, int] = dict.fromkeys(FATES, 0)
    for picture in pictures:
        for each in picture.objects:
            counts[each.fate] += 1
    return {**counts, "false_alarms": sum(len(each.false_alarms) for each in pictures)}


def shares(pictures: Sequence[PictureFates]) -> dict[str, tuple[list[int], list[int]]]:
    """Metrics that are a share of objects: how many count, and out of how many, in each picture."""
    right = [sum(each.fate == "right" for each in picture.objects) for picture in pictures]
    true = [len(picture.objects) for picture in pictures]
    found = [
        sum(each.said is not None for each in picture.objects)
        + sum(each.said is not None for each in picture.false_alarms)
        for picture in pictures
    ]
    double = [2 * each for each in right]
    return {
        "recall": (right, true),
        "precision": (right, found),
        "f1": (double, [a + b for a, b in zip(true, found, strict=True)]),
    }


def classifier_shares(
    pictures: Sequence[PictureFates], answers: Answers, coarse: str
) -> dict[str, tuple[list[int], list[int]]]:
    """Accuracy of the classifier that answers for a coarse class, on true and on found boxes, likewise."""
    counts: dict[str, tuple[list[int], list[int]]] = {
        "true_boxes": ([], []),
        "found_boxes": ([], []),
    }
    for picture in pictures:
        own = [each for each in picture.objects if each.coarse == coarse]
        on_true = [
            answers.by_true[picture.id, each.number].label == each.fine
            for each in own
            if (picture.id, each.number) in answers.by_true
        ]
        asked = [each for each in own if each.found_coarse == coarse and each.said is not None]
        on_found = [each.said == each.fine for each in asked]
        for name, judged in (("true_boxes", on_true), ("found_boxes", on_found)):
            counts[name][0].append(sum(judged))
            counts[name][1].append(len(judged))
    return counts


def class_table(pictures: Sequence[PictureFates]) -> dict[str, dict[str, Any]]:
    """Of each fine class: objects, precision, recall, F1; None where nothing counts."""
    objects = [each for picture in pictures for each in picture.objects]
    alarms = [each for picture in pictures for each in picture.false_alarms]
    names = {each.fine for each in objects}
    said_of = [*(each.said for each in objects), *(each.said for each in alarms)]
    names |= {said for said in said_of if said is not None}
    table = {}
    for name in sorted(names):
        true = sum(each.fine == name for each in objects)
        said = said_of.count(name)
        right = sum(each.fate == "right" and each.fine == name for each in objects)
        table[name] = {
            "objects": true,
            "precision": right / said if said else None,
            "recall": right / true if true else None,
            "f1": 2 * right / (true + said) if true + said else None,
        }
    return table
