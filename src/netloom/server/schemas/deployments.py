"""Deployments: models that are served on this machine."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from netloom.accounts.permissions import Right, Visibility
from netloom.server.schemas.diagnostics import Diagnostic
from netloom.server.schemas.models import AskedColumn, TableTarget
from netloom.server.schemas.wire import Answer, Body, Seconds, Text
from netloom.tracking.deployment_states import DeploymentState, RevisionState, Wanted
from netloom.workspace.bundles.making import BundleStep

DeploymentName = Annotated[
    str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)
]
RunName = Annotated[str, Field(min_length=1, max_length=100)]
Label = Annotated[str, Field(min_length=1, max_length=500)]


class NewDeployment(Body):
    """A run whose models are to be served on this machine."""

    name: DeploymentName
    """Yours alone among your deployments."""
    run: RunName
    """Id of the run, in full."""
    note: Text = ""
    port: Annotated[int, Field(ge=1024, le=65_535)] | None = None
    """A free one is taken, and kept, if none is given."""
    protected: bool = False
    """Callers have to send a token, which is told once, in the answer."""


class DeploymentChange(Body):
    """What to change; what is not given stays."""

    name: DeploymentName | None = None
    note: Text | None = None


class NewRevision(Body):
    """A run whose models take over once they are ready."""

    run: RunName


class DeployedModel(Answer):
    """One of the models that are served; the first answers where no name is given."""

    name: str
    task: str
    """The learning task; ``tabular`` for models of tables."""
    labels: list[str]
    inputs: list[AskedColumn] | None
    """The columns of rows to predict; null for pictures, and where there are too many to tell of."""
    targets: list[TableTarget]
    """What a model of tables predicts; none for models of pictures."""


class DeploymentRevision(Answer):
    """What a deployment serves or served: the bundle of a run."""

    number: int
    run: str
    """It may have been deleted since; the bundle stays."""
    pipeline: str
    """Name of the run's pipeline."""
    state: RevisionState
    is_current: bool
    """This is what answers, or answered last."""
    digest: str | None
    """SHA-256 of the bundle; null until it is made."""
    size_bytes: int | None
    models: list[DeployedModel]
    created: Seconds
    created_by: str | None
    problem: list[Diagnostic]
    """Why it could not be made or served."""


class DeploymentNumbers(Answer):
    """How a running deployment does, at the last measurement."""

    requests_per_s: float
    p50_ms: float | None
    """Half of the last good answers took less; null before there are any."""
    p99_ms: float | None
    requests: int
    """Since its process started."""
    errors: int
    """Of them, those that were not answered well."""
    in_flight: int
    waiting: int
    """Pictures that are not predicted yet."""
    memory_bytes: int | None


class DeploymentSummary(Answer):
    """A deployment in the table."""

    id: str
    name: str
    note: str
    state: DeploymentState
    wanted: Wanted
    """What people asked for; differs from ``state`` while something is on its way, or failed."""
    url: str | None
    """Where it answers, as this machine knows it; null until it has a port."""
    port: int | None
    protected: bool
    """Callers need the token."""
    revision: DeploymentRevision | None
    """What answers, or answered last; null before the first bundle could be served."""
    upcoming: DeploymentRevision | None
    """What will take over once it is ready; null if nothing will."""
    task: str | None
    """Of the first model; null until the first bundle is made."""
    problem: list[Diagnostic]
    """Why it failed, or why the last change could not be made."""
    numbers: DeploymentNumbers | None
    """Null unless it runs and was measured."""
    corrections: int
    """Answers that were corrected."""
    created: Seconds
    owner: str | None
    """Null for those made from the command line."""
    visibility: Visibility
    right: Right
    """Your own. ``run`` lets you predict and correct, ``write`` start, stop and change."""


class DeploymentPage(Answer):
    """Some of the deployments one may see, newest first."""

    deployments: list[DeploymentSummary]
    total: int
    """How many match, on all pages."""


class Deployment(DeploymentSummary):
    """One deployment."""

    revisions: list[DeploymentRevision]
    """Newest first."""
    started: Seconds | None
    """Of the process that answers; null if none does."""
    restarts: int
    """How often the process ended by itself since it was started."""


class MadeDeployment(Deployment):
    """A deployment that was just made."""

    token: str | None
    """What callers have to send as ``Authorization: Bearer``; it is never told again."""


class DeploymentLog(Answer):
    """A piece of what a deployment's processes wrote, and what happened to them."""

    text: str
    offset: int
    """Byte at which this piece begins; greater than asked for if older lines are gone."""
    next_offset: int
    """Byte at which to go on."""


class NumbersHistory(Answer):
    """The last fifteen minutes of a deployment, in columns of the same length; oldest first."""

    latest: DeploymentNumbers | None
    every_s: float
    """Seconds between two measurements."""
    times: list[Seconds]
    requests_per_s: list[float]
    errors_per_s: list[float]
    p50_ms: list[float | None]
    p99_ms: list[float | None]
    in_flight: list[int]
    memory_bytes: list[int | None]


class CorrectedObject(Body):
    """An object that really is in the picture."""

    label: Label
    box: Annotated[
        list[Annotated[float, Field(ge=-1e6, le=1e6)]], Field(min_length=4, max_length=4)
    ]
    """Left, top, right and bottom edge in pixels."""


class NewCorrection(Body):
    """A picture and what it really shows. Which kind of answer is needed depends on the task."""

    picture: Annotated[str, Field(max_length=24 << 20)]
    """The bytes of the file, in base 64."""
    label: Label | None = None
    """For classification."""
    text: Annotated[str, Field(max_length=2000)] | None = None
    """For text recognition."""
    objects: Annotated[list[CorrectedObject], Field(max_length=2000)] | None = None
    """For detection; empty if there is nothing."""


class SavedCorrection(Answer):
    """A correction that was kept."""

    number: int
    total: int
    """How many the deployment has now."""


class BundleProgress(Answer):
    """A bundle that is being made (202)."""

    state: Literal["waiting", "preparing"]
    """``waiting``: for another bundle that is being made."""
    seconds: float
    """Since it was asked for."""
    step: BundleStep | None
    """What is being done; null while it waits."""
