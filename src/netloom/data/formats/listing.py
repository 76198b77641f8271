"""Finding the image files below a folder, and reading classes and parts off their places."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from netloom.core.diagnostics import Place
from netloom.core.digests import digest_of_json
from netloom.core.errors import InvalidData
from netloom.data.formats.ignored_files import numbered, remarks_on_ignored
from netloom.data.formats.part_names import PART_OF_NAME, part_named
from netloom.data.view import Part

Labels = Literal["folders", "none"]
"""Whether the folder of an image names its class, or images have no labels."""
Layout = Literal["auto", "classes", "parts"]
"""Whether the top folders are classes or parts; ``auto``: parts if all of them are called like parts."""

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".bmp", ".gif", ".webp", ".tif", ".tiff"}
    | {".pbm", ".pgm", ".ppm", ".pnm", ".jp2", ".avif"}
)
_UNREAD_SUFFIXES = frozenset(
    {
        ".heic",
        ".heif",
        ".jxl",
        ".psd",
        ".svg",
        ".eps",
        ".raw",
        ".dng",
        ".cr2",
        ".cr3",
        ".nef",
        ".arw",
    }
)
"""Images all the same, which people will miss."""
_PATH = Place(setting="path")


@dataclass(frozen=True, slots=True)
class Found:
    """An image file.

    Attributes:
        path: Relative to the folder, with ``/``.
        label: Class name; None if it lies in no class folder.
        part: Part, if the top folders are parts.
        line: Line of the list that names it, if there is one.
    """

    path: str
    size_bytes: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0
    inode: int = 0
    label: str | None = None
    part: Part | None = None
    line: int | None = None

    @classmethod
    def at(cls, path: str, status: os.stat_result) -> Found:
        """A file in the state that the file system says it is in."""
        return cls(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


@dataclass(frozen=True, slots=True)
class Listing:
    """What a folder holds: image files in natural order, and how many of what else was passed over."""

    images: tuple[Found, ...]
    ignored: Counter[str]

    @property
    def digest(self) -> str:
        """Changes when an image is added, removed, renamed, resized in bytes or written again."""
        return digest_of_json(
            [[os.fsencode(f.path).hex(), f.size_bytes, f.mtime_ns] for f in self.images]
        )

    def remarks(self) -> list[str]:
        """What was passed over, for people."""
        return remarks_on_ignored(self.ignored)


def list_files(root: Path) -> Listing:
    """Every file below ``root``, at any depth, but for what systems leave behind. Links are not followed.

    Raises:
        InvalidData: The folder is missing, is a file or cannot be read.
    """
    _check_folder(root)
    found: list[Found] = []
    ignored: Counter[str] = Counter()
    pending = [""]
    while pending:
        folder = pending.pop()
        entries = [entry for entry in _entries(root, folder) if not is_junk(entry.name)]
        if not entries:
            ignored["empty folders"] += 1
        for entry in entries:
            path = f"{folder}{entry.name}"
            if entry.is_symlink():
                ignored["symbolic links (they are not followed)"] += 1
            elif entry.is_dir(follow_symlinks=False):
                pending.append(f"{path}/")
            elif not entry.is_file(follow_symlinks=False):
                ignored["special files"] += 1
            else:
                found.append(Found.at(path, entry.stat(follow_symlinks=False)))
    return Listing(tuple(sorted(found, key=lambda file: natural_key(file.path))), ignored)


def list_images(root: Path) -> Listing:
    """Every image file below ``root``, at any depth. Symbolic links are not followed.

    Raises:
        InvalidData: The folder is missing, is a file, cannot be read or holds no image.
    """
    files = list_files(root)
    found = tuple(file for file in files.images if is_image_name(file.path))
    ignored = files.ignored + Counter(
        _kind_of_other(file.path) for file in files.images if not is_image_name(file.path)
    )
    if not found:
        raise InvalidData.of(
            f"there are no images in {root}",
            code="I003",
            place=_PATH,
            expected="files ending in " + ", ".join(sorted(IMAGE_SUFFIXES)),
            got=", ".join(numbered(ignored)) or "nothing",
            fix="Check the path",
        )
    return Listing(found, ignored)


def with_labels(
    images: Sequence[Found], *, labels: Labels, layout: Layout, root: Path
) -> list[Found]:
    """Fill in class and part of each image from its folders.

    A single folder around all class folders, as archives often have, is skipped. An image that
    lies in no class folder keeps the label None.

    Raises:
        InvalidData: No image lies in a class folder, or ``layout`` is ``parts`` and the top
            folders are called otherwise.
    """
    split = [image.path.split("/") for image in images]
    depth, has_parts = _shape_of(split, layout)
    if layout == "parts" and not has_parts:
        raise InvalidData.of(
            f"the top folders of {root} are not parts",
            code="I004",
            place=Place(setting="layout"),
            expected=", ".join(PART_OF_NAME),
            got=", ".join(sorted({parts[depth] for parts in split})[:5]),
            fix="Rename the folders, or set layout: classes",
        )
    labelled = []
    for image, parts in zip(images, split, strict=True):
        part = part_named(parts[depth]) if has_parts else None
        place = depth + has_parts
        in_class_folder = labels == "folders" and len(parts) > place + 1
        label = parts[place] if in_class_folder else None
        labelled.append(replace(image, label=label, part=part))
    if labels == "folders" and all(image.label is None for image in labelled):
        raise InvalidData.of(
            f"the images in {root} are not in class folders",
            code="I004",
            place=_PATH,
            expected="one folder for each class, e.g. rose/1.jpg and tulip/2.jpg",
            got=images[0].path,
            fix="Sort the images into class folders, or set labels: none to use them unlabelled",
        )
    return labelled


def natural_key(text: str) -> tuple[list[tuple[int, str]], str]:
    """Sorts ``img2`` before ``img10``.

    >>> sorted(["10", "9"], key=natural_key)
    ['9', '10']
    """
    pieces = re.split(r"(\d+)", text)
    return [(int(p) if i % 2 else 0, "" if i % 2 else p) for i, p in enumerate(pieces)], text


def is_junk(name: str) -> bool:
    """Files and folders that systems leave behind, and hidden ones; nobody means them."""
    return name.startswith(".") or name in {"__MACOSX", "Thumbs.db", "desktop.ini"}


def is_image_name(name: str) -> bool:
    """Whether a file name ends like an image's."""
    return suffix_of(name) in IMAGE_SUFFIXES


