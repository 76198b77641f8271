from __future__ import annotations

import pytest

from netloom.core.errors import InvalidData
from netloom.data.index import index_table
from netloom.data.selection import selected_labels, with_selected

KNOWN = ("a", "b", "c")


def table(labels: list[int | None], parts: list[str | None] | None = None):
    ids = [f"s{number}" for number in range(len(labels))]
    return index_table(ids=ids, digests=ids, sizes=[(8, 8)] * len(ids), labels=labels, parts=parts)


def select(source, labels=KNOWN, *, per_class=None, parts=(), seed=0):
    return with_selected(source, KNOWN, labels, per_class=per_class, parts=parts, seed=seed)


def test_classes_keep_their_order_and_get_new_numbers() -> None:
    labels = selected_labels(KNOWN, ["c", "a"])
    assert labels == ("a", "c")
    kept = select(table([0, 1, 2, None, 2]), labels)
    assert kept["id"].to_pylist() == ["s0", "s2", "s4"]
    assert kept["label"].to_pylist() == [0, 1, 1]


def test_without_a_wish_everything_stays_unlabelled_samples_too() -> None:
    source = table([0, None, 2])
    assert select(source, selected_labels(KNOWN, ())).equals(source)


def test_every_unknown_class_is_named() -> None:
    with pytest.raises(InvalidData) as caught:
        selected_labels(KNOWN, ["a", "bb", "d"])
    assert [d.message for d in caught.value.diagnostics] == [
        "there is no class 'bb'", "there is no class 'd'",
    ]  # fmt: skip


def test_so_many_of_each_class_and_part_are_drawn() -> None:
    source = table([0] * 10 + [1] * 3, ["train"] * 6 + ["test"] * 4 + ["train"] * 3)
    kept = select(source, per_class=2, parts=("train",))
    pairs = list(zip(kept["label"].to_pylist(), kept["part"].to_pylist(), strict=True))
    assert [pairs.count(p) for p in ((0, "train"), (0, "test"), (1, "train"))] == [2, 4, 2]
    assert len(select(source, per_class=2)) == 6


def test_more_of_each_class_only_adds_samples() -> None:
    source = table([0, 1] * 20)
    few, more = (set(select(source, per_class=n)["id"].to_pylist()) for n in (3, 7))
    assert (len(few), len(more), few < more) == (6, 14, True)
    assert set(select(source, per_class=3, seed=1)["id"].to_pylist()) != few
