from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from netloom.core.errors import InvalidData
from netloom.tables.columns import columns_of
from netloom.tables.engines.engine import open_engine
from netloom.tables.features.encoding import CHECKSUM_KEY, encode_table
from netloom.tables.features.feature_map import FeatureMap
from netloom.tables.features.fitting import fit_features
from netloom.tables.features.settings import FeatureSettings, NoNormalisation, Others
from netloom.tables.feed import EncodedBatch, EncodedFeed
from netloom.tables.row_groups import RowGroups
from netloom.tables.shuffle import RowOrder, Span
from netloom.tables.table import TableFiles

GROUPS = (5, 1, 7, 4)


def seen(order: RowOrder, epoch: int, start: int = 0) -> list[tuple[int, int]]:
    """Group and row within it, in the order in which they are given."""
    if not order.shuffle:
        return rows_in(order.stored(start))
    found = []
    for window in order.windows(epoch, start):
        rows = rows_in(window.spans)
        found += [rows[place] for place in window.order]
    return found


def rows_in(spans: Iterable[Span]) -> list[tuple[int, int]]:
    return [(span.group, row) for span in spans for row in range(span.start, span.stop)]


ALL = [(group, row) for group, rows in enumerate(GROUPS) for row in range(rows)]


@pytest.mark.parametrize("window_rows", [1, 3, 6, 100])
def test_every_row_is_seen_once_in_an_order_of_the_seed_and_the_epoch(window_rows: int) -> None:
    order = RowOrder(group_rows=GROUPS, shuffle=True, seed=3, window_rows=window_rows)
    first = seen(order, 0)
    assert sorted(first) == ALL
    assert first != ALL
    assert seen(order, 0) == first
    assert seen(order, 1) != first
    assert all(len(window.order) <= window_rows for window in order.windows(0))


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
    whole = pq.read_table(path).sort_by("id").replace_schema_metadata(metadata)
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


def test_batches_are_apart_from_each_other_and_from_what_is_read_next(
    feed: tuple[Feed, FeatureMap],
) -> None:
    opened, _ = feed
    one = opened(batch_size=4, shuffle=True, seed=2)
    as_they_came = [rows_of(batch) for batch in one.epoch(0)]
    kept = list(one.epoch(0))
    kept[0].fixed["default_numbers"][:] = -1.0
    kept[0].ragged["default_tags_ids"].values_V[:] = -1
    assert [rows_of(batch) for batch in kept[1:]] == as_they_came[1:]


@pytest.mark.parametrize("shuffle", [True, False])
def test_only_chosen_rows_of_row_groups_are_seen(
    feed: tuple[Feed, FeatureMap], shuffle: bool
) -> None:
    opened, _ = feed
    sizes = (4, 4, 2, 4, 4, 4, 1)
    wanted = np.arange(sum(sizes)) % 3 != 1
    wanted[4:8] = False  # a row group without any
    chosen = np.split(wanted, np.cumsum(sizes)[:-1])
    one = opened(batch_size=4, shuffle=shuffle, chosen=chosen)
    whole = [rows_of(batch) for batch in one.epoch(1)]
    ids = [row[0] for rows in whole for row in rows]
    expected = np.flatnonzero(wanted).tolist()
    assert (sorted(ids) if shuffle else ids) == expected
    assert len(one) == len(whole) == 4
    assert [rows_of(batch) for batch in one.epoch(1, 2)] == whole[2:]


@pytest.mark.parametrize(
    "chosen", [None, [np.arange(rows) % 3 != 1 for rows in (4, 4, 2, 4, 4, 4, 1)]]
)
def test_row_groups_that_are_decoded_in_pieces_give_the_same_batches(
    feed: tuple[Feed, FeatureMap],
    monkeypatch: pytest.MonkeyPatch,
    chosen: list[NDArray[np.bool_]] | None,
) -> None:
    opened, _ = feed
    one = opened(batch_size=4, shuffle=True, seed=5, window_rows=9, chosen=chosen)
    at_once = [rows_of(batch) for batch in one.epoch(0)]
    monkeypatch.setattr("netloom.tables.row_groups.PIECE_ROWS", 3)
    assert [rows_of(batch) for batch in one.epoch(0)] == at_once
    assert [rows_of(batch) for batch in one.epoch(0, 2)] == at_once[2:]


