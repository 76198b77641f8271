from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.core.errors import InvalidData
from netloom.data.splits import apportion, assign_parts, remarks_on_parts


def named(number: int) -> list[str]:
    return [f"s{index}" for index in range(number)]


def split(labels: list[int], **settings: Any) -> list[str]:
    ids = settings.pop("ids", named(len(labels)))
    digests = settings.pop("digests", ids)
    chosen: Any = {"valid": 0.1, "test": 0.2, "seed": 0, **settings}
    return list(assign_parts(ids, labels, digests, **chosen))


def test_counts_are_exact_for_each_class() -> None:
    labels = [0] * 50 + [1] * 30 + [2] * 20
    counts = Counter(zip(labels, split(labels), strict=True))
    assert counts == {
        (0, "train"): 35,
        (1, "train"): 21,
        (2, "train"): 14,
        (0, "valid"): 5,
        (1, "valid"): 3,
        (2, "valid"): 2,
        (0, "test"): 10,
        (1, "test"): 6,
        (2, "test"): 4,
    }


@given(
    st.lists(st.integers(-1, 4), min_size=20, max_size=120),
    st.integers(0, 2**63 - 1),
    st.booleans(),
    st.sampled_from([(0.1, 0.2), (0.25, 0.25), (0.0, 0.5), (0.3, 0.0)]),
)
def test_totals_are_exact_and_training_keeps_every_class(
    labels: list[int], seed: int, stratify: bool, shares: tuple[float, float]
) -> None:
    valid, test = shares
    parts = split(labels, seed=seed, stratify=stratify, valid=valid, test=test)
    counts = Counter(parts)
    assert counts["valid"] == int(Fraction(str(valid)) * len(labels) + Fraction(1, 2))
    assert counts["test"] == int(Fraction(str(test)) * len(labels) + Fraction(1, 2))
    if stratify:
        trained = {label for label, part in zip(labels, parts, strict=True) if part == "train"}
        assert trained == set(labels)


@given(st.lists(st.sampled_from("abcdefghijkl"), min_size=30, max_size=80), st.integers(0, 99))
def test_identical_content_stays_together(copies: list[str], seed: int) -> None:
    digests = [*copies, *named(30)]
    parts = split([0] * len(digests), digests=digests, seed=seed, valid=0.25, test=0.25)
    found: dict[str, set[str]] = {}
    for digest, part in zip(digests, parts, strict=True):
        found.setdefault(digest, set()).add(part)
    assert all(len(parts_of_one) == 1 for parts_of_one in found.values())


def test_the_order_of_samples_does_not_matter() -> None:
    labels = [index % 3 for index in range(60)]
    ids = named(60)
    forward = dict(zip(ids, split(labels, ids=ids), strict=True))
    backward = dict(zip(ids[::-1], split(labels[::-1], ids=ids[::-1]), strict=True))
    assert forward == backward


def test_another_seed_gives_another_division_of_the_same_counts() -> None:
    labels = [0] * 100
    first, second = split(labels, seed=1), split(labels, seed=2)
    assert first != second
    assert Counter(first) == Counter(second)
    assert first == split(labels, seed=1)


def test_few_samples_move_when_some_are_added() -> None:
    before = split([0] * 1000)
    after = split([0] * 1010)[:1000]
    moved = sum(old != new for old, new in zip(before, after, strict=True))
    assert moved <= 25


def test_more_validation_leaves_the_test_part_alone() -> None:
    few = split([0] * 100, valid=0.1)
    many = split([0] * 100, valid=0.3)
    tests = [[index for index, part in enumerate(parts) if part == "test"] for parts in (few, many)]
    assert tests[0] == tests[1]


def test_existing_test_samples_stay_and_missing_parts_are_made() -> None:
    existing = ["test"] * 10 + ["train"] * 60 + [None] * 30
    parts = split([0] * 100, keep_existing=existing, valid=0.1, test=0.2)
    assert parts[:10] == ["test"] * 10
    assert Counter(parts) == {"test": 10, "valid": 9, "train": 81}


def test_a_copy_of_a_kept_test_image_leaves_training() -> None:
    existing = ["test", "valid", "train", "train", *["train"] * 20]
    digests = ["same", "same", "same", "other", *named(20)]
    parts = split([0] * 24, digests=digests, keep_existing=existing)
    assert parts == ["test", "test", "test", *["train"] * 21]


@pytest.mark.parametrize(("valid", "test"), [(0.5, 0.5), (0.0, 1.0), (0.9, 0.9)])
def test_shares_that_leave_nothing_to_train_on_are_refused(valid: float, test: float) -> None:
    with pytest.raises(InvalidData) as caught:
        split([0] * 10, valid=valid, test=test)
    problem = caught.value.diagnostics[0]
    assert (problem.code, problem.expected) == ("I016", "valid + test below 1")


@pytest.mark.parametrize("labels", [[0], [0, 1, 2], [0] * 4])
def test_too_few_samples_for_a_part_are_refused(labels: list[int]) -> None:
    with pytest.raises(InvalidData) as caught:
        split(labels, valid=0.0, test=0.1)
    assert caught.value.diagnostics[0].code == "I017"


def test_classes_that_a_part_lacks_and_conflicting_labels_are_remarked_on() -> None:
    remarks = remarks_on_parts(
        ["train", "train", "train", "test"], [0, 1, 2, 0], ["a", "b", "b", "c"], ["x", "y", "z"]
    )
    assert remarks == [
        "no sample of y, z in part test",
        "1 images occur several times with different labels",
    ]
    assert remarks_on_parts(["train", "test"], [0, 0], ["a", "b"], ["x"]) == []


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 50)), min_size=1, max_size=8),
    st.integers(0, 200),
)
def test_apportioning_is_exact_and_within_caps(places: list[tuple[int, int]], total: int) -> None:
    weights, caps = [weight for weight, _ in places], [cap for _, cap in places]
    shares = apportion(total, weights, caps)
    assert sum(shares) == min(total, sum(caps))
    assert all(0 <= share <= cap for share, cap in zip(shares, caps, strict=True))


@given(st.lists(st.integers(1, 50), min_size=1, max_size=8), st.integers(0, 200))
def test_without_caps_shares_are_within_one_of_their_quota(weights: list[int], total: int) -> None:
    shares = apportion(total, weights, [total] * len(weights))
    for weight, share in zip(weights, shares, strict=True):
        assert abs(share - total * weight / sum(weights)) < 1


def test_a_data_set_without_samples_cannot_be_divided() -> None:
    with pytest.raises(InvalidData) as caught:
        assign_parts([], [], [], valid=0.1, test=0.2, seed=0)
    assert caught.value.diagnostics[0].code == "I017"
