"""Finding the files of a table that is kept in several, and reading parts off their names."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.digests import digest_of_json
from netloom.core.errors import InvalidData
from netloom.data.formats.ignored_files import remarks_on_ignored
from netloom.data.formats.listing import is_junk, natural_key
from netloom.data.formats.part_names import part_named
from netloom.data.view import Part

_PATH = Place(setting="path")
_SHARD = re.compile(r"(?P<split>.+)-(?P<number>\d{5})-of-(?P<total>\d{5})")
"""File names of Hugging Face's hub and of many tools: train-00000-of-00002.parquet."""
_INTERMEDIATE = "cache-"
"""Files that the datasets library leaves beside a data set."""
_LINKS = "symbolic links (they are not followed)"


@dataclass(frozen=True, slots=True)
class TableFile:
    """One file of a table.

    Attributes:
        path: Relative to the root, with ``/``; empty if the root is the file.
        part: Part that its name stands for.
        features: What a description beside it says about columns, as the datasets library writes it.
    """

    path: str
    part: Part | None = None
    size_bytes: int = 0
    mtime_ns: int = 0
    features: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def below(self, root: Path) -> Path:
        """Where it lies."""
        return root / self.path if self.path else root


@dataclass(frozen=True, slots=True)
class TableFiles:
    """The files of a table in natural order, with what was passed over, for people."""

    files: tuple[TableFile, ...]
    remarks: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Changes when a file is added, removed, renamed, resized or written again."""
        return digest_of_json([[f.path, f.size_bytes, f.mtime_ns] for f in self.files])


def find_tables(root: Path, *, suffix: str, kind: str) -> TableFiles:
    """A file, or every file below a folder with this suffix. Symbolic links are not followed.

    Args:
        suffix: In lower case, with its point.
        kind: What such a file is called, for people.

    Raises:
        InvalidData: There is nothing of the kind, or files of a numbered series are missing.
    """
    if not root.exists():
        raise InvalidData.of(
            f"there is no file or folder {root}",
            code="I001",
            place=_PATH,
            fix="Check the path; a relative one starts at the project folder",
        )
    if root.is_file():
        return TableFiles((file_at(root, "", split_named(root.name)),))
    used, ignored = _sorted_out(root, suffix)
    remarks = remarks_on_ignored(ignored)
    if not used:
        raise InvalidData.of(
            f"there are no {kind} in {root}",
            code="I003",
            place=_PATH,
            expected=f"files ending in {suffix}",
            got=", ".join(remarks) or "nothing of the kind",
            fix="Check the path; a data set of a hub has to be downloaded with its files, not links",
        )
    check_series(used)
    files = tuple(file_at(root / path, path, split_named(path)) for path in used)
    has_parts = any(file.part for file in files)
    apart = [file.path for file in files if has_parts and file.part is None]
    remarks += [f"{path} is called like no part: its images have none" for path in apart]
    return TableFiles(files, tuple(remarks))


def file_at(
    file: Path, path: str, part: Part | None, features: Mapping[str, Any] | None = None
) -> TableFile:
    """A file in the state that the file system says it is in.

    Raises:
        InvalidData: It is missing or a symbolic link.
    """
    if file.is_symlink() or not file.is_file():
        what = "a symbolic link, which is not followed" if file.is_symlink() else "missing"
        raise InvalidData.of(
            f"the file {file} is {what}", code="I347", place=_PATH, fix="Download it again"
        )
    status = file.stat()
    return TableFile(path, part, status.st_size, status.st_mtime_ns, features or {})


def split_named(path: str) -> Part | None:
    """The part that a file's name stands for, or else one of its folders.

    >>> paths = ["train-00000-of-00001.parquet", "default/Validation/0000.parquet", "pets.parquet"]
    >>> [split_named(path) for path in paths].count(None)
    1
    """
    place = PurePosixPath(path)
    shard = _SHARD.fullmatch(place.stem)
    stem = shard["split"] if shard else place.stem
    names = [stem, re.split(r"[-_. ]", stem)[0], re.split(r"[-_. ]", stem)[-1]]
    candidates = (*names, *reversed(place.parent.parts))
    return next((part for name in candidates if (part := part_named(name))), None)


def check_series(paths: Sequence[str]) -> None:
    """See that no file of a numbered series is missing.

    Raises:
        InvalidData: One is; all are named.
    """
    series: dict[tuple[str, str], set[int]] = defaultdict(set)
    for path in paths:
        folder, _, name = path.rpartition("/")
        shard = _SHARD.fullmatch(PurePosixPath(name).stem)
        if shard:
            start = f"{folder}/{shard['split']}" if folder else shard["split"]
            series[start, shard["total"]].add(int(shard["number"]))
    problems = [
        Diagnostic(
            code="I347",
            message=f"the file {start}-{number:05}-of-{total} is missing",
            place=_PATH,
            expected=f"{int(total)} files",
            got=f"{len(numbers)} files",
            fix="Download it again",
        )
        for (start, total), numbers in series.items()
        for number in range(int(total))
        if number not in numbers
    ]
    if problems:
        raise InvalidData(*problems[:20])


def _sorted_out(root: Path, suffix: str) -> tuple[list[str], Counter[str]]:
    """Files of a table in natural order, and how many of what else was passed over."""
    used, ignored = [], Counter[str]()
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not is_junk(name)]
        links = [name for name in folders if Path(folder, name).is_symlink()]
        ignored[_LINKS] += len(links)
        for name in names:
            path = Path(folder, name)
            if not name.lower().endswith(suffix) or is_junk(name):
                continue
            if path.is_symlink():
                ignored[_LINKS] += 1
            elif name.startswith(_INTERMEDIATE):
                ignored[f"intermediate files ({_INTERMEDIATE}…)"] += 1
            else:
                used.append(path.relative_to(root).as_posix())
    return sorted(used, key=natural_key), +ignored
