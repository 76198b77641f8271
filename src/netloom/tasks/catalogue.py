"""Which learning tasks exist. Tasks are imported when they are used."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Protocol, runtime_checkable

from netloom.core.diagnostics import did_you_mean
from netloom.core.errors import NotFound
from netloom.models.architecture import Head
from netloom.models.spec import Model
from netloom.tasks.protocol import Task

_TASKS = {
    "image_enhancement": "netloom.tasks.image_enhancement.task:ImageEnhancementTask",
    "image_classification": "netloom.tasks.image_classification.task:ImageClassificationTask",
    "object_detection": "netloom.tasks.object_detection.task:ObjectDetectionTask",
    "depth_estimation": "netloom.tasks.pixel_maps.depth_estimation:DepthEstimationTask",
    "normal_estimation": "netloom.tasks.pixel_maps.normal_estimation:NormalEstimationTask",
    "semantic_segmentation": "netloom.tasks.semantic_segmentation.task:SemanticSegmentationTask",
    "text_detection": "netloom.tasks.text_detection.task:TextDetectionTask",
    "text_recognition": "netloom.tasks.text_recognition.task:TextRecognitionTask",
    "video_classification": "netloom.tasks.video_classification.task:VideoClassificationTask",
}


def task_names() -> tuple[str, ...]:
    """Names of all learning tasks.

    Example:
        >>> "image_classification" in task_names()
        True
    """
    return tuple(sorted(_TASKS))


def task_named(name: str) -> Task[Any]:
    """The learning task of this name.

    Raises:
        NotFound: There is none.

    Example:
        >>> len(task_named("image_classification").sample)
        2
    """
    target = _TASKS.get(name)
    if target is None:
        raise NotFound.of(
            f"there is no learning task {name!r}",
            code="I330",
            expected=", ".join(task_names()),
            fix=did_you_mean(name, _TASKS),
        )
    module, _, attribute = target.partition(":")
    task: Task[Any] = getattr(import_module(module), attribute)()
    return task


@runtime_checkable
class DependsOnHead(Protocol):
    """A learning task that several kinds of networks solve, whose outputs differ."""

    def for_head(self, head: Head) -> Task[Any]:
        """The task for networks with this head."""


def task_for(name: str, head: Head) -> Task[Any]:
    """The learning task of this name, for networks with this head.

    Raises:
        NotFound: There is none.

    Example:
        >>> from netloom.models.architecture import QueryHead
        >>> task_for("object_detection", QueryHead()).head(("cat", "dog"), dropout=0.0).type
        'queries'
    """
    task = task_named(name)
    return task.for_head(head) if isinstance(task, DependsOnHead) else task


def described_head(model: Model[Any], labels: Sequence[str]) -> Head:
    """The head that a described model has for a label space.

    Example:
        >>> from netloom.models.spec import ConvNet
        >>> model = Model(task="image_classification", backbone=ConvNet())
        >>> described_head(model, ("cat", "dog")).outputs
        2
    """
    usual = task_named(model.task) if model.head is None else task_for(model.task, model.head)
    return usual.head(labels, dropout=model.backbone.dropout)
