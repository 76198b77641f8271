"""Corrections: pictures that a deployment answered wrongly, with the right answer; a data set that grows."""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
import time
import zipfile
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netloom.core.digests import digest_of_bytes
from netloom.core.errors import Conflict, InvalidInput
from netloom.core.files import write_bytes
from netloom.core.identifiers import UserName
from netloom.data.thumbnail import EncodedImage, small_picture
from netloom.tracking.deployment_store import Correction, DeploymentRecord, RevisionRecord
from netloom.workspace.deployments.files import pictures_of
from netloom.workspace.picture_size import picture_size

if TYPE_CHECKING:
    from netloom.workspace.workbench import Workbench

KINDS = {
    "image_classification": "label",
    "object_detection": "objects",
    "text_detection": "objects",
    "text_recognition": "text",
}
"""What says the right answer, by task."""
_SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/tiff": ".tif",
}
_NOT_IN_FOLDERS = re.compile(r"[/\\\x00-\x1f]|^\.+")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def keep(
    bench: Workbench,
    record: DeploymentRecord,
    picture: str,
    answer: Mapping[str, Any],
    *,
    by: UserName | None,
) -> Correction:
    """Keep a picture (in base 64) and what it shows.

    Raises:
        Conflict: The deployment never served anything, or its answers cannot be corrected.
        InvalidInput: It is no picture, or the answer is not of the kind that the task needs.
    """
    task = _task(bench.deployments.revisions(of=record.id), record)
    _check_answer(task, answer)
    content = _decoded(picture)
    media_type = EncodedImage.of(content).media_type
    small_picture(content, side=64)  # all of it can be decoded
    width, height = picture_size(content)
    if media_type not in _SUFFIXES:
        raise InvalidInput.of(
            "pictures of this kind are not kept",
            code="S158",
            expected=", ".join(sorted(_SUFFIXES)),
            got=media_type,
        )
    digest = digest_of_bytes(content)
    write_bytes(pictures_of(bench.workspace.layout, record.id) / digest, content)
    return bench.deployments.add_correction(
        Correction(
            deployment=record.id,
            number=0,
            revision=record.revision,
            created=time.time(),
            user=by,
            picture=digest,
            media_type=media_type,
            width=width,
            height=height,
            task=task,
            answer=answer,
        )
    )


def zipped(bench: Workbench, record: DeploymentRecord) -> bytes:
    """A zip file of all corrections: class folders for classes, else pictures with a table ``data.jsonl``.

    Of several corrections of a picture the last counts.
    """
    last = {each.picture: each for each in bench.deployments.corrections(record.id)}
    folder = pictures_of(bench.workspace.layout, record.id)
    has_folders = _tell_as_folders({each.answer.get("label") for each in last.values()})
    target = io.BytesIO()
    rows = []
    with zipfile.ZipFile(target, "w") as archive:
        for each in sorted(last.values(), key=lambda correction: correction.number):
            place = _place(each, has_folders=has_folders)
            _add(archive, place, (folder / each.picture).read_bytes())
            if not has_folders:
                rows.append({"path": place, **each.answer})
        if rows:
            lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            _add(archive, "data.jsonl", lines.encode())
    return target.getvalue()


def _task(revisions: Sequence[RevisionRecord], record: DeploymentRecord) -> str:
    """Of the model whose answers people see."""
    for revision in revisions:
        if revision.number == record.revision and revision.models:
            task = revision.models[0].task
            if task in KINDS:
                return task
            raise Conflict.of(
                f"answers of the task {task} cannot be corrected",
                code="S157",
                expected=", ".join(KINDS),
            )
    raise Conflict.of("the deployment has not answered anything yet", code="S152")


def _check_answer(task: str, answer: Mapping[str, Any]) -> None:
    kind = KINDS[task]
    if set(answer) != {kind}:
        raise InvalidInput.of(
            f"a correction for the task {task} needs the right {kind}, and nothing else",
            code="S158",
            expected=kind,
            got=", ".join(sorted(answer)) or "none",
        )
    for number, each in enumerate(answer.get("objects", ()), start=1):
        left, top, right, bottom = each["box"]
        if not (left < right and top < bottom):
            raise InvalidInput.of(
                f"the box of object {number} is empty",
                code="S158",
                expected="[left, top, right, bottom]",
                got=str(each["box"]),
            )


def _decoded(picture: str) -> bytes:
    try:
        return base64.b64decode(picture, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput.of(
            f"the picture is not in base 64: {error}",
            code="S158",
            expected="the bytes of a picture file, in base 64",
        ) from error


def _tell_as_folders(labels: Collection[str | None]) -> bool:
    """Whether names of folders say all about classes: one folder alone would not look like a class."""
    names = {label for label in labels if label and not _NOT_IN_FOLDERS.search(label)}
    return len(names) == len(labels) > 1


def _place(correction: Correction, *, has_folders: bool) -> str:
    folder = correction.answer["label"] if has_folders else "images"
    return f"{folder}/{correction.number:06d}{_SUFFIXES[correction.media_type]}"


def _add(archive: zipfile.ZipFile, place: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(place, _LONG_AGO), content)
