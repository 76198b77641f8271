"""Bundles as zip files: equal bundles give equal bytes, and only what they name is unpacked."""

from __future__ import annotations

import hashlib
import shutil
import stat
import zipfile
from pathlib import Path
from typing import IO, BinaryIO

from netloom.core.errors import InvalidData, NotFound
from netloom.core.files import storage_errors, write_bytes, writing
from netloom.inference.bundle import (
    BUNDLE_FILE,
    Bundle,
    BundledFile,
    bundle_of_json,
    changed,
    read_bundle,
)

_FIX = "Make the bundle again, or take it once more from where it came from"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_STORED = frozenset({".onnx", ".safetensors", ".png", ".jpg", ".whl"})
"""Files that hardly become smaller."""
_MOST_MANIFEST_BYTES = 16 << 20
_CHUNK_BYTES = 1 << 20


def pack(folder: Path, target: Path) -> None:
    """Write a bundle as a zip file: ``bundle.json`` first, then the files that it names.

    Raises:
        NotFound: The folder holds no bundle.
        StorageFailed: The disk is full or the folder cannot be written.
    """
    bundle = read_bundle(folder)
    with writing(target) as stream, zipfile.ZipFile(stream, "w") as archive:
        for place in (BUNDLE_FILE, *sorted(bundle.files)):
            _add(archive, folder / place, place)


def _add(archive: zipfile.ZipFile, path: Path, place: str) -> None:
    entry = zipfile.ZipInfo(place, _LONG_AGO)
    entry.create_system = 3  # of rights as on Unix, wherever it is packed
    entry.external_attr = (stat.S_IFREG | (0o755 if path.suffix == ".sh" else 0o644)) << 16
    is_stored = path.suffix in _STORED
    entry.compress_type = zipfile.ZIP_STORED if is_stored else zipfile.ZIP_DEFLATED
    entry.file_size = path.stat().st_size
    with path.open("rb") as content, archive.open(entry, "w") as packed:
        shutil.copyfileobj(content, packed, _CHUNK_BYTES)


def unpack(archive: Path, folder: Path) -> Bundle:
    """Unpack what ``bundle.json`` names, and nothing else, checking each file on the way.

    Raises:
        NotFound: There is no such file.
        InvalidData: It is no zip file of a bundle, a file is missing or was changed, or it holds files
            that the bundle does not name.
        StorageFailed: The disk is full or the folder cannot be written.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            bundle = bundle_of_json(_manifest(opened, archive), name=f"{archive}:{BUNDLE_FILE}")
            _check_names(opened, bundle, archive)
            with storage_errors(folder):
                folder.mkdir(parents=True, exist_ok=True)
            write_bytes(folder / BUNDLE_FILE, opened.read(BUNDLE_FILE))
            for place, file in bundle.files.items():
                _unpack_file(opened, place, file, folder)
    except FileNotFoundError as error:
        raise NotFound.of(f"there is no file {archive}", code="I490") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise InvalidData.of(
            f"{archive} is no readable zip file: {error}", code="I491", fix=_FIX
        ) from error
    return bundle


def _manifest(archive: zipfile.ZipFile, path: Path) -> bytes:
    try:
        entry = archive.getinfo(BUNDLE_FILE)
    except KeyError as error:
        raise NotFound.of(
            f"{path} is no bundle",
            code="I490",
            expected=f"a zip file with {BUNDLE_FILE}",
            fix="Name what `netloom bundle` wrote",
        ) from error
    if entry.file_size > _MOST_MANIFEST_BYTES:
        raise InvalidData.of(f"{path}:{BUNDLE_FILE} is too long", code="I491", fix=_FIX)
    return archive.read(entry)


def _check_names(archive: zipfile.ZipFile, bundle: Bundle, path: Path) -> None:
    """Every entry is named by the bundle, once, and is an ordinary file."""
    names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
    known = {BUNDLE_FILE, *bundle.files}
    strange = sorted({name for name in names if name not in known or names.count(name) > 1})
    missing = sorted(known - set(names))
    if strange or missing:
        raise InvalidData.of(
            f"{path} does not hold the files that its {BUNDLE_FILE} names",
            code="I493",
            expected=", ".join(missing[:5]) or None,
            got=", ".join(strange[:5]) or None,
            fix=_FIX,
        )


def _unpack_file(archive: zipfile.ZipFile, place: str, file: BundledFile, folder: Path) -> None:
    # Places were checked when bundle.json was read: none leads out of the folder.
    target = folder / place
    with archive.open(place) as packed, writing(target, durable=False) as stream:
        digest, size = _copied(packed, stream, most_bytes=file.bytes)
        if (digest, size) != (file.sha256, file.bytes):
            raise InvalidData(changed(place, f"{file.bytes} bytes with its digest", "others"))
    target.chmod(0o755 if target.suffix == ".sh" else 0o644)


def _copied(packed: IO[bytes], stream: BinaryIO, *, most_bytes: int) -> tuple[str, int]:
    """Digest and length; one chunk more than expected is the most that is ever unpacked."""
    sha, size = hashlib.sha256(), 0
    while size <= most_bytes and (chunk := packed.read(_CHUNK_BYTES)):
        stream.write(chunk)
        sha.update(chunk)
        size += len(chunk)
    return sha.hexdigest(), size
