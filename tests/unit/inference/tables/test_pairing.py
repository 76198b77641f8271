from __future__ import annotations

from dataclasses import replace

import pytest

from netloom.inference.tables.pairing import Compared, common_targets, pairing_problems
from netloom.models.tabular.spec import Target
from netloom.tables.columns import Column
from netloom.tables.features.known_map import KnownMap

ID, X, PART = Column("id", "integer"), Column("x", "number"), Column("part", "text")
NUMBERS = Column("default_numbers", "list<number>")
MAP = KnownMap((ID,), (), (X,), frozenset(), (NUMBERS,), checksum="a")
NUMBER = Target(column="y", type="number")
A = Compared((NUMBER,), MAP)
RAW, ENCODED = (ID, X, PART), (ID, PART, NUMBERS)


@pytest.mark.parametrize(
    ("second", "columns", "expected"),
    [
        (A, RAW, []),
        (A, ENCODED, []),
        (A, None, []),
        (replace(A, features=None), ENCODED, []),
        (replace(A, targets=(Target(column="z", type="number"),)), RAW, ["T355"]),
        (replace(A, features=replace(MAP, checksum="b")), RAW, []),
        (replace(A, features=replace(MAP, checksum="b")), RAW[1:], ["T356"]),
        (replace(A, features=replace(MAP, checksum="b")), ENCODED, ["T461"]),
        (replace(A, features=replace(MAP, checksum="")), ENCODED, []),  # it may become the same
        (replace(A, features=replace(MAP, features=(), checksum="")), ENCODED, ["T461"]),
    ],
)
def test_models_are_paired_by_targets_and_their_rows_by_map_or_keys(
    second: Compared, columns: tuple[Column, ...] | None, expected: list[str]
) -> None:
    assert [problem.code for problem in pairing_problems(A, second, columns)] == expected


@pytest.mark.parametrize(
    ("type", "mine", "theirs", "order"),
    [
        ("classes", ("a", "b"), ("b", "a"), [[1, 0]]),
        ("classes", ("a", "b"), ("a", "b"), [None]),
        ("classes", ("a", "b"), ("a", "c"), []),
        ("classes", ("a", "b"), None, [None]),  # not known before it is trained
        ("binary", ("0", "1"), ("1", "0"), []),  # they would find opposite things
    ],
)
def test_classes_are_brought_into_one_order(
    type: str,
    mine: tuple[str, ...] | None,
    theirs: tuple[str, ...] | None,
    order: list[list[int] | None],
) -> None:
    first, second = (Target(column="y", type=type, classes=each) for each in (mine, theirs))
    assert [common.order for common in common_targets([first], [second])] == order
