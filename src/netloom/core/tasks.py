"""Learning tasks as types: markers that make ``Dataset[ImageClassification]`` checkable.

The code of a task lives in ``netloom.tasks``; only its name is needed to describe a graph.
"""

from __future__ import annotations

from typing import ClassVar, TypeVar

from netloom.core.settings import Settings


class LearningTask:
    """Base of all learning-task markers. ``name`` is the id used in files and manifests."""

    name: str = ""


class ImageClassification(LearningTask):
    """One label for each image."""

    name = "image_classification"


class ObjectDetection(LearningTask):
    """A box and a label for each object in an image."""

    name = "object_detection"


class SemanticSegmentation(LearningTask):
    """A label for each pixel of an image."""

    name = "semantic_segmentation"


class DepthEstimation(LearningTask):
    """How far away each pixel of an image is."""

    name = "depth_estimation"


class NormalEstimation(LearningTask):
    """Which way the surface faces at each pixel of an image."""

    name = "normal_estimation"


class TextDetection(LearningTask):
    """Where in an image something is written."""

    name = "text_detection"


class TextRecognition(LearningTask):
    """What is written in the image of a line."""

    name = "text_recognition"


class ImageEnhancement(LearningTask):
    """A better image in place of a bad one."""

    name = "image_enhancement"


class VideoClassification(LearningTask):
    """One label for each video."""

    name = "video_classification"


LearningTasks = tuple[type[LearningTask], ...]


class TaskSettings(Settings):
    """Settings that mean something to some learning tasks only; to all, if it names none."""

    learning_tasks: ClassVar[LearningTasks] = ()


TaskT = TypeVar("TaskT", bound=LearningTask)
"""The learning task that ports of one operator share."""

TASK_MARKERS: dict[str, type[LearningTask]] = {
    marker.name: marker
    for marker in (
        ImageClassification,
        ObjectDetection,
        SemanticSegmentation,
        DepthEstimation,
        NormalEstimation,
        TextDetection,
        TextRecognition,
        ImageEnhancement,
        VideoClassification,
    )
}
