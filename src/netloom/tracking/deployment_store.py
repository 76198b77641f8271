"""Deployments: what is served on this machine, its revisions and corrections; and their store's protocol."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

from netloom.core.diagnostics import Diagnostic
from netloom.core.identifiers import RunId, UserName
from netloom.tracking.deployment_states import DeploymentState, RevisionState, Wanted


@dataclass(frozen=True, slots=True)
class DeploymentRecord:
    """A bundle that is, or was, served by a process of this machine.

    Attributes:
        port: None until the first process has got one; then it is kept.
        is_protected: Whether callers need the deployment's token.
        revision: The number of what is served; 0 before the first one could be.
        target: The number of what is to be served.
        problem: Why it failed, or why the target could not take over.
    """

    id: str
    name: str
    note: str
    port: int | None
    is_protected: bool
    wanted: Wanted
    state: DeploymentState
    revision: int
    target: int
    created: float
    problem: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class DeployedModel:
    """One model of a bundle, for people.

    Attributes:
        inputs: The columns of a table that it takes (:mod:`netloom.tables.features.asked_columns`); None for
            pictures, and where there are too many to tell of.
        targets: The columns of a table that it predicts, each as ``{"column", "type", "classes"}``.
    """

    name: str
    task: str
    labels: tuple[str, ...]
    inputs: tuple[Mapping[str, Any], ...] | None = None
    targets: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """From the fields as JSON; those that older versions did not write are left out."""
        inputs = document.get("inputs")
        return cls(
            document["name"],
            document["task"],
            tuple(document["labels"]),
            None if inputs is None else tuple(inputs),
            tuple(document.get("targets", ())),
        )


@dataclass(frozen=True, slots=True)
class RevisionRecord:
    """What a deployment serves or served: the bundle of a run.

    Attributes:
        pipeline: The name of the run's, which may be gone.
        digest: SHA-256 of the bundle's file; None until it is made.
        created_by: None for the command line.
    """

    deployment: str
    number: int
    run: RunId
    pipeline: str
    state: RevisionState
    created: float
    created_by: UserName | None
    digest: str | None = None
    size_bytes: int | None = None
    models: tuple[DeployedModel, ...] = ()
    problem: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """What a picture really shows, said by somebody who saw another answer.

    Attributes:
        number: Counted for each deployment, from 1.
        revision: What had answered.
        picture: SHA-256 of the picture's file.
        answer: As the task's data say it: ``label``, ``text``, or ``objects``.
    """

    deployment: str
    number: int
    revision: int
    created: float
    user: UserName | None
    picture: str
    media_type: str
    width: int
    height: int
    task: str
    answer: Mapping[str, Any]


class DeploymentStore(Protocol):
    """Safe for several threads and processes; every method is one transaction."""

    def add(self, deployment: DeploymentRecord, first: RevisionRecord) -> None: ...

    def deployment(self, deployment: str) -> DeploymentRecord:
        """Raises NotFound."""

    def deployments(self, *, among: Collection[str] | None = None) -> Sequence[DeploymentRecord]:
        """All, or those of these ids, newest first."""

    def describe(self, deployment: str, *, name: str | None, note: str | None) -> DeploymentRecord:
        """Change what is said about it. Raises NotFound."""

    def want(
        self, deployment: str, wanted: Wanted, *, target: int | None = None
    ) -> DeploymentRecord:
        """Say what is wanted from now on; a failed one may be tried again. Raises NotFound."""

    def change(
        self,
        deployment: str,
        state: DeploymentState,
        *,
        problem: Sequence[Diagnostic] | None = None,
        revision: int | None = None,
        target: int | None = None,
        port: int | None = None,
    ) -> DeploymentRecord:
        """Record what happened; what is None stays.

        Raises:
            NotFound: It was deleted.
            ValueError: A state may not follow the present one.
        """

    def remove(self, deployment: str) -> None:
        """With revisions and corrections. Idempotent."""

    def add_revision(self, revision: RevisionRecord) -> RevisionRecord:
        """Keep a revision under the next number, which becomes the target. Raises NotFound."""

    def revisions(
        self, *, of: str | None = None, among: Collection[str] | None = None
    ) -> Sequence[RevisionRecord]:
        """Of one deployment, of several, or of all; newest first."""

    def revision(self, deployment: str, number: int) -> RevisionRecord:
        """Raises NotFound."""

    def update_revision(self, revision: RevisionRecord) -> None:
        """Replace a revision. Idempotent if it is gone."""

    def add_correction(self, correction: Correction) -> Correction:
        """Keep a correction under the next number. Raises NotFound."""

    def corrections(self, deployment: str) -> Sequence[Correction]:
        """In the order they were made."""

    def num_corrections(self, deployments: Collection[str]) -> Mapping[str, int]:
        """By deployment; those without any are absent."""
