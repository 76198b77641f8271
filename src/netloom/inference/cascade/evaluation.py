"""Measuring a detector with the classifiers that come after it, from end to end.

Shape legend: N pictures, B draws.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow.compute as pc

from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.data.datasets import Samples, open_samples
from netloom.data.derived.found import FoundObject, found_objects
from netloom.data.derived.merging import check_same_found, checks_of
from netloom.data.index import read_index
from netloom.data.objects import Objects
from netloom.data.view import Dataset
from netloom.inference.cascade.fates import (
    Answers,
    Key,
    PictureFates,
    class_table,
    classifier_shares,
    fate_counts,
    picture_fates,
    shares,
)
from netloom.inference.cascade.report import Measured, figures, remarks, sections, summary
from netloom.tasks.bootstrap import Interval, percentile_interval, resampled
from netloom.tasks.object_detection.coco_matching import Truth
from netloom.tasks.object_detection.detections import Found
from netloom.tasks.object_detection.evaluation import (
    IGNORED,
    DetectionOutcome,
    Verdict,
    verdict,
)
from netloom.tasks.object_detection.truth import truth_of
from netloom.tasks.protocol import Evaluation


class _Picture(NamedTuple):
    """A picture to measure on: what was found in it and what is there, by coarse class."""

    id: str
    found: Sequence[FoundObject]
    truth: Truth


class _Judged(NamedTuple):
    """A picture with those found objects that count, paired with the true ones.

    Attributes:
        positions: Of the objects that count, among all that were found.
    """

    picture: _Picture
    positions: Sequence[int]
    verdict: Verdict


def measured_cascade(
    view: Dataset[Any],
    crops: Sequence[Dataset[Any]],
    resolve: Resolve,
    *,
    part: str = "test",
    min_score: float | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
) -> Evaluation:
    """Everything about what a cascade says about annotated pictures.

    Args:
        view: Pictures with what the detector found.
        crops: Of each classifier, with what it said.
        part: ``valid`` or ``test``.
        min_score: Found objects that are less sure do not count; None takes the best balanced score.
        bootstrap: Resampled sets of pictures for the 95 % intervals; 0 leaves intervals out.

    Raises:
        InvalidData: A model has not looked at the pictures or the crops, the crops are of other found
            objects, or they do not tell how found and true boxes fared.
    """
    samples, pictures = _opened(view, resolve, part)
    labels = _labels(view, pictures)
    rows = [row for each in crops for row in _checks(each, resolve)]
    check_same_found(rows, {each.id: each.found for each in pictures})
    answers = Answers.of(rows)
    coarse = DetectionOutcome.of(
        [_as_found(each.found, labels) for each in pictures],
        [each.truth for each in pictures],
        len(labels),
    )
    score = coarse.score if min_score is None else min_score
    judged = [_judged(each, labels, score) for each in pictures]
    fates = [_fates(each, labels, answers) for each in judged]
    measured = Measured(
        score=score,
        counts=fate_counts(fates),
        detector=_detector(judged, labels),
        detector_ap50=coarse.metrics.overall()["ap50"],
        ap50=_fine_ap50(pictures, labels, answers),
        end_to_end=_with_intervals(shares(fates), draws=bootstrap, seed=seed),
        classifiers={
            name: _with_intervals(
                classifier_shares(fates, answers, name), draws=bootstrap, seed=seed
            )
            for name in labels
            if name in answers.refined
        },
        classes=class_table(fates),
        num_pictures=len(fates),
        num_unknown=sum(each.num_unknown for each in fates),
    )
    return Evaluation(
        metrics=measured.document(),
        figures=tuple(figures(measured)),
        sections=tuple(sections(measured, fates, samples, [each.found for each in pictures])),
        summary=summary(measured),
        remarks=tuple(remarks(measured)),
    )


def _opened(view: Dataset[Any], resolve: Resolve, part: str) -> tuple[Samples, list[_Picture]]:
    table = read_index(resolve(view.index))
    samples = open_samples(view, resolve, part=part, labelled=True, augment=False)
    found = found_objects(table.filter(pc.equal(table["part"], part)))
    if not found:
        raise InvalidData.of(
            f"there are no pictures in part {part}",
            code="I507",
            expected="pictures that were not trained on",
            fix="Divide the pictures with data.split",
        )
    truths = map(_truth, (samples.objects(place) for place in range(len(samples))))
    return samples, list(map(_Picture, samples.ids, found, truths))


def _truth(objects: Objects | None) -> Truth:
    assert objects is not None  # samples to be evaluated on are annotated
    return truth_of(objects)


def _labels(view: Dataset[Any], pictures: Sequence[_Picture]) -> tuple[str, ...]:
    """The label space of the data, and whatever else the detector says."""
    said = {each["label"] for picture in pictures for each in picture.found}
    return (*view.labels, *sorted(said - set(view.labels)))


def _checks(view: Dataset[Any], resolve: Resolve) -> Sequence[Any]:
    rows = checks_of(view, resolve)
    if not rows and len(read_index(resolve(view.index))):
        raise InvalidData.of(
            "these crops do not tell how found and true boxes fared",
            code="I508",
            expected="what stages.apply gives for the crops of stages.crop_objects, with pictures outside "
            "of the training part",
            fix="Connect stages.apply right after stages.crop_objects, with nothing that chooses in between",
        )
    return rows


def _as_found(objects: Sequence[FoundObject], labels: Sequence[str]) -> Found:
    return Found(
        np.array([each["box"] for each in objects], np.float32).reshape(-1, 4),
        np.array([each["score"] for each in objects], np.float32),
        np.array([labels.index(each["label"]) for each in objects], np.int64),
    )


def _judged(picture: _Picture, labels: Sequence[str], score: float) -> _Judged:
    # Scores were compared as 32-bit numbers when the best balanced one was chosen.
    least = np.float32(score)
    counting = [
        place for place, each in enumerate(picture.found) if np.float32(each["score"]) >= least
    ]
    found = _as_found([picture.found[place] for place in counting], labels)
    return _Judged(picture, counting, verdict(found, picture.truth))


def _fates(judged: _Judged, labels: Sequence[str], answers: Answers) -> PictureFates:
    return picture_fates(
        judged.picture.id,
        judged.verdict,
        judged.positions,
        true_labels_M=judged.picture.truth.labels_M.tolist(),
        labels=labels,
        answers=answers,
    )


def _detector(pictures: Sequence[_Judged], labels: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Objects, precision and recall of each coarse class."""
    true, found, right = (Counter[int]() for _ in range(3))
    for (_, _, truth), _, judged in pictures:
        is_sought_M = ~truth.crowd_M & (truth.labels_M >= 0)
        true.update(truth.labels_M[is_sought_M].tolist())
        for label, partner in zip(
            judged.found.labels_D.tolist(), judged.partner_D.tolist(), strict=True
        ):
            found[label] += partner != IGNORED
            right[label] += partner >= 0 and int(truth.labels_M[partner]) == label
    return {
        name: {
            "objects": true[place],
            "precision": right[place] / found[place] if found[place] else None,
            "recall": right[place] / true[place] if true[place] else None,
        }
        for place, name in enumerate(labels)
    }


