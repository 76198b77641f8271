"""Pictures in ``images/`` and masks of the same names in ``masks/``."""

from __future__ import annotations

from netloom.data.formats.annotated.annotated_images import (
    AnnotatedImages,
    AnnotationFormat,
    ReadingNotes,
    Recognition,
)
from netloom.data.formats.annotated.counterparts import has_sides, pairs_in
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.formats.annotated.target_folder import TargetFolder

NAME = "masks"
_PICTURES = frozenset({"images", "image", "imgs", "img", "jpegimages", "pictures", "leftimg8bit"})
_MASKS = frozenset(
    {
        "masks",
        "mask",
        "labels",
        "annotations",
        "segmentations",
        "segmentation",
        "gtfine",
        "labelids",
    }
    | {"segmentationclass", "ground_truth", "groundtruth", "gt"}
)
_SUFFIXES = (".png", ".bmp", ".tif", ".tiff", ".gif")


def _recognise(folder: SourceFolder) -> Recognition | None:
    sides = has_sides(folder, _PICTURES, _MASKS)
    if sides is None:
        return None
    first, second = sides
    masks = [path for path in folder.images if f"/{second}/" in f"/{path}"]
    if not masks or not all(path.lower().endswith(_SUFFIXES) for path in masks[:50]):
        return None
    sureness = 0.9 if second.lower() in ("masks", "mask") else 0.75
    return Recognition(sureness, f"there are folders {first} and {second} with pictures")


def _read(folder: SourceFolder) -> AnnotatedImages:
    from netloom.data.formats.annotated.mask_reading import read_masks

    notes = ReadingNotes()
    pairs = pairs_in(folder, pictures=_PICTURES, counterparts=_MASKS, notes=notes)
    return read_masks(NAME, folder, pairs, notes)


def _write(found: AnnotatedImages, target: TargetFolder) -> None:
    from netloom.data.formats.annotated.mask_reading import write_masks

    write_masks(found, target)


MASKS = AnnotationFormat(
    name=NAME,
    carries=frozenset({"parts", "masks", "order"}),
    recognise=_recognise,
    read=_read,
    write=_write,
)
