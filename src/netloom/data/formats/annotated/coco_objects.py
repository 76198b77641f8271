"""Annotations of a COCO file as objects of its pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from netloom.data.annotations import Box, ObjectAnnotation, PackedRing, Ring, box_around
from netloom.data.formats.annotated.annotated_images import ReadingNotes
from netloom.data.formats.annotated.finite_numbers import are_finite
from netloom.data.formats.annotated.json_places import entry_place
from netloom.data.formats.annotated.problems import (
    NO_AREA,
    UNKNOWN_LABEL,
    UNREADABLE,
    WRONG_MASK,
    ProblemKind,
)
from netloom.data.formats.annotated.text_of_values import attributes_of

_ID_TYPES = (int, str)


def id_of(entry: Mapping[str, Any], key: str) -> int | str | None:
    """An id, or a reference to one; None for what can be none."""
    found = entry.get(key)
    return found if isinstance(found, _ID_TYPES) else None


class CategorySpace:
    """Names of categories in the order in which files declare them."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.of_id: dict[int | str | None, str] = {}

    def add(self, categories: Sequence[Mapping[str, Any]]) -> None:
        """The categories of the next file; its ids count from now on."""
        self.of_id = {id_of(entry, "id"): str(entry.get("name")) for entry in categories}
        known = set(self.names)
        self.names += [name for name in dict.fromkeys(self.of_id.values()) if name not in known]


class _UnusableError(Exception):
    def __init__(self, kind: ProblemKind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


class FoundObjects(NamedTuple):
    """The objects of one image, and the position of each in the list of annotations."""

    values: list[ObjectAnnotation]
    numbers: list[int]


class ObjectReader:
    """Reads the annotations of one file."""

    def __init__(self, space: CategorySpace, file: str, notes: ReadingNotes) -> None:
        self._space = space
        self._file = file
        self._notes = notes

    def by_image(
        self, annotations: Sequence[Mapping[str, Any]], images: Sequence[Mapping[str, Any]]
    ) -> dict[Any, FoundObjects]:
        """The objects of each image, by its id."""
        objects = {id_of(entry, "id"): FoundObjects([], []) for entry in images}
        sizes = {id_of(entry, "id"): (entry.get("height"), entry.get("width")) for entry in images}
        num_keypoints = num_captions = 0
        for number, entry in enumerate(annotations):
            if "keypoints" in entry:
                num_keypoints += 1
            if "caption" in entry and "bbox" not in entry:
                num_captions += 1
                continue
            image = id_of(entry, "image_id")
            try:
                if image not in objects:
                    raise _UnusableError(UNREADABLE, f"there is no image with id {image}")
                objects[image].values.append(self._object(entry, sizes[image]))
                objects[image].numbers.append(number)
            except _UnusableError as error:
                self._notes.problem_at(
                    entry_place(self._file, number, "annotations"),
                    error.kind,
                    f"annotation {entry.get('id', number)}",
                    str(error),
                )
        self._notes.ignored("keypoints of objects", num_keypoints)
        self._notes.ignored("captions", num_captions)
        return objects

    def _object(self, entry: Mapping[str, Any], size: tuple[Any, Any]) -> ObjectAnnotation:
        try:
            label = self._space.of_id[id_of(entry, "category_id")]
        except KeyError:
            reason = f"there is no category with id {entry.get('category_id')}"
            raise _UnusableError(UNKNOWN_LABEL, reason) from None
        outlines, holes = _rings(entry.get("segmentation"), size)
        attributes = entry.get("attributes")
        return ObjectAnnotation(
            box=_box(entry.get("bbox"), outlines),
            label=label,
            outlines=outlines,
            holes=holes,
            attributes=attributes_of(attributes) if attributes else {},
            is_crowd=bool(entry.get("iscrowd")),
        )


def _box(given: Any, outlines: tuple[Ring, ...]) -> Box:
    if given:
        try:
            left, top, width, height = given
            if not are_finite(given):
                raise ValueError("it is not a number, or infinite")
            return Box(left, top, left + width, top + height)
        except (TypeError, ValueError):
            reason = "its box is no list of left, top, width and height"
            raise _UnusableError(UNREADABLE, reason) from None
    if any(outlines):
        return box_around(outlines)
    raise _UnusableError(NO_AREA, "it has neither a box nor an outline")


def _rings(given: Any, size: tuple[Any, Any]) -> tuple[tuple[Ring, ...], tuple[Ring, ...]]:
    if not given:
        return (), ()
    if isinstance(given, dict):
        return _rings_of_runs(given, size)
    try:
        if all(map(are_finite, given)):
            return tuple(map(PackedRing, given)), ()
    except TypeError:
        pass
    except ValueError:
        raise _UnusableError(UNREADABLE, "an outline has an odd number of coordinates") from None
    raise _UnusableError(UNREADABLE, "its outlines are no lists of numbers")


def _rings_of_runs(
    given: Mapping[str, Any], size: tuple[Any, Any]
) -> tuple[tuple[Ring, ...], tuple[Ring, ...]]:
    from netloom.data.formats.annotated.coco_runs import mask_of_runs
    from netloom.data.formats.annotated.conversions import rings_of_mask

    try:
        mask_HW = mask_of_runs(given)
    except ValueError as error:
        raise _UnusableError(UNREADABLE, str(error)) from None
    if None not in size and mask_HW.shape != size:
        height, width = mask_HW.shape
        reason = f"its mask is {width} × {height} pixels, its picture {size[1]} × {size[0]}"
        raise _UnusableError(WRONG_MASK, reason)
    if not mask_HW.any():
        raise _UnusableError(NO_AREA, "its mask is empty")
    return rings_of_mask(mask_HW)