def _fine_ap50(pictures: Sequence[_Picture], labels: Sequence[str], answers: Answers) -> float:
    """Average precision of the cascade as a detector of fine classes."""
    names = sorted(
        {*answers.fine.values()}
        | {each.label for each in answers.by_found.values()}
        | (set(labels) - answers.refined)
    )
    found, truths = [], []
    for id, objects, truth in pictures:
        final = []
        for place, each in enumerate(objects):
            said = answers.final(id, place, each["label"], each["score"])
            if said is not None:
                final.append({**each, "label": said.label, "score": said.score})
        found.append(_as_found(sorted(final, key=lambda each: -each["score"]), names))
        fine = [
            _fine((id, number), label, labels, answers)
            for number, label in enumerate(truth.labels_M.tolist())
        ]
        labels_M = [-1 if name is None else names.index(name) for name in fine]
        truths.append(truth._replace(labels_M=np.array(labels_M, np.int64)))
    return DetectionOutcome.of(found, truths, len(names)).metrics.overall()["ap50"]


def _fine(key: Key, label: int, labels: Sequence[str], answers: Answers) -> str | None:
    """The true fine label of an object; None if nobody knows."""
    if label < 0:
        return None
    coarse = labels[label]
    return answers.fine.get(key) if coarse in answers.refined else coarse


def _with_intervals(
    counted: Mapping[str, tuple[Sequence[int], Sequence[int]]], *, draws: int, seed: int
) -> dict[str, tuple[float, Interval]]:
    """Shares over all pictures, with intervals from a bootstrap over pictures."""
    found = {}
    for name, (right, total) in counted.items():
        right_N, total_N = np.array(right, np.float32), np.array(total, np.float32)
        value = sum(right) / sum(total) if sum(total) else math.nan
        interval = Interval(math.nan, math.nan)
        if draws and sum(total):
            values_B = np.concatenate(
                [
                    _ratio(right_N @ block_NB, total_N @ block_NB)
                    for block_NB in resampled(len(right_N), draws=draws, seed=seed)
                ]
            )
            interval = Interval(*map(float, percentile_interval(values_B)))
        found[name] = (value, interval)
    return found


def _ratio(right_B: Any, total_B: Any) -> Any:
    return np.divide(right_B, total_B, out=np.full_like(right_B, np.nan), where=total_B > 0)
