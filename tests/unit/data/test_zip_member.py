from __future__ import annotations

import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from netloom.core.errors import InvalidData
from netloom.data.sample_list import ListedSample
from netloom.data.zip_member import read_member

CONTENT = b"some picture " * 50


def listed(info: zipfile.ZipInfo) -> ListedSample:
    return ListedSample(
        number=0,
        path=info.filename,
        label=None,
        part=None,
        width=1,
        height=1,
        size_bytes=info.file_size,
        digest="",
        duplicates=None,
        offset=info.header_offset,
        packed_bytes=info.compress_size,
        method=info.compress_type,
        checksum=info.CRC,
    )


def archived(folder: Path, method: int, *, before: bytes = b"") -> tuple[Path, ListedSample]:
    path = folder / "a.zip"
    path.write_bytes(before)
    with zipfile.ZipFile(path, "a") as target:
        target.writestr("other.png", b"other")
        target.writestr("ä/picture.png", CONTENT, compress_type=method)
    with zipfile.ZipFile(path) as source:
        return path, listed(source.infolist()[1])


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_a_member_is_read_from_its_place(tmp_path: Path, method: int) -> None:
    path, sample = archived(tmp_path, method)
    assert read_member(path, sample) == CONTENT


def test_archives_may_follow_something_else(tmp_path: Path) -> None:
    path, sample = archived(tmp_path, zipfile.ZIP_DEFLATED, before=b"#!/bin/sh\n")
    assert read_member(path, sample) == CONTENT


def test_no_more_is_unpacked_than_was_announced(tmp_path: Path) -> None:
    path, sample = archived(tmp_path, zipfile.ZIP_DEFLATED)
    lying = replace(sample, size_bytes=10, checksum=zlib.crc32(CONTENT[:10]))
    with pytest.raises(InvalidData, match="checksum differs"):
        read_member(path, lying)


@pytest.mark.parametrize(
    "change",
    [
        {"offset": 7},
        {"offset": 10**9},
        {"checksum": 1},
        {"packed_bytes": 3},
        {"method": zipfile.ZIP_LZMA, "offset": 3},
    ],
)
def test_another_archive_is_noticed(tmp_path: Path, change: dict[str, int]) -> None:
    path, sample = archived(tmp_path, zipfile.ZIP_DEFLATED)
    with pytest.raises(InvalidData) as caught:
        read_member(path, replace(sample, **change))
    assert [d.code for d in caught.value.diagnostics] == ["I027"]


def test_a_missing_archive_is_a_problem_of_the_data(tmp_path: Path) -> None:
    path, sample = archived(tmp_path, zipfile.ZIP_DEFLATED)
    path.unlink()
    with pytest.raises(InvalidData):
        read_member(path, sample)
