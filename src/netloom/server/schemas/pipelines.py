"""Pipelines kept in the workspace."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netloom.accounts.permissions import Right, Visibility
from netloom.server.schemas.authoring import Edits, Sketch
from netloom.server.schemas.wire import Answer, Body, JsonValue, Line, PipelineText, Seconds


class PipelineSummary(Answer):
    """A pipeline in a list."""

    id: str
    name: str
    """As the draft's text says."""
    description: str
    revision: int
    """Grows with every change of the draft; also the ``ETag``, in quotes."""
    num_versions: int
    """Number of the newest version; 0 if none was kept yet."""
    owner: str | None
    visibility: Visibility
    right: Right
    """Your own."""
    created: Seconds
    changed: Seconds
    changed_by: str


class Pipeline(PipelineSummary):
    """A pipeline with its draft."""

    text: str
    """The draft: what is being edited; it need not check."""


class PipelineList(Answer):
    """Pipelines one may see, most recently changed first."""

    pipelines: list[PipelineSummary]


class NewPipeline(Body):
    """A pipeline to keep."""

    text: PipelineText = "netloom: 1\nname: untitled\nnodes: {}\n"
    visibility: Visibility = Visibility.PRIVATE


class DraftBody(Body):
    """The whole draft."""

    text: PipelineText


class EditsBody(Body):
    """Changes of the draft, in order."""

    edits: Edits


class SketchedPipeline(Answer):
    """A pipeline with its draft, and what the draft's text means."""

    pipeline: Pipeline
    sketch: Sketch


class NewVersion(Body):
    """What to say of the version."""

    message: Line = ""


class VersionSummary(Answer):
    """A version in a list."""

    number: int
    message: str
    author: str
    created: Seconds


class Version(VersionSummary):
    """A version, which never changes."""

    text: str


class VersionList(Answer):
    """Versions, newest first."""

    versions: list[VersionSummary]


class ValueChange(Answer):
    """One value of a node that differs: a setting, an input, or a key such as ``retries``."""

    kind: Literal["setting", "input", "key"]
    name: str
    before: JsonValue
    after: JsonValue


class NodeDifference(Answer):
    """How a node differs between two texts."""

    node: str
    change: Literal["added", "removed", "changed"]
    operator: tuple[str | None, str | None]
    """Before and after."""
    values: list[ValueChange]


class PipelineDiff(Answer):
    """What differs between two texts of a pipeline."""

    before: Annotated[str, Field(examples=["3"])]
    """Number of a version, or ``draft``."""
    after: str
    nodes: list[NodeDifference]
    text: str
    """The same as a unified diff of the texts."""
