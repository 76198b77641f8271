"""What runs leave on disk, for whoever may read a run: its folder, its logs, the artifacts it made."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from netloom.core.artifacts import MANIFEST_NAME, Artifact
from netloom.core.diagnostics import Place, did_you_mean
from netloom.core.digests import files_below
from netloom.core.errors import NotFound
from netloom.core.identifiers import ArtifactId, NodeId, RunId

if TYPE_CHECKING:
    from netloom.workspace.workspace import Workspace

MOST_FILES = 5_000


@dataclass(frozen=True, slots=True)
class LogPiece:
    """Bytes of a log, cut so that they are whole characters."""

    content: bytes
    offset: int
    size_bytes: int
    is_complete: bool


def read_log(
    workspace: Workspace, run: RunId, node: str, *, offset: int, limit_bytes: int
) -> LogPiece:
    """A piece of a node's log.

    Raises:
        NotFound: The run has no such node.
    """
    records = workspace.store.nodes(run)
    record = records.get(NodeId(node))
    if record is None:
        raise NotFound.of(
            f"run {run} has no node {node!r}",
            place=Place(node=node[:100]),
            fix=did_you_mean(node[:100], records),
        )
    has_ended = record.state.is_final  # asked before reading: what is written later does not count
    try:
        with workspace.log_path(run, node).open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            begin = min(offset, size)
            stream.seek(begin)
            content = _whole_characters(stream.read(limit_bytes))
    except FileNotFoundError:
        size = begin = 0
        content = b""
    return LogPiece(content, begin, size, has_ended and begin + len(content) >= size)


def run_files(workspace: Workspace, run: RunId) -> Iterator[Path]:
    """Files of a run's folder, links left out."""
    folder = workspace.layout.runs / run
    return islice(files_below(folder), MOST_FILES + 1) if folder.is_dir() else iter(())


def size_of(path: Path) -> int | None:
    """Bytes of a file; None if it went away, as checkpoints do."""
    try:
        return path.stat().st_size
    except OSError:
        return None


def run_file(workspace: Workspace, run: RunId, path: str) -> Path:
    """One of them. Raises NotFound, also for a path that leaves the folder."""
    return _file_below(workspace.layout.runs / run, path)


def run_artifact(workspace: Workspace, run: RunId, artifact: str) -> Artifact:
    """An artifact that a run made or that one of its artifacts points into.

    Raises:
        NotFound: The run has nothing to do with it, or it is gone.
        ArtifactDamaged: A file is missing.
    """
    pending = [
        output.artifact
        for node in workspace.store.nodes(run).values()
        for output in node.outputs.values()
    ]
    seen: set[ArtifactId] = set()
    while pending:
        known = pending.pop()
        if known == artifact:
            return workspace.artifacts.get(known)
        if known not in seen:
            seen.add(known)
            pending.extend(_refs(workspace, known))
    raise NotFound.of(f"run {run} has no artifact {artifact[:12]!r}")


def artifact_file(artifact: Artifact, path: str) -> Path:
    """A file of an artifact. Raises NotFound, also for a path that its manifest does not name."""
    if path != MANIFEST_NAME and not any(entry.path == path for entry in artifact.manifest.files):
        raise NotFound.of(
            f"artifact {artifact.id[:12]} has no such file", place=Place(file=path[:200])
        )
    return _file_below(artifact.folder, path)


def _refs(workspace: Workspace, artifact: ArtifactId) -> tuple[ArtifactId, ...]:
    try:
        return workspace.artifacts.get(artifact).manifest.refs
    except NotFound:
        return ()


def _file_below(folder: Path, path: str) -> Path:
    """A regular file reached without ``..`` and without links."""
    steps = PurePosixPath(path)
    is_inside = not steps.is_absolute() and ".." not in steps.parts and "\0" not in path
    found = folder
    if is_inside:
        for step in steps.parts:
            found = found / step
            if len(step.encode("utf-8", "replace")) > 255 or found.is_symlink():
                is_inside = False
                break
    if not is_inside or not steps.parts or not found.is_file():
        raise NotFound.of("there is no such file", place=Place(file=path[:200]))
    return found


def _whole_characters(content: bytes) -> bytes:
    """Without the beginning of a UTF-8 character at the end; other bytes are left as they are."""
    for length in range(1, min(4, len(content) + 1)):
        lead = content[-length]
        if lead & 0xC0 != 0x80:  # not a continuation
            return content[:-length] if _length_of_character(lead) > length else content
    return content


def _length_of_character(lead: int) -> int:
    """Bytes of a UTF-8 character, from its first."""
    for length, bits, mark in ((2, 5, 0b110), (3, 4, 0b1110), (4, 3, 0b11110)):
        if lead >> bits == mark:
            return length
    return 1
