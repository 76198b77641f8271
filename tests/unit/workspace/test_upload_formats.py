from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from netloom.core.errors import InvalidData
from netloom.workspace import upload_formats
from netloom.workspace.upload_formats import check_format, format_of


def zipped(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return target.getvalue()


def kept(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.zip", zipped("a/1.png"), "zip"),
        ("anything", zipped("a/1.png"), "zip"),
        ("a.parquet", b"PAR1....PAR1", "parquet"),
        ("a.csv", b"path,label\n", "table"),
        ("a.JSONL", "{}\n".encode("utf-8-sig"), "table"),
        ("a.tsv", "path\tlabel\n".encode("utf-16"), "table"),
        ("a.zip", b"path,label\n", None),
        ("a.csv", b"\0\1", None),
        ("a.png", b"\x89PNG\r\n\x1a\n", None),
        ("a.csv", b"", "table"),
    ],
)
def test_the_content_counts(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    assert format_of(kept(tmp_path, name, content), name) == expected


@pytest.mark.parametrize(
    ("name", "content", "got"),
    [
        ("a.rar", b"Rar!\x1a\x07", "a RAR archive"),
        ("a.zip", b"\x1f\x8b\x08", "a gzip file"),
        ("a.zip", bytes(257) + b"ustar", "a tar archive"),
        ("rose.jpg", b"\xff\xd8\xff\xe0", "a single JPEG image"),
        ("a.zip", b"MZ", "a file '.zip' of unknown content"),
    ],
)
def test_what_no_pipeline_reads_is_named(
    tmp_path: Path, name: str, content: bytes, got: str
) -> None:
    with pytest.raises(InvalidData) as caught:
        check_format(kept(tmp_path, name, content))
    assert [(d.code, d.got) for d in caught.value.diagnostics] == [("S125", got)]


def test_the_contents_of_zip_files_are_checked(tmp_path: Path) -> None:
    assert check_format(kept(tmp_path, "a.zip", zipped("a/1.png"))) == "zip"
    with pytest.raises(InvalidData) as caught:
        check_format(kept(tmp_path, "b.zip", zipped("../1.png", "/2.png", "a/3.png")))
    assert [d.code for d in caught.value.diagnostics] == ["I007", "I007"]
    with pytest.raises(InvalidData) as caught:
        check_format(kept(tmp_path, "c.zip", zipped("notes.txt")))
    assert [d.code for d in caught.value.diagnostics] == ["I003"]
    with pytest.raises(InvalidData) as caught:
        check_format(kept(tmp_path, "d.zip", zipped("a/1.png")[:40]))
    assert [d.code for d in caught.value.diagnostics] == ["I006"]


def test_very_long_contents_are_left_to_the_survey(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their names would fill the server's memory."""
    archive = kept(tmp_path, "a.zip", zipped("../1.png"))
    monkeypatch.setattr(upload_formats, "_MOST_CONTENTS_BYTES", 10)
    assert check_format(archive) == "zip"


def test_archives_of_the_64_bit_form_are_left_to_the_survey(tmp_path: Path) -> None:
    """They could state a short table of contents and have a long one."""
    content = zipped("../1.png")
    end = content.rindex(b"PK\x05\x06")
    locator = b"PK\x06\x07" + bytes(16)
    assert check_format(kept(tmp_path, "a.zip", content[:end] + locator + content[end:])) == "zip"
