"""Runs: the table, one run, what it left behind."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from netloom.accounts.permissions import Right, Visibility
from netloom.core.engines import EngineName
from netloom.execution.states import RunState
from netloom.server.reader_language import Worded
from netloom.server.schemas.authoring import Change, Connection, Graph, NodeName, SelectionBody
from netloom.server.schemas.diagnostics import Diagnostic
from netloom.server.schemas.wire import (
    Answer,
    Body,
    JsonValue,
    PipelineText,
    Seconds,
    Text,
)

Priority = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]


class NewRun(SelectionBody):
    """A run to start: of a text, or of a stored pipeline. One of ``text`` and ``pipeline`` is needed."""

    text: PipelineText | None = None
    pipeline: Annotated[str, Field(max_length=100)] | None = None
    """Id of a stored pipeline."""
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    """Of the stored pipeline; its draft if not given."""
    variables: Annotated[dict[str, JsonValue], Field(max_length=1000)] = {}
    """Variables that win over those in the text."""
    description: Text = ""
    scratch: bool = False
    """A trial run: not listed by default and not kept."""
    priority: Priority = 0
    """Runs with a higher number get free devices first."""
    engine: EngineName | None = None
    """What executes tables; null is the project's choice. No result depends on it."""


class RerunBody(SelectionBody):
    """A run to start again, as it was or in part."""

    description: Text = ""
    scratch: bool = False
    priority: Priority = 0
    engine: EngineName | None = None
    """What executes tables; null is what it was."""


class PriorityBody(Body):
    """Where a run's jobs stand in the queue."""

    priority: Priority
    """Runs with a higher number get free devices first."""


class RunSummary(Answer):
    """A run in the table."""

    id: str
    pipeline: str
    stored_pipeline: str | None
    """Id of the workbench's pipeline it is of; null for other texts and for runs from elsewhere."""
    state: RunState
    created: Seconds
    started: Seconds | None
    finished: Seconds | None
    description: str
    scratch: bool
    owner: str | None
    """Null for runs from the command line."""
    visibility: Visibility
    right: Right
    """Your own."""
    nodes: dict[RunState, int]
    """How many nodes are in each state."""
    metrics: dict[str, float | None]
    """Last values by ``node.name``; null for what is not a number."""
    settings: dict[str, JsonValue]
    """What was set, by ``node.setting``, where the rows of this pipeline on this page differ."""


class RunPage(Answer):
    """Some rows of the table."""

    runs: list[RunSummary]
    total: int
    """How many match, on all pages."""
    metric_columns: list[str]
    """Every metric of these rows."""
    setting_columns: list[str]
    """Every setting of these rows."""


class Output(Answer):
    """A saved output of a node."""

    artifact: str
    media_type: str
    size_bytes: int
    preview: dict[str, JsonValue]
    """A small look inside; what is in it depends on the media type."""


class Progress(Answer):
    """How far a running node is."""

    done: float
    total: float | None
    unit: str
    eta_s: float | None
    time: Seconds


class RunNode(Answer):
    """A node of a run."""

    id: str
    operator: str
    state: RunState
    attempt: int
    why: Worded
    """Why it runs, or why its result was reused."""
    fingerprint: str | None
    started: Seconds | None
    finished: Seconds | None
    seconds: float | None
    diagnostics: list[Diagnostic]
    request: dict[str, JsonValue] | None
    """What is asked of a person, while it waits."""
    progress: Progress | None
    metrics: dict[str, float | None]
    outputs: dict[str, Output]


class Run(Answer):
    """One run."""

    model_config = ConfigDict(populate_by_name=True)

    id: str
    pipeline: str
    stored_pipeline: str | None
    """Id of the workbench's pipeline it is of; null for other texts and for runs from elsewhere."""
    state: RunState
    created: Seconds
    started: Seconds | None
    finished: Seconds | None
    seconds: float
    """From the first job's start to the end so far."""
    cancel_requested: bool
    description: str
    scratch: bool
    priority: int
    to: list[str]
    start: Annotated[list[str], Field(alias="from")]
    force: list[str]
    retried_from: str | None
    """The run that this one repeats."""
    engine: EngineName | None
    """What was asked to execute tables; null is the project's choice."""
    owner: str | None
    visibility: Visibility
    right: Right
    nodes: list[RunNode]
    graph: Graph
    """As written."""
    wired: list[Connection]
    """Connections that are not written but followed, because only one output fits."""


class Capsule(Answer):
    """What a run wrote down when it was submitted."""

    written: str | None
    """The text as its author wrote it; null for graphs from Python."""
    resolved: str
    """The same with all layers merged and all references replaced: what to clone."""
    provenance: list[dict[str, JsonValue]]
    """Where each value came from."""
    environment: dict[str, JsonValue]
    environment_changes: list[Worded]
    """What is different on this machine now."""


class AnswerBody(Body):
    """A person's answer to a node that waits."""

    node: NodeName
    answer: Annotated[dict[str, JsonValue], Field(max_length=10_000)]


class AnswerReceipt(Answer):
    """The answer was stored."""

    version: int


class LogPage(Answer):
    """A piece of a node's log."""

    text: str
    offset: int
    """Byte at which this piece begins."""
    next_offset: int
    """Byte at which to go on."""
    size_bytes: int
    is_complete: bool
    """Nothing will follow: the node has ended and this is the end of its log."""


class MetricName(Answer):
    """A metric that exists."""

    node: str
    name: str


class MetricNames(Answer):
    """The metrics of a run."""

    metrics: list[MetricName]


class MetricCurve(Answer):
    """Points of a metric, thinned out so that the curve looks the same: extremes are kept."""

    node: str
    name: str
    steps: list[int]
    values: list[float | None]
    """Null where the value is not a number."""
    times: list[float]
    num_points: int
    """How many were logged in this part."""


class StoredFile(Answer):
    """A file below a folder."""

    path: str
    size_bytes: int


class FileList(Answer):
    """Files below a folder, by path."""

    files: list[StoredFile]
    is_cut: bool
    """There are more than the list holds."""


class ArtifactInfo(Answer):
    """A stored output."""

    id: str
    media_type: str
    size_bytes: int
    files: list[StoredFile]
    refs: list[str]
    """Artifacts it points into."""


class MetricDifference(Answer):
    """Last values of a metric in two runs."""

    name: str
    first: float | None
    second: float | None
    difference: float | None


class NodeComparison(Answer):
    """What differs in a node between two runs."""

    states: tuple[RunState, RunState]
    changes: list[Change]
    outputs: list[str]
    metrics: list[MetricDifference]


class RunComparison(Answer):
    """What differs between two runs."""

    first: str
    second: str
    request: dict[str, list[JsonValue]]
    only_first: list[str]
    only_second: list[str]
    nodes: dict[str, NodeComparison]


SortOrder = Literal["ascending", "descending"]
