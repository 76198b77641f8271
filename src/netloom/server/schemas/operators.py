"""Operators and port types."""

from __future__ import annotations

from typing import Any, Literal

from netloom.server.schemas.diagnostics import Diagnostic
from netloom.server.schemas.wire import Answer


class InputPort(Answer):
    """Where a node takes something in."""

    name: str
    type: str
    """Id of a port type; see :class:`PortType`."""
    required: bool
    many: bool
    """Takes several connections, in order."""
    help: str


class OutputPort(Answer):
    """Where a node gives something out."""

    name: str
    type: str
    help: str
    preview: Literal["table"] | None
    """What a node shows of it below its ports, once there is one: `table` says how large it is and what its
    columns hold. Null: at most a line, or pictures."""


class OperatorSummary(Answer):
    """An operator as the palette shows it."""

    id: str
    group: str
    group_title: str
    title: str
    """A short name."""
    summary: str
    """One sentence."""
    is_job: bool
    """It occupies a worker; other operators only describe."""
    is_source: bool
    """It brings data in."""
    stand_in: str | None
    """Id of the operator in its place where a node uses a trained model (`reuse`); null if none."""
    inputs: list[InputPort]
    outputs: list[OutputPort]


class Operator(OperatorSummary):
    """An operator with everything its form and its help need."""

    help: str
    settings: dict[str, Any]
    """JSON Schema of the settings. Each has its help as `description`, and a `title` where that says more
    than the name; `x-enum-titles` beside `enum` has titles of the words."""
    needs: dict[str, Any] | None
    """Resources with default settings; null for operators that only describe."""
    defined_in: str
    """The package or the project's file it comes from."""


class OperatorList(Answer):
    """The palette."""

    language: str
    """Of titles, summaries and help; what is not translated is English."""
    operators: list[OperatorSummary]
    problems: list[Diagnostic]
    """What could not be loaded, for instance an operator file of the project with a mistake in it."""


class PortType(Answer):
    """A type of ports, and what may be connected to them."""

    id: str
    family: str
    """Name of the outermost class: what shape and colour go by."""
    title: str
    """The family in the reader's language."""
    accepts: list[str]
    """Ids of the types of outputs that an input of this type takes."""


class PortTypeList(Answer):
    """All types that occur. Type variables are at their widest: the check of a whole graph is stricter."""

    types: list[PortType]


class StateLook(Answer):
    """How a state is shown, the same everywhere."""

    state: str
    icon: str
    css: str
    """Colour."""
    word: str


class StateLooks(Answer):
    """How states of runs and of plans are shown."""

    run: list[StateLook]
    plan: list[StateLook]
