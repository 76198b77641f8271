from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.core.errors import InvalidData
from netloom.tables.columns import columns_of
from netloom.tables.engines.engine import open_engine
from netloom.tables.features.encoding import CHECKSUM_KEY, encode_table
from netloom.tables.features.feature_map import FeatureMap
from netloom.tables.features.fitting import fit_features
from netloom.tables.features.settings import FeatureSettings, NoNormalisation, Others
from netloom.tables.feed import EncodedBatch, EncodedFeed
from netloom.tables.shuffle import RowOrder
from netloom.tables.table import TableFiles

GROUPS = (5, 1, 7, 4)


def seen(order: RowOrder, epoch: int, start: int = 0) -> list[tuple[int, int]]:
    """Group and row within it, in the order in which they are given."""
    found = []
    for window in order.windows(epoch, start):
        rows = [(span.group, row) for span in window.spans for row in range(span.start, span.stop)]
        found += [rows[place] for place in window.order_N]
    return found


ALL = [(group, row) for group, rows in enumerate(GROUPS) for row in range(rows)]


@pytest.mark.parametrize("window_rows", [1, 3, 6, 100])
def test_every_row_is_seen_once_in_an_order_of_the_seed_and_the_epoch(window_rows: int) -> None:
    order = RowOrder(group_rows=GROUPS, shuffle=True, seed=3, window_rows=window_rows)
    first = seen(order, 0)
    assert sorted(first) == ALL
    assert first != ALL
    assert seen(order, 0) == first
    assert seen(order, 1) != first
    assert all(len(window.order_N) <= window_rows for window in order.windows(0))


@pytest.mark.parametrize("shuffle", [True, False])
def test_an_epoch_can_be_entered_at_any_row(shuffle: bool) -> None:
    order = RowOrder(group_rows=GROUPS, shuffle=shuffle, seed=3, window_rows=4)
    whole = seen(order, 2)
    assert [seen(order, 2, start) for start in range(18)] == [whole[start:] for start in range(18)]


@pytest.mark.parametrize("world_size", [2, 3, 5])
def test_readers_share_the_rows(world_size: int) -> None:
    def order(rank: int, shuffle: bool) -> RowOrder:
        return RowOrder(
            group_rows=GROUPS,
            shuffle=shuffle,
            seed=1,
            window_rows=4,
            rank=rank,
            world_size=world_size,
        )

    stored = [row for rank in range(world_size) for row in seen(order(rank, False), 0)]
    assert stored == ALL
    mixed = [seen(order(rank, True), 0) for rank in range(world_size)]
    assert {len(rows) for rows in mixed} == {-(-len(ALL) // world_size)}
    assert {row for rows in mixed for row in rows} == set(ALL)


def test_more_readers_than_rows_all_have_something_to_do() -> None:
    orders = [
        RowOrder(group_rows=(1, 1), shuffle=True, seed=0, window_rows=9, rank=rank, world_size=5)
        for rank in range(5)
    ]
    assert [len(seen(order, 0)) for order in orders] == [1] * 5


Feed = Callable[..., EncodedFeed]


@pytest.fixture
def feed(tmp_path: Path) -> tuple[Feed, FeatureMap]:
    rows = 23
    table = pa.table(
        {
            "id": list(range(rows)),
            "x": [float(n) for n in range(rows)],
            "tags": [[str(k % 3) for k in range(n % 4)] for n in range(rows)],
            "y": [n % 2 for n in range(rows)],
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    files = TableFiles((str(tmp_path / "t.parquet"),), columns_of(table.schema, name="t"))
    engine = open_engine("duckdb", memory_limit=None, threads=1, scratch=tmp_path / "scratch")
    settings = FeatureSettings(
        keys=("id",), labels=("y",), others=Others(normalisation=NoNormalisation())
    )
    feature_map = fit_features(engine, files, settings, rows=rows).feature_map
    encode_table(engine, files, feature_map, tmp_path / "out", scratch=tmp_path / "v")
    engine.close()
    # In small row groups of two files, as those of a large table are.
    (path,) = (tmp_path / "out").iterdir()
    metadata = {CHECKSUM_KEY: feature_map.checksum}
    whole = pq.read_table(path).replace_schema_metadata(metadata)
    paths = []
    for number, piece in enumerate((whole.slice(0, 10), whole.slice(10))):
        paths.append(str(tmp_path / f"{number}.parquet"))
        pq.write_table(piece, paths[-1], row_group_size=4)

    def opened(**given: Any) -> EncodedFeed:
        return EncodedFeed(paths, feature_map, **{"kept": ["id", "y"], "window_rows": 6, **given})

    return opened, feature_map


def rows_of(batch: EncodedBatch) -> list[tuple[int, float, list[int], int]]:
    ids, labels = batch.kept["id"].to_pylist(), batch.kept["y"].to_pylist()
    numbers = batch.fixed["default_numbers"]
    values, offsets = batch.ragged["default_tags_ids"]
    assert numbers.shape == (batch.rows, 1)
    assert numbers.dtype == np.float32
    return [
        (ids[n], float(numbers[n, 0]), values[offsets[n] : offsets[n + 1]].tolist(), labels[n])
        for n in range(batch.rows)
    ]


def test_batches_hold_the_rows_of_the_table(feed: tuple[Feed, FeatureMap]) -> None:
    opened, feature_map = feed
    (tags,) = (f for f in feature_map.features() if f.column == "tags")
    vocabulary = tags.model_dump()["vocabulary"]
    for shuffle in (False, True):
        batches = list(opened(batch_size=5, shuffle=shuffle).epoch(0))
        assert [batch.rows for batch in batches] == [5, 5, 5, 5, 3]
        found = [row for batch in batches for row in rows_of(batch)]
        assert sorted(found) == [
            (n, float(n), [2 + vocabulary.index(str(k % 3)) for k in range(n % 4)], n % 2)
            for n in range(23)
        ]


def test_a_feed_that_is_resumed_goes_on_as_if_it_had_never_been_left(
    feed: tuple[Feed, FeatureMap],
) -> None:
    opened, _ = feed
    one = opened(batch_size=4, shuffle=True, seed=9)
    whole = [rows_of(batch) for batch in one.epoch(3)]
    assert len(one) == len(whole) == 6
    for start in range(7):
        again = opened(batch_size=4, shuffle=True, seed=9).epoch(3, start)
        assert [rows_of(batch) for batch in again] == whole[start:]


def test_a_table_encoded_with_another_map_is_refused(
    feed: tuple[Feed, FeatureMap], tmp_path: Path
) -> None:
    _, feature_map = feed
    other = feature_map.model_copy(update={"date": "2026-01-31"})
    with pytest.raises(InvalidData) as caught:
        EncodedFeed([str(tmp_path / "0.parquet")], other, batch_size=4)
    assert caught.value.diagnostics[0].code == "T314"
