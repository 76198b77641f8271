"""A trained model of the workspace in place of a training: what a node with ``reuse`` does."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Generic, NamedTuple

from netloom.core.errors import InvalidData, NotFound
from netloom.core.identifiers import ArtifactId
from netloom.core.locations import artifact_of, local_path
from netloom.core.settings import NonEmptyText
from netloom.core.tasks import TaskT
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator
from netloom.models.spec import TrainedModel

_SHOWN = 10


class Reused(NamedTuple, Generic[TaskT]):
    """What a node gives that uses a trained model.

    Attributes:
        model: The trained model, as it is.
    """

    model: TrainedModel[TaskT]


def _identity(*, model: str, project: Path, **_: object) -> str:
    artifact = artifact_of(model)
    if artifact is not None:
        return artifact
    from netloom.core.digests import digest_of_file
    from netloom.models.package import MODEL_FILE, read_manifest

    folder = local_path(f"path:{model}", project)
    if not folder.is_dir():
        raise NotFound.of(
            f"there is no trained model {model!r}",
            code="W430",
            expected="NAME@VERSION or the id of a registered model, RUN:NODE.PORT, or the folder of a model",
            fix="`netloom runs` lists runs; the page Models lists what is registered",
        )
    read_manifest(folder)  # which names the digest of the weights
    return digest_of_file(folder / MODEL_FILE)


@operator(
    group="models",
    job=Needs(cpus=0),
    identity=_identity,
    infer="model",
    roles={"dataset": "request"},
    preload=("netloom.models.codecs",),
)
def reuse(
    dataset: Dataset[TaskT] | None = None, *, model: NonEmptyText, run: RunContext
) -> Reused[TaskT]:
    """A trained model of the workspace, as it is.

    A node that trains becomes this if it is told to use a trained model (`reuse`). The model's classes stay
    what they are; data with others are refused.

    Args:
        dataset: What the model is for; its learning task and its classes must be those of the model.
        model: A registered model (NAME@VERSION or its id), an output of a run (RUN:NODE.PORT), or the folder
            of a model package.
    """
    found = _opened(model, run)
    if dataset is not None:
        _check_fits(found, dataset)
    run.note(f"uses a trained model of {found.task} with {len(found.labels or ())} classes")
    return Reused(found)


def _opened(model: str, run: RunContext) -> TrainedModel[Any]:
    from netloom.models.codecs import TrainedModelCodec

    artifact = artifact_of(model)
    folder = run.resolve(model if artifact else f"path:{model}")
    found: TrainedModel[Any] = TrainedModelCodec().load(folder, artifact=artifact or ArtifactId(""))
    if artifact:
        return found
    return TrainedModel(
        task=found.task,
        backbone=found.backbone,
        decoder=found.decoder,
        head=found.head,
        labels=found.labels,
        package=f"path:{folder}",
    )


def _check_fits(model: TrainedModel[Any], dataset: Dataset[Any]) -> None:
    if dataset.task != model.task:
        raise InvalidData.of(
            "the trained model is for another learning task than the data set",
            code="I490",
            expected=dataset.task,
            got=model.task,
            fix="Use a model of this task, or train one",
        )
    known = model.labels or ()
    unknown = [label for label in dataset.labels if label not in known]
    if unknown:
        raise InvalidData.of(
            f"the trained model does not know {len(unknown)} of the classes in the data",
            code="I491",
            expected=_listed(known),
            got=_listed(unknown),
            fix="Select classes that it knows with data.select, use another model, or train one",
        )


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
