"""Trained models: those that runs gave out, those people registered, and the store protocol for both."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from netloom.accounts.permissions import Access, Actor
from netloom.core.identifiers import ArtifactId, NodeId, PortName, RunId, UserName

MODEL_MEDIA_TYPE = "application/vnd.netloom.model"
TABLE_MODEL_MEDIA_TYPE = "application/vnd.netloom.table-model"
MODEL_MEDIA_TYPES = (MODEL_MEDIA_TYPE, TABLE_MODEL_MEDIA_TYPE)
"""Packages of models of pictures, and of tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOutput:
    """A model package that a node of a run gave out.

    Attributes:
        preview: What the package says of itself; see :mod:`netloom.workspace.model_description`.
        is_made: The node computed it in this run; otherwise a result was reused.
        created: When the node ended.
        access: To the run; of its shares only the asking user's own.
    """

    artifact: ArtifactId
    run: RunId
    node: NodeId
    port: PortName
    pipeline: str
    size_bytes: int
    preview: Mapping[str, Any]
    is_made: bool
    created: float
    access: Access


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredModel:
    """A model that somebody gave a name. Times are seconds since the epoch.

    Attributes:
        owner: Whose names it is counted among: two people may use the same name.
        version: 1, 2, … among the owner's models of this name.
        preview: What the package says of itself.
        history: How it was made, as known when it was registered: the run may be deleted later.
        created: When the package was made.
    """

    id: str
    owner: UserName
    name: str
    version: int
    description: str
    artifact: ArtifactId
    size_bytes: int
    run: RunId
    node: NodeId
    pipeline: str
    preview: Mapping[str, Any]
    history: Mapping[str, Any]
    created: float
    registered: float


@dataclass(frozen=True, slots=True)
class MeasuredNode:
    """A node that logged metrics.

    Attributes:
        inputs: The contents it was given.
        metrics: Last values.
        makes_model: It gave a model out, so what it measured is about that one.
    """

    node: NodeId
    inputs: frozenset[str]
    metrics: Mapping[str, float]
    makes_model: bool


class ModelStore(Protocol):
    """Safe for several threads and processes; every method is one transaction."""

    def outputs(self, actor: Actor, *, artifact: str | None = None) -> Sequence[ModelOutput]:
        """What runs that an actor may see gave out, oldest run first; scratch runs do not count.

        Args:
            artifact: Only this one.
        """

    def measured(self, runs: Collection[RunId]) -> Mapping[RunId, Sequence[MeasuredNode]]:
        """Nodes of these runs that logged metrics, in their order; nothing for runs without any."""

    def register(self, model: RegisteredModel) -> RegisteredModel:
        """Keep a model under the next version of its name; the given version does not matter."""

    def registered(self, *, among: Collection[str] | None = None) -> Sequence[RegisteredModel]:
        """All, or those of these ids, newest first."""

    def model(self, model: str) -> RegisteredModel:
        """Raises NotFound."""

    def amend(self, model: str, *, name: str | None, description: str | None) -> RegisteredModel:
        """Change what is given; under another name it becomes that name's next version. Raises NotFound."""

    def remove(self, model: str) -> None:
        """Idempotent."""

    def kept_artifacts(self) -> frozenset[ArtifactId]:
        """Packages of registered models."""
