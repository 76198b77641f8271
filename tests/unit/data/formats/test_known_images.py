from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from netloom.core.errors import InvalidData
from netloom.core.reporter import SilentReporter
from netloom.data.formats import image_files, inspection
from netloom.data.formats.image_folder import index_image_folder
from netloom.data.formats.inspection import Inspection
from netloom.data.formats.known_images import KnownImages
from netloom.data.formats.listing import Found, list_images

MakeTree = Callable[..., Path]
LONG_AGO_NS = 10**18


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a test are seconds old at most; here they count as old enough."""
    monkeypatch.setattr(KnownImages, "_is_settled", lambda self, found: True)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were read."""
    names: list[str] = []
    original = inspection.inspect_file

    def counted(path: str) -> Inspection:
        names.append(Path(path).name)
        return original(path)

    monkeypatch.setattr(inspection, "inspect_file", counted)
    return names


@pytest.fixture
def index(tmp_path: Path, reads: list[str]) -> Callable[..., list[str]]:
    """Indexes a folder; gives the names of the files that had to be read."""

    def run(root: Path, **settings: Any) -> list[str]:
        reads.clear()
        index_image_folder(
            root,
            tmp_path,
            media="path:tree",
            reporter=SilentReporter(tmp_path),
            cache_folder=tmp_path / "cache",
            **settings,
        )
        return sorted(reads)

    return run


def cache_file(tmp_path: Path) -> Path:
    (file,) = (tmp_path / "cache/images").iterdir()
    return file


def test_only_new_and_changed_files_are_read_again(
    tmp_path: Path, make_tree: MakeTree, index: Any, write_image: Any
) -> None:
    root = make_tree("a/1.png", "a/2.png", "b/3.png")
    assert index(root) == ["1.png", "2.png", "3.png"]
    first = (tmp_path / "index.parquet").read_bytes()
    assert index(root) == []
    assert (tmp_path / "index.parquet").read_bytes() == first
    write_image(root / "b/4.png", seed=9)
    assert index(root) == ["4.png"]
    write_image(root / "a/2.png", seed=10, width=30)
    assert index(root) == ["2.png"]
    os.utime(root / "a/1.png", ns=(LONG_AGO_NS, LONG_AGO_NS))
    assert index(root, threads=2) == ["1.png"]
    assert index(root) == []


def test_a_file_put_in_place_of_another_is_read(
    make_tree: MakeTree, index: Any, write_image: Any
) -> None:
    root = make_tree("a/1.png", "b/2.png")
    index(root)
    state = (root / "a/1.png").stat()
    other = write_image(root.parent / "other.bmp", seed=5)
    content = other.read_bytes()[: state.st_size].ljust(state.st_size, b"\0")
    other.write_bytes(content)
    os.utime(other, ns=(state.st_atime_ns, state.st_mtime_ns))
    os.replace(other, root / "a/1.png")
    assert index(root, on_bad="skip") == ["1.png"]


def test_bad_files_are_looked_at_each_time(make_tree: MakeTree, index: Any) -> None:
    root = make_tree("a/1.png", "b/2.png")
    (root / "b/bad.png").write_bytes(b"x")
    assert index(root, on_bad="skip") == ["1.png", "2.png", "bad.png"]
    assert index(root, on_bad="skip") == ["bad.png"]


def test_what_was_read_is_known_even_if_the_run_ends_with_bad_files(
    make_tree: MakeTree, index: Any, write_image: Any
) -> None:
    root = make_tree("a/1.png", "b/2.png")
    (root / "b/bad.png").write_bytes(b"x")
    with pytest.raises(InvalidData):
        index(root)
    write_image(root / "b/bad.png", seed=4)
    assert index(root) == ["bad.png"]


def damages() -> Iterator[Any]:
    yield pytest.param(lambda content: b"", id="empty")
    yield pytest.param(lambda content: content[:50], id="cut")
    yield pytest.param(lambda content: b"x" + content, id="shifted")
    for place in (8, 40, 120):
        yield pytest.param(
            lambda content, place=place: (
                content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :]
            ),
            id=f"byte {place}",
        )


@pytest.mark.parametrize("damage", list(damages()))
def test_a_damaged_memory_is_left_aside_and_made_anew(
    tmp_path: Path, make_tree: MakeTree, index: Any, damage: Callable[[bytes], bytes]
) -> None:
    root = make_tree("a/1.png", "b/2.png")
    index(root)
    first = (tmp_path / "index.parquet").read_bytes()
    file = cache_file(tmp_path)
    file.write_bytes(damage(file.read_bytes()))
    assert set(index(root)) <= {"1.png", "2.png"}
    assert (tmp_path / "index.parquet").read_bytes() == first
    assert index(root) == []


def test_a_memory_of_another_format_is_left_aside(
    tmp_path: Path, make_tree: MakeTree, index: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_tree("a/1.png", "b/2.png")
    index(root)
    monkeypatch.setattr("netloom.data.formats.known_images.FORMAT", b"2")
    assert index(root) == ["1.png", "2.png"]


def test_files_that_are_gone_are_forgotten(tmp_path: Path, make_tree: MakeTree, index: Any) -> None:
    root = make_tree("a/1.png", "b/2.png", "b/3.png")
    index(root)
    (root / "b/3.png").unlink()
    index(root)
    known = KnownImages(tmp_path / "cache", root)
    assert known.get(list_images(root).images[0]) is not None
    assert len(known._known) == 2


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(
    tmp_path: Path, make_tree: MakeTree, index: Any
) -> None:
    root = make_tree("a/1.png", "b/2.png")
    (tmp_path / "cache").write_text("a file")
    assert index(root) == index(root) == ["1.png", "2.png"]


def test_young_files_are_not_remembered(
    tmp_path: Path, make_tree: MakeTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    root = make_tree("a/1.png")
    (found,) = list_images(root).images
    seen = Inspection("ab", 8, 6)
    KnownImages(tmp_path / "cache", root).remember([(found, seen)])
    assert KnownImages(tmp_path / "cache", root).get(found) is None
    old = Found("a/1.png", 1, LONG_AGO_NS, LONG_AGO_NS, 7)
    KnownImages(tmp_path / "cache", root).remember([(old, seen)])
    assert KnownImages(tmp_path / "cache", root).get(old) == seen


def test_without_a_cache_folder_nothing_is_kept(tmp_path: Path, make_tree: MakeTree) -> None:
    root = make_tree("a/1.png")
    (found,) = list_images(root).images
    known = KnownImages(None, root)
    known.remember([(found, Inspection("ab", 8, 6))])
    assert known.get(found) is None
    assert not (tmp_path / "cache").exists()


def test_two_folders_do_not_disturb_each_other(
    tmp_path: Path, make_tree: MakeTree, index: Any, write_image: Any
) -> None:
    root = make_tree("a/1.png")
    other = tmp_path / "other"
    write_image(other / "a/1.png", seed=3)
    assert image_files.KnownImages is KnownImages
    assert index(root) == index(other) == ["1.png"]
    assert index(root) == index(other) == []
