"""Records: what is remembered of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from netloom.core.diagnostics import Diagnostic
from netloom.core.engines import EngineName
from netloom.core.identifiers import Fingerprint, NodeId, PortName, RunId
from netloom.execution.events import Output
from netloom.execution.states import RunState


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a user asked for when starting a run; stored with it and never changed, except its owner.

    Attributes:
        pipeline: Name of the pipeline.
        graph: JSON form of the graph as checked (components not expanded, ports wired).
        file: Pipeline file as named by the user; empty for graphs from Python.
        targets: Only these nodes and what they need (``--to``); empty means all.
        start: Only these nodes and what depends on them (``--from``); empty means all.
        force: Nodes that run even if their result is cached.
        description: A remark for people (``-d``).
        scratch: Not kept by ``gc``, not listed by default.
        study: Id of the study this run is a trial of.
        retried_from: Earlier run that ``reproduce`` copies.
        stored_pipeline: Id of the workbench's pipeline whose draft or version it is of.
        operator_files: Absolute paths of the Python files that define the user's own operators.
        engine: What executes tables; None leaves it to the project (``[tables]`` in its file).
        owner: The process a person waits at (``host:pid:start``); if it dies the run ends as
            interrupted. Empty for runs that outlive whoever submitted them. A retry changes it.
    """

    pipeline: str
    graph: Mapping[str, Any]
    project: str
    file: str = ""
    targets: tuple[NodeId, ...] = ()
    start: tuple[NodeId, ...] = ()
    force: tuple[NodeId, ...] = ()
    priority: int = 0
    description: str = ""
    scratch: bool = False
    study: str | None = None
    retried_from: RunId | None = None
    stored_pipeline: str | None = None
    operator_files: tuple[str, ...] = ()
    engine: EngineName | None = None
    owner: str = ""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as stored. Times are seconds since the epoch, UTC."""

    id: RunId
    request: RunRequest
    state: RunState
    created: float
    started: float | None = None
    finished: float | None = None
    cancel_requested: bool = False


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """A node of a run as stored; see :class:`netloom.execution.events.NodeChanged` for the fields."""

    run: RunId
    node: NodeId
    state: RunState
    operator: str = ""
    attempt: int = 0
    why: str = ""
    fingerprint: Fingerprint | None = None
    ingredients: Mapping[str, Any] | None = None
    outputs: Mapping[PortName, Output] = field(default_factory=dict)
    started: float | None = None
    finished: float | None = None
    seconds: float | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    request: Mapping[str, Any] | None = None
    progress: Mapping[str, Any] | None = None
    last_metrics: Mapping[str, float] = field(default_factory=dict)
