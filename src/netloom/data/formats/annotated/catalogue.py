"""Every form in which annotated images are read and written, and which of them a folder is in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netloom.core.diagnostics import Place, did_you_mean
from netloom.core.errors import InvalidData
from netloom.data.formats.annotated.annotated_images import AnnotationFormat, Recognition
from netloom.data.formats.annotated.coco import COCO
from netloom.data.formats.annotated.cvat import CVAT
from netloom.data.formats.annotated.label_files import (
    POLYGONS,
    RECTANGLES,
    TEXT_POLYGONS,
    TEXT_RECTANGLES,
)
from netloom.data.formats.annotated.label_studio import LABEL_STUDIO
from netloom.data.formats.annotated.manifest_tables import CSV, JSONL
from netloom.data.formats.annotated.mask_pictures import MASKS
from netloom.data.formats.annotated.paired_pictures import DEPTH, NORMALS, PAIRS
from netloom.data.formats.annotated.plain_folders import CLASSES, DISTILLATION, UNLABELLED
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.formats.annotated.text_lines import TEXT_LINES
from netloom.data.formats.annotated.videos import VIDEOS
from netloom.data.formats.annotated.voc import VOC
from netloom.data.formats.annotated.yolo import YOLO, YOLO_SEGMENT

FORMATS: dict[str, AnnotationFormat] = {
    form.name: form
    for form in (
        COCO, VOC, YOLO, YOLO_SEGMENT, CVAT, LABEL_STUDIO,
        RECTANGLES, POLYGONS, TEXT_RECTANGLES, TEXT_POLYGONS, TEXT_LINES,
        MASKS, PAIRS, DEPTH, NORMALS, JSONL, CSV, VIDEOS, CLASSES, DISTILLATION, UNLABELLED,
    )
}  # fmt: skip
"""By name; among equally sure ones the first wins."""


_LIKELY = 0.5
"""Sureness from which other forms are worth telling."""


@dataclass(frozen=True, slots=True)
class Detected:
    """The form that a folder is in.

    Attributes:
        others: Further forms that would fit, the surest first.
    """

    form: AnnotationFormat
    recognition: Recognition
    others: tuple[tuple[AnnotationFormat, Recognition], ...] = ()

    def remark(self) -> str:
        """What was decided and why, for people."""
        said = f"read as {self.form.name}: {self.recognition.reason}"
        if not self.others:
            return said
        names = ", ".join(form.name for form, _ in self.others)
        return f"{said}; it could be read as {names}, too"


def format_named(name: str) -> AnnotationFormat:
    """The format of a name.

    Raises:
        InvalidData: There is none.
    """
    if name not in FORMATS:
        raise InvalidData.of(
            f"there is no format {name!r}",
            code="I600",
            place=Place(setting="format"),
            expected=", ".join(sorted(FORMATS)),
            fix=did_you_mean(name, FORMATS),
        )
    return FORMATS[name]


def detect(
    folder: SourceFolder, *, fits: Callable[[AnnotationFormat], bool] = lambda _: True
) -> Detected:
    """The surest of the formats that a folder looks like.

    Args:
        fits: Formats that count, for instance those that carry boxes.

    Raises:
        InvalidData: It looks like none of them; forms that it looks like otherwise are named.
    """
    found = [
        (form, recognition)
        for form in FORMATS.values()
        if (recognition := form.recognise(folder)) is not None
    ]
    fitting = sorted((pair for pair in found if fits(pair[0])), key=lambda pair: -pair[1].sureness)
    if not fitting:
        looks = "; ".join(f"{form.name}: {seen.reason}" for form, seen in found)
        raise InvalidData.of(
            f"the files in {folder.root} are in no form that can be read here",
            code="I601",
            place=Place(setting="path"),
            expected=", ".join(form.name for form in FORMATS.values() if fits(form)),
            got=looks or f"{len(folder.images)} images among {len(folder.files)} files",
            fix="Name the format, or bring the files into one of these forms",
        )
    (form, recognition), *others = fitting
    likely = tuple(pair for pair in others if pair[1].sureness >= _LIKELY)
    return Detected(form, recognition, likely)
