"""Results of a run: what ``run`` returns in Python and prints with ``--json``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from netloom.core.diagnostics import Diagnostic, did_you_mean
from netloom.core.errors import JobFailed, NotFound
from netloom.core.identifiers import ArtifactId, NodeId, PortName, RunId
from netloom.execution.events import Output
from netloom.execution.states import RunState
from netloom.tracking.records import NodeRecord, RunRecord


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What became of one node."""

    state: RunState
    operator: str
    why: str
    seconds: float | None
    outputs: Mapping[PortName, Output]
    metrics: Mapping[str, float]
    diagnostics: tuple[Diagnostic, ...]
    request: Mapping[str, Any] | None = None

    @classmethod
    def of_record(cls, record: NodeRecord) -> NodeResult:
        """From what the store remembers."""
        return cls(
            state=record.state,
            operator=record.operator,
            why=record.why,
            seconds=record.seconds,
            outputs=record.outputs,
            metrics=record.last_metrics,
            diagnostics=record.diagnostics,
            request=record.request,
        )

    def to_json(self, folder_of: Callable[[ArtifactId], Path]) -> dict[str, Any]:
        """The wire form; ``folder_of`` says where an artifact lies."""
        return {
            "state": str(self.state),
            "operator": self.operator,
            "seconds": self.seconds,
            "why": self.why,
            "outputs": {
                port: {
                    "artifact": output.artifact,
                    "path": str(folder_of(output.artifact)),
                    "media_type": output.media_type,
                    "size_bytes": output.size_bytes,
                    "preview": output.preview,
                }
                for port, output in self.outputs.items()
            },
            "metrics": dict(self.metrics),
            "diagnostics": [diagnostic.to_json() for diagnostic in self.diagnostics],
            "request": self.request,
        }


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run and its nodes. ``result.value("score.metrics")`` loads an output.

    Attributes:
        folder: The run's capsule.
        seconds: From the first job's start to the end; 0 if nothing had to run.
    """

    run: RunId
    pipeline: str
    state: RunState
    nodes: Mapping[NodeId, NodeResult]
    folder: Path
    seconds: float
    record: RunRecord = field(repr=False)
    _load: Callable[[Output], Any] = field(repr=False)
    _folder_of: Callable[[ArtifactId], Path] = field(repr=False)

    def located(
        self, located: Callable[[Iterable[Diagnostic]], tuple[Diagnostic, ...]]
    ) -> RunResult:
        """The same with file and line of every problem, by the file that was run."""
        nodes = {
            name: replace(node, diagnostics=located(node.diagnostics))
            for name, node in self.nodes.items()
        }
        return replace(self, nodes=nodes)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Every problem of every node."""
        return tuple(d for node in self.nodes.values() for d in node.diagnostics)

    def output(self, ref: str) -> Output:
        """The saved output ``"node"`` or ``"node.port"``.

        Raises:
            NotFound: There is no such output.
        """
        name, _, port = ref.partition(".")
        node = self.nodes.get(NodeId(name))
        if node is None:
            raise NotFound.of(
                f"run {self.run} has no node {name!r}",
                expected=", ".join(self.nodes),
                fix=did_you_mean(name, self.nodes) or "Name a node of this run",
            )
        found = (
            node.outputs.get(PortName(port)) if port else next(iter(node.outputs.values()), None)
        )
        if found is None:
            raise NotFound.of(
                f"{ref} has no saved output ({node.state})",
                expected=", ".join(node.outputs) or "none",
                fix="Inline nodes keep no output; failed and skipped ones have none",
            )
        return found

    def value(self, ref: str) -> Any:
        """The value of an output, loaded from its artifact."""
        return self._load(self.output(ref))

    def path(self, ref: str) -> Path:
        """Folder of an output's artifact (read only)."""
        return self._folder_of(self.output(ref).artifact)

    def require_success(self) -> RunResult:
        """This result, or JobFailed with the problems of all nodes."""
        if self.state is not RunState.SUCCEEDED:
            raise JobFailed(*self.diagnostics)
        return self

    def to_json(self) -> dict[str, Any]:
        """The document that ``netloom run --json`` prints."""
        return {
            "run": self.run,
            "pipeline": self.pipeline,
            "state": str(self.state),
            "seconds": self.seconds,
            "folder": str(self.folder),
            "nodes": {node: result.to_json(self._folder_of) for node, result in self.nodes.items()},
        }


def seconds_taken(record: RunRecord, nodes: Iterable[NodeRecord]) -> float:
    """From the first job's start (or the submission, if none started) to the end so far."""
    start = record.started or record.created
    ends = [node.finished for node in nodes if node.finished is not None]
    return max(0.0, (record.finished or max(ends, default=start)) - start)
