"""Zip archives of images: unpacks only images, only below one folder, and only within limits."""

from __future__ import annotations

import errno
import shutil
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidData, NetloomError
from netloom.core.files import storage_errors
from netloom.core.reporter import Reporter
from netloom.data.formats.ignored_files import remarks_on_ignored
from netloom.data.formats.listing import IMAGE_SUFFIXES, is_image_name, is_junk

MAX_FILES = 5_000_000
MAX_BYTES = 1 << 40
MAX_RATIO = 200
"""Images are compressed already; an archive that shrinks 200-fold is an attack, or holds no images."""
_SMALL_BYTES = 10 << 20
"""Up to this size the ratio is not looked at: blank bitmaps do shrink that much."""
_MAX_NAME_BYTES = 255
_MAX_LISTED = 20
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1
_PATH = Place(setting="path")


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What came out of an archive.

    Attributes:
        bad: Name and reason of members that could not be unpacked.
        ignored: How many members were passed over, by kind.
    """

    num_files: int
    bad: tuple[tuple[str, str], ...]
    ignored: Counter[str]

    def remarks(self) -> list[str]:
        """What was passed over, for people."""
        return remarks_on_ignored(self.ignored)


def unpack_images(
    archive: Path,
    folder: Path,
    *,
    reporter: Reporter,
    is_wanted: Callable[[str], bool] = is_image_name,
) -> Unpacked:
    """Unpack the images of a zip file below ``folder``, keeping its folders.

    The whole table of contents is checked before the first byte is written.

    Args:
        is_wanted: Whether a member of this name counts; by default images do.

    Raises:
        InvalidData: The archive is missing, damaged or encrypted, holds no image, a member that
            would leave the folder, a symbolic link or the same name twice, or would unpack
            beyond the limits.
        StorageFailed: The disk is full, or would be.
    """
    with open_archive(archive) as source:
        images, ignored = checked_images(archive, source, is_wanted=is_wanted)
        _check_room(folder, sum(info.file_size for info, _ in images))
        bad = []
        for done, (info, name) in enumerate(images):
            problem = _extract(source, info, folder / name)
            if problem:
                bad.append((name, problem))
            reporter.progress(done + 1, len(images), unit="file")
    return Unpacked(len(images) - len(bad), tuple(bad), ignored)


def checked_images(
    archive: Path,
    source: zipfile.ZipFile,
    *,
    is_wanted: Callable[[str], bool] = is_image_name,
) -> tuple[list[tuple[zipfile.ZipInfo, str]], Counter[str]]:
    """The images of an open archive with their names, and how many members of what else it holds.

    Raises:
        InvalidData: A member is refused or the limits are passed, all of it told at once; or there is no
            image.
    """
    members = [(info, member_name(info)) for info in source.infolist() if not info.is_dir()]
    problems = [*_unsafe_members(archive, members), *_beyond_limits(archive, members)]
    if problems:
        raise InvalidData(*problems)
    images = [(info, name) for info, name in members if is_wanted(name) and not _is_junk_path(name)]
    if not images:
        raise _no_images(archive, len(members))
    others = sum(not _is_junk_path(name) for _, name in members) - len(images)
    return images, Counter({"files that are not images": others} if others else {})


def member_name(info: zipfile.ZipInfo) -> str:
    """A member's name as text with ``/``.

    Without the UTF-8 mark a name is in whatever encoding its author's system used. The bytes
    are read as UTF-8 if they are that, else as GBK (Chinese Windows), else as the old DOS code page.
    """
    name = info.orig_filename
    if not info.flag_bits & _UTF8_FLAG:
        content = name.encode("cp437", errors="replace")
        for encoding in ("utf-8", "gbk"):
            try:
                name = content.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return PurePosixPath(name.replace("\\", "/")).as_posix()


def check_archive(archive: Path) -> None:
    """See that there is a file; cheap.

    Raises:
        InvalidData: It is missing or a folder.
    """
    if not archive.exists():
        raise InvalidData.of(
            f"there is no file {archive}",
            code="I001",
            place=_PATH,
            fix="Check the path; a relative one starts at the project folder",
        )
    if archive.is_dir():
        raise InvalidData.of(
            f"the path {archive} is a folder",
            code="I002",
            place=_PATH,
            expected="a zip file",
            fix="Read folders with data.image_folder",
        )


def open_archive(archive: Path) -> zipfile.ZipFile:
    """Open a zip file and read its table of contents.

    Raises:
        InvalidData: It is missing, a folder, or no zip file.
    """
    check_archive(archive)
    try:
        return zipfile.ZipFile(archive)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise InvalidData.of(
            f"the file {archive.name} cannot be read as a zip file: {error}",
            code="I006",
            place=_PATH,
            fix="Download or pack it again",
        ) from error


def _unsafe_members(
    archive: Path, members: Sequence[tuple[zipfile.ZipInfo, str]]
) -> list[Diagnostic]:
    problems = [
        Diagnostic(
            code="I007",
            message=f"archive {archive.name} holds {name!r}, which {reason}",
            place=_PATH,
            fix="Pack the images again without it",
        )
        for name, reason in _unsafe(members)
    ]
    if len(problems) > _MAX_LISTED:
        rest = f"archive {archive.name} holds {len(problems) - _MAX_LISTED} more members that are refused"
        problems = [*problems[:_MAX_LISTED], Diagnostic(code="I007", message=rest, place=_PATH)]
    return problems


def _unsafe(members: Sequence[tuple[zipfile.ZipInfo, str]]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for info, name in members:
        pieces = name.split("/")
        if name.startswith("/") or (len(name) > 1 and name[1] == ":"):
            yield name, "has an absolute path"
        elif ".." in pieces:
            yield name, "would be written outside its folder"
        elif "\0" in name or not PurePosixPath(name).name:
            yield name, "has no valid name"
        elif stat.S_ISLNK(info.external_attr >> 16):
            yield name, "is a symbolic link"
        elif info.flag_bits & _ENCRYPTED_FLAG:
            yield name, "is encrypted"
        elif any(len(piece.encode(errors="replace")) > _MAX_NAME_BYTES for piece in pieces):
            yield name[:60] + "…", f"has a name of more than {_MAX_NAME_BYTES} bytes"
        elif name in seen:
            yield name, "occurs twice"
        seen.add(name)


def _beyond_limits(
    archive: Path, members: Sequence[tuple[zipfile.ZipInfo, str]]
) -> list[Diagnostic]:
    total = sum(info.file_size for info, _ in members)
    # Measured against the file itself too: members may share their packed bytes.
    ratio = max(
        [_ratio(total, archive.stat().st_size)]
        + [_ratio(info.file_size, info.compress_size) for info, _ in members]
    )
    if len(members) > MAX_FILES:
        got, expected = f"{len(members)} files", f"at most {MAX_FILES} files"
    elif total > MAX_BYTES:
        got, expected = f"{total / 1e9:.1f} GB", f"at most {MAX_BYTES / 1e9:.0f} GB"
    elif ratio > MAX_RATIO:
        got, expected = f"{ratio:.0f}-fold growth", f"at most {MAX_RATIO}-fold growth"
    else:
        return []
    return [
        Diagnostic(
            code="I008",
            message=f"archive {archive.name} would unpack to far more than images do",
            place=_PATH,
            expected=expected,
            got=got,
            fix="If you trust it, unpack it yourself and use data.image_folder",
        )
    ]


def _check_room(folder: Path, needed_bytes: int) -> None:
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        free_bytes = shutil.disk_usage(folder).free
        if needed_bytes > free_bytes:
            raise OSError(errno.ENOSPC, f"{needed_bytes} bytes needed, {free_bytes} free")


def _no_images(archive: Path, num_members: int) -> NetloomError:
    return InvalidData.of(
        f"there are no images in {archive.name}",
        code="I003",
        place=_PATH,
        expected="files ending in " + ", ".join(sorted(IMAGE_SUFFIXES)),
        got=_other_files(num_members),
        fix="Check that it is the right archive; archives inside it are not opened",
    )


def _other_files(number: int) -> str:
    return "one other file" if number == 1 else f"{number} other files" if number else "nothing"


def _ratio(size_bytes: int, packed_bytes: int) -> float:
    return size_bytes / max(1, packed_bytes) if size_bytes > _SMALL_BYTES else 0.0


def _is_junk_path(name: str) -> bool:
    return any(is_junk(piece) for piece in name.split("/"))


def _extract(source: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> str | None:
    """Write one member; returns why it cannot be read, if it cannot."""
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with source.open(info) as packed, target.open("wb") as stream:
                shutil.copyfileobj(packed, stream, 1 << 20)
            return None
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            target.unlink(missing_ok=True)
            return f"it cannot be unpacked: {error}"
