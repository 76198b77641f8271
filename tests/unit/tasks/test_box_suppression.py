from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netloom.tasks.object_detection.box_suppression import box_areas, kept_boxes, shared_areas


def slow(boxes: Any, scores: Any, labels: Any, overlap: float) -> list[int]:
    """The loop of the books."""
    kept: list[int] = []
    for place in sorted(range(len(scores)), key=lambda place: (-scores[place], place)):
        if not any(
            labels[place] == labels[other] and _is_over(boxes[place], boxes[other], overlap)
            for other in kept
        ):
            kept.append(place)
    return kept


def _is_over(one: Any, two: Any, overlap: float) -> bool:
    wide = max(min(one[2], two[2]) - max(one[0], two[0]), 0)
    high = max(min(one[3], two[3]) - max(one[1], two[1]), 0)
    areas = [max(b[2] - b[0], 0) * max(b[3] - b[1], 0) for b in (one, two)]
    return bool(wide * high > overlap * (sum(areas) - wide * high))


def check(boxes: Any, scores: Any, labels: Any, overlap: float = 0.5) -> None:
    found = kept_boxes(np.asarray(boxes), np.asarray(scores), np.asarray(labels), overlap=overlap)
    assert found.tolist() == slow(boxes.tolist(), scores.tolist(), labels.tolist(), overlap)


@pytest.mark.parametrize("count", [0, 1, 2, 40, 256, 257, 700])
def test_it_gives_what_the_plain_loop_gives(count: int) -> None:
    rng = np.random.default_rng(count)
    boxes = rng.integers(0, 40, (count, 4))
    boxes[:, 2:] = boxes[:, :2] + rng.integers(0, 12, (count, 2))  # some without an area
    scores = rng.integers(0, 12, count) / 12  # many ties
    check(boxes, scores, rng.integers(0, 3, count))


def test_of_identical_boxes_of_equal_score_the_first_stays() -> None:
    boxes = np.tile([1.0, 1.0, 5.0, 5.0], (600, 1))
    found = kept_boxes(boxes, np.full(600, 0.5), np.zeros(600, int), overlap=0.5)
    assert found.tolist() == [0]


def test_a_struck_out_box_strikes_out_nothing() -> None:
    chain = np.array([[place * 3.0, 0.0, place * 3.0 + 10.0, 10.0] for place in range(400)])
    scores = np.linspace(1.0, 0.1, 400)
    found = kept_boxes(chain, scores, np.zeros(400, int), overlap=0.5)
    assert found.tolist() == list(range(0, 400, 2))


def test_overlap_exactly_at_the_threshold_stays() -> None:
    boxes = np.array([[0, 0, 4, 4], [0, 0, 4, 2]])
    found = kept_boxes(boxes, np.array([0.9, 0.8]), np.zeros(2, int), overlap=0.5)
    assert found.tolist() == [0, 1]


def test_boxes_without_an_area_all_stay() -> None:
    boxes = np.array([[2, 2, 2, 9], [2, 2, 2, 9], [5, 5, 3, 3]])
    assert kept_boxes(boxes, np.ones(3), np.zeros(3, int), overlap=0.0).tolist() == [0, 1, 2]


def test_labels_do_not_meet() -> None:
    boxes = np.tile([0, 0, 4, 4], (4, 1))
    found = kept_boxes(boxes, np.array([0.1, 0.2, 0.3, 0.4]), np.array([0, 1, 0, 1]), overlap=0.5)
    assert found.tolist() == [3, 2]


def test_areas_of_exchanged_sides_are_nothing() -> None:
    assert box_areas(np.array([[3, 3, 1, 1], [0, 0, 2, 5]])).tolist() == [0.0, 10.0]
    assert shared_areas(np.array([[0, 0, 2, 2]]), np.array([[3, 3, 1, 1]])).tolist() == [[0.0]]
