"""One looks into opened folders, never out of them, and never at what is hidden."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from netloom.core.errors import NotFound
from netloom.workspace import readable_folders
from netloom.workspace.readable_folders import Entry, ReadableFolders


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    for file in (
        "data/cats/1.png",
        "data/labels.csv",
        "Notes.txt",
        ".env",
        ".netloom/netloom.db",
        ".git/config",
    ):
        (project / file).parent.mkdir(parents=True, exist_ok=True)
        (project / file).write_text("12345")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("k")
    return project


@pytest.fixture
def folders(project: Path) -> Callable[..., ReadableFolders]:
    return lambda *roots: ReadableFolders(project, roots or (".",), workspace=project / ".netloom")


def names(folders: ReadableFolders, path: str = "") -> list[str]:
    return [each.name for each in folders.listing(path).entries]


def test_folders_come_first_and_paths_are_what_a_setting_would_say(
    folders: Callable[..., ReadableFolders],
) -> None:
    found = folders().listing()
    assert (found.path, found.parent, found.is_complete) == (".", None, True)
    assert found.entries == (
        Entry("data", "data", is_folder=True, size_bytes=None),
        Entry("Notes.txt", "Notes.txt", is_folder=False, size_bytes=5),
    )
    below = folders().listing("data/cats")
    assert (below.path, below.parent) == ("data/cats", "data")
    assert [each.path for each in below.entries] == ["data/cats/1.png"]


def test_of_a_file_what_is_beside_it_is_listed(folders: Callable[..., ReadableFolders]) -> None:
    found = folders().listing("data/labels.csv")
    assert found.path == "data"
    assert [each.name for each in found.entries] == ["cats", "labels.csv"]


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../secret",
        "data/../../secret",
        ".netloom",
        ".git",
        ".env",
        "missing",
        "data\0",
        "~root",
    ],
)
def test_elsewhere_and_what_is_hidden_cannot_be_told_from_what_is_missing(
    folders: Callable[..., ReadableFolders], path: str
) -> None:
    with pytest.raises(NotFound) as refused:
        folders().listing(path)
    [problem] = refused.value.diagnostics
    assert (problem.code, problem.expected) == ("S130", ".")
    assert problem.message == f"there is no folder {path!r} that may be looked into"


def test_an_absolute_path_outside_is_refused_and_one_inside_is_not(
    folders: Callable[..., ReadableFolders], project: Path
) -> None:
    assert folders().listing(str(project / "data")).path == "data"
    with pytest.raises(NotFound):
        folders().listing(str(project.parent / "secret"))


def test_links_lead_only_where_one_may_look_anyway(
    folders: Callable[..., ReadableFolders], project: Path
) -> None:
    (project / "out").symlink_to(project.parent / "secret")
    (project / "key").symlink_to(project.parent / "secret" / "key")
    (project / "mine").symlink_to(project / ".netloom")
    (project / "nowhere").symlink_to(project / "missing")
    (project / "round").symlink_to(project / "round")
    (project / "kittens").symlink_to(project / "data" / "cats")
    assert names(folders()) == ["data", "kittens", "Notes.txt"]
    assert folders().listing("kittens").path == "data/cats"
    for path in ("out", "key", "mine", "round", "out/key"):
        with pytest.raises(NotFound):
            folders().listing(path)
    opened = folders(".", str(project.parent / "secret"))
    assert names(opened, "out") == ["key"]


def test_several_folders_can_be_opened_or_none(
    folders: Callable[..., ReadableFolders], project: Path
) -> None:
    secret = str(project.parent / "secret")
    opened = folders("data", secret)
    assert opened.roots == ("data", secret)
    assert names(opened) == ["cats", "labels.csv"]
    assert opened.listing(secret).entries[0].path == f"{secret}/key"
    with pytest.raises(NotFound):
        opened.listing(".")
    closed = ReadableFolders(project, (), workspace=project / ".netloom")
    with pytest.raises(NotFound) as refused:
        closed.listing()
    assert refused.value.diagnostics[0].expected == (
        "nothing: the server's settings open no folder"
    )


def test_a_workspace_with_an_ordinary_name_is_hidden_too(project: Path) -> None:
    (project / "results").mkdir()
    folders = ReadableFolders(project, (".",), workspace=project / "results")
    assert names(folders) == ["data", "Notes.txt"]
    with pytest.raises(NotFound):
        folders.listing("results")


def test_a_long_folder_is_cut_and_says_so(
    folders: Callable[..., ReadableFolders], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "many").mkdir()
    for number in range(5):
        (project / "many" / f"{number}").touch()
    monkeypatch.setattr(readable_folders, "MOST_ENTRIES", 5)
    assert folders().listing("many").is_complete
    monkeypatch.setattr(readable_folders, "MOST_ENTRIES", 4)
    found = folders().listing("many")
    assert ([each.name for each in found.entries], found.is_complete) == (list("0123"), False)
    monkeypatch.setattr(readable_folders, "MOST_NAMES", 3)
    found = folders().listing("many")
    assert (len(found.entries), found.is_complete) == (3, False)
