"""Which learning tasks exist. Tasks are imported when they are used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from netloom.core.diagnostics import did_you_mean
from netloom.core.errors import NotFound
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
