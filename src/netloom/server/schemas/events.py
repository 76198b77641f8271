"""Events of the streams. Those with ``seq`` are in the log and are repeated on request."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, RootModel

from netloom.execution.states import RunState
from netloom.server.reader_language import Worded
from netloom.server.schemas.diagnostics import Diagnostic
from netloom.server.schemas.runs import Output
from netloom.server.schemas.wire import Answer, JsonValue, Seconds
from netloom.tracking.deployment_states import DeploymentState


class Hello(Answer):
    """Event ``hello``: the stream is open; what has a greater number than this follows."""

    seq: int


class Lagged(Answer):
    """Event ``lagged``: progress and metrics were left out because the client is slow; read them anew."""


class RunChanged(Answer):
    """Event ``run_changed``: a run changed its state."""

    kind: Literal["run_changed"]
    seq: int
    run: str
    state: RunState
    time: Seconds


class NodeChanged(Answer):
    """Event ``node_changed``: a node changed its state. What is absent did not change."""

    kind: Literal["node_changed"]
    seq: int
    run: str
    node: str
    state: RunState
    time: Seconds
    why: Worded = ""
    attempt: int = 0
    fingerprint: str | None = None
    outputs: dict[str, Output] | None = None
    seconds: float | None = None
    diagnostics: list[Diagnostic] = []
    request: dict[str, JsonValue] | None = None
    metrics: dict[str, float] | None = None
    """Last values, for results that were reused."""


class NodeNoted(Answer):
    """Event ``node_noted``: a line that a running node wants a person to see."""

    kind: Literal["node_noted"]
    seq: int
    run: str
    node: str
    time: Seconds
    message: Worded


class NodeProgressed(Answer):
    """Event ``node_progressed``: how far a running node is. Not repeated."""

    kind: Literal["node_progressed"]
    run: str
    node: str
    time: Seconds
    done: float
    total: float | None = None
    unit: str
    eta_s: float | None = None


class NodeMetrics(Answer):
    """Event ``node_metrics``: new points of a metric, thinned out. In a run's own stream; not repeated."""

    kind: Literal["node_metrics"]
    run: str
    node: str
    attempt: int
    name: str
    steps: list[int]
    values: list[float | None]
    times: list[float]


StreamedEvent: TypeAlias = Annotated[
    RunChanged | NodeChanged | NodeNoted | NodeProgressed | NodeMetrics,
    Field(discriminator="kind"),
]


class RunEvent(RootModel[StreamedEvent]):
    """The ``data`` of one event of a stream."""


class DeploymentChanged(Answer):
    """Event ``deployment_changed``, in the stream of all runs: one is to be read anew. Not repeated."""

    kind: Literal["deployment_changed"]
    deployment: str
    state: DeploymentState
    time: Seconds
