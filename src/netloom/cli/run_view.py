"""What a person watching a run needs to know, reduced from its events."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from netloom.core.diagnostics import Diagnostic
from netloom.core.identifiers import NodeId, RunId
from netloom.execution.events import (
    NodeChanged,
    NodeNoted,
    NodeProgressed,
    RunChanged,
    RunEvent,
)
from netloom.execution.states import RunState


@dataclass(slots=True)
class NodeView:
    """The latest about one node.

    Attributes:
        since: Time of the last change of state, in seconds since the epoch.
        eta_s: Estimated seconds until it ends, as of ``progressed``.
        metrics: Last value of each metric.
        note: Last line the node wants a person to see.
    """

    id: NodeId
    state: RunState = RunState.PENDING
    why: str = ""
    attempt: int = 0
    since: float = 0.0
    seconds: float | None = None
    done: float = 0.0
    total: float | None = None
    unit: str = ""
    eta_s: float | None = None
    progressed: float = 0.0
    metrics: dict[str, float] = field(default_factory=dict)
    note: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()

    def elapsed_s(self, now: float) -> float | None:
        """Seconds of work: so far while running, in total once it ended."""
        if self.state is RunState.RUNNING:
            return max(0.0, now - self.since)
        return self.seconds

    def remaining_s(self, now: float) -> float | None:
        """Estimated seconds until the node ends; None if unknown."""
        if self.state is not RunState.RUNNING or self.eta_s is None:
            return None
        return max(0.0, self.eta_s - (now - self.progressed))


@dataclass(slots=True)
class RunView:
    """The latest about a run, in the order in which its nodes were first heard of."""

    run: RunId | None = None
    state: RunState = RunState.QUEUED
    started: float | None = None
    nodes: dict[NodeId, NodeView] = field(default_factory=dict)

    def apply(self, event: RunEvent) -> None:
        """Take one event in."""
        self.run = event.run
        if isinstance(event, RunChanged):
            self.state = event.state
            if event.state is RunState.RUNNING and self.started is None:
                self.started = event.time
            return
        node = self.nodes.setdefault(event.node, NodeView(event.node))
        if isinstance(event, NodeChanged):
            self._change(node, event)
        elif isinstance(event, NodeProgressed):
            node.done, node.total, node.unit = event.done, event.total, event.unit
            node.eta_s, node.progressed = event.eta_s, event.time
        elif isinstance(event, NodeNoted):
            node.note = event.message
        elif event.values:
            (node.metrics[event.name],) = struct.unpack_from("<d", event.values, -8)

    def _change(self, node: NodeView, event: NodeChanged) -> None:
        if event.state is RunState.RUNNING and self.started is None:
            self.started = event.time
        if event.state is not node.state:
            node.since = event.time
        node.state, node.attempt = event.state, event.attempt
        node.why = event.why or node.why
        node.seconds = event.seconds
        node.diagnostics = event.diagnostics

    def count(self, *states: RunState) -> int:
        """How many nodes are in one of these states."""
        return sum(1 for node in self.nodes.values() if node.state in states)

    def most_telling(self, limit: int) -> Sequence[NodeView]:
        """At most ``limit`` nodes in their order; running and failed ones are never left out first."""
        nodes = list(self.nodes.values())
        if len(nodes) <= limit:
            return nodes
        ranked = sorted(nodes, key=lambda node: _INTEREST.get(node.state, 2))
        kept = {node.id for node in ranked[:limit]}
        return [node for node in nodes if node.id in kept]


_INTEREST = {
    RunState.RUNNING: 0,
    RunState.FAILED: 0,
    RunState.WAITING: 0,
    RunState.QUEUED: 1,
    RunState.CANCELLED: 1,
    RunState.CACHED: 3,
    RunState.SKIPPED: 3,
}
