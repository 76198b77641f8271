"""Uploads: files of data that people send in pieces, checked and kept in the workspace.

``uploads/<id>/<file name>`` holds the file; while it arrives it is called ``.part``. What has
arrived is its length, so an upload that was interrupted goes on where it stopped, whoever restarted
meanwhile.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from netloom.accounts.credentials import new_id
from netloom.accounts.permissions import Access
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.core.digests import digest_of_file
from netloom.core.errors import Conflict, InvalidData, NotFound, StorageFailed
from netloom.core.files import storage_errors
from netloom.core.identifiers import UserName
from netloom.tracking.upload_store import UploadRecord
from netloom.workspace.upload_formats import DataFormat, check_format, format_of

if TYPE_CHECKING:
    from netloom.workspace.workbench import Workbench

FOLDER = "uploads"
_PART = ".part"
_NOT_IN_NAMES = re.compile(r"[^\w.()+\- ]+")


def begin(
    bench: Workbench,
    *,
    name: str,
    file_name: str,
    size_bytes: int,
    sha256: str | None,
    owner: UserName,
    description: str = "",
) -> UploadRecord:
    """Announce a file; with a name that its owner has used before it is the next version of that.

    Raises:
        StorageFailed: The disk has no room for it.
    """
    record = UploadRecord(
        id=new_id(),
        name=name,
        file_name=_safe_name(file_name),
        size_bytes=size_bytes,
        sha256=sha256.lower() if sha256 else None,
        is_complete=False,
        created=time.time(),
        description=description,
    )
    folder = folder_of(bench, record)
    with storage_errors(folder):
        folder.mkdir(parents=True)
        (folder / _PART).touch()
    if shutil.disk_usage(folder).free < size_bytes:
        shutil.rmtree(folder)
        raise StorageFailed.of(
            "there is no room for this file on the server's disk",
            code="S123",
            got=f"{size_bytes} bytes",
            fix="Free some space (netloom gc shows what can go)",
        )
    with bench.queue.together():
        record = replace(record, version=bench.uploads.next_version(name, owner=owner))
        bench.access.put(ObjectId(ObjectKind.DATASET, record.id), Access(owner))
        bench.uploads.add(record)
    return record


def received_bytes(bench: Workbench, upload: UploadRecord) -> int:
    """How much of a file has arrived."""
    if upload.is_complete:
        return upload.size_bytes
    try:
        return _arrived(bench, upload).stat().st_size
    except FileNotFoundError:
        return 0


def append(bench: Workbench, upload: UploadRecord, piece: bytes, *, offset: int) -> int:
    """Add a piece behind what has arrived; returns how much has arrived then.

    Raises:
        Conflict: The upload is complete, or something else than ``offset`` bytes has arrived.
        InvalidData: The file would become longer than announced.
    """
    if upload.is_complete:
        raise Conflict.of("this upload is complete", code="S124")
    arrived = received_bytes(bench, upload)
    if offset != arrived:
        raise Conflict.of(
            "this piece does not follow what has arrived",
            code="S124",
            expected=f"offset {arrived}",
            got=f"offset {offset}",
            fix="Go on at the expected offset",
        )
    if arrived + len(piece) > upload.size_bytes:
        raise InvalidData.of(
            "the file is longer than was announced",
            code="S123",
            expected=f"{upload.size_bytes} bytes",
            got=f"at least {arrived + len(piece)}",
        )
    part = _arrived(bench, upload)
    with storage_errors(part), part.open("r+b") as stream:
        stream.seek(offset)
        stream.write(piece)
    return arrived + len(piece)


def complete(bench: Workbench, upload: UploadRecord) -> UploadRecord:
    """Check a file that has arrived and keep it. Idempotent.

    Raises:
        Conflict: Something is missing yet.
        InvalidData: It is not the file that was announced: what has arrived is dropped, to be sent again. Or
            no pipeline can read it: the upload is forgotten.
    """
    if upload.is_complete:
        return upload
    arrived = received_bytes(bench, upload)
    if arrived != upload.size_bytes:
        raise Conflict.of(
            "the file has not arrived completely",
            code="S124",
            expected=f"{upload.size_bytes} bytes",
            got=f"{arrived} bytes",
        )
    part, file = _arrived(bench, upload), file_of(bench, upload)
    digest = digest_of_file(part)
    if upload.sha256 is not None and upload.sha256 != digest:
        part.write_bytes(b"")
        raise InvalidData.of(
            "the file was damaged on its way: its checksum differs",
            code="S123",
            expected=upload.sha256,
            got=digest,
            fix="Send it again from the beginning",
        )
    with storage_errors(part):
        os.replace(part, file)
    try:
        check_format(file)
    except InvalidData:
        remove(bench, upload)
        raise
    return bench.uploads.complete(upload.id, sha256=digest, now=time.time())


def describe(
    bench: Workbench,
    upload: UploadRecord,
    *,
    owner: UserName | None,
    name: str | None,
    description: str | None,
) -> UploadRecord:
    """Call a data set something else; under a name that its owner has used, it is the next version of that.

    Args:
        name: None keeps it; as ``description``.
    """
    new_name = upload.name if name is None else name
    with bench.queue.together():
        version = upload.version
        if new_name != upload.name and owner is not None:
            version = bench.uploads.next_version(new_name, owner=owner)
        return bench.uploads.describe(
            upload.id,
            name=new_name,
            version=version,
            description=upload.description if description is None else description,
        )


def remove(bench: Workbench, upload: UploadRecord) -> None:
    """Forget an upload and delete its folder. Results computed from it remain."""
    with bench.queue.together():
        bench.uploads.remove(upload.id)
        bench.access.forget(ObjectId(ObjectKind.DATASET, upload.id))
    shutil.rmtree(folder_of(bench, upload), ignore_errors=True)


def file_of(bench: Workbench, upload: UploadRecord) -> Path:
    """Where the complete file lies."""
    return folder_of(bench, upload) / upload.file_name


def require_file(bench: Workbench, upload: UploadRecord) -> Path:
    """The complete file.

    Raises:
        Conflict: It has not arrived completely.
        NotFound: Somebody has deleted it from the disk.
    """
    if not upload.is_complete:
        raise Conflict.of(
            "the file has not arrived completely",
            code="S124",
            expected=f"{upload.size_bytes} bytes",
            got=f"{received_bytes(bench, upload)} bytes",
        )
    file = file_of(bench, upload)
    if not file.is_file():
        raise NotFound.of("the file is no longer on the server's disk", fix="Send it again")
    return file


def format_of_upload(bench: Workbench, upload: UploadRecord) -> DataFormat | None:
    """What a complete file is; None for others."""
    try:
        return format_of(file_of(bench, upload), upload.file_name) if upload.is_complete else None
    except FileNotFoundError:  # somebody has tidied up
        return None


def path_in_pipelines(bench: Workbench, upload: UploadRecord) -> str:
    """How a pipeline names the file: from the project folder if it lies in it."""
    file, project = file_of(bench, upload), bench.workspace.project
    return file.relative_to(project).as_posix() if file.is_relative_to(project) else str(file)


def folder_of(bench: Workbench, upload: UploadRecord) -> Path:
    """Where the file lies, and what is known about it."""
    return bench.workspace.layout.root / FOLDER / upload.id


def _arrived(bench: Workbench, upload: UploadRecord) -> Path:
    """The file as far as it has arrived; whole under its own name if its completion was interrupted."""
    whole = file_of(bench, upload)
    return whole if whole.exists() else folder_of(bench, upload) / _PART


def _safe_name(name: str) -> str:
    """A file name without folders, control characters and leading points."""
    last = name.replace("\\", "/").rpartition("/")[2]
    safe = _NOT_IN_NAMES.sub("_", last).strip(" .")
    while len(safe.encode()) > 200:
        safe = safe[1:]
    return safe or "data"
