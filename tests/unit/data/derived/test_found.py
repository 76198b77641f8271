from __future__ import annotations

import pyarrow as pa
import pytest

from netloom.core.errors import InvalidData
from netloom.data.derived.found import found_classes, found_objects, with_found
from netloom.data.derived.kinship import kept_together
from netloom.data.splits import assign_parts

TABLE = pa.table({"id": ["a", "b"]})


def test_found_objects_come_back_as_they_were_told() -> None:
    triangle = [[1.5, 0.0], [4.0, 0.25], [2.0, 3.0]]
    said = [
        {"objects": [{"label": "x", "score": 0.1 + 0.2, "box": [0.1, 0.2, 3.3, 4.4]}]},
        {"objects": [{"label": "text", "score": 1.0, "box": [1.5, 0, 4, 3], "polygon": triangle}]},
    ]
    table = with_found(TABLE, said, are_objects=True)
    assert found_objects(table) == [each["objects"] for each in said]
    nothing = with_found(table, [{"objects": []}] * 2, are_objects=True)
    assert found_objects(nothing) == [[], []]
    assert nothing.column_names == ["id", "found"]


def test_classes_replace_what_was_found_before() -> None:
    before = with_found(TABLE, [{"objects": []}] * 2, are_objects=True)
    said = [{"label": "x", "score": 0.5, "scores": {}}, {"label": "y", "score": 0.25}]
    table = with_found(before, said, are_objects=False)
    assert found_classes(table) == [("x", 0.5), ("y", 0.25)]
    with pytest.raises(InvalidData):
        found_objects(table)
    with pytest.raises(InvalidData):
        found_classes(before)


def test_other_predictions_are_refused() -> None:
    with pytest.raises(InvalidData) as caught:
        with_found(TABLE, [{"text": "a"}, {"text": "b"}], are_objects=False)
    assert [problem.code for problem in caught.value.diagnostics] == ["I500"]


def test_dividing_crops_keeps_those_of_a_picture_together() -> None:
    parents = [f"picture-{number // 4}" for number in range(80)]
    table = pa.table({"digest": [f"{n:02x}" for n in range(80)], "parent": parents})
    groups = kept_together(table)
    ids = [str(number) for number in range(80)]
    parts = assign_parts(ids, [0] * 80, groups, valid=0.2, test=0.2, seed=3)
    assert {part: parts.count(part) for part in set(parts)} == {
        "train": 48,
        "valid": 16,
        "test": 16,
    }
    for parent in set(parents):
        assert len({part for part, own in zip(parts, parents, strict=True) if own == parent}) == 1
