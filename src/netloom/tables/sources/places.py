"""Where files of tables lie: folders of this machine, or anything that fsspec reaches by a URL."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from netloom.core.errors import InvalidData, NotFound
from netloom.core.locations import local_path
from netloom.tables.table import OuterFile, changed_outside

_WILDCARDS = frozenset("*?[")
_STAMPS = ("mtime", "LastModified", "last_modified", "etag", "ETag", "md5Hash", "created")


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of this machine or of a store, with the files found in it.

    Attributes:
        folder: Absolute path, or a URL.
        files: Sorted; paths start at the folder. Names that start with ``_`` or ``.`` are left out.
        has_marker: Whether the file that says "complete" is there; also if none was asked for.
    """

    folder: str
    files: tuple[OuterFile, ...]
    has_marker: bool

    @property
    def size_bytes(self) -> int:
        """Size of all files."""
        return sum(file.size_bytes for file in self.files)

    @property
    def paths(self) -> tuple[str, ...]:
        """Absolute paths or URLs of the files."""
        return tuple(f"{self.folder}/{file.path}" for file in self.files)

    @property
    def name(self) -> str:
        """For people: the only file, or the folder of several."""
        return self.paths[0] if len(self.files) == 1 else self.folder

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        return not is_url(self.folder)


def is_url(path: str) -> bool:
    """Whether a path names its store, as ``s3://bucket/folder`` does."""
    return "://" in path


def filesystem_of(url: str) -> Any:
    """The fsspec file system of a URL.

    Raises:
        NotFound: No installed package knows its scheme, or what that needs is missing on this machine.
    """
    import fsspec

    scheme = url.partition("://")[0]
    try:
        return fsspec.filesystem(scheme)
    except (ImportError, ValueError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise NotFound.of(
            f"paths that start with {scheme}:// cannot be read: {reason}",
            code="T121",
            fix="Install the package of fsspec for this kind of store, such as s3fs for s3://",
        ) from error


def arrow_filesystem(folder: str) -> Any:
    """The file system through which Arrow reads a folder; None is this machine's."""
    if not is_url(folder):
        return None
    from pyarrow.fs import FSSpecHandler, PyFileSystem

    return PyFileSystem(FSSpecHandler(filesystem_of(folder)))


def look(path: str, *, project: Path, marker: str | None) -> Place | None:
    """What is at a path: a file, a folder with all below it, or what matches a pattern; None if nothing is.

    Args:
        path: ``~`` and relative paths start at the project folder; a URL is taken as it is.
        marker: Name of the file that says "complete"; it lies in the folder.
    """
    if is_url(path):
        return _look_at_store(path, marker=marker)
    absolute = str(local_path(f"path:{path}", project))
    return _look_at_folder(absolute, marker=marker)


def _look_at_folder(path: str, *, marker: str | None) -> Place | None:
    fixed, pattern = _split_pattern(path)
    root = Path(fixed)
    if pattern is None and root.is_file():
        root, found = root.parent, [root]
    elif root.is_dir():
        found = [
            Path(folder) / name
            for folder, names in _walk(root)
            for name in names
            if pattern is None or _matches(_relative(Path(folder) / name, root), pattern)
        ]
    else:
        return None
    files = sorted(
        (_relative(file, root), file.stat().st_size, str(file.stat().st_mtime_ns)) for file in found
    )
    is_complete = marker is None or _local_marker(root, pattern, marker)
    return Place(str(root), tuple(OuterFile(*file) for file in files), is_complete)


def _walk(root: Path) -> list[tuple[str, list[str]]]:
    found = []
    for folder, below, names in os.walk(root):
        below[:] = sorted(name for name in below if not name.startswith(("_", ".")))
        found.append((folder, [name for name in names if not name.startswith(("_", "."))]))
    return found


def _local_marker(root: Path, pattern: str | None, marker: str) -> bool:
    """Of a pattern of folders every one must be complete."""
    folders = [root]
    if pattern is not None and "/" in pattern:
        folders = [folder for folder in root.glob(pattern.rpartition("/")[0]) if folder.is_dir()]
    return bool(folders) and all((folder / marker).is_file() for folder in folders)


def _look_at_store(url: str, *, marker: str | None) -> Place | None:
    store = filesystem_of(url)
    scheme = url.partition("://")[0]
    fixed, pattern = _split_pattern(url)
    root = store._strip_protocol(fixed)
    try:
        if pattern is None and store.isfile(root):
            found = {root: store.info(root)}
            root = root.rpartition("/")[0]
        else:
            found = store.find(root, detail=True)
            if not found and pattern is None:
                store.info(root)  # which says what stands in the way
        is_complete = marker is None or store.exists(f"{root}/{marker}")
    except FileNotFoundError as error:
        # Stores call a file missing also where nobody answered.
        if isinstance(error.__cause__, OSError):
            raise _unreached(url, error.__cause__) from error
        return None
    except Exception as error:
        raise _unreached(url, error) from error
    files = []
    for name, info in sorted(found.items()):
        path = name[len(root) :].lstrip("/")
        is_hidden = any(part.startswith(("_", ".")) for part in path.split("/"))
        if not is_hidden and (pattern is None or _matches(path, pattern)):
            files.append(OuterFile(path, int(info.get("size") or 0), _stamp(info)))
    if not files and not is_complete:
        return None
    return Place(f"{scheme}://{root.lstrip('/')}", tuple(files), is_complete)


def _unreached(url: str, error: BaseException) -> InvalidData:
    return InvalidData.of(
        f"{url} cannot be reached: {type(error).__name__}: {error}",
        code="T122",
        fix="Check the address and the credentials that its store takes from the environment",
    )


def checked_outer_urls(folder: str, files: Sequence[OuterFile]) -> tuple[str, ...]:
    """URLs of a table's files, once it is sure that none changed.

    Raises:
        InvalidData: One did.
    """
    store = filesystem_of(folder)
    for file in files:
        url = f"{folder}/{file.path}"
        info = store.info(url) if store.exists(url) else None
        if info is None or (int(info.get("size") or 0), _stamp(info)) != (
            file.size_bytes,
            file.stamp,
        ):
            raise changed_outside(url, is_gone=info is None)
    return tuple(f"{folder}/{file.path}" for file in files)


def _stamp(info: dict[str, Any]) -> str:
    found = next((info[name] for name in _STAMPS if info.get(name) is not None), "")
    return str(found.timestamp() if isinstance(found, datetime) else found)


def _split_pattern(path: str) -> tuple[str, str | None]:
    """The folder before the first wildcard, and the rest; None without a wildcard."""
    if not _WILDCARDS & set(path):
        return path.rstrip("/") or "/", None
    parts = path.split("/")
    first = next(index for index, part in enumerate(parts) if _WILDCARDS & set(part))
    return "/".join(parts[:first]) or "/", "/".join(parts[first:])


def _matches(path: str, pattern: str) -> bool:
    """Whether a path, or a folder above it, matches; ``*`` stays within one level."""
    parts, wanted = path.split("/"), pattern.split("/")
    if len(parts) < len(wanted):
        return False
    return all(fnmatch.fnmatchcase(part, form) for part, form in zip(parts, wanted))


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
