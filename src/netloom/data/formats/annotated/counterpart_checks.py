"""Masks and targets against their pictures: decoded once, so that training does not stumble over them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from netloom.core import tasks
from netloom.core.digests import digest_of_bytes
from netloom.data.annotations import AnnotatedImage
from netloom.data.formats.annotated.problems import WRONG_MASK, WRONG_TARGET, Problem, ProblemKind
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.images import decode_image
from netloom.data.mask_files import read_levels
from netloom.data.rasterization import UNKNOWN

_NPY_KINDS = "fiu"


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a mask or target tells: its digest, or why it cannot be used."""

    digest: str | None = None
    problem: str | None = None


def checked_counterparts(
    images: Sequence[AnnotatedImage],
    folder: SourceFolder,
    *,
    task: str,
    num_labels: int,
    threads: int,
) -> tuple[list[AnnotatedImage], list[str | None], list[Problem]]:
    """Images whose mask or target fits, the digest of each, and what does not.

    Args:
        images: With the sizes of their pictures.
        num_labels: Levels of masks are below this, or 255.
    """

    def look(image: AnnotatedImage) -> Look:
        if task == tasks.SemanticSegmentation.name:
            return _look_at_mask(image, folder, num_labels) if image.mask else Look()
        return _look_at_target(image, folder, task) if image.target else Look()

    with ThreadPoolExecutor(threads) as pool:
        looks = list(pool.map(look, images))
    is_mask = task == tasks.SemanticSegmentation.name
    kind: ProblemKind = WRONG_MASK if is_mask else WRONG_TARGET
    problems = [
        Problem(kind, image.path, seen.problem, image.place)
        for image, seen in zip(images, looks)
        if seen.problem is not None
    ]
    good = [(i, seen.digest) for i, seen in zip(images, looks) if seen.problem is None]
    return [image for image, _ in good], [digest for _, digest in good], problems


def _look_at_mask(image: AnnotatedImage, folder: SourceFolder, num_labels: int) -> Look:
    name = image.mask or ""
    try:
        content = folder.content(name)
        levels_HW = read_levels(content)
    except ValueError as error:
        return Look(problem=f"its mask {name}: {error}")
    problem = _other_size("mask", name, levels_HW.shape, image.size)
    highest = int(levels_HW[levels_HW != UNKNOWN].max(initial=0))
    if problem is None and highest >= num_labels:
        problem = f"its mask {name} has the level {highest}, and there are {num_labels} labels"
    return Look(digest_of_bytes(content), problem)


def _look_at_target(image: AnnotatedImage, folder: SourceFolder, task: str) -> Look:
    name = image.target or ""
    try:
        content = folder.content(name)
        shape = _shape_of_target(content, name, task)
    except ValueError as error:
        return Look(problem=f"its target {name}: {error}")
    return Look(digest_of_bytes(content), _other_size("target", name, shape, image.size))


def _shape_of_target(content: bytes, name: str, task: str) -> tuple[int, ...]:
    if task != tasks.DepthEstimation.name:
        return decode_image(content, channels=3).shape
    if name.lower().endswith(".npy"):
        try:
            depth: Any = np.load(io.BytesIO(content), allow_pickle=False)
        except (ValueError, EOFError, OSError) as error:
            raise ValueError("it is damaged or no array of numbers") from error
        if depth.ndim != 2 or depth.dtype.kind not in _NPY_KINDS:
            raise ValueError(f"it is {depth.dtype} of shape {depth.shape}, no map of numbers")
        shape: tuple[int, ...] = depth.shape
        return shape
    levels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if levels is None:
        raise ValueError("it is damaged, cut short or no image")
    if levels.ndim != 2:
        raise ValueError("it is a picture in colour, where a depth has one level")
    return tuple(levels.shape)


def _other_size(
    what: str, name: str, shape: tuple[int, ...], size: tuple[int, int] | None
) -> str | None:
    height, width = shape[:2]
    if size is None or size == (width, height):
        return None
    return f"its {what} {name} is {width} × {height} pixels, the picture {size[0]} × {size[1]}"