def suffix_of(name: str) -> str:
    """The end of a file name from its last point on, in small letters.

    >>> suffix_of("a.b/photo.JPG"), suffix_of(".jpg")
    ('.jpg', '')
    """
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 - called for every file


def _kind_of_other(name: str) -> str:
    suffix = suffix_of(name)
    if suffix in _UNREAD_SUFFIXES:
        return f"{suffix} images (save them as PNG or JPEG to use them)"
    return "files that are not images"


def _shape_of(split: Iterable[Sequence[str]], layout: Layout) -> tuple[int, bool]:
    """How many folders surround everything, and whether parts follow."""
    depth = 0
    paths = list(split)
    while True:
        tops = {parts[depth] for parts in paths if len(parts) > depth + 1}
        has_stray = any(len(parts) == depth + 1 for parts in paths)
        looks_like_parts = bool(tops) and all(part_named(top) for top in tops)
        if looks_like_parts and not has_stray and layout != "classes":
            return depth, True
        if len(tops) != 1 or has_stray or any(len(parts) == depth + 2 for parts in paths):
            return depth, False
        depth += 1


def _check_folder(root: Path) -> None:
    if not root.exists():
        raise InvalidData.of(
            f"there is no folder {root}",
            code="I001",
            place=_PATH,
            fix="Check the path; a relative one starts at the project folder",
        )
    if not root.is_dir():
        raise InvalidData.of(
            f"the path {root} is a file",
            code="I002",
            place=_PATH,
            expected="a folder of images",
            fix="Name the folder around it; archives are read by data.image_zip",
        )


def _entries(root: Path, folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(root / folder) as entries:
            return list(entries)
    except OSError as error:
        raise InvalidData.of(
            f"cannot list folder {root / folder}: {error.strerror}",
            code="I001",
            place=_PATH,
            fix="Make the folder readable",
        ) from error
