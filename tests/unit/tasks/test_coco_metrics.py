from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netloom.tasks.object_detection.box_suppression import box_areas
from netloom.tasks.object_detection.coco_matching import Matches, Truth, matched
from netloom.tasks.object_detection.coco_metrics import coco_metrics, ranked, weighted_precision
from netloom.tasks.object_detection.detections import Found

NUMBERS = (
    *("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large"),
    *("ar1", "ar10", "ar100", "ar_small", "ar_medium", "ar_large"),
)


@pytest.fixture(scope="module")
def scenes() -> dict[str, Any]:
    file = Path(__file__).parents[2] / "fixtures" / "coco" / "scenes.json"
    document: dict[str, Any] = json.loads(file.read_text())
    return document


def found_in(rows: list[list[float]]) -> Found:
    table: Any = np.array(rows, np.float64).reshape(-1, 6)
    return Found(table[:, :4], table[:, 5], table[:, 4].astype(np.int64))


def true_in(rows: list[list[float]]) -> Truth:
    table = np.array(rows, np.float64).reshape(-1, 6)
    boxes = table[:, :4]
    return Truth(boxes, table[:, 4].astype(np.int64), table[:, 5] > 0, box_areas(boxes))


def matches_of(scenes: dict[str, Any], chosen: list[int] | None = None) -> Matches:
    listed = scenes["scenes"]
    listed = listed if chosen is None else [listed[place] for place in chosen]
    return matched(
        [found_in(scene["found"]) for scene in listed],
        [true_in(scene["truth"]) for scene in listed],
        scenes["classes"],
    )


def test_the_numbers_are_those_of_the_reference(scenes: dict[str, Any]) -> None:
    metrics = coco_metrics(matches_of(scenes), scenes["classes"])
    overall = metrics.overall()
    assert [overall[name] for name in NUMBERS] == pytest.approx(scenes["stats"], abs=1e-12)
    assert metrics.by_class()["ap"] == pytest.approx(scenes["by_class"], abs=1e-12)


def test_weights_of_one_change_nothing(scenes: dict[str, Any]) -> None:
    matches = matches_of(scenes)
    overall = coco_metrics(matches, scenes["classes"]).overall()
    truths = matches.truths_NKA[:, :, 0].astype(float)
    found = weighted_precision(ranked(matches, scenes["classes"]), truths, np.ones(len(truths)))
    assert found == pytest.approx((overall["ap"], overall["ap50"]), abs=1e-12)


def test_a_weight_is_how_often_a_picture_occurs(scenes: dict[str, Any]) -> None:
    matches = matches_of(scenes)
    weights = np.random.default_rng(0).integers(0, 3, len(scenes["scenes"]))
    repeated = np.repeat(np.arange(len(weights)), weights).tolist()
    expected = coco_metrics(matches_of(scenes, repeated), scenes["classes"]).overall()
    truths = matches.truths_NKA[:, :, 0].astype(float)
    found = weighted_precision(ranked(matches, scenes["classes"]), truths, weights.astype(float))
    # Copies of a picture tie with themselves, and a tie may fall either way.
    assert found == pytest.approx((expected["ap"], expected["ap50"]), abs=0.02)


def test_what_is_found_twice_is_right_once() -> None:
    box = [0, 0, 40, 40, 0]
    matches = matched([found_in([[*box, 0.9], [*box, 0.8]])], [true_in([[*box, 0]])], 1)
    assert matches.right_DAT[:, 0, 0].tolist() == [True, False]
    assert matches.counts_DAT[:, 0, 0].tolist() == [True, True]


def test_what_is_found_in_a_crowd_does_not_count() -> None:
    found = found_in([[0, 0, 10, 10, 0, 0.9], [20, 0, 30, 10, 0, 0.8], [200, 0, 210, 10, 0, 0.7]])
    matches = matched([found], [true_in([[0, 0, 100, 50, 0, 1]])], 1)
    assert matches.counts_DAT[:, 0, 0].tolist() == [False, False, True]
    assert matches.truths_NKA.sum() == 0


def test_an_object_of_unknown_class_counts_for_no_class() -> None:
    found = found_in([[0, 0, 10, 10, 1, 0.9]])
    matches = matched([found], [true_in([[0, 0, 10, 10, -1, 0]])], 2)
    assert matches.counts_DAT[:, 0, 0].tolist() == [False]


def test_without_objects_everything_is_undefined() -> None:
    metrics = coco_metrics(matched([found_in([])], [true_in([])], 3), 3)
    assert all(np.isnan(value) for value in metrics.overall().values())


def test_without_any_picture_everything_is_undefined() -> None:
    assert np.isnan(coco_metrics(matched([], [], 2), 2).overall()["ap"])
