from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from netloom.core.errors import InvalidData, StorageFailed
from netloom.core.reporter import SilentReporter
from netloom.data.formats import archive
from netloom.data.formats.archive import Unpacked, unpack_images
from netloom.data.formats.image_zip import index_image_zip
from netloom.data.index import read_index

PIXEL = cv2.imencode(".bmp", np.full((1, 1, 3), 200, np.uint8))[1].tobytes()
"""A bitmap of one pixel."""

MakeZip = Callable[..., Path]


@pytest.fixture
def make_zip(tmp_path: Path) -> MakeZip:
    def make(members: dict[str | zipfile.ZipInfo, bytes], **settings: Any) -> Path:
        path = tmp_path / "images.zip"
        with zipfile.ZipFile(path, "w", **settings) as target:
            for name, content in members.items():
                target.writestr(name, content)
        return path

    return make


@pytest.fixture
def unpack(tmp_path: Path) -> Callable[[Path], Unpacked]:
    def run(path: Path) -> Unpacked:
        return unpack_images(path, tmp_path / "out", reporter=SilentReporter(tmp_path))

    return run


def files(folder: Path) -> list[str]:
    paths = folder.rglob("*")
    return sorted(path.relative_to(folder).as_posix() for path in paths if path.is_file())


def test_images_keep_their_folders_and_the_rest_stays_inside(
    tmp_path: Path, make_zip: MakeZip, unpack: Any
) -> None:
    members: dict[Any, bytes] = {
        "flowers/": b"",
        "flowers/rose/deep/1.bmp": PIXEL,
        "./flowers//tulip/2.BMP": PIXEL,
        "windows\\rose\\3.bmp": PIXEL,
        "notes.txt": b"x",
        "inner.zip": b"x",
        "__MACOSX/flowers/rose/._1.bmp": b"x",
        "flowers/.DS_Store": b"x",
    }
    unpacked = unpack(make_zip(members))
    assert files(tmp_path / "out") == [
        "flowers/rose/deep/1.bmp",
        "flowers/tulip/2.BMP",
        "windows/rose/3.bmp",
    ]
    assert (unpacked.num_files, unpacked.bad) == (3, ())
    assert unpacked.remarks() == ["ignored 2 files that are not images"]
    assert (tmp_path / "out/windows/rose/3.bmp").read_bytes() == PIXEL


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("a/link.bmp")
    info.external_attr = 0o120777 << 16
    return info


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ("../outside.bmp", "would be written outside its folder"),
        ("a/../../outside.bmp", "would be written outside its folder"),
        ("a\\..\\..\\outside.bmp", "would be written outside its folder"),
        ("/etc/outside.bmp", "has an absolute path"),
        ("C:/outside.bmp", "has an absolute path"),
        ("../notes.txt", "would be written outside its folder"),
        (link(), "is a symbolic link"),
        ("a/" + "x" * 300 + ".bmp", "has a name of more than 255 bytes"),
    ],
)
def test_members_that_would_leave_the_folder_are_refused(
    tmp_path: Path, make_zip: MakeZip, unpack: Any, member: Any, reason: str
) -> None:
    path = make_zip({"a/1.bmp": PIXEL, member: b"/etc/passwd"})
    with pytest.raises(InvalidData) as caught:
        unpack(path)
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.place.setting) == ("I007", "path")
    assert problem.message.endswith(f"which {reason}")
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "outside.bmp").exists()


def test_every_refused_member_is_named(make_zip: MakeZip, unpack: Any) -> None:
    path = make_zip({f"../{number}.bmp": PIXEL for number in range(23)})
    with pytest.raises(InvalidData) as caught:
        unpack(path)
    assert len(caught.value.diagnostics) == 21
    assert "holds 3 more members that are refused" in caught.value.diagnostics[-1].message


def test_the_same_name_twice_is_refused(tmp_path: Path, unpack: Any) -> None:
    path = tmp_path / "twice.zip"
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("a/1.bmp", PIXEL)
        target.writestr("a//1.bmp", PIXEL)
    with pytest.raises(InvalidData, match="occurs twice"):
        unpack(path)


def test_encrypted_members_are_refused(make_zip: MakeZip, unpack: Any) -> None:
    path = make_zip({"a/1.bmp": PIXEL})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    content[content.index(b"PK\x03\x04") + 6] |= 1
    path.write_bytes(content)
    with pytest.raises(InvalidData, match="is encrypted"):
        unpack(path)