def test_rows_without_keys_and_labels_are_fed_too(feed: tuple[Feed, FeatureMap]) -> None:
    opened, _ = feed
    batches = list(opened(batch_size=10, kept=()).epoch(0))
    assert [batch.rows for batch in batches] == [10, 10, 3]
    assert batches[1].fixed["default_numbers"][:, 0].tolist() == list(map(float, range(10, 20)))


def test_a_row_group_that_does_not_fit_into_a_window_is_read_once(
    tmp_path: Path, feed: tuple[Feed, FeatureMap], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, feature_map = feed
    read: list[int] = []
    whole, pieces = pq.ParquetFile.read_row_group, pq.ParquetFile.iter_batches

    def counted(self: pq.ParquetFile, number: int, **given: Any) -> pa.Table:
        read.append(number)
        return whole(self, number, **given)

    def also_counted(self: pq.ParquetFile, *rows: int, **given: Any) -> Any:
        read.extend(given["row_groups"])
        return pieces(self, *rows, **given)

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", counted)
    monkeypatch.setattr(pq.ParquetFile, "iter_batches", also_counted)
    path = str(tmp_path / "0.parquet")
    one = EncodedFeed([path], feature_map, batch_size=2, kept=["id"], shuffle=True, window_rows=3)
    ids = [n for batch in one.epoch(0) for n in batch.kept["id"].to_pylist()]
    assert sorted(ids) == list(range(10))
    assert sorted(read) == [0, 1, 2]


def test_lists_written_without_their_width_are_read(
    tmp_path: Path, feed: tuple[Feed, FeatureMap]
) -> None:
    _, feature_map = feed
    metadata = {CHECKSUM_KEY: feature_map.checksum}
    whole = pq.read_table(tmp_path / "1.parquet")
    place = whole.schema.get_field_index("default_numbers")
    loose = whole.set_column(
        place, "default_numbers", whole["default_numbers"].cast(pa.list_(pa.float32()))
    )
    pq.write_table(loose.replace_schema_metadata(metadata), tmp_path / "loose.parquet")
    (batch,) = EncodedFeed([str(tmp_path / "loose.parquet")], feature_map, batch_size=20).epoch(0)
    assert batch.fixed["default_numbers"][:, 0].tolist() == list(map(float, range(10, 23)))
    uneven = pa.array([[1.0, 2.0], [], *[[1.0]] * 11], pa.list_(pa.float32()))
    broken = loose.set_column(place, "default_numbers", uneven)
    pq.write_table(broken.replace_schema_metadata(metadata), tmp_path / "broken.parquet")
    with pytest.raises(InvalidData) as caught:
        list(EncodedFeed([str(tmp_path / "broken.parquet")], feature_map, batch_size=20).epoch(0))
    assert caught.value.diagnostics[0].code == "T315"


def test_files_are_opened_again_after_a_feed_was_closed(
    tmp_path: Path, feed: tuple[Feed, FeatureMap]
) -> None:
    _, feature_map = feed
    groups = RowGroups(
        [str(tmp_path / f"{number}.parquet") for number in range(2)],
        checksum=feature_map.checksum,
        columns=["id"],
    )
    assert groups.rows() == [4, 4, 2, 4, 4, 4, 1]
    groups.close()
    table, rows = groups.read(Span(group=3, start=1, stop=3))
    assert (table["id"].to_pylist(), rows) == ([10, 11, 12, 13], slice(1, 3))
    groups.close()


def test_files_that_differ_in_whether_a_column_may_be_null_are_mixed(
    tmp_path: Path, feed: tuple[Feed, FeatureMap]
) -> None:
    _, feature_map = feed
    paths = [str(tmp_path / f"{number}.parquet") for number in range(2)]
    table = pq.read_table(paths[0])
    never_null = [field.with_nullable(False) for field in table.schema]
    pq.write_table(table.cast(pa.schema(never_null, table.schema.metadata)), paths[0])
    (batch,) = EncodedFeed(paths, feature_map, batch_size=23, kept=["id"], shuffle=True).epoch(0)
    assert sorted(batch.kept["id"].to_pylist()) == list(range(23))
