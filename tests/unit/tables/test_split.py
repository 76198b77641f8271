from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from netloom.core.errors import InvalidData
from netloom.tables.engines.engine import TableEngine
from netloom.tables.split import splitting_query
from netloom.tables.table import Table


def expected_part(text: str, *, valid: float, test: float) -> str:
    place = int(hashlib.md5(text.encode()).hexdigest()[:8], 16) / 2**32
    return "test" if place < test else "valid" if place < test + valid else "train"


def test_the_part_depends_on_the_key_alone(
    engine: TableEngine, make_table: Callable[..., Table], resolve: Any
) -> None:
    users = [f"é{number}" for number in range(200)]
    table = make_table("rows", {"user": users, "n": [None, *range(199)], "place": [0] * 200})
    engine.bind("rows", table.files(resolve))
    sql = splitting_query(
        "rows",
        table.columns,
        ["user", "n"],
        valid=0.1,
        test=0.3,
        seed=7,
        column="part",
        engine=engine,
    )
    found = engine.rows(sql).to_pydict()
    numbers = ["\x1e", *map(str, range(199))]
    expected = [
        expected_part(f"7\x1f{user}\x1f{number}", valid=0.1, test=0.3)
        for user, number in zip(users, numbers)
    ]
    assert found == {"user": users, "n": [None, *range(199)], "place": [0] * 200, "part": expected}
    assert {part: expected.count(part) for part in ("train", "valid", "test")} == {
        "train": 114,
        "valid": 21,
        "test": 65,
    }


@pytest.mark.parametrize(
    ("keys", "settings", "message"),
    [
        (["x"], {}, "'x' cannot be a key"),
        (["t"], {"column": "X"}, "has a column 'X' already"),
        (["t"], {"valid": 0.5, "test": 0.5}, "othing is left to train on"),
    ],
)
def test_bad_divisions_are_explained(
    engine: TableEngine, make_table: Callable[..., Table], keys: Any, settings: Any, message: str
) -> None:
    table = make_table("rows", {"x": [0.5], "t": [datetime(2026, 1, 31)]})
    wanted = {"valid": 0.1, "test": 0.1, "seed": 0, "column": "part", **settings}
    with pytest.raises(InvalidData, match=message):
        splitting_query("rows", table.columns, keys, engine=engine, **wanted)
