"""The format as TensorFlow's documentation specifies it; checksums from RFC 3720, section B.4."""

from __future__ import annotations

import gzip
import io
import random

import pyarrow as pa
import pytest

from netloom.core.errors import InvalidData
from netloom.tables.columns import Column, columns_of
from netloom.tables.tfrecord.crc32c import crc32c, masked
from netloom.tables.tfrecord.examples import batches_of_records, records_of_batch
from netloom.tables.tfrecord.records import read_records, write_records


def bit_by_bit(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
    ],
)
def test_checksums_are_those_of_the_standard(data: bytes, expected: int) -> None:
    assert crc32c(data) == expected


@pytest.mark.parametrize("length", [4095, 4096, 4097, 5120, 9001])
def test_checksums_of_long_records_are_joined_from_pieces(length: int) -> None:
    data = random.Random(length).randbytes(length)
    assert crc32c(data) == bit_by_bit(data)


def test_a_record_is_written_byte_for_byte_as_specified() -> None:
    stream = io.BytesIO()
    assert write_records(stream, [b"hello"]) == 1
    head = (5).to_bytes(8, "little")
    assert stream.getvalue() == b"".join(
        (
            head,
            masked(bit_by_bit(head)).to_bytes(4, "little"),
            b"hello",
            masked(bit_by_bit(b"hello")).to_bytes(4, "little"),
        )
    )
    crc = bit_by_bit(b"hello")
    rotated = ((crc >> 15) | (crc << 17)) & 0xFFFFFFFF
    assert masked(crc) == (rotated + 0xA282EAD8) & 0xFFFFFFFF


@pytest.mark.parametrize("is_packed", [False, True])
def test_records_come_back(is_packed: bool) -> None:
    chance = random.Random(0)
    records = [chance.randbytes(size) for size in (0, 1, 300, 5000, 0, 70_000)]
    stream = io.BytesIO()
    assert write_records(stream, records) == 6
    content = gzip.compress(stream.getvalue()) if is_packed else stream.getvalue()
    assert list(read_records(io.BytesIO(content), name="a")) == records
    assert list(read_records(io.BytesIO(b""), name="a")) == []


@pytest.mark.parametrize(
    ("place", "message"),
    [(0, "record 1: its checksum"), (12, "record 1: its checksum"), (29, "record 2: its checksum")],
)
def test_a_changed_byte_is_noticed(place: int, message: str) -> None:
    stream = io.BytesIO()
    write_records(stream, [b"a", b"bc"])
    content = bytearray(stream.getvalue())
    content[place] ^= 1
    with pytest.raises(InvalidData, match=message):
        list(read_records(io.BytesIO(bytes(content)), name="a.tfrecord"))


def test_a_file_that_ends_too_soon_is_noticed() -> None:
    stream = io.BytesIO()
    write_records(stream, [b"a", b"bc"])
    with pytest.raises(InvalidData, match="record 2: the file ends within it"):
        list(read_records(io.BytesIO(stream.getvalue()[:-1]), name="a.tfrecord"))
    with pytest.raises(InvalidData, match="its length is absurd"):
        list(read_records(io.BytesIO(b"\xff" * 64), name="a.tfrecord"))


def feature(name: bytes, kind: int, values: bytes) -> bytes:
    """An entry of the map of features, encoded by hand: tag, length, content."""
    inner = bytes([0x0A, len(values)]) + values
    value = bytes([kind << 3 | 2, len(inner)]) + inner
    entry = bytes([0x0A, len(name)]) + name + bytes([0x12, len(value)]) + value
    return bytes([0x0A, len(entry)]) + entry


def example(*features: bytes) -> bytes:
    body = b"".join(features)
    return bytes([0x0A, len(body)]) + body


def test_messages_encoded_by_hand_are_read() -> None:
    messages = [
        example(
            feature(b"ids", 3, b"\x01\x96\x01"),  # packed varints 1 and 150
            feature(b"x", 2, b"\x00\x00\x00\x3f"),
            feature(b"name", 1, "é".encode()),
        ),
        example(feature(b"name", 1, b"")),
    ]
    columns, batches = batches_of_records(messages, name="a", sample=9, types={}, batch_rows=1)
    assert columns == (
        Column("ids", "list<integer>"),
        Column("name", "text"),
        Column("x", "number"),
    )
    assert [row for batch in batches for row in batch.to_pylist()] == [
        {"ids": [1, 150], "name": "é", "x": 0.5},
        {"ids": None, "name": "", "x": None},
    ]


def test_rows_are_written_as_messages_in_order_of_names() -> None:
    batch = pa.record_batch({"x": [0.5], "name": ["é"], "ids": [[1, 150]]})
    columns = columns_of(batch.schema, name="a")
    assert list(records_of_batch(batch, columns)) == [
        example(
            feature(b"ids", 3, b"\x01\x96\x01"),
            feature(b"name", 1, "é".encode()),
            feature(b"x", 2, b"\x00\x00\x00\x3f"),
        )
    ]


def test_a_map_becomes_two_lists_and_a_null_nothing() -> None:
    kind = pa.map_(pa.string(), pa.float64())
    batch = pa.record_batch({"m": pa.array([[("a", 2.0)], None], kind), "b": [True, None]})
    records = list(records_of_batch(batch, columns_of(batch.schema, name="a")))
    _, batches = batches_of_records(records, name="a", sample=9, types={}, batch_rows=9)
    assert next(batches).to_pylist() == [
        {"b": 1, "m/keys": "a", "m/values": 2.0},
        {"b": None, "m/keys": None, "m/values": None},
    ]


@pytest.mark.parametrize(
    ("later", "message"),
    [
        (example(feature(b"a", 3, b"\x01\x02")), "record 2 has 2 values of 'a'"),
        (example(feature(b"a", 1, b"x")), "'a' does not always hold"),
        (b"\xff\xff", "record 2 is no tf.train.Example"),
    ],
)
def test_a_record_unlike_the_first_is_named(later: bytes, message: str) -> None:
    first = example(feature(b"a", 3, b"\x01"))
    _, batches = batches_of_records([first, later], name="a", sample=1, types={}, batch_rows=9)
    with pytest.raises(InvalidData, match=message):
        list(batches)


def test_types_that_are_said_win_over_the_sample() -> None:
    messages = [example(feature(b"a", 3, b"\x01")), example(feature(b"a", 3, b"\x01\x02"))]
    types = {"a": "list<integer>", "b": "text"}
    columns, batches = batches_of_records(messages, name="a", sample=1, types=types, batch_rows=9)
    assert columns == (Column("a", "list<integer>"), Column("b", "text"))
    assert next(batches).to_pylist() == [{"a": [1], "b": None}, {"a": [1, 2], "b": None}]
