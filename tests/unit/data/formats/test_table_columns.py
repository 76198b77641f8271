from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from netloom.core.errors import InvalidData
from netloom.data.formats.manifest import ColumnChoice
from netloom.data.formats.table_columns import TableColumns, table_columns

STRUCT = pa.struct({"bytes": pa.binary(), "path": pa.string()})
CLASSES = {"names": ["cat", "dog"], "_type": "ClassLabel"}


def find(columns: dict[str, Any], *, features: Any = None, **settings: Any) -> TableColumns:
    merged = {"labels": "column", "file": "x.parquet", **settings}
    choice = merged.pop("chosen", ColumnChoice())
    schema = pa.schema(columns)
    if features is not None:
        schema = schema.with_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    return table_columns(schema, choice, **merged)


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), STRUCT])
def test_columns_are_found_by_name_and_type(kind: Any) -> None:
    columns = {"id": pa.int64(), "image": kind, "Label": pa.string(), "split": pa.string()}
    assert find(columns) == TableColumns("image", "Label", "split")


def test_the_only_column_of_bytes_holds_the_images() -> None:
    assert find({"scan": pa.binary(), "label": pa.int8()}) == TableColumns("scan", "label", None)


def test_descriptions_tell_images_and_classes() -> None:
    columns = {"mask": STRUCT, "scan": STRUCT, "animal": pa.int64(), "label_id": pa.int64()}
    features = {"scan": {"_type": "Image"}, "animal": CLASSES, "label_id": {"_type": "Value"}}
    assert find(columns, features=features) == TableColumns("scan", "animal", None, ("cat", "dog"))


def test_descriptions_beside_the_table_count_more() -> None:
    columns = {"image": STRUCT, "label": pa.int64()}
    schema = pa.schema(columns).with_metadata({"huggingface": "no JSON"})
    found = table_columns(
        schema, ColumnChoice(), labels="column", file="x", features={"label": CLASSES}
    )
    assert found.label_names == ("cat", "dog")
    assert table_columns(schema, ColumnChoice(), labels="column", file="x").label_names is None


def test_columns_can_be_named() -> None:
    columns = {"a": pa.binary(), "b": pa.binary(), "c": pa.string(), "d": pa.string()}
    chosen = ColumnChoice(image="b", label="d", part="c")
    assert find(columns, chosen=chosen) == TableColumns("b", "d", "c")
    assert find(columns, chosen=chosen).names == ["b", "d", "c"]


def test_labels_can_be_left_out() -> None:
    assert find({"image": pa.binary()}, labels="none") == TableColumns("image", None, None)


def test_all_problems_are_told_at_once() -> None:
    columns = {"image": pa.string(), "label": pa.list_(pa.int64()), "x": pa.int64()}
    chosen = ColumnChoice(image="image", label="label", part="fold")
    with pytest.raises(InvalidData) as caught:
        find(columns, chosen=chosen)
    assert [(p.code, p.place.setting, p.got) for p in caught.value.diagnostics] == [
        ("I346", "image_column", "string"),
        ("I346", "label_column", "list<item: int64>"),
        ("I340", "part_column", "image, label, x"),
    ]


@pytest.mark.parametrize(
    ("columns", "features"),
    [
        ({"a": pa.binary(), "b": pa.binary(), "label": pa.string()}, None),
        ({"url": pa.string(), "label": pa.string()}, None),
        ({"image": STRUCT, "fine": pa.int64(), "coarse": pa.int64()}, {"fine": CLASSES, "coarse": CLASSES}),
    ],
)  # fmt: skip
def test_what_is_unclear_has_to_be_named(columns: Any, features: Any) -> None:
    with pytest.raises(InvalidData) as caught:
        find(columns, features=features)
    assert {problem.code for problem in caught.value.diagnostics} == {"I340"}
    assert (caught.value.diagnostics[0].fix or "").startswith("Name it with ")
