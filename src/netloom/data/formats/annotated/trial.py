"""A data set looked at as a source would look at it, without keeping anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from netloom.core import tasks
from netloom.core.reporter import SilentReporter
from netloom.data.formats.annotated.annotated_images import AnnotatedImages
from netloom.data.formats.annotated.checking import checked_images
from netloom.data.formats.annotated.counterpart_checks import checked_counterparts
from netloom.data.formats.annotated.indexing import decoded_images
from netloom.data.formats.annotated.json_places import with_lines
from netloom.data.formats.annotated.problems import DAMAGED_VIDEO, Problem
from netloom.data.formats.annotated.video_indexing import look_at_video

_TASK_OF_TARGETS = {
    "depth": tasks.DepthEstimation.name,
    "normals": tasks.NormalEstimation.name,
}


def tried(found: AnnotatedImages, *, threads: int) -> tuple[AnnotatedImages, list[Problem]]:
    """What is left when everything was decoded and checked, and all that is wrong.

    Args:
        threads: Pictures decoded at the same time.
    """
    if found.format == "videos":
        return _tried_videos(found)
    reporter = SilentReporter(Path())
    looked, damaged = decoded_images(found, None, reporter=reporter, threads=threads)
    sizes = {image.path: (seen.width, seen.height) for image, seen in looked}
    images, faults = checked_images([image for image, _ in looked], sizes)
    problems = [*found.problems, *damaged, *faults]
    for has, task in (
        (any(i.mask for i in images), tasks.SemanticSegmentation.name),
        (
            any(i.target for i in images),
            _TASK_OF_TARGETS.get(found.format, tasks.ImageEnhancement.name),
        ),
    ):
        if has:
            images, _, wrong = checked_counterparts(
                images, found.folder, task=task, num_labels=len(found.labels), threads=threads
            )
            problems += wrong
    return replace(found, images=tuple(images)), with_lines(problems, found.folder)


def _tried_videos(found: AnnotatedImages) -> tuple[AnnotatedImages, list[Problem]]:
    looks = [(video, look_at_video(found.folder, video.path)) for video in found.images]
    good = tuple(video for video, seen in looks if seen.problem is None)
    problems = [
        Problem(DAMAGED_VIDEO, video.path, seen.problem, video.place)
        for video, seen in looks
        if seen.problem is not None
    ]
    return replace(found, images=good), [*found.problems, *problems]
