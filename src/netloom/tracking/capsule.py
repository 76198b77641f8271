"""Capsules: what a run leaves in its folder, enough to understand and to repeat it.

    pipeline.yaml            as the user wrote it; absent for graphs from Python
    pipeline.resolved.yaml   all layers merged, all references replaced
    provenance.json          which layer, file and line set each value
    request.json             what was asked for: targets, forced nodes, remark, the graph
    environment.json         Python, packages, git commit, devices
    sources/                 the user's operator files, relative to the project folder

A capsule is written when a run is submitted and never changed. It may be moved: no path in it is
absolute, except for those in ``environment.json``, which nothing reads back but people.
Logs and checkpoints of the run's nodes come to lie beside it.
"""

from __future__ import annotations

import errno
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from netloom.core.diagnostics import Place
from netloom.core.errors import ArtifactDamaged, Conflict, InvalidInput, NotFound
from netloom.core.files import storage_errors, write_bytes, write_json, write_text
from netloom.execution.devices import inventory
from netloom.tracking.environment import git_revision, installed_packages
from netloom.tracking.records import RunRequest
from netloom.tracking.request_document import request_from_json, request_to_json

_WRITTEN = "pipeline.yaml"
RESOLVED_FILE = "pipeline.resolved.yaml"
_PROVENANCE = "provenance.json"
_REQUEST = "request.json"
_ENVIRONMENT = "environment.json"
SOURCES_FOLDER = "sources"


@dataclass(frozen=True, slots=True)
class Capsule:
    """A capsule read back.

    Attributes:
        written: Text of the pipeline file; None for a graph from Python.
        resolved: The same after merging and replacing, as YAML.
        provenance: Origin of each value, as the document layer recorded it.
        request: ``project`` is empty, and ``file`` and ``operator_files`` are relative to it; see
            :func:`request_in`.
        sources: Content of the user's operator files by path relative to the project.
    """

    written: str | None
    resolved: str
    provenance: Any
    request: RunRequest
    environment: Mapping[str, Any]
    sources: Mapping[str, bytes]

    def environment_changes(self, now: Mapping[str, Any] | None = None) -> list[str]:
        """What is different now, a line each, e.g. ``torch 2.11.0 → 2.13.0``; empty if nothing is.

        Args:
            now: An environment to compare with; this machine's if not given.
        """
        if now is None:
            project = Path(self.environment.get("project") or Path.cwd())
            now = environment(project)
        return list(_environment_changes(self.environment, now))


def environment(project: Path | None = None, *, seed: int | None = None) -> dict[str, Any]:
    """Describe this machine and interpreter, and the revision of the project's code.

    Takes some ten milliseconds and never raises. For people, and for the warnings of ``reproduce``:
    nothing in it enters a fingerprint.

    Args:
        project: The user's project folder (the current folder if not given), for its git commit.
        seed: Start of the run's random streams, if it has a single one.
    """
    import psutil

    project = (project or Path.cwd()).absolute()
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "memory_mb": psutil.virtual_memory().total >> 20,
        "gpus": [gpu.name for gpu in inventory().gpus],
        "project": str(project),
        "git": git_revision(project),
        "seed": seed,
        "packages": installed_packages(sys.path),
    }


def write_capsule(
    folder: Path,
    *,
    written: str | None,
    resolved: str,
    provenance: Any,
    request: RunRequest,
    environment: Mapping[str, Any],
    sources: Mapping[str, bytes],
) -> None:
    """Write a capsule, all of it or nothing.

    Args:
        folder: Where it goes; must not hold anything yet.
        sources: Relative paths with ``/`` and the files' content.

    Raises:
        Conflict: The folder has content already; it is left as it is.
        InvalidInput: A source path is absolute or leaves the capsule.
        StorageFailed: The disk is full or the folder cannot be written.
    """
    relative = {_checked(path): content for path, content in sources.items()}
    with _filling(folder) as draft:
        if written is not None:
            write_text(draft / _WRITTEN, written)
        write_text(draft / RESOLVED_FILE, resolved)
        write_json(draft / _PROVENANCE, provenance)
        write_json(draft / _REQUEST, request_to_json(_relocatable(request)))
        write_json(draft / _ENVIRONMENT, dict(environment))
        for path, content in relative.items():
            write_bytes(draft / SOURCES_FOLDER / path, content)


