"""One member of a zip archive, read from where it lies: without the archive's table of contents.

Source: PKWARE, APPNOTE.TXT – .ZIP File Format Specification 6.3.10, section 4.3.7.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path

from netloom.core.errors import InvalidData
from netloom.data.sample_list import ListedSample

_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_SIGNATURE = b"PK\x03\x04"
_QUICK_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def read_member(archive: Path, sample: ListedSample) -> bytes:
    """The encoded image of a sample.

    Raises:
        InvalidData: The archive is missing, or is not the one that the sample was listed in.
    """
    try:
        content = (
            _content(archive, sample)
            if sample.method in _QUICK_METHODS
            else _content_of_rare_kind(archive, sample)
        )
    except (OSError, ValueError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
        raise _unreadable(archive, sample, str(error)) from error
    if len(content) != sample.size_bytes or zlib.crc32(content) != sample.checksum:
        raise _unreadable(archive, sample, "its checksum differs")
    return content


def _content(archive: Path, sample: ListedSample) -> bytes:
    with archive.open("rb") as stream:
        stream.seek(sample.offset)
        header = stream.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size or not header.startswith(_SIGNATURE):
            raise ValueError("there is no member at its place")
        *_, name_length, extra_length = _LOCAL_HEADER.unpack(header)
        stream.seek(name_length + extra_length, 1)
        packed = stream.read(sample.packed_bytes)
    if sample.method == zipfile.ZIP_STORED:
        return packed
    # One byte more than announced is enough to notice that there is more.
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, sample.size_bytes + 1)


def _content_of_rare_kind(archive: Path, sample: ListedSample) -> bytes:
    with zipfile.ZipFile(archive) as source:
        found = [info for info in source.infolist() if info.header_offset == sample.offset]
        if not found:
            raise ValueError("there is no member at its place")
        return source.read(found[0])


def _unreadable(archive: Path, sample: ListedSample, reason: str) -> InvalidData:
    return InvalidData.of(
        f"image {sample.path} in {archive.name} cannot be read: {reason}",
        code="I027",
        fix="Survey the data set again",
    )
