from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from netloom.tasks.text_detection.matching import (
    FALSE,
    IGNORED,
    Meeting,
    TextCounts,
    TextVerdict,
    counted,
    overlaps,
)
from netloom.tasks.text_detection.outlines import TextTruth
from netloom.tasks.text_detection.polygons import overlap


def box(left: float, top: float, right: float, bottom: float) -> NDArray[np.float64]:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def truth(*polygons: NDArray[Any], illegible: tuple[int, ...] = ()) -> TextTruth:
    ignored_M = np.zeros(len(polygons), np.bool_)
    ignored_M[list(illegible)] = True
    return TextTruth(polygons, ignored_M, (None,) * len(polygons))


def judged(found: list[NDArray[Any]], there: TextTruth, enough: float = 0.5) -> TextVerdict:
    return Meeting.of(found, there).judged(enough=enough)


def slow_pairs(found: list[NDArray[Any]], there: TextTruth) -> list[int]:
    """Greedy by overlap, one at a time."""
    partner = [FALSE] * len(found)
    free = set(range(len(there.polygons)))
    while True:
        pairs = [
            (overlap(found[d], there.polygons[m]), -d, -m)
            for d, m in itertools.product(range(len(found)), sorted(free))
            if partner[d] == FALSE
        ]
        if not pairs or max(pairs)[0] <= 0.5:
            return partner
        _, d, m = max(pairs)
        partner[-d] = -m
        free.remove(-m)


def test_pairs_are_those_of_a_slow_search() -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        corners = rng.uniform(0, 12, (9, 2))
        boxes = [
            box(x, y, x + w, y + h) for (x, y), (w, h) in zip(corners, rng.uniform(4, 9, (9, 2)))
        ]
        found, there = boxes[:5], truth(*boxes[5:])
        assert judged(found, there).partner_D.tolist() == slow_pairs(found, there)


def test_overlaps_are_those_of_each_pair() -> None:
    first = [box(0, 0, 4, 4), box(10, 10, 12, 12)]
    second = [box(2, 0, 6, 4), box(11, 10, 13, 12), box(4, 4, 6, 6)]
    expected = [[overlap(a, b) for b in second] for a in first]
    np.testing.assert_allclose(overlaps(first, second), expected)
    assert overlaps([], second).shape == (0, 3)


def test_an_overlap_of_one_half_is_not_enough() -> None:
    assert judged([box(0, 0, 2, 1)], truth(box(0, 0, 1, 1))).partner_D.tolist() == [FALSE]
    assert judged([box(0, 0, 1.99, 1)], truth(box(0, 0, 1, 1))).partner_D.tolist() == [0]


def test_two_on_one_text_are_right_once() -> None:
    found = judged([box(0, 0, 10, 4), box(0, 0, 10, 5)], truth(box(0, 0, 10, 5)))
    assert found.partner_D.tolist() == [FALSE, 0]
    assert found.overlaps_D.tolist() == [0.0, 1.0]
    assert counted(found) == TextCounts(1, 2, 1)


def test_what_lies_in_an_illegible_text_does_not_count() -> None:
    there = truth(box(0, 0, 10, 4), box(20, 0, 30, 4), illegible=(0,))
    found = judged([box(0, 0, 5, 4), box(8, 0, 14, 4), box(20, 0, 30, 4)], there)
    assert found.partner_D.tolist() == [IGNORED, FALSE, 1]
    assert (found.num_true, found.missed.tolist(), found.num_errors) == (1, [], 1)
    assert counted(found) == TextCounts(1, 2, 1)


def test_exactly_half_in_an_illegible_text_does_count() -> None:
    there = truth(box(0, 0, 10, 4), illegible=(0,))
    assert judged([box(8, 0, 12, 4)], there).partner_D.tolist() == [FALSE]


def test_missed_texts_are_named() -> None:
    found = judged([], truth(box(0, 0, 3, 3), box(5, 5, 9, 9)))
    assert (found.missed.tolist(), counted(found)) == ([0, 1], TextCounts(0, 0, 2))


def test_only_the_first_are_looked_at() -> None:
    there = truth(box(0, 0, 10, 4))
    meeting = Meeting.of([box(0, 0, 10, 4), box(40, 0, 50, 4)], there)
    assert counted(meeting.judged()) == TextCounts(1, 2, 1)
    assert counted(meeting.first(1).judged()) == TextCounts(1, 1, 1)
    assert counted(meeting.first(0).judged()) == TextCounts(0, 0, 1)


def test_shares_of_counts() -> None:
    metrics = TextCounts(6, 8, 12).metrics()
    assert metrics == pytest.approx({"h_mean": 0.6, "precision": 0.75, "recall": 0.5})
    assert TextCounts(0, 0, 3).metrics() == {"h_mean": 0.0, "precision": 0.0, "recall": 0.0}
    assert all(math.isnan(value) for value in TextCounts(0, 0, 0).metrics().values())
