"""Masks of Pascal VOC: palettes, the list of labels, and pictures in colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from netloom.data.annotations import AnnotatedImage, ObjectAnnotation
from netloom.data.formats.annotated.annotated_images import ReadingNotes
from netloom.data.formats.annotated.conversions import objects_of_levels
from netloom.data.formats.annotated.problems import NO_PARTNER, WRONG_MASK
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.mask_files import is_in_colour, read_levels_or_colours, usual_palette
from netloom.data.rasterization import UNKNOWN

LABEL_MAP = "labelmap.txt"
FOLDER = "SegmentationClass"
_USUAL = (
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair",
    "cow", "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa",
    "train", "tvmonitor",
)  # fmt: skip
"""The labels of the data sets that gave this form its name."""
_Colour = tuple[int, int, int]


@dataclass(frozen=True)
class VocMasks:
    """Masks whose levels are positions in a label space, and those that had to be turned into outlines."""

    labels: tuple[str, ...] = ()
    of_picture: Mapping[str, str] = field(default_factory=dict)
    outlined: Mapping[str, tuple[ObjectAnnotation, ...]] = field(default_factory=dict)

    def with_outlines(self, images: Sequence[AnnotatedImage]) -> list[AnnotatedImage]:
        """Images whose mask is a picture in colour get objects with outlines instead of it."""
        return [
            replace(image, mask=None, objects=self.outlined[image.path])
            if image.path in self.outlined
            else image
            for image in images
        ]


def masks_of(
    folder: SourceFolder, by_stem: Mapping[str, Sequence[str]], notes: ReadingNotes
) -> VocMasks:
    """The masks of a data set; nothing if there are none."""
    files = [path for path in folder.images if f"/{FOLDER}/" in f"/{path}"]
    if not files:
        return VocMasks()
    colours = _label_map(folder, notes)
    labels = tuple(name for name, _ in colours) if colours else _USUAL
    of_picture: dict[str, str] = {}
    outlined: dict[str, tuple[ObjectAnnotation, ...]] = {}
    for file in files:
        pictures = by_stem.get(PurePosixPath(file).stem.lower(), ())
        if len(pictures) != 1:
            notes.problem(NO_PARTNER, file, "no picture has the same name", file=file)
            continue
        try:
            content = folder.content(file)
            levels = read_levels_or_colours(content) if is_in_colour(content) else None
        except ValueError as error:
            notes.problem(WRONG_MASK, file, str(error), file=file)
            continue
        if levels is not None and levels.ndim == 3:
            levels = _levels_of_colours(levels, colours or list(zip(_USUAL, usual_palette())))
            outlined[pictures[0]] = objects_of_levels(levels, labels, background=labels[0])
        else:
            of_picture[pictures[0]] = file
    if outlined:
        what = "masks that are pictures in colour, turned into outlines"
        notes.seen(what, next(iter(outlined)), number=len(outlined))
    if not colours:
        notes.remark("there is no labelmap.txt: labels are the 20 of Pascal VOC")
    return VocMasks(labels, of_picture, outlined)


def _label_map(folder: SourceFolder, notes: ReadingNotes) -> list[tuple[str, _Colour]]:
    """Names and colours, from lines such as ``cat:64,0,0::``."""
    found: list[tuple[str, _Colour]] = []
    for path in folder.ending(LABEL_MAP):
        for line in notes.lines(folder, path):
            name, colon, rest = line.partition(":")
            if not colon or line.startswith("#"):
                continue
            try:
                red, green, blue = (int(part) for part in rest.partition(":")[0].split(","))
            except ValueError:
                continue
            found.append((name.strip(), (red, green, blue)))
        break
    return found


def _levels_of_colours(
    colours_HW3: NDArray[np.uint8], known: Sequence[tuple[str, _Colour]]
) -> NDArray[np.uint8]:
    """Positions by colour; colours that nobody explained, such as the usual border, are unknown."""
    levels = np.full(colours_HW3.shape[:2], UNKNOWN, np.uint8)
    for position, (_, colour) in enumerate(known):
        levels[(colours_HW3 == np.array(colour, np.uint8)).all(axis=2)] = position
    return levels
