"""The files of a data set, listed once; reads them without following links or leaving the folder."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from netloom.core.digests import digest_of_json
from netloom.data.formats.listing import Found, is_image_name, list_files
from netloom.data.path_text import readable_name

MAX_TEXT_BYTES = 2 << 30
"""Longest annotation file that is read."""
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_HIDDEN_DRIVE = re.compile(r"^[a-zA-Z]:/")


@dataclass(frozen=True)
class SourceFolder:
    """What lies below a folder.

    Attributes:
        root: The folder.
        files: All files but for what systems leave behind, in natural order.
        ignored: How many links, special files and empty folders were passed over, by kind.
    """

    root: Path
    files: tuple[Found, ...]
    ignored: Counter[str]

    @classmethod
    def at(cls, root: Path) -> SourceFolder:
        """List a folder.

        Raises:
            InvalidData: It is missing, is a file or cannot be read.
        """
        listing = list_files(root)
        return cls(root, listing.images, listing.ignored)

    @property
    def digest(self) -> str:
        """Changes when any file is added, removed, renamed or written again."""
        return digest_of_json(
            [[os.fsencode(f.path).hex(), f.size_bytes, f.mtime_ns] for f in self.files]
        )

    @cached_property
    def by_path(self) -> dict[str, Found]:
        """Files by their path."""
        return {found.path: found for found in self.files}

    @cached_property
    def images(self) -> tuple[str, ...]:
        """Paths of the files that end like images."""
        return tuple(found.path for found in self.files if is_image_name(found.path))

    @cached_property
    def images_in(self) -> dict[str, list[str]]:
        """The images that lie directly in each folder, in natural order."""
        found: dict[str, list[str]] = {}
        for path in self.images:
            found.setdefault(path.rpartition("/")[0], []).append(path)
        return found

    @cached_property
    def base(self) -> str:
        """Folders that surround everything, as archives often have: ``""`` or ``"name/"``."""
        folders = [PurePosixPath(found.path).parent.parts for found in self.files]
        if not folders:
            return ""
        depth = 0
        while all(len(parts) > depth and parts[depth] == folders[0][depth] for parts in folders):
            depth += 1
        return "".join(f"{piece}/" for piece in folders[0][:depth])

    def ending(self, *suffixes: str) -> Iterator[str]:
        """Paths that end so, whatever the case; those nearest to the top first."""
        found = [f.path for f in self.files if f.path.lower().endswith(suffixes)]
        yield from sorted(found, key=lambda path: path.count("/"))

    def content(self, path: str) -> bytes:
        """A listed file.

        Raises:
            ValueError: It cannot be read, is too long, or has become a link since.
        """
        descriptor = None
        try:
            descriptor = os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as stream:
                status = os.fstat(stream.fileno())
                if not stat.S_ISREG(status.st_mode):
                    raise ValueError("it is no file")
                if status.st_size > MAX_TEXT_BYTES:
                    raise ValueError("it is too long to be read")
                return stream.read()
        except OSError as error:
            raise ValueError(f"it cannot be read: {error.strerror}") from error

    def ends(self, path: str, length: int) -> bytes:
        """The first and the last so many bytes of a listed file, since some are long.

        Raises:
            ValueError: It cannot be read.
        """
        try:
            with (self.root / path).open("rb") as stream:
                start = stream.read(length)
                stream.seek(max(len(start), self.by_path[path].size_bytes - length))
                return start + stream.read(length)
        except OSError as error:
            raise ValueError(f"it cannot be read: {error.strerror}") from error

    def text(self, path: str) -> str:
        r"""A listed file as text: UTF-8 with or without mark, UTF-16 with one, or GBK.

        Line ends become ``\n``. Raises ValueError like :meth:`content`, and if it is no text.
        """
        return text_of(self.content(path))


def text_of(content: bytes) -> str:
    r"""Text in UTF-8, UTF-16 with a mark, or GBK (Chinese Windows), with ``\n`` between lines.

    Raises:
        ValueError: It is none of these.

    >>> text_of("一\r\n二".encode("gbk")).count("\n")
    1
    """
    return _decoded(content).replace("\r\n", "\n").replace("\r", "\n")


def _decoded(content: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("it is not text in UTF-8 or GBK")


class PictureFinder:
    """Finds the file that an annotation means by a path of another machine, system or spelling.

    Args:
        paths: Files to choose among; by default the images.
    """

    def __init__(self, folder: SourceFolder, paths: Iterable[str] | None = None) -> None:
        self._folder = folder
        chosen = folder.images if paths is None else tuple(paths)
        self._exact = frozenset(chosen)
        self._by_lower: dict[str, list[str]] = {}
        self._by_name: dict[str, list[str]] = {}
        for path in chosen:
            lower = readable_name(path).lower()
            self._by_lower.setdefault(lower, []).append(path)
            self._by_name.setdefault(lower.rpartition("/")[2], []).append(path)
        self._guessed: list[tuple[str, str]] = []

    def find(self, name: str, *, near: str = "") -> str | None:
        """The file of this name.

        Tried in turn: the path from ``near``, from the folders around everything and from the top, also in
        another case; then the one file whose path ends most like it.

        Args:
            near: Where relative paths start, ``""`` or ending in ``/``.

        Returns:
            None if there is no such file, or several are as likely.
        """
        if near + name in self._exact:
            return near + name
        cleaned = _cleaned(name)
        for start in (near, self._folder.base, ""):
            path = os.path.normpath(start + cleaned) if cleaned else ""
            if path in self._exact:
                return path
            alike = self._by_lower.get(path.lower(), [])
            if len(alike) == 1:
                return self._told(name, alike[0])
        return self._by_tail(name, cleaned)

    def at(self, path: str) -> str | None:
        """The file of exactly this path, once it is tidied; None if there is none."""
        if path in self._exact:
            return path
        tidy = os.path.normpath(path.replace("\\", "/")) if path else ""
        return tidy if tidy in self._exact else None

    @property
    def guessed(self) -> list[str]:
        """Guesses as "file for name"."""
        return [f"{readable_name(path)} for {name}" for name, path in self._guessed]

    def _by_tail(self, name: str, cleaned: str) -> str | None:
        pieces = cleaned.lower().split("/")
        candidates = self._by_name.get(pieces[-1], [])
        if not candidates:
            return None
        ranked = sorted(
            ((_common_tail(readable_name(path).lower(), pieces), path) for path in candidates),
            reverse=True,
        )
        if len(ranked) > 1 and ranked[0][0] == ranked[1][0]:
            return None
        return self._told(name, ranked[0][1])

    def _told(self, name: str, path: str) -> str:
        if readable_name(path) != path and readable_name(path).endswith(_cleaned(name)):
            return path  # the name itself is right: only its encoding on the disk differs
        self._guessed.append((name, path))
        return path


def _cleaned(name: str) -> str:
    """A path as other systems write it, made relative; ``..`` at its start is dropped."""
    path = _HIDDEN_DRIVE.sub("", name.strip().replace("\\", "/")).lstrip("/")
    path = os.path.normpath(path) if path else ""
    while path.startswith("../"):
        path = path[3:]
    return "" if path in (".", "..") else path


def _common_tail(path: str, pieces: list[str]) -> int:
    own = path.split("/")
    common = 0
    while common < min(len(own), len(pieces)) and own[-1 - common] == pieces[-1 - common]:
        common += 1
    return common
