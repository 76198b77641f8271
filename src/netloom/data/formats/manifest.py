"""Lists of image files with labels and parts, as people write them in a table."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from netloom.core.diagnostics import Place
from netloom.core.digests import digest_of_bytes, digest_of_json
from netloom.core.errors import InvalidData
from netloom.data.formats.column_names import (
    IMAGE_PATHS,
    LABELS,
    PARTS,
    find_column,
    missing_column,
)
from netloom.data.formats.listing import Found
from netloom.data.formats.part_names import PART_OF_NAME, part_named
from netloom.data.formats.rejects import OnBad, Reject, check_rejects
from netloom.data.formats.text_table import Row, TextTable, read_text_table

LabelColumn = Literal["column", "none"]
"""Whether a column names the class of each image, or images have no labels."""
_PATH = Place(setting="path")


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """Columns that were named; None finds one by its usual names."""

    image: str | None = None
    label: str | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a list gives: files that exist, in its order, and lines that cannot be used."""

    images: tuple[Found, ...]
    rejects: tuple[Reject, ...]
    digest: str
    """Changes when the list does, and when a listed file is written again, appears or vanishes."""


def read_manifest(
    file: Path,
    folder: Path,
    *,
    name: str,
    labels: LabelColumn = "column",
    columns: ColumnChoice | None = None,
) -> Manifest:
    """Read a list and look for its files, without opening them.

    Args:
        folder: Where its paths start. They must not leave it; symbolic links are not followed.
        name: The list as the user called it, for problems.

    Raises:
        InvalidData: It is missing, no table, lacks columns (all are named) or lists nothing.
    """
    content = _content(file)
    chosen = columns or ColumnChoice()
    named = [column for column in (chosen.image, chosen.label, chosen.part) if column]
    table = read_text_table(
        content,
        name=name,
        headers=[*IMAGE_PATHS, *LABELS, *(column.lower() for column in named)],
        without_header=("path", "label", "part"),
    )
    if not table.rows:
        raise InvalidData.of(
            f"the list {file} names no image", code="I003", place=_PATH, fix="Check the path"
        )
    listed = _Lines(folder, name, _columns(table, chosen, labels, name))
    entries = [listed.entry(row) for row in table.rows]
    images = tuple(entry for entry in entries if isinstance(entry, Found))
    rejects = tuple(entry for entry in entries if isinstance(entry, Reject))
    state = [[os.fsencode(f.path).hex(), f.size_bytes, f.mtime_ns] for f in images]
    return Manifest(images, rejects, digest_of_json([digest_of_bytes(content), state]))


def check_manifest(manifest: Manifest, *, name: str, labels: LabelColumn, on_bad: OnBad) -> None:
    """See whether a list can be used; cheap.

    Args:
        name: The list as the user called it.

    Raises:
        InvalidData: No line can be used, or ``on_bad`` is ``error`` and a line cannot (they are named,
            the first 20 in full), or no image has a label although labels are wanted.
    """
    total = len(manifest.images) + len(manifest.rejects)
    check_rejects(manifest.rejects, total=total, on_bad=on_bad)
    if labels == "column" and all(found.label is None for found in manifest.images):
        raise InvalidData.of(
            f"no image in {name} has a label",
            code="I345",
            place=Place(setting="path", file=name),
            fix="Fill the column in, or set labels: none to use the images unlabelled",
        )


