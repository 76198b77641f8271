"""Results of Label Studio as objects: those of one region belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from netloom.core.diagnostics import Place
from netloom.data.annotations import Box, ObjectAnnotation, Ring, box_around
from netloom.data.formats.annotated.annotated_images import ReadingNotes
from netloom.data.formats.annotated.finite_numbers import finite
from netloom.data.formats.annotated.picture_sizes import picture_size
from netloom.data.formats.annotated.problems import UNREADABLE
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.formats.annotated.turned_boxes import turned_about_corner

_LABELS = ("rectanglelabels", "polygonlabels", "brushlabels", "labels")
_UNUSED = frozenset(
    {"keypointlabels", "keypoint", "ellipselabels", "ellipse", "relation", "rating"}
)


@dataclass(frozen=True, slots=True)
class ImageResult:
    """What the results of one picture say."""

    size: tuple[int, int] | None = None
    label: str | None = None
    text: str | None = None
    objects: tuple[ObjectAnnotation, ...] | None = None


@dataclass(slots=True)
class _Region:
    """Results of one id, which describe one object."""

    box: Box | None = None
    outlines: tuple[Ring, ...] = ()
    holes: tuple[Ring, ...] = ()
    label: str | None = None
    text: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def has_place(self) -> bool:
        return self.box is not None or bool(self.outlines)

    def as_object(self) -> ObjectAnnotation:
        return ObjectAnnotation(
            box=self.box if self.box is not None else box_around(self.outlines),
            label=self.label,
            outlines=self.outlines,
            holes=self.holes,
            text=self.text,
            attributes=self.attributes,
        )


class _UnusableError(ValueError):
    """Why a result cannot be used."""


_UNCLEAR = "its coordinates are missing or no numbers"


class ResultReader:
    """Reads the results of one picture.

    Args:
        place: Where they stand.
    """

    def __init__(self, folder: SourceFolder, notes: ReadingNotes, place: Place) -> None:
        self._folder = folder
        self._notes = notes
        self._place = place

    def read(self, path: str, results: Sequence[Any] | None) -> ImageResult:
        """What they say; coordinates are percent of the picture."""
        if results is None:
            return ImageResult()
        said = [each for each in results if isinstance(each, dict)]
        size = picture_size(self._folder, path)
        if size is None:
            return ImageResult(objects=())  # it cannot be decoded either
        regions: dict[Any, _Region] = {}
        whole = _Region()
        for number, each in enumerate(said, start=1):
            if each.get("type") in _UNUSED:
                where = str(Place(file=self._place.file, line=self._place.line))
                self._notes.seen("results that no task uses", f"{where}: {each['type']}")
                continue
            try:
                self._add(each, number, regions, whole, size)
            except (ValueError, TypeError, KeyError) as error:
                reason = str(error) if isinstance(error, _UnusableError) else _UNCLEAR
                self._notes.problem_at(self._place, UNREADABLE, f"{path}, result {number}", reason)
        placed = [region for region in regions.values() if region.has_place]
        for region in regions.values():
            if not region.has_place:
                whole.text = region.text if whole.text is None else whole.text
                whole.label = whole.label or next(iter(region.attributes.values()), None)
        return ImageResult(
            size=_original_size(said),
            label=whole.label,
            text=whole.text,
            objects=tuple(region.as_object() for region in placed),
        )

    def _add(
        self,
        each: Mapping[str, Any],
        number: int,
        regions: dict[Any, _Region],
        whole: _Region,
        size: tuple[int, int],
    ) -> None:
        value = each.get("value")
        if not isinstance(value, dict):
            raise _UnusableError("it has no value")
        is_placed = any(key in value for key in ("x", "points", "rle"))
        region = regions.setdefault(each.get("id", number), _Region())
        if is_placed and not region.has_place:
            _place_region(region, value, size)
        for key in _LABELS:
            if value.get(key):
                region.label = str(value[key][0])
        if "text" in value:
            region.text = _joined(value["text"])
        if value.get("choices"):
            region.attributes[str(each.get("from_name", "choice"))] = str(value["choices"][0])


def _place_region(region: _Region, value: Mapping[str, Any], size: tuple[int, int]) -> None:
    width, height = size
    if "rle" in value:
        from netloom.data.formats.annotated.conversions import rings_of_mask
        from netloom.data.formats.annotated.label_studio_brush import mask_of_brush

        try:
            mask_HW = mask_of_brush(value["rle"], size)
        except ValueError as error:
            raise _UnusableError(str(error)) from None
        region.outlines, region.holes = rings_of_mask(mask_HW)
        if not region.outlines:
            raise _UnusableError("its brush strokes cover nothing")
    elif "points" in value:
        ring = tuple(
            (finite(x) / 100 * width, finite(y) / 100 * height) for x, y in value["points"]
        )
        region.outlines = (ring,)
        if not ring:
            region.box, region.outlines = Box(0, 0, 0, 0), ((),)
    else:
        left, top = finite(value["x"]) / 100 * width, finite(value["y"]) / 100 * height
        right = left + finite(value["width"]) / 100 * width
        box = Box(left, top, right, top + finite(value["height"]) / 100 * height)
        degrees = finite(value.get("rotation") or 0)
        if degrees:
            region.outlines = (turned_about_corner(box, degrees),)
        else:
            region.box = box


def _original_size(results: Sequence[Mapping[str, Any]]) -> tuple[int, int] | None:
    for each in results:
        width, height = each.get("original_width"), each.get("original_height")
        if isinstance(width, int) and isinstance(height, int) and width and height:
            return width, height
    return None


def _joined(text: Any) -> str:
    return "\n".join(map(str, text)) if isinstance(text, list) else str(text)
