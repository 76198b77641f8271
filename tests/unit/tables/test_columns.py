from __future__ import annotations

import pyarrow as pa
import pytest

from netloom.core.errors import InvalidData
from netloom.tables.columns import (
    Column,
    arrow_type,
    columns_from_json,
    columns_of,
    columns_to_json,
    logical_type,
    refuse_twins,
    require_columns,
)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (pa.int8(), "integer"),
        (pa.uint32(), "integer"),
        (pa.uint64(), "decimal(20, 0)"),
        (pa.float16(), "number"),
        (pa.decimal128(10, 2), "decimal(10, 2)"),
        (pa.decimal256(60, 2), None),
        (pa.large_string(), "text"),
        (pa.dictionary(pa.int32(), pa.string()), "text"),
        (pa.null(), "text"),
        (pa.date64(), "date"),
        (pa.timestamp("ns", tz="Asia/Shanghai"), "timestamp"),
        (pa.time32("s"), None),
        (pa.binary(3), "bytes"),
        (pa.list_(pa.float32(), 4), "list<number>"),
        (pa.map_(pa.string(), pa.int32()), "map<text, integer>"),
        (pa.map_(pa.int32(), pa.int32()), None),
        (pa.struct([("a", pa.int32())]), None),
    ],
)
def test_types_of_arrow_have_a_logical_type(kind: pa.DataType, expected: str | None) -> None:
    assert logical_type(kind) == expected


@pytest.mark.parametrize(
    "name",
    [
        *("integer", "number", "decimal(38, 10)", "text", "boolean", "date", "timestamp", "bytes"),
        *("list<integer>", "list<list<text>>", "map<text, number>"),
    ],
)
def test_a_logical_type_survives_being_written(name: str) -> None:
    assert logical_type(arrow_type(name)) == name


def test_columns_survive_being_kept() -> None:
    columns = (Column("a", "integer"), Column("b", "map<text, number>"))
    assert columns_from_json(columns_to_json(columns)) == columns


def test_every_column_of_an_impossible_type_is_named() -> None:
    schema = pa.schema([("a", pa.time32("s")), ("b", pa.int64()), ("c", pa.struct([]))])
    with pytest.raises(InvalidData, match=r"sers has columns .* a: time32\[s\], c: struct"):
        columns_of(schema, name="users")


@pytest.mark.parametrize("names", [["a", "a"], ["Age", "age"]])
def test_two_columns_of_one_name_are_refused(names: list[str]) -> None:
    with pytest.raises(InvalidData, match="two columns of one name"):
        refuse_twins(names, name="users")


def test_all_missing_columns_are_named_with_a_suggestion() -> None:
    columns = [Column("age", "integer"), Column("city", "text")]
    with pytest.raises(InvalidData) as caught:
        require_columns(["agee", "age", "zip"], columns, name="users", setting="keys")
    [problem] = caught.value.diagnostics
    assert problem.message == "users has no column 'agee', 'zip', which `keys` names"
    assert problem.expected == "age, city"
    assert "age" in str(problem.fix)
