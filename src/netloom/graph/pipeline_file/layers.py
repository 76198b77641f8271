"""Layers of a pipeline file: what it extends, the file itself, overlays, and flags on top."""

from __future__ import annotations

import os.path
import re
from dataclasses import dataclass, field
from pathlib import Path

from netloom.core.diagnostics import Diagnostic, Place, did_you_mean
from netloom.core.errors import InvalidPipeline
from netloom.graph.pipeline_file.merging import merge
from netloom.graph.pipeline_file.provenance import Entry, Origin
from netloom.graph.pipeline_file.yaml_entries import read_entries

MAX_FILE_BYTES = 4 * 1024 * 1024
MAX_FILES = 100
PROJECT_PREFIX = "project:"


@dataclass
class LayerReader:
    """Reads pipeline files and everything they extend.

    Attributes:
        project: Folder that ``project:`` paths start at.
        texts: Content of files as an editor holds it, instead of what is on disk.
        within: Files outside this folder are not read; None is no limit. For text whose author may not
            read every file of this machine.
        files: Every file read, in order.
        problems: Merge problems; files that cannot be read raise instead.
    """

    project: Path
    texts: dict[Path, str] = field(default_factory=dict)
    within: Path | None = None
    files: list[Path] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)

    def read(self, path: Path) -> tuple[Entry, Entry]:
        """The file merged over what it extends, and what it extends alone.

        Raises:
            InvalidPipeline: A file cannot be read or parsed, or extends itself.
        """
        return self._read(path, Place(), ())

    def read_one(self, path: Path, *, named_at: Place | None = None) -> Entry:
        """One file alone, without what it extends."""
        self.files.append(path)
        if len(self.files) > MAX_FILES:
            raise InvalidPipeline.of(
                f"more than {MAX_FILES} files are involved", code="D003", place=named_at or Place()
            )
        text = self.texts.get(path)
        if text is None:
            self._refuse_outside(path, named_at)
            text = _text_of_file(path, named_at or Place(file=str(path)))
        entry = read_entries(text.removeprefix("\ufeff"), layer=str(path), file=str(path))
        if entry is None:
            return Entry({}, Origin(str(path), str(path), 1, 1))
        if not entry.is_mapping:
            raise InvalidPipeline.of(
                "a pipeline file is a mapping of netloom, name, nodes …",
                code="D007",
                place=Place(file=str(path), line=entry.origin.line, column=entry.origin.column),
                got="a list" if entry.is_list else "a single value",
            )
        return entry

    def _refuse_outside(self, path: Path, named_at: Place | None) -> None:
        if self.within is not None and not path.resolve().is_relative_to(self.within.resolve()):
            raise InvalidPipeline.of(
                "this file is outside the project folder",
                code="S119",
                place=named_at or Place(),
                fix="Copy it into the project, or write here what it says",
            )

    def located(self, named: str, *, beside: Path) -> Path:
        """The path of a file named in another file."""
        if named.startswith(PROJECT_PREFIX):
            return self.project / named.removeprefix(PROJECT_PREFIX)
        return Path(os.path.normpath(beside.parent / Path(named).expanduser()))

    def over(self, lower: Entry, upper: Entry) -> Entry:
        """Merge two layers, keeping the problems."""
        merged, problems = merge(lower, upper)
        self.problems.extend(problems)
        return merged

    def _read(self, path: Path, named_at: Place, chain: tuple[Path, ...]) -> tuple[Entry, Entry]:
        _refuse_circle(path, named_at, chain)
        own = self.read_one(path, named_at=named_at if chain else None)
        inherited = Entry({}, Origin(str(path), str(path), 1, 1))
        for name in _extended_files(own):
            place = Place(file=str(path), line=name.origin.line, column=name.origin.column)
            base = self.located(name.value, beside=path)
            below, _ = self._read(base, place, (*chain, path))
            inherited = self.over(inherited, below)
        fields = {key: entry for key, entry in own.fields.items() if key != "extends"}
        return self.over(inherited, own.with_value(fields)), inherited


def _extended_files(own: Entry) -> list[Entry]:
    extends = own.fields.get("extends")
    if extends is None:
        return []
    names = list(extends.value) if extends.is_list else [extends]
    for name in names:
        if not isinstance(name.value, str) or not name.value or "${" in name.value:
            origin = name.origin
            raise InvalidPipeline.of(
                "extends takes a file name or a list of file names",
                code="D010",
                place=Place(file=origin.file, line=origin.line, column=origin.column),
                got=repr(name.plain()),
                fix="Write for example: extends: base.yaml",
            )
    return names


def _refuse_circle(path: Path, named_at: Place, chain: tuple[Path, ...]) -> None:
    keys = [Path(os.path.abspath(link)) for link in chain]  # noqa: PTH100 - resolve() follows links
    here = Path(os.path.abspath(path))  # noqa: PTH100
    if here in keys:
        circle = [*chain[keys.index(here) :], path]
        raise InvalidPipeline.of(
            "these files extend each other in a circle: "
            + " → ".join(str(link) for link in circle),
            code="D011",
            place=named_at,
            fix="Remove one of the extends lines",
        )


def _text_of_file(path: Path, place: Place) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidPipeline.of(
            f"{path} is not UTF-8 text (byte {error.start})",
            code="D002",
            place=place,
            fix="Save it as UTF-8",
        ) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InvalidPipeline.of(
            f"cannot read {path}: {reason}",
            code="D001",
            place=place,
            fix=_similar_file(path, place),
        ) from error
    if len(content) > MAX_FILE_BYTES:
        raise InvalidPipeline.of(
            f"{path} is too large for a pipeline file",
            code="D003",
            place=place,
            expected=f"at most {MAX_FILE_BYTES // 1024 // 1024} MB",
        )
    return text


def _similar_file(path: Path, named_at: Place) -> str | None:
    try:
        others = [entry for entry in path.parent.glob("*.y*ml") if str(entry) != named_at.file]
        names = {entry.stem: entry.name for entry in others}
        close = did_you_mean(path.stem, names)  # the suffix alone would make all of them alike
        return close and re.sub(r"'([^']*)'", lambda found: repr(names[found[1]]), close)
    except OSError:
        return None
