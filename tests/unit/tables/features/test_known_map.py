"""What is known of a feature map before it is fitted is what it is afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.tables.columns import Column
from netloom.tables.engines.engine import TableEngine, open_engine
from netloom.tables.features.encoding import encode_table
from netloom.tables.features.fitting import fit_features
from netloom.tables.features.known_map import known_before, known_fitted
from netloom.tables.features.selection import choose_columns
from netloom.tables.features.settings import (
    Bucket,
    FeatureSettings,
    HashEncoding,
    NumberEncoding,
    SlotsEncoding,
    VocabularyEncoding,
)
from netloom.tables.known_table import UNKNOWN
from netloom.tables.table import TableFiles, written_table

ROWS = pa.table(
    {
        "id": [1, 2, 3],
        "age": [20, None, 40],
        "price": [0.5, 1.5, None],
        "city": ["a", "b", None],
        "size": [7, 7, 8],
        "tags": pa.array([["x", "y"], [], None], pa.list_(pa.string())),
        "clicks": pa.array([[1.0], [2.0, 3.0], []], pa.list_(pa.float64())),
        "likes": pa.array([[("k", 1.0)], [], None], pa.map_(pa.string(), pa.float64())),
        "label": [True, False, True],
    }
)
FIXED = Bucket(name="lists", columns=("clicks",), encoding=NumberEncoding(width=2))
IDS = Bucket(name="ids", columns=("size", "tags"), encoding=VocabularyEncoding())
WIDE = Bucket(name="wide", columns=("t*",), encoding=HashEncoding(buckets=5, width=3))
WEIGHTED = Bucket(name="w", columns=("likes",), encoding=VocabularyEncoding())


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Any:
    scratch = tmp_path_factory.mktemp("scratch")
    engine = open_engine(memory_limit=200 << 20, threads=1, scratch=scratch)
    yield engine
    engine.close()


@pytest.mark.parametrize(
    "buckets",
    [
        (),
        (FIXED, IDS, WEIGHTED),
        (WIDE, Bucket(name="free", columns=("clicks",), encoding=NumberEncoding(width="variable"))),
        (Bucket(name="both", columns=("likes", "price", "age")),),
    ],
    ids=["auto", "lists", "hashed", "slots"],
)
def test_columns_of_encoded_tables_are_known_before_fitting(
    engine: TableEngine, tmp_path: Path, buckets: tuple[Bucket, ...]
) -> None:
    pq.write_table(ROWS, tmp_path / "a.parquet")
    table = written_table(f"path:{tmp_path}", lambda _: tmp_path)
    files = TableFiles((str(tmp_path / "a.parquet"),), table.columns)
    settings = FeatureSettings(keys=("id",), labels=("label",), buckets=buckets)
    before = known_before(choose_columns(table.columns, settings))

    fitted = fit_features(engine, files, settings, rows=3).feature_map
    after = known_fitted(fitted)
    assert (before.keys, before.labels, set(before.features), before.exact, before.encoded) == (
        after.keys,
        after.labels,
        set(after.features),
        after.exact,
        after.encoded,
    )
    assert (before.checksum, after.checksum) == ("", fitted.checksum)
    encode_table(engine, files, fitted, tmp_path / "made", scratch=tmp_path / "scratch")
    made = written_table("path:made", lambda _: tmp_path / "made")
    assert made.columns == (*after.keys, *after.labels, *(after.encoded or ()))


def test_a_bucket_that_may_come_to_nothing_is_not_known() -> None:
    columns = (Column("likes", "map<text, number>"), Column("age", "integer"))
    slots = Bucket(name="s", columns=("likes",), encoding=SlotsEncoding(min_count=100))
    choice = choose_columns(columns, FeatureSettings(buckets=(slots,)))
    assert known_before(choice).encoded is None


def test_a_table_without_types_is_only_checked_for_its_names() -> None:
    columns = (Column("age", "integer"), Column("city", "text"))
    known = known_before(choose_columns(columns, FeatureSettings()))
    assert list(known.mismatches([Column("age", UNKNOWN), Column("city", UNKNOWN)])) == []
    assert [each.code for each in known.mismatches([Column("age", "text")])] == ["T311", "T312"]
    assert list(known.mismatches([Column("age", "number"), Column("city", "text")])) == []
    [changed] = known.mismatches([Column("age", "number"), Column("city", "integer")])
    assert (changed.code, changed.got) == ("T312", "integer")
