"""What the dispatcher must know of runs; tracking implements it on top of its store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from netloom.core.engines import EngineName
from netloom.core.identifiers import NodeId, PortName, RunId
from netloom.execution.events import Output
from netloom.execution.states import RunState
from netloom.execution.verdict import Earlier


@dataclass(frozen=True, slots=True)
class OpenNode:
    """How far one node of an open run is."""

    state: RunState
    attempt: int = 0
    outputs: Mapping[PortName, Output] = field(default_factory=dict)
    answers: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that has not ended, with everything needed to carry it on.

    Attributes:
        graph: JSON form of the graph as written.
        nodes: The flat nodes this run is about, and their states.
        earlier: Last record of each node in earlier runs of the pipeline, for the reasons.
        owner: Process that waits for the run; empty if nobody does.
        state: State of the run as recorded.
        engine: What executes tables; None leaves it to the project.
    """

    id: RunId
    graph: Mapping[str, Any]
    project: str
    operator_files: tuple[str, ...]
    force: tuple[NodeId, ...]
    priority: int
    owner: str
    nodes: Mapping[NodeId, OpenNode]
    earlier: Mapping[NodeId, Earlier]
    state: RunState = RunState.QUEUED
    engine: EngineName | None = None


@dataclass(frozen=True, slots=True)
class Wishes:
    """What people may ask of a run while it is open."""

    cancel: bool
    priority: int


class RunLedger(Protocol):
    """Reads for the dispatcher. Cheap enough to be asked several times a second."""

    def open_runs(self) -> Mapping[RunId, Wishes]:
        """Runs to take forward, oldest first, and what is asked of each.

        One that waits for a person is among them only if it is to stop: an answer queues it again.
        """

    def load(self, run: RunId) -> OpenRun:
        """Everything about one open run."""

    def answers(self, run: RunId, node: NodeId) -> Sequence[Mapping[str, Any]]:
        """Answers a waiting node was given, oldest first."""

    def states(self, run: RunId) -> Mapping[NodeId, RunState]:
        """Present states, to notice nodes that were answered or reopened meanwhile."""
