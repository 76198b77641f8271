"""Reading and writing pictures with masks: what the levels of masks mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Place
from netloom.data.annotations import AnnotatedImage
from netloom.data.formats.annotated.annotated_images import (
    AnnotatedImages,
    ReadingNotes,
    read_result,
)
from netloom.data.formats.annotated.conversions import objects_of_levels
from netloom.data.formats.annotated.counterparts import Pair
from netloom.data.formats.annotated.fitting import levels_of_image
from netloom.data.formats.annotated.problems import WRONG_MASK
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.formats.annotated.target_folder import TargetFolder, flat_names
from netloom.data.mask_files import read_levels_or_colours, usual_palette
from netloom.data.rasterization import UNKNOWN

BACKGROUND = "background"
_NAME_FILES = ("classes.txt", "labels.txt", "class_names.txt")


def read_masks(
    name: str, folder: SourceFolder, pairs: Sequence[Pair], notes: ReadingNotes
) -> AnnotatedImages:
    """Pictures with their masks; masks that are no positions in the label space become outlines.

    Args:
        name: Of the format.
    """
    kept: list[Pair] = []
    survey = _Survey()
    for pair in pairs:
        try:
            levels = read_levels_or_colours(folder.content(pair.counterpart))
        except ValueError as error:
            file = pair.counterpart
            notes.problem(WRONG_MASK, pair.picture, str(error), file=file)
            continue
        survey.add(levels)
        kept.append(pair)
    names = _class_names(folder, notes)
    reading = survey.reading(names, notes)
    images = [_image(folder, pair, reading) for pair in kept]
    return read_result(name, folder, images, notes, labels=reading.labels)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What levels or colours mean.

    Attributes:
        positions: Position of each level, where they are not positions themselves.
        colours: Position of each colour, where masks are pictures in colour.
    """

    labels: tuple[str, ...]
    positions: dict[int, int] | None = None
    colours: dict[int, int] | None = None


class _Survey:
    """The levels and colours that masks use."""

    def __init__(self) -> None:
        self._levels: set[int] = set()
        self._colours: set[int] = set()

    def add(self, levels: NDArray[np.uint8]) -> None:
        if levels.ndim == 3:
            self._colours.update(np.unique(_packed(levels)).tolist())
        else:
            self._levels.update(np.flatnonzero(np.bincount(levels.ravel(), minlength=256)).tolist())

    def reading(self, names: Sequence[str] | None, notes: ReadingNotes) -> _Reading:
        if self._colours:
            # A grey picture among colours is one of the colours, too.
            grey = {level * 0x010101 for level in self._levels}
            order = sorted(self._colours | grey)
            labels = _labels(names, len(order), [f"#{colour:06x}" for colour in order])
            notes.remark(
                f"masks are pictures in {len(order)} colours, taken in the order of their codes"
            )
            return _Reading(labels, colours={c: n for n, c in enumerate(order)})
        used = sorted(self._levels)
        if used in ([0, 255], [255]) and (names is None or len(names) <= 2):
            notes.remark("masks have the levels 0 and 255: 255 is taken for the foreground")
            return _Reading(_labels(names, 2, ["0", "foreground"]), positions={0: 0, 255: 1})
        known = [level for level in used if level != UNKNOWN]
        count = max(known, default=-1) + 1
        if names is None and count > len(known) and known != list(range(1, count)):
            # Levels spread out to be seen, such as 0, 85 and 170.
            notes.remark(f"masks use the levels {known}, which are counted through")
            labels = _labels(None, len(known), [str(level) for level in known])
            return _Reading(labels, positions={level: n for n, level in enumerate(known)})
        return _Reading(_labels(names, count, [str(level) for level in range(count)]))


def _labels(names: Sequence[str] | None, count: int, usual: Sequence[str]) -> tuple[str, ...]:
    if names is not None:
        return tuple(names)
    return (BACKGROUND, *usual[1:count]) if count else ()


def _image(folder: SourceFolder, pair: Pair, reading: _Reading) -> AnnotatedImage:
    place = Place(file=pair.counterpart)
    if reading.positions is None and reading.colours is None:
        return AnnotatedImage(path=pair.picture, part=pair.part, mask=pair.counterpart, place=place)
    levels = read_levels_or_colours(folder.content(pair.counterpart))
    positions = _positions(levels, reading)
    objects = objects_of_levels(positions, reading.labels, background=reading.labels[0])
    height, width = positions.shape
    size = width, height
    return AnnotatedImage(
        path=pair.picture, part=pair.part, objects=objects, size=size, place=place
    )


def _positions(levels: NDArray[np.uint8], reading: _Reading) -> NDArray[np.uint8]:
    if reading.colours is not None:
        packed = _packed(levels if levels.ndim == 3 else np.repeat(levels[:, :, None], 3, axis=2))
        found = np.full(packed.shape, UNKNOWN, np.uint8)
        for colour, position in reading.colours.items():
            found[packed == colour] = position
        return found
    table = np.full(256, UNKNOWN, np.uint8)
    for level, position in (reading.positions or {}).items():
        table[level] = position
    return table[levels]


def _packed(colours_HW3: NDArray[np.uint8]) -> NDArray[np.int64]:
    wide = colours_HW3.astype(np.int64)
    return (wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2]


def _class_names(folder: SourceFolder, notes: ReadingNotes) -> list[str] | None:
    for path in folder.ending(*_NAME_FILES):
        notes.remark(f"took the names of classes from {path}")
        return notes.lines(folder, path)
    return None


def write_masks(found: AnnotatedImages, target: TargetFolder) -> None:
    """Write images that have masks."""
    names = flat_names([image.path for image in found.images])
    palette = usual_palette()
    for image in found.images:
        name, part = names[image.path], f"{image.part}/" if image.part else ""
        levels_HW = levels_of_image(found, image)
        if levels_HW is not None:
            target.copy(image.path, f"{part}images/{name}")
            stem = name[: name.rfind(".")]
            target.levels(f"{part}masks/{stem}.png", levels_HW, palette=palette)
    target.lines("classes.txt", found.labels)
