"""Garbage collection: what may go, with its size, before anything goes."""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from netloom.core.errors import ArtifactDamaged, Conflict, NotFound
from netloom.core.files import storage_errors
from netloom.core.identifiers import ArtifactId, RunId
from netloom.execution.artifact_store import LocalArtifactStore
from netloom.execution.cache import ResultCache
from netloom.tracking.records import RunRecord
from netloom.tracking.run_store import RunStore
from netloom.workspace.bundles.dispensable import dispensable_bundles
from netloom.workspace.layout import Layout
from netloom.workspace.thumbnail_age import dispensable_thumbnails, folder_of_thumbnails

_ORPHAN_AFTER_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Garbage:
    """One thing that may go."""

    kind: Literal["run", "artifact", "staging", "orphan", "thumbnails", "bundle"]
    id: str
    path: Path
    size_bytes: int
    why: str

    def to_json(self) -> dict[str, Any]:
        """The wire form."""
        return {
            "kind": self.kind,
            "id": self.id,
            "path": str(self.path),
            "size_bytes": self.size_bytes,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class GcReport:
    """What went, or would go."""

    items: tuple[Garbage, ...]
    deleted: bool

    @property
    def size_bytes(self) -> int:
        """Sum over the items."""
        return sum(item.size_bytes for item in self.items)

    def to_json(self) -> dict[str, Any]:
        """The wire form."""
        return {
            "deleted": self.deleted,
            "size_bytes": self.size_bytes,
            "items": [item.to_json() for item in self.items],
        }


def collect(
    layout: Layout,
    store: RunStore,
    artifacts: LocalArtifactStore,
    cache: ResultCache,
    *,
    keep_runs: int,
    delete: bool,
    registered: Collection[ArtifactId] = (),
    deployed: Collection[str] = (),
) -> GcReport:
    """Find, and with ``delete`` remove, what no kept run needs.

    Args:
        registered: Artifacts that are kept whatever becomes of their runs.
        deployed: Digests of bundles that are kept likewise.
        keep_runs: How many runs of each pipeline are kept, newest first; scratch runs never count.

    Raises:
        Conflict: Jobs are running in this workspace (only when deleting).
    """
    if not delete:
        return GcReport(
            (
                *_garbage(layout, store, artifacts, keep_runs, registered),
                *_bundles(layout, deployed),
            ),
            deleted=False,
        )
    with storage_errors(layout.lock), layout.lock.open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict.of(
                "a run is active in this workspace", fix="Try again when it has ended"
            ) from None
        items = (
            *_garbage(layout, store, artifacts, keep_runs, registered),
            *_bundles(layout, deployed),
        )
        _remove(items, layout, store, artifacts, cache)
    return GcReport(items, deleted=True)


def _garbage(
    layout: Layout,
    store: RunStore,
    artifacts: LocalArtifactStore,
    keep_runs: int,
    registered: Collection[ArtifactId],
) -> Iterator[Garbage]:
    runs = store.runs()
    doomed = _runs_to_drop(runs, keep_runs)
    for record in doomed:
        folder = layout.runs / record.id
        why = "scratch run" if record.request.scratch else f"older than the last {keep_runs}"
        yield Garbage("run", record.id, folder, folder_size(folder), why)
    yield from _orphans(layout, {record.id for record in runs})
    dropped = {record.id for record in doomed}
    kept = [record for record in runs if record.id not in dropped]
    needed = _needed(store, artifacts, kept, registered)
    for artifact in artifacts.ids():
        if artifact not in needed:
            folder = artifacts.folder(artifact)
            yield Garbage("artifact", artifact, folder, folder_size(folder), "no kept run uses it")
    for path in artifacts.abandoned():
        yield Garbage("staging", path.name, path, folder_size(path), "left by a job that died")
    pictures = dispensable_thumbnails(layout, now=time.time())
    if pictures:
        size_bytes = sum(picture.size_bytes for picture in pictures)
        why = "old, or too many; made again when looked at"
        folder = folder_of_thumbnails(layout)
        yield Garbage("thumbnails", str(len(pictures)), folder, size_bytes, why)


def _bundles(layout: Layout, deployed: Collection[str]) -> Iterator[Garbage]:
    for path in dispensable_bundles(layout, needed=deployed, now=time.time()):
        size_bytes = folder_size(path) if path.is_dir() else path.stat().st_size
        yield Garbage("bundle", path.stem, path, size_bytes, "no deployment needs it")


def _runs_to_drop(runs: Sequence[RunRecord], keep_runs: int) -> list[RunRecord]:
    kept: dict[str, int] = {}
    doomed = []
    for record in runs:
        if not record.state.is_final:
            continue
        pipeline = record.request.pipeline
        if record.request.scratch or kept.get(pipeline, 0) >= keep_runs:
            doomed.append(record)
        else:
            kept[pipeline] = kept.get(pipeline, 0) + 1
    return doomed


def _orphans(layout: Layout, known: set[RunId]) -> Iterator[Garbage]:
    limit = time.time() - _ORPHAN_AFTER_S
    for folder in sorted(layout.runs.iterdir()) if layout.runs.is_dir() else ():
        if RunId(folder.name) not in known and folder.stat().st_mtime < limit:
            yield Garbage("orphan", folder.name, folder, folder_size(folder), "no run of this id")


def _needed(
    store: RunStore,
    artifacts: LocalArtifactStore,
    runs: Sequence[RunRecord],
    registered: Collection[ArtifactId],
) -> set[ArtifactId]:
    pending = [*registered]
    pending += [
        output.artifact
        for record in runs
        for node in store.nodes(record.id).values()
        for output in node.outputs.values()
    ]
    needed: set[ArtifactId] = set()
    while pending:
        artifact = pending.pop()
        if artifact in needed:
            continue
        needed.add(artifact)
        try:
            pending.extend(artifacts.get(artifact).manifest.refs)
        except (NotFound, ArtifactDamaged):
            continue
    return needed


def _remove(
    items: Sequence[Garbage],
    layout: Layout,
    store: RunStore,
    artifacts: LocalArtifactStore,
    cache: ResultCache,
) -> None:
    gone = {item.id for item in items if item.kind == "artifact"}
    for result in list(cache.results()):
        if any(output.artifact in gone for output in result.outputs.values()):
            cache.forget(result.fingerprint)
    for item in items:
        if item.kind == "run":
            store.delete_run(RunId(item.id))
        if item.kind == "artifact":
            artifacts.discard(ArtifactId(item.id))
        elif item.kind == "thumbnails":
            for picture in dispensable_thumbnails(layout, now=time.time()):
                picture.path.unlink(missing_ok=True)
        elif item.kind == "bundle" and item.path.is_file():
            item.path.unlink(missing_ok=True)
        else:
            shutil.rmtree(item.path, ignore_errors=True)


def folder_size(folder: Path) -> int:
    """Bytes of all files below a folder, links not followed."""
    return sum(
        path.lstat().st_size
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    )
