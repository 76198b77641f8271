"""Which source reads an uploaded zip file: told when it arrives, before a survey has decoded its pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from netloom.core.errors import InvalidData
from netloom.core.files import write_json
from netloom.tracking.upload_store import UploadRecord
from netloom.workspace.upload_formats import has_short_contents
from netloom.workspace.uploads import file_of, folder_of, format_of_upload

if TYPE_CHECKING:
    from netloom.workspace.workbench import Workbench

_RECORD = ".contents.json"
"""No file that is sent has a name that begins so."""


def note_contents(bench: Workbench, upload: UploadRecord) -> None:
    """Look at the table of contents of a complete zip file, and keep what it tells.

    Very long ones are left to the survey, which looks in a process of its own.
    """
    from netloom.data.formats.annotated.archived_folder import contents_of

    file = file_of(bench, upload)
    if format_of_upload(bench, upload) != "zip" or not has_short_contents(file):
        return
    try:
        found = contents_of(file)
    except InvalidData:  # the survey says what is wrong
        return
    suggestion = None if found.suggestion is None else found.suggestion._asdict()
    record = {"annotations": suggestion, "layout": "classes" if found.has_classes else "none"}
    write_json(folder_of(bench, upload) / _RECORD, record)


def noted_contents(bench: Workbench, upload: UploadRecord) -> Mapping[str, Any] | None:
    """``annotations`` and ``layout``, as the findings of a survey tell them; None if nobody has looked."""
    try:
        text = (folder_of(bench, upload) / _RECORD).read_text(encoding="utf-8")
        document = json.loads(text)
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None
