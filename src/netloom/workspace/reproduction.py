"""Reproducing: execute a run again from its capsule, and compare value by value; comparing two runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.core.errors import Conflict, NotFound
from netloom.core.identifiers import RunId
from netloom.execution.states import RunState
from netloom.graph.plugins import import_root
from netloom.tracking.capsule import RESOLVED_FILE, SOURCES_FOLDER, read_capsule
from netloom.tracking.comparison import (
    OutputComparison,
    RunComparison,
    compare_outputs,
    compare_runs,
)
from netloom.tracking.run_store import RunStore
from netloom.workspace.results import RunResult
from netloom.workspace.running import OnEvent
from netloom.workspace.submission import RunOptions, Selection

if TYPE_CHECKING:
    from netloom.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A run executed again.

    Attributes:
        original: Id of the run that was reproduced.
        result: The new run.
        comparison: Outputs and metrics, value by value.
        environment_changes: What differs in the environment, e.g. ``torch 2.11.0 → 2.13.0``.
    """

    original: RunId
    result: RunResult
    comparison: OutputComparison
    environment_changes: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Every output is byte-identical, every metric equal, and what failed failed again."""
        return self.result.state is not RunState.CANCELLED and self.comparison.is_equal

    def to_json(self) -> dict[str, Any]:
        """The wire form."""
        return {
            "original": self.original,
            "run": self.result.run,
            "state": str(self.result.state),
            "equal": self.is_equal,
            "environment_changes": list(self.environment_changes),
            **self.comparison.to_json(),
        }


def reproduce(workspace: Workspace, run: str, *, on_event: OnEvent) -> Reproduction:
    """Execute a run again from its capsule, ignoring cached results.

    The graph, the user's operators and the selection come from the capsule; data come from where the run
    found them, because capsules do not copy data (artifacts and digests show whether they changed).

    Raises:
        NotFound: The capsule is gone.
        Conflict: The run has not ended.
    """
    record = workspace.store.run(RunId(run))
    if not record.state.is_final:
        raise Conflict.of(f"run {record.id} has not ended", fix="Wait for it, or cancel it")
    folder = workspace.layout.runs / record.id
    if not folder.is_dir():
        raise NotFound.of(
            f"the capsule of run {record.id} is gone", fix="It may have been removed by netloom gc"
        )
    capsule = read_capsule(folder)
    sources = _operator_files(record.request.operator_files, folder / SOURCES_FOLDER)
    recorded = Path(record.request.project)
    project = recorded if recorded.is_dir() else workspace.project  # it was moved meanwhile
    replica = type(workspace)(workspace.layout, project, operator_files=sources)
    pipeline = replica.load(folder / RESOLVED_FILE)
    before = workspace.result(record.id)
    again = replica.run(
        pipeline,
        Selection.of(record.request.targets, record.request.start, force=list(before.nodes)),
        RunOptions(
            description=f"reproduces {record.id}",
            retried_from=record.id,
            engine=record.request.engine,
        ),
        on_event=on_event,
    )
    return Reproduction(
        original=record.id,
        result=again,
        comparison=compare_outputs(
            workspace.store.nodes(record.id), workspace.store.nodes(again.run)
        ),
        environment_changes=tuple(capsule.environment_changes()),
    )


def compare(store: RunStore, first: str, second: str) -> RunComparison:
    """Settings, data, code and metrics in which two runs differ."""
    one, two = store.run(RunId(first)), store.run(RunId(second))
    return compare_runs(one, two, store.nodes(one.id), store.nodes(two.id))


def _operator_files(original: Sequence[str], snapshot: Path) -> list[Path]:
    """Where the capsule keeps the files that defined the run's own operators."""
    found = []
    for name in original:
        file = Path(name)
        root = import_root(file)
        relative = file.relative_to(root) if file.is_relative_to(root) else Path(file.name)
        found.append(snapshot / relative)
    return found