def test_bombs_are_refused(
    tmp_path: Path, make_zip: MakeZip, unpack: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = {"a/1.bmp": b"\0" * (11 << 20)}
    path = make_zip(bomb, compression=zipfile.ZIP_DEFLATED, compresslevel=9)
    with pytest.raises(InvalidData) as caught:
        unpack(path)
    problem = caught.value.diagnostics[0]
    assert (problem.code, problem.expected) == ("I008", "at most 200-fold growth")
    path = make_zip({"a/1.bmp": PIXEL, "a/2.bmp": PIXEL})
    monkeypatch.setattr(archive, "MAX_BYTES", 100)
    with pytest.raises(InvalidData, match="far more than images do"):
        unpack(path)
    monkeypatch.setattr(archive, "MAX_FILES", 1)
    with pytest.raises(InvalidData, match="Expected at most 1 files; got 2 files"):
        unpack(path)
    assert not (tmp_path / "out").exists()


def test_members_that_share_their_bytes_count_as_a_bomb(make_zip: MakeZip, unpack: Any) -> None:
    noise = os.urandom(1 << 16)
    path = make_zip({f"a/{number:03}.bmp": b"" for number in range(300)} | {"a/big.bmp": noise})
    content = path.read_bytes()
    start = content.index(b"PK\x03\x04\x14\x00\x00\x00\x00\x00", content.rindex(b"PK\x03\x04") - 1)
    big = content[content.rindex(b"PK\x01\x02") :]
    sizes = big[16:28]  # checksum and both sizes of the big member
    patched = bytearray(content)
    place = content.index(b"PK\x01\x02")
    while place != -1:
        patched[place + 16 : place + 28] = sizes
        patched[place + 42 : place + 46] = start.to_bytes(4, "little")
        place = content.find(b"PK\x01\x02", place + 4)
    path.write_bytes(patched)
    with pytest.raises(InvalidData) as caught:
        unpack(path)
    assert caught.value.diagnostics[0].code == "I008"


def test_a_disk_that_is_too_small_is_noticed_before_writing(
    tmp_path: Path, make_zip: MakeZip, unpack: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = archive.shutil.disk_usage(tmp_path)._replace(free=10)
    monkeypatch.setattr(archive.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(StorageFailed) as caught:
        unpack(make_zip({"a/1.bmp": PIXEL}))
    assert caught.value.diagnostics[0].code == "W508"
    assert files(tmp_path / "out") == []


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "I006"), (b"not a zip", "I006"), (b"PK\x05\x06" + b"\0" * 18, "I003")],
)
def test_what_is_no_archive_of_images_is_refused(
    tmp_path: Path, unpack: Any, content: bytes, code: str
) -> None:
    path = tmp_path / "images.zip"
    path.write_bytes(content)
    with pytest.raises(InvalidData) as caught:
        unpack(path)
    assert caught.value.diagnostics[0].code == code


def test_a_missing_archive_and_a_folder_are_refused(tmp_path: Path, unpack: Any) -> None:
    for path, code in ((tmp_path / "missing.zip", "I001"), (tmp_path, "I002")):
        with pytest.raises(InvalidData) as caught:
            unpack(path)
        assert caught.value.diagnostics[0].code == code


def test_a_damaged_member_is_bad_but_the_others_come_out(
    tmp_path: Path, make_zip: MakeZip, unpack: Any
) -> None:
    path = make_zip({"a/1.bmp": PIXEL, "a/2.bmp": PIXEL})
    content = bytearray(path.read_bytes())
    content[content.index(b"BM", 10) + 5] ^= 0xFF
    path.write_bytes(content)
    unpacked = unpack(path)
    assert files(tmp_path / "out") == ["a/2.bmp"]
    ((name, reason),) = unpacked.bad
    assert name == "a/1.bmp"
    assert "Bad CRC-32" in reason


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_names_without_the_utf8_mark_are_understood(
    tmp_path: Path, make_zip: MakeZip, unpack: Any, encoding: str
) -> None:
    name = "玫瑰/一.bmp".encode(encoding)
    placeholder = "x" * (len(name) - 4) + ".bmp"
    path = make_zip({placeholder: PIXEL})
    path.write_bytes(path.read_bytes().replace(placeholder.encode(), name))
    unpack(path)
    assert files(tmp_path / "out") == ["玫瑰/一.bmp"]


def test_an_archive_becomes_a_data_set_with_its_own_media(
    tmp_path: Path, make_zip: MakeZip
) -> None:
    path = make_zip({"set/rose/1.bmp": PIXEL, "set/tulip/2.bmp": PIXEL, "set/tulip/3.bmp": b""})
    view = index_image_zip(path, tmp_path, reporter=SilentReporter(tmp_path), on_bad="skip")
    assert (view.media, view.labels) == ("work:media", ("rose", "tulip"))
    assert view.remarks[0] == (
        "skipped 1 bad images, for instance set/tulip/3.bmp: the file is empty"
    )
    ids = read_index(tmp_path / "index.parquet")["id"].to_pylist()
    assert ids == ["set/rose/1.bmp", "set/tulip/2.bmp"]


def test_an_archive_of_damaged_members_only_names_them(tmp_path: Path, make_zip: MakeZip) -> None:
    path = make_zip({"a/1.bmp": PIXEL})
    content = bytearray(path.read_bytes())
    content[content.index(b"BM", 10) + 5] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(InvalidData) as caught:
        index_image_zip(path, tmp_path, reporter=SilentReporter(tmp_path), on_bad="skip")
    assert caught.value.diagnostics[-1].message == "1 of 1 images cannot be used"


def test_unsafe_names_and_absurd_growth_are_told_at_once(make_zip: MakeZip, unpack: Any) -> None:
    members: dict[Any, bytes] = {
        "../1.bmp": PIXEL,
        "/2.bmp": PIXEL,
        "a/3.bmp": bytes(11 << 20),
    }
    with pytest.raises(InvalidData) as caught:
        unpack(make_zip(members, compression=zipfile.ZIP_DEFLATED))
    assert [d.code for d in caught.value.diagnostics] == ["I007", "I007", "I008"]
