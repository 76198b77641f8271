"""Storage: what the workspace occupies, what of it may go, and letting it go while the server runs."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.core.errors import Conflict
from netloom.workspace.collection import Garbage, GcReport, folder_size
from netloom.workspace.uploads import FOLDER

if TYPE_CHECKING:
    from netloom.workspace.workbench import Workbench

_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class GarbageSum:
    """How much of one kind may go, or went."""

    kind: str
    number: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Storage:
    """What the workspace occupies.

    Attributes:
        parts: Bytes by part of the workspace.
        free_bytes: On the disk it lies on.
        garbage: What would be freed.
    """

    parts: Mapping[str, int]
    free_bytes: int
    garbage: tuple[GarbageSum, ...]


def storage(bench: Workbench, *, keep_runs: int) -> Storage:
    """What is occupied, and what would be freed. Looks at every file: seconds in a large workspace."""
    layout = bench.workspace.layout
    folders = {
        "artifacts": layout.artifacts,
        "runs": layout.runs,
        "datasets": layout.root / FOLDER,
        "cache": layout.root / "cache",
        "bundles": layout.bundles,
        "deployments": layout.deployments,
    }
    report = bench.workspace.gc(keep_runs=keep_runs)
    return Storage(
        parts={name: folder_size(folder) for name, folder in folders.items()},
        free_bytes=shutil.disk_usage(layout.root).free,
        garbage=sums(report.items),
    )


def free(bench: Workbench, *, keep_runs: int) -> GcReport:
    """Remove what no kept run needs. Waiting jobs wait a moment longer.

    Raises:
        Conflict: Jobs are running, here or in another program.
    """
    _refuse_while_jobs_run(bench)
    with bench.service.at_rest():
        report = bench.workspace.gc(keep_runs=keep_runs, delete=True)
    with bench.queue.together():
        for item in report.items:
            if item.kind == "run":
                bench.access.forget(ObjectId(ObjectKind.RUN, item.id))
    return report


def sums(items: Iterable[Garbage]) -> tuple[GarbageSum, ...]:
    """Numbers and bytes by kind, in the order in which kinds occur first."""
    numbers: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for item in items:
        numbers[item.kind] += int(item.id) if item.kind == "thumbnails" else 1
        sizes[item.kind] += item.size_bytes
    return tuple(GarbageSum(kind, number, sizes[kind]) for kind, number in numbers.items())


def _refuse_while_jobs_run(bench: Workbench) -> None:
    running = [f"{job.node} of run {job.run}" for job, _ in bench.queue.leased()]
    if not running:
        return
    more = len(running) - _MOST_NAMED
    named = [*running[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])]
    raise Conflict.of(
        "jobs are running, and might need what would be deleted",
        code="S129",
        got=", ".join(named),
        fix="Try again when they have ended, or stop their runs",
    )
