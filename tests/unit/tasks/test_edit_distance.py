from __future__ import annotations

from functools import cache

import numpy as np

from netloom.tasks.text_recognition.edit_distance import edit_distances, side_by_side


@cache
def slow(first: str, second: str) -> int:
    if not first or not second:
        return len(first) + len(second)
    return min(
        slow(first[1:], second) + 1,
        slow(first, second[1:]) + 1,
        slow(first[1:], second[1:]) + (first[0] != second[0]),
    )


def texts(seed: int, count: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list("ab中"), rng.integers(0, 9))) for _ in range(count)]


def test_distances_are_those_of_the_definition() -> None:
    firsts, seconds = texts(0, 300), texts(1, 300)
    expected = [slow(a, b) for a, b in zip(firsts, seconds, strict=True)]
    assert edit_distances(firsts, seconds).tolist() == expected


def test_there_may_be_no_pairs_or_only_empty_texts() -> None:
    assert edit_distances([], []).tolist() == []
    assert edit_distances(["", ""], ["", "ab"]).tolist() == [0, 2]


def test_words_are_counted_like_characters() -> None:
    assert edit_distances([["a", "cat"]], [["the", "cat", "sat"]]).tolist() == [2]


def test_side_by_side_there_are_as_many_differences_as_the_distance() -> None:
    for first, second in zip(texts(2, 100), texts(3, 100), strict=True):
        edits = side_by_side(first, second)
        assert sum(a != b for a, b in edits) == slow(first, second)
        assert "".join(a or "" for a, _ in edits) == first
        assert "".join(b or "" for _, b in edits) == second
