"""Learning tasks as types: markers that make ``Dataset[ImageClassification]`` checkable.

The code of a task lives in ``netloom.tasks``; only its name is needed to describe a graph.
"""

from __future__ import annotations

from typing import TypeVar


class LearningTask:
    """Base of all learning-task markers. ``name`` is the id used in files and manifests."""

    name: str = ""


class ImageClassification(LearningTask):
    """One label for each image."""

    name = "image_classification"


TaskT = TypeVar("TaskT", bound=LearningTask)
"""The learning task that ports of one operator share."""

TASK_MARKERS: dict[str, type[LearningTask]] = {
    marker.name: marker for marker in (ImageClassification,)
}
