"""A run's capsule as one zip file, to keep or to send: it opens as a pipeline wherever it is dropped."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

from netloom.core.identifiers import RunId
from netloom.tracking.capsule import capsule_files, read_capsule
from netloom.workspace.run_files import MOST_FILES, run_files, size_of

if TYPE_CHECKING:
    from netloom.workspace.workspace import Workspace

FILES_NAME = "files.json"
"""What else the run left in its folder, which is not packed: names and sizes."""
_DATE = (1980, 1, 1, 0, 0, 0)


def packed_capsule(workspace: Workspace, run: RunId) -> bytes:
    """The zip file. The same capsule gives the same bytes.

    Raises:
        NotFound: The run has no capsule any more.
        ArtifactDamaged: It cannot be read.
    """
    folder = workspace.layout.runs / run
    read_capsule(folder)
    packed = dict(capsule_files(folder))
    others = [
        {"path": path.relative_to(folder).as_posix(), "size_bytes": size_of(path)}
        for path in run_files(workspace, run)
        if path.relative_to(folder).as_posix() not in packed
    ]
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in packed.items():
            _add(archive, name, path.read_bytes())
        _add(archive, FILES_NAME, json.dumps(others[:MOST_FILES], indent=2).encode())
    return target.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)
