"""Graphs as JSON, edits of them, and what is said about unsaved text."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Field

from netloom.execution.states import PlanState
from netloom.server.reader_language import Worded
from netloom.server.schemas.diagnostics import Diagnostic
from netloom.server.schemas.wire import Answer, Body, JsonValue, Line, Name, PipelineText, Text

NodeName = Annotated[str, Field(min_length=1, max_length=500)]
OutputText = Annotated[str, Field(min_length=1, max_length=500, examples=["fit.model"])]
"""An output as text: ``node.port``, or ``node`` for its only or first output."""


class Node(Body):
    """One use of an operator."""

    id: NodeName
    op: Annotated[str, Field(max_length=500)]
    settings: dict[str, JsonValue] = {}
    """Only what was set; ``{"$template": "${vars.size}"}`` stands for a reference."""
    inputs: dict[str, OutputText | list[OutputText]] = {}
    """What is connected to each input port."""
    needs: dict[str, JsonValue] | None = None
    retries: Annotated[int, Field(ge=0, le=1000)] = 0
    timeout_s: Annotated[float, Field(gt=0, le=1e9)] | None = None
    note: Text = ""
    reuse: Line | None = None
    bypass: bool = False
    """It does not run: what goes into it goes on to what comes after it."""


class Component(Body):
    """A graph used as an operator."""

    inputs: dict[str, str] = {}
    settings: dict[str, JsonValue] = {}
    outputs: dict[str, OutputText] = {}
    help: Text = ""
    graph: Graph


class Graph(Body):
    """Nodes in the order of the text, and the components they may use."""

    nodes: Annotated[list[Node], Field(max_length=10_000)] = []
    components: dict[str, Component] = {}


class AddNode(Body):
    """Add a node; its id must be free."""

    kind: Literal["add_node"]
    node: Node


class RemoveNode(Body):
    """Remove a node and every connection from it."""

    kind: Literal["remove_node"]
    node: NodeName


class RenameNode(Body):
    """Change a node's id; connections follow."""

    kind: Literal["rename_node"]
    node: NodeName
    new: NodeName


class SetSetting(Body):
    """Give a setting a value."""

    kind: Literal["set_setting"]
    node: NodeName
    setting: Name
    """Dotted for a value inside a structured setting: ``backbone.depth``."""
    value: JsonValue


class ResetSetting(Body):
    """Return a setting to its default."""

    kind: Literal["reset_setting"]
    node: NodeName
    setting: Name


class Connect(Body):
    """Connect an output to an input port."""

    kind: Literal["connect"]
    source: OutputText
    node: NodeName
    port: Name
    many: bool = False
    """The port takes several connections: add this one behind those it has."""


class Disconnect(Body):
    """Disconnect an input port, or one of its several connections."""

    kind: Literal["disconnect"]
    node: NodeName
    port: Name
    source: OutputText | None = None


class SetNodeKey(Body):
    """Set what a node has besides ports and settings; null returns to the default."""

    kind: Literal["set_node_key"]
    node: NodeName
    key: Literal["needs", "retries", "timeout_s", "note", "reuse", "bypass"]
    value: bool | int | float | str | dict[str, JsonValue] | None


class MoveNode(Body):
    """Put a node somewhere else on the canvas; the graph does not change."""

    kind: Literal["move_node"]
    node: NodeName
    x: Annotated[float, Field(ge=-1e6, le=1e6)]
    y: Annotated[float, Field(ge=-1e6, le=1e6)]


class SetCanvas(Body):
    """Keep something the canvas shows besides nodes and connections; the graph does not change."""

    kind: Literal["set_canvas"]
    section: Literal["groups", "notes", "collapsed", "sizes"]
    id: Name
    """Of the group or note; for ``collapsed`` and ``sizes`` the id of a node."""
    value: JsonValue
    """Null takes it away."""


class BoundaryInput(Body):
    """An input of a component to be made."""

    type: Line
    source: OutputText
    """The output that goes into it, as the nodes inside refer to it now."""


class MakeComponent(Body):
    """Put nodes into a component, and one node that uses it in their place."""

    kind: Literal["make_component"]
    name: Name
    node: NodeName
    """Id of the node that uses it."""
    nodes: Annotated[list[NodeName], Field(min_length=1, max_length=10_000)]
    inputs: dict[str, BoundaryInput] = {}
    """One for each output outside that a node inside takes."""
    outputs: dict[str, OutputText] = {}
    """One for each output inside that a node outside takes; others may be named, too."""


