"""What each learning task takes of annotated images, and what it cannot use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from netloom.core import tasks
from netloom.data.annotations import AnnotatedImage, ObjectAnnotation
from netloom.data.formats.annotated.annotated_images import AnnotationFormat, Fact
from netloom.data.formats.annotated.problems import NO_ANNOTATION, UNKNOWN_LABEL, Problem

PLAIN = ("unlabelled", "distillation")
"""Formats of pictures without annotations: every task predicts them."""
BACKGROUND = "background"
ILLEGIBLE = "###"
"""What annotators of text write where they cannot read it."""


@dataclass(frozen=True, slots=True)
class TaskSamples:
    """What a task takes.

    Attributes:
        facts: A format fits if it carries one of these groups of facts.
        columns: Columns of the index beyond those that every index has.
        is_known: Whether an image is labelled for the task.
    """

    facts: tuple[frozenset[Fact], ...]
    columns: tuple[str, ...]
    is_known: Callable[[AnnotatedImage], bool]

    def fits(self, form: AnnotationFormat) -> bool:
        """Whether a format can carry what the task learns from."""
        return any(group <= form.carries for group in self.facts)


def _carrying(*groups: tuple[Fact, ...]) -> tuple[frozenset[Fact], ...]:
    return tuple(frozenset(group) for group in groups)


_TARGETS = TaskSamples(
    _carrying(("targets",)), ("target", "target_digest"), lambda image: image.target is not None
)
TASKS: dict[str, TaskSamples] = {
    tasks.ObjectDetection.name: TaskSamples(
        _carrying(("boxes", "labels"), ("outlines", "labels")),
        ("objects",),
        lambda image: image.objects is not None,
    ),
    tasks.TextDetection.name: TaskSamples(
        _carrying(("boxes",), ("outlines",)), ("objects",), lambda image: image.objects is not None
    ),
    tasks.SemanticSegmentation.name: TaskSamples(
        _carrying(("outlines", "labels"), ("masks",)),
        ("objects", "mask", "mask_digest"),
        lambda image: image.objects is not None or image.mask is not None,
    ),
    tasks.TextRecognition.name: TaskSamples(
        _carrying(("transcriptions",)), ("text",), lambda image: image.text is not None
    ),
    tasks.ImageEnhancement.name: _TARGETS,
    tasks.DepthEstimation.name: replace(_TARGETS, columns=("target", "target_digest", "unit")),
    tasks.NormalEstimation.name: _TARGETS,
    tasks.VideoClassification.name: TaskSamples(
        _carrying(("videos",)), ("frames",), lambda image: image.label is not None
    ),
}
"""By the name of the task."""
OPERATORS = {
    tasks.ObjectDetection.name: "detection",
    tasks.SemanticSegmentation.name: "segmentation",
    tasks.TextDetection.name: "text_detection",
    tasks.TextRecognition.name: "text_recognition",
    tasks.ImageEnhancement.name: "enhancement",
    tasks.DepthEstimation.name: "depth",
    tasks.NormalEstimation.name: "normals",
}
"""The source, in the group ``data``, of pictures for each task."""


def samples_for(
    task: str, images: Sequence[AnnotatedImage], labels: Sequence[str]
) -> tuple[list[AnnotatedImage], tuple[str, ...], list[Problem]]:
    """The images as a task sees them, its label space, and what it cannot use."""
    problems: list[Problem] = []
    labels = _labels_of_objects(images, labels)
    if task == tasks.ObjectDetection.name:
        return *_for_detection(images, labels, problems), problems
    if task == tasks.SemanticSegmentation.name:
        return *_for_segmentation(images, labels, problems), problems
    if task == tasks.TextDetection.name:
        return [_with_texts(image) for image in images], (), problems
    return list(images), (), problems


def _labels_of_objects(images: Sequence[AnnotatedImage], labels: Sequence[str]) -> tuple[str, ...]:
    """The label space without names that only whole images are called."""
    of_objects = {each.label for image in images for each in image.objects or ()}
    of_images = {image.label for image in images} - of_objects
    return tuple(name for name in labels if name not in of_images)


def _for_detection(
    images: Sequence[AnnotatedImage], labels: Sequence[str], problems: list[Problem]
) -> tuple[list[AnnotatedImage], tuple[str, ...]]:
    def is_usable(each: ObjectAnnotation) -> tuple[Any, str] | None:
        return None if each.label is not None else (UNKNOWN_LABEL, "it has no label")

    kept = _kept(images, is_usable, problems)
    used = {each.label for image in kept for each in image.objects or ()}
    # Masks call what belongs to no object so; nobody draws a box around it.
    space = tuple(name for name in labels if name.lower() != BACKGROUND or name in used)
    return kept, space


def _for_segmentation(
    images: Sequence[AnnotatedImage], labels: Sequence[str], problems: list[Problem]
) -> tuple[list[AnnotatedImage], tuple[str, ...]]:
    def is_usable(each: ObjectAnnotation) -> tuple[Any, str] | None:
        if each.outlines:
            return None
        return NO_ANNOTATION, "only its box is known, and segmentation needs an outline"

    # A mask says more than boxes of the same picture.
    plain = [replace(image, objects=None) if image.mask else image for image in images]
    kept = _kept(plain, is_usable, problems)
    has_background = bool(labels) and labels[0].lower() == BACKGROUND
    is_counted_by_masks = any(image.mask for image in images)
    if has_background or is_counted_by_masks:
        return kept, tuple(labels)
    return kept, (BACKGROUND, *labels)


def _kept(
    images: Sequence[AnnotatedImage],
    is_usable: Callable[[ObjectAnnotation], tuple[Any, str] | None],
    problems: list[Problem],
) -> list[AnnotatedImage]:
    kept = []
    for image in images:
        faults = [is_usable(each) for each in image.objects or ()]
        if not any(faults):
            kept.append(image)
            continue
        for number, fault in enumerate(faults, start=1):
            if fault is not None:
                name = f"{image.path}, object {number}"
                problems.append(Problem(fault[0], name, fault[1], image.place_of(number - 1)))
        good = [each for each, fault in zip(image.objects or (), faults) if fault is None]
        kept.append(replace(image, objects=tuple(good)))
    return kept


def _with_texts(image: AnnotatedImage) -> AnnotatedImage:
    """Where a format has labels only, they are what is written there."""
    if not image.objects:
        return image
    objects = []
    for each in image.objects:
        text = each.label if each.text is None else each.text
        is_illegible = text == ILLEGIBLE
        objects.append(
            replace(
                each,
                label=None,
                text=None if is_illegible else text,
                is_crowd=each.is_crowd or is_illegible,
            )
        )
    return replace(image, objects=tuple(objects))
