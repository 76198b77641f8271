"""TFRecord files: records between lengths and checksums, plain or gzip-compressed."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING, Any

from netloom.core.errors import InvalidData
from netloom.tables.tfrecord.crc32c import crc32c_of_slices, masked

if TYPE_CHECKING:
    import numpy as np

_BLOCK_BYTES = 8 << 20
_LONGEST_BYTES = 1 << 30
_HEADER_BYTES, _FOOTER_BYTES = 12, 4
_GZIP = b"\x1f\x8b"


def read_records(stream: IO[bytes], *, name: str) -> Iterator[bytes]:
    """The records of a file, each checked.

    Args:
        stream: Open for reading; need not be seekable.
        name: What the file is called in messages.

    Raises:
        InvalidData: A checksum is wrong, a length is absurd, or the file ends within a record.
    """
    source: Any = io.BufferedReader(stream) if isinstance(stream, io.RawIOBase) else stream
    head = source.read(2)
    joined = _Joined(head, source)
    plain: Any = gzip.GzipFile(fileobj=joined) if head == _GZIP else joined
    rest, number = b"", 0
    while True:
        block = _read(plain, name)
        data = rest + block
        starts, lengths, end = _frames(data, name=name, number=number)
        _check(data, starts, lengths, name=name, number=number)
        for start, length in zip(starts, lengths):
            yield data[start : start + length]
        number += len(starts)
        rest = data[end:]
        if not block:
            break
    if rest:
        raise _damaged(name, number, "the file ends within it")


def write_records(stream: IO[bytes], records: Iterable[bytes]) -> int:
    """Write records; returns how many."""
    import numpy as np

    number = 0
    block: list[bytes] = []
    size = 0
    for record in records:
        block.append(record)
        size += len(record)
        number += 1
        if size >= _BLOCK_BYTES:
            _write_block(stream, block, np)
            block, size = [], 0
    if block:
        _write_block(stream, block, np)
    return number


def _write_block(stream: IO[bytes], records: list[bytes], np: Any) -> None:
    sizes = np.array([len(record) for record in records], np.int64)
    heads = sizes.astype("<u8").view(np.uint8)
    places = np.arange(len(records)) * 8
    head_sums = masked(crc32c_of_slices(heads, places, np.full(len(records), 8)))
    ends = np.cumsum(sizes)
    body = np.frombuffer(b"".join(records), np.uint8)
    body_sums = masked(crc32c_of_slices(body, ends - sizes, sizes))
    raw_heads = heads.tobytes()
    for index, record in enumerate(records):
        stream.write(raw_heads[8 * index : 8 * index + 8])
        stream.write(int(head_sums[index]).to_bytes(4, "little"))
        stream.write(record)
        stream.write(int(body_sums[index]).to_bytes(4, "little"))


def _frames(data: bytes, *, name: str, number: int) -> tuple[list[int], list[int], int]:
    """Where the complete records of a block are, and where the first incomplete one starts."""
    starts: list[int] = []
    lengths: list[int] = []
    place = 0
    while place + _HEADER_BYTES <= len(data):
        length = int.from_bytes(data[place : place + 8], "little")
        if length > _LONGEST_BYTES:
            raise _damaged(name, number + len(starts), "its length is absurd")
        end = place + _HEADER_BYTES + length + _FOOTER_BYTES
        if end > len(data):
            break
        starts.append(place + _HEADER_BYTES)
        lengths.append(length)
        place = end
    return starts, lengths, place


def _check(data: bytes, starts: list[int], lengths: list[int], *, name: str, number: int) -> None:
    import numpy as np

    if not starts:
        return
    whole = np.frombuffer(data, np.uint8)
    begin, size = np.array(starts), np.array(lengths)
    checks = (
        (begin - _HEADER_BYTES, np.full(len(begin), 8), begin - 4),
        (begin, size, begin + size),
    )
    for first, length, kept in checks:
        found = masked(crc32c_of_slices(whole, first, length))
        wrong = np.flatnonzero(found != _uint32_at(whole, kept))
        if len(wrong):
            raise _damaged(name, number + int(wrong[0]), "its checksum is wrong")


def _uint32_at(data: np.ndarray[Any, Any], places: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    import numpy as np

    found = data[places[:, None] + np.arange(4)]
    return np.ascontiguousarray(found).view("<u4")[:, 0]


class _Joined(io.RawIOBase):
    """Bytes that were read already, and the stream they came from."""

    def __init__(self, head: bytes, stream: Any) -> None:
        self._head = head
        self._stream = stream

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._head:
            return bytes(self._stream.read(size))
        head, self._head = self._head, b""
        if 0 <= size < len(head):
            head, self._head = head[:size], head[size:]
            return head
        return head + bytes(self._stream.read(size if size < 0 else size - len(head)))


def _read(stream: Any, name: str) -> bytes:
    try:
        return bytes(stream.read(_BLOCK_BYTES))
    except (EOFError, gzip.BadGzipFile, OSError) as error:
        raise InvalidData.of(f"{name} cannot be unpacked: {error}", code="T130") from error


def _damaged(name: str, number: int, why: str) -> InvalidData:
    return InvalidData.of(
        f"{name} is damaged: record {number + 1}: {why}",
        code="T130",
        fix="Write the file again, or see whether it is a TFRecord file at all",
    )