class DissolveComponent(Body):
    """Put the nodes of a component in the place of a node that uses it."""

    kind: Literal["dissolve_component"]
    node: NodeName
    names: dict[str, NodeName]
    """The ids that the nodes inside get outside."""


Edit: TypeAlias = Annotated[
    AddNode
    | RemoveNode
    | RenameNode
    | SetSetting
    | ResetSetting
    | Connect
    | Disconnect
    | SetNodeKey
    | MoveNode
    | SetCanvas
    | MakeComponent
    | DissolveComponent,
    Field(discriminator="kind"),
]
Edits = Annotated[list[Edit], Field(min_length=1, max_length=1000)]


class TextBody(Body):
    """Unsaved text."""

    text: PipelineText


class EditTextBody(TextBody):
    """Unsaved text and what is to be changed in it, in order."""

    edits: Edits


class SelectionBody(Body):
    """Which part of a graph a plan or run is about."""

    model_config = ConfigDict(populate_by_name=True)

    to: Annotated[list[NodeName], Field(max_length=1000)] = []
    """Only these nodes and what they need; empty for all."""
    start: Annotated[list[NodeName], Field(alias="from", max_length=1000)] = []
    """Only these nodes and what depends on them; empty for all."""
    force: Annotated[list[NodeName], Field(max_length=1000)] = []
    """Run these even if their result could be reused."""


class PlanTextBody(TextBody, SelectionBody):
    """Unsaved text and which part of it."""


class ExplainNodeBody(PlanTextBody):
    """Unsaved text and a node in it."""

    node: NodeName


class WriteTextBody(Body):
    """A graph to be written as text."""

    graph: Graph
    name: Line = ""
    description: Text = ""
    layout: Annotated[dict[str, list[float]], Field(max_length=10_000)] = {}


class WrittenText(Answer):
    """A pipeline file."""

    text: str


class Connection(Answer):
    """One edge."""

    node: str
    port: str
    source: str


class Sketch(Answer):
    """Unsaved text, read as far as it goes."""

    name: str
    description: str
    graph: Graph | None
    """As complete as it can be even if there are errors; null if the text is not even a mapping."""
    layout: dict[str, JsonValue]
    """Positions by node id, as the text has them; under ``$groups``, ``$notes`` … what `set_canvas` keeps."""
    wired: list[Connection]
    """Connections that are not written but follow, because only one output fits."""
    diagnostics: list[Diagnostic]
    is_valid: bool
    """Whether it could be run."""


class EditedText(Answer):
    """Text after edits, and what it means."""

    text: str
    sketch: Sketch


class Change(Answer):
    """A difference between what went into a node before and what goes in now."""

    kind: Literal["operator", "code", "setting", "input", "data", "answer"]
    name: str
    before: JsonValue
    after: JsonValue


class PlannedNode(Answer):
    """What would become of a node."""

    node: str
    operator: str
    state: PlanState
    why: Worded
    is_job: bool
    fingerprint: str | None
    expected_s: float | None
    """Seconds it took last time; null if unknown or not going to run."""
    last_run: str | None
    changes: list[Change]


class Plan(Answer):
    """What a run would do, in the order of execution."""

    nodes: list[PlannedNode]
    jobs_to_run: int
    jobs_that_may_run: int
    jobs_cached: int
    expected_s: float | None
    """Seconds of all jobs to run, one after the other; null if none is known."""
    bypassed: list[str] = []
    """Nodes that stand aside: they are not among the nodes above."""


class Explanation(Answer):
    """Why a node would run, or not."""

    node: str
    state: PlanState
    why: Worded
    changes: list[Change]
    last_run: str | None


class KnownColumn(Answer):
    """A column of a table that does not exist yet."""

    name: str
    type: str | None
    """Its logical type: integer, number, decimal(10, 2), text, list<integer> …; null if it is not known."""


class KnownTable(Answer):
    """What is known of a table before anything runs."""

    columns: list[KnownColumn]
    """All of them, in order."""
    keys: list[str]
    """Columns that tell rows apart, if any are known to."""


class NodeTables(Answer):
    """Tables that go into a node and come out of it, as far as they are known."""

    inputs: dict[str, list[KnownTable | None]]
    """By port, one for each connection in order; null where nothing is known. Implied connections count."""
    outputs: dict[str, KnownTable]
    """By port."""


class KnownTables(Answer):
    """Columns that are known before anything runs, and what will go wrong because of them."""

    nodes: dict[str, NodeTables]
    """Nodes that take or make tables of which something is known; inner ones are ``component/node``."""
    diagnostics: list[Diagnostic]