class _Lines:
    """Turns lines into files, one after the other."""

    def __init__(self, folder: Path, name: str, columns: ColumnChoice) -> None:
        self._folder = folder
        self._name = name
        self._columns = columns
        self._line_of: dict[str, int] = {}
        self._links: dict[str, bool] = {"": False}

    def entry(self, row: Row) -> Found | Reject:
        """The file that a line names, or why it names none."""
        name, reject = f"in line {row.line}", self._rejecter(row)
        if row.problem:
            return reject(name, row.problem, "I341")
        try:
            name = text_of(row.cells.get(self._columns.image or ""))
            label = text_of(row.cells.get(self._columns.label or ""))
            part = text_of(row.cells.get(self._columns.part or ""))
        except TypeError as error:
            return reject(name, str(error), "I341")
        if part and part_named(part) is None:
            known = ", ".join(PART_OF_NAME)
            return reject(name, f"its part is {part!r}, which is none of {known}", "I343")
        try:
            found = self._found(name, row.line)
        except _UnusableError as error:
            return reject(name or f"in line {row.line}", str(error), error.code)
        return replace(found, label=label or None, part=part_named(part), line=row.line)

    def _rejecter(self, row: Row) -> Callable[[str, str, str], Reject]:
        place = Place(setting="path", file=self._name, line=row.line)
        return lambda name, reason, code: Reject(name, reason, place, code)

    def _found(self, name: str, line: int) -> Found:
        path = self._relative(name)
        first = self._line_of.setdefault(path, line)
        if first != line:
            raise _UnusableError(f"line {first} lists it already", "I344")
        for parent in PurePosixPath(path).parents:
            if self._is_link(parent.as_posix()):
                raise _UnusableError("it lies behind a symbolic link, which is not followed")
        try:
            status = os.lstat(self._folder / path)
        except (OSError, ValueError):
            raise _UnusableError(f"there is no such file below {self._folder}") from None
        if not stat.S_ISREG(status.st_mode):
            is_link = stat.S_ISLNK(status.st_mode)
            raise _UnusableError(
                "it is a symbolic link, which is not followed" if is_link else "it is no file"
            )
        return Found.at(path, status)

    def _relative(self, name: str) -> str:
        if not name:
            raise _UnusableError("its path is missing", "I341")
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() and path.is_relative_to(self._folder.absolute().as_posix()):
            path = path.relative_to(self._folder.absolute().as_posix())
        if path.is_absolute() or ".." in path.parts or not path.name:
            raise _UnusableError(f"its path leads out of the folder {self._folder}")
        return path.as_posix()

    def _is_link(self, parent: str) -> bool:
        if parent == ".":
            return False
        if parent not in self._links:
            self._links[parent] = (self._folder / parent).is_symlink()
        return self._links[parent]


class _UnusableError(Exception):
    """Why a line gives no image."""

    def __init__(self, reason: str, code: str = "I342") -> None:
        super().__init__(reason)
        self.code = code


def text_of(value: Any) -> str:
    """A cell as text; nothing is the empty text.

    Raises:
        TypeError: It is a list or an object.

    >>> int(text_of(3)) + int(text_of(4.0))
    7
    """
    if value is None:
        return ""
    if isinstance(value, list | dict):
        raise TypeError("one of its values is a list or an object, where a text or number belongs")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _columns(
    table: TextTable, chosen: ColumnChoice, labels: LabelColumn, name: str
) -> ColumnChoice:
    wanted: list[tuple[str, str | None, Sequence[str], str]] = [
        ("paths of images", chosen.image, IMAGE_PATHS, "image_column")
    ]
    if labels == "column":
        wanted.append(("labels", chosen.label, LABELS, "label_column"))
    if chosen.part is not None:
        wanted.append(("parts", chosen.part, PARTS, "part_column"))
    found = [find_column(table.columns, named, usual) for _, named, usual, _ in wanted]
    problems = [
        missing_column(what, table.columns, named, usual, setting=setting, file=name, line=1)
        for (what, named, usual, setting), column in zip(wanted, found, strict=True)
        if column is None
    ]
    if problems:
        raise InvalidData(*problems)
    return ColumnChoice(
        image=found[0],
        label=found[1] if labels == "column" else None,
        part=find_column(table.columns, chosen.part, PARTS),
    )


def _content(file: Path) -> bytes:
    if file.is_dir():
        raise InvalidData.of(
            f"the path {file} is a folder",
            code="I002",
            place=_PATH,
            expected="a CSV, TSV or JSON Lines file",
            fix="Name the list itself; folders are read by data.image_folder",
        )
    try:
        return file.read_bytes()
    except OSError as error:
        raise InvalidData.of(
            f"there is no file {file}" if not file.exists() else f"cannot read {file}: {error}",
            code="I001",
            place=_PATH,
            fix="Check the path; a relative one starts at the project folder",
        ) from error