def read_capsule(folder: Path) -> Capsule:
    """Read a capsule back.

    Raises:
        NotFound: There is no capsule in this folder.
        ArtifactDamaged: A file of it is missing or cannot be read as what it should be.
    """
    if not (folder / _REQUEST).is_file():
        raise NotFound.of(
            "there is no capsule of a run here",
            place=Place(file=str(folder)),
            fix="The run may have been removed by netloom gc; netloom runs lists those that exist",
        )
    written = folder / _WRITTEN
    try:
        return Capsule(
            written=_read_text(written) if written.exists() else None,
            resolved=_read_text(folder / RESOLVED_FILE),
            provenance=_read_json(folder / _PROVENANCE),
            request=request_from_json(_read_json(folder / _REQUEST)),
            environment=_read_json(folder / _ENVIRONMENT),
            sources=_read_sources(folder / SOURCES_FOLDER),
        )
    except (OSError, ValueError, TypeError) as error:
        raise ArtifactDamaged.of(
            "the capsule of this run is damaged",
            place=Place(file=str(folder)),
            got=str(error),
            fix="Restore the folder from a backup; the run's results do not depend on it",
        ) from error


def capsule_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files of a capsule that exist: the name inside it, and where each lies."""
    for name in (_WRITTEN, RESOLVED_FILE, _PROVENANCE, _REQUEST, _ENVIRONMENT):
        if (folder / name).is_file():
            yield name, folder / name
    for name, path in _source_files(folder / SOURCES_FOLDER):
        yield f"{SOURCES_FOLDER}/{name}", path


def request_in(project: Path, request: RunRequest) -> RunRequest:
    """A capsule's request for a project folder: relative paths are anchored there."""

    def anchored(path: str) -> str:
        return str(project / path) if path else path

    return replace(
        request,
        project=str(project),
        file=anchored(request.file),
        operator_files=tuple(map(anchored, request.operator_files)),
    )


def _relocatable(request: RunRequest) -> RunRequest:
    project = Path(request.project)

    def relative(path: str) -> str:
        if not Path(path).is_absolute():
            return path
        inside = Path(path).is_relative_to(project)
        return Path(path).relative_to(project).as_posix() if inside else Path(path).name

    # Who waited for the first run has no meaning for a repetition.
    return replace(
        request,
        project="",
        file=relative(request.file),
        operator_files=tuple(map(relative, request.operator_files)),
        owner="",
    )


def _checked(path: str) -> PurePosixPath:
    relative = PurePosixPath(path)
    if not relative.parts or relative.is_absolute() or ".." in relative.parts or "\\" in path:
        raise InvalidInput.of(
            "a source file cannot be stored under this path",
            place=Place(file=path),
            expected="a path below the project folder",
            fix="Move the file into the project folder",
        )
    return relative


def _environment_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in ("python", "implementation", "platform", "machine", "gpus", "git"):
        old, new = _shown(before.get(name)), _shown(now.get(name))
        if old != new:
            yield f"{name} {old} → {new}"
    installed, present = before.get("packages", {}), now.get("packages", {})
    for package in sorted({*installed, *present}):
        old, new = installed.get(package, "absent"), present.get(package, "absent")
        if old != new:
            yield f"{package} {old} → {new}"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):  # a git revision
        return f"{value['commit'][:12]}{' with changes' if value['dirty'] else ''}"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


@contextmanager
def _filling(folder: Path) -> Iterator[Path]:
    """A private sibling that takes the folder's place when it is complete."""
    with storage_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield draft
        draft.chmod(0o755)  # mkdtemp's 0700 would lock other users of a shared workspace out
        with storage_errors(folder):
            _take_place(draft, folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _take_place(draft: Path, folder: Path) -> None:
    try:
        os.rename(draft, folder)  # noqa: PTH104 - refuses a folder that is not empty
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise
        raise Conflict.of(
            "the run's folder holds something already; nothing was overwritten",
            place=Place(file=str(folder)),
            fix="Move it away, or start the run again: it will get an id of its own",
        ) from error


def _read_text(path: Path) -> str:
    return path.read_bytes().decode()  # line ends as the user wrote them


def _read_json(path: Path) -> Any:
    return json.loads(path.read_bytes())


def _read_sources(folder: Path) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in _source_files(folder)}


def _source_files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(folder).as_posix(), path
