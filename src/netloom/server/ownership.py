"""Objects in paths: found, and only if the caller may do what the route does with them.

An object that somebody may not see does not exist for them: they get 404, as for one that never was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from netloom.accounts.permissions import Access, Right, right_over
from netloom.accounts.sharing import ObjectId, ObjectKind
from netloom.core.errors import NotFound
from netloom.core.identifiers import PipelineId, RunId
from netloom.server.auditing import call_it
from netloom.server.hosting import Bench
from netloom.server.identity import Caller, Reader, not_allowed
from netloom.tracking.deployment_store import DeploymentRecord
from netloom.tracking.pipeline_store import PipelineRecord
from netloom.tracking.records import RunRecord
from netloom.tracking.upload_store import UploadRecord
from netloom.workspace.model_registry import KnownModel, find_model
from netloom.workspace.workbench import Workbench


@dataclass(frozen=True, slots=True)
class OwnedPipeline:
    """A pipeline and what the caller may do with it."""

    record: PipelineRecord
    access: Access
    right: Right


@dataclass(frozen=True, slots=True)
class OwnedRun:
    """A run and what the caller may do with it."""

    record: RunRecord
    access: Access
    right: Right

    @property
    def id(self) -> RunId:
        """The run's id."""
        return self.record.id


@dataclass(frozen=True, slots=True)
class OwnedDataset:
    """A file of data and what the caller may do with it."""

    record: UploadRecord
    access: Access
    right: Right


@dataclass(frozen=True, slots=True)
class OwnedDeployment:
    """A deployment and what the caller may do with it."""

    record: DeploymentRecord
    access: Access
    right: Right


def checked_right(
    bench: Workbench, caller: Caller, thing: ObjectId, wanted: Right
) -> tuple[Access, Right]:
    """The access to an object and the caller's right over it.

    Raises:
        NotFound: The caller may not know of it.
        NotAllowed: The caller may see it, but not do this.
    """
    access = bench.access.access(thing)
    right = right_over(caller.actor, access)
    if right is None:
        raise NotFound.of(f"there is no {thing.kind} {thing.id!r}", fix="It may have been deleted")
    require(caller, thing.kind, right, wanted)
    return access, right


def require(caller: Caller, kind: ObjectKind, right: Right, wanted: Right) -> None:
    """Raise NotAllowed unless a right over an object of this kind is enough."""
    if not right.includes(wanted):
        doing = {"run": "run", "write": "change", "own": "share or delete"}[wanted]
        raise not_allowed(caller, f"{doing} this {kind}")


PipelinePath = Annotated[str, Path(max_length=100, description="Id of a pipeline.")]
DatasetPath = Annotated[str, Path(max_length=100, description="Id of a dataset.")]
ModelPath = Annotated[
    str, Path(max_length=100, description="Id of a registered model, or of a model's artifact.")
]
DeploymentPath = Annotated[str, Path(max_length=100, description="Id of a deployment.")]
RunPath = Annotated[str, Path(max_length=100, description="Id of a run, in full.")]


def _pipeline(wanted: Right) -> Callable[..., OwnedPipeline]:
    def found(
        request: Request, bench: Bench, caller: Reader, pipeline: PipelinePath
    ) -> OwnedPipeline:
        thing = ObjectId(ObjectKind.PIPELINE, pipeline)
        access, right = checked_right(bench, caller, thing, wanted)
        record = bench.pipelines.pipeline(PipelineId(pipeline))
        call_it(request, record.name)
        return OwnedPipeline(record, access, right)

    return found


def _run(wanted: Right) -> Callable[..., OwnedRun]:
    def found(request: Request, bench: Bench, caller: Reader, run: RunPath) -> OwnedRun:
        access, right = checked_right(bench, caller, ObjectId(ObjectKind.RUN, run), wanted)
        record = bench.workspace.store.run(RunId(run))
        if record.id != run:  # the store also takes "last" and beginnings of ids
            raise NotFound.of(f"there is no run {run!r}", fix="Give the whole id")
        call_it(request, record.request.pipeline)
        return OwnedRun(record, access, right)

    return found


def _dataset(wanted: Right) -> Callable[..., OwnedDataset]:
    def found(request: Request, bench: Bench, caller: Reader, dataset: DatasetPath) -> OwnedDataset:
        thing = ObjectId(ObjectKind.DATASET, dataset)
        access, right = checked_right(bench, caller, thing, wanted)
        record = bench.uploads.upload(dataset)
        call_it(request, record.name)
        return OwnedDataset(record, access, right)

    return found


def _model(wanted: Right) -> Callable[..., KnownModel]:
    def found(request: Request, bench: Bench, caller: Reader, model: ModelPath) -> KnownModel:
        known = find_model(bench, caller.actor, model)
        require(caller, ObjectKind.MODEL, known.right, wanted)
        call_it(request, known.name)
        return known

    return found


def _deployment(wanted: Right) -> Callable[..., OwnedDeployment]:
    def found(
        request: Request, bench: Bench, caller: Reader, deployment: DeploymentPath
    ) -> OwnedDeployment:
        thing = ObjectId(ObjectKind.DEPLOYMENT, deployment)
        access, right = checked_right(bench, caller, thing, wanted)
        record = bench.deployments.deployment(deployment)
        call_it(request, record.name)
        return OwnedDeployment(record, access, right)

    return found


ReadablePipeline = Annotated[OwnedPipeline, Depends(_pipeline(Right.READ))]
RunnablePipeline = Annotated[OwnedPipeline, Depends(_pipeline(Right.RUN))]
WritablePipeline = Annotated[OwnedPipeline, Depends(_pipeline(Right.WRITE))]
OwnPipeline = Annotated[OwnedPipeline, Depends(_pipeline(Right.OWN))]

ReadableRun = Annotated[OwnedRun, Depends(_run(Right.READ))]
RunnableRun = Annotated[OwnedRun, Depends(_run(Right.RUN))]
WritableRun = Annotated[OwnedRun, Depends(_run(Right.WRITE))]
OwnRun = Annotated[OwnedRun, Depends(_run(Right.OWN))]

ReadableDataset = Annotated[OwnedDataset, Depends(_dataset(Right.READ))]
WritableDataset = Annotated[OwnedDataset, Depends(_dataset(Right.WRITE))]
OwnDataset = Annotated[OwnedDataset, Depends(_dataset(Right.OWN))]

ReadableModel = Annotated[KnownModel, Depends(_model(Right.READ))]
RunnableModel = Annotated[KnownModel, Depends(_model(Right.RUN))]
WritableModel = Annotated[KnownModel, Depends(_model(Right.WRITE))]
OwnModel = Annotated[KnownModel, Depends(_model(Right.OWN))]

ReadableDeployment = Annotated[OwnedDeployment, Depends(_deployment(Right.READ))]
RunnableDeployment = Annotated[OwnedDeployment, Depends(_deployment(Right.RUN))]
WritableDeployment = Annotated[OwnedDeployment, Depends(_deployment(Right.WRITE))]
OwnDeployment = Annotated[OwnedDeployment, Depends(_deployment(Right.OWN))]
