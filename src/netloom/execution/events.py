"""Events: what happens in a run, as values of one closed union.

Workers send the ``Job…`` events of their own job; the executor adds those a dead process cannot send; the
dispatcher turns them into ``Node…`` and ``Run…`` events for the recorder, the terminal and the browser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, Protocol

from netloom.core.diagnostics import Diagnostic
from netloom.core.identifiers import ArtifactId, Fingerprint, JobId, NodeId, PortName, RunId
from netloom.execution.states import RunState


@dataclass(frozen=True, slots=True)
class Output:
    """One saved output of a job."""

    artifact: ArtifactId
    media_type: str
    size_bytes: int
    preview: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobStarted:
    """The worker process runs the job's code now."""

    job: JobId
    pid: int
    kind: Literal["job_started"] = "job_started"


@dataclass(frozen=True, slots=True)
class MetricsLogged:
    """Points of one metric, packed: parallel little-endian arrays.

    Attributes:
        steps: int64, strictly in call order.
        values: float64.
        times: float64 seconds since the epoch.
    """

    job: JobId
    name: str
    steps: bytes
    values: bytes
    times: bytes
    kind: Literal["metrics_logged"] = "metrics_logged"


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far a job is; sent a few times a second at most."""

    job: JobId
    done: float
    total: float | None
    unit: str
    eta_s: float | None
    kind: Literal["progressed"] = "progressed"


@dataclass(frozen=True, slots=True)
class Noted:
    """A line for the person watching."""

    job: JobId
    message: str
    kind: Literal["noted"] = "noted"


@dataclass(frozen=True, slots=True)
class JobSucceeded:
    """All outputs are committed to the artifact store."""

    job: JobId
    outputs: dict[PortName, Output]
    seconds: float
    kind: Literal["job_succeeded"] = "job_succeeded"


@dataclass(frozen=True, slots=True)
class JobEnded:
    """The job ended without outputs.

    Attributes:
        outcome: ``failed``, ``cancelled`` (it was asked to stop) or ``waiting`` (for a person).
        diagnostics: Why it failed.
        request: What is asked of a person, if waiting.
        retryable: False when trying again cannot help, e.g. for invalid data.
    """

    job: JobId
    outcome: Literal["failed", "cancelled", "waiting"]
    seconds: float
    diagnostics: tuple[Diagnostic, ...] = ()
    request: dict[str, Any] | None = None
    retryable: bool = True
    kind: Literal["job_ended"] = "job_ended"


JobEvent = JobStarted | MetricsLogged | Progressed | Noted | JobSucceeded | JobEnded


@dataclass(frozen=True, slots=True)
class NodeChanged:
    """A node of a run changed its state.

    Attributes:
        why: One sentence: why it runs, or why it is cached or skipped.
        ingredients: What went into the fingerprint, for ``netloom why`` and ``diff``.
        outputs: Saved outputs by port, once there are any.
        metrics: Last value of each metric, for results that are reused.
    """

    run: RunId
    node: NodeId
    state: RunState
    time: float
    why: str = ""
    attempt: int = 0
    fingerprint: Fingerprint | None = None
    ingredients: Mapping[str, Any] | None = None
    outputs: Mapping[PortName, Output] | None = None
    seconds: float | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    request: dict[str, Any] | None = None
    metrics: Mapping[str, float] | None = None
    kind: Literal["node_changed"] = "node_changed"


@dataclass(frozen=True, slots=True)
class NodeProgressed:
    """Progress of a running node."""

    run: RunId
    node: NodeId
    time: float
    done: float
    total: float | None
    unit: str
    eta_s: float | None
    kind: Literal["node_progressed"] = "node_progressed"


@dataclass(frozen=True, slots=True)
class NodeNoted:
    """A line a running node wants a person to see."""

    run: RunId
    node: NodeId
    time: float
    message: str
    kind: Literal["node_noted"] = "node_noted"


@dataclass(frozen=True, slots=True)
class NodeMetrics:
    """Packed points of one metric of a node; see :class:`MetricsLogged`."""

    run: RunId
    node: NodeId
    attempt: int
    name: str
    steps: bytes
    values: bytes
    times: bytes
    kind: Literal["node_metrics"] = "node_metrics"


@dataclass(frozen=True, slots=True)
class RunChanged:
    """A run changed its state."""

    run: RunId
    state: RunState
    time: float
    kind: Literal["run_changed"] = "run_changed"


RunEvent = NodeChanged | NodeProgressed | NodeNoted | NodeMetrics | RunChanged


class EventSink(Protocol):
    """Receives run events in order, from one thread. When ``emit`` returns, the event is durable."""

    def emit(self, *events: RunEvent) -> None:
        """Record events; several given at once are recorded in one transaction."""


def event_to_json(event: JobEvent | RunEvent) -> dict[str, Any]:
    """JSON form of an event, without what is empty.

    Ingredients are left out (they are in the node's record), and so are packed metrics.
    """
    document: dict[str, Any] = {}
    for attribute in fields(event):
        value = getattr(event, attribute.name)
        if value is None or value == () or attribute.name == "ingredients":
            continue
        document[attribute.name] = value
    if "outputs" in document:
        document["outputs"] = {port: asdict(out) for port, out in document["outputs"].items()}
    if "diagnostics" in document:
        document["diagnostics"] = [problem.to_json() for problem in document["diagnostics"]]
    return document
