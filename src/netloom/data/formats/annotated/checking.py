"""Objects against the pictures that they are in: what is clipped, mended, kept and left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netloom.data.annotations import AnnotatedImage, Box, ObjectAnnotation, Ring, box_around
from netloom.data.formats.annotated.problems import (
    CROSSING,
    FEW_CORNERS,
    INVERTED,
    NO_AREA,
    OTHER_SIZE,
    OUTSIDE,
    Problem,
    ProblemKind,
)
from netloom.data.formats.annotated.sound_objects import are_sound
from netloom.data.ring_numbers import numbers_of

TOLERANCE = 0.01
"""Pixels by which numbers that were rounded may lie outside their picture without being told."""
_MOST_CORNERS = 256
"""Longer outlines are not looked at for crossings: it takes the square of their corners."""
_MOST_PRODUCTS = 1 << 19
_IMAGES_AT_ONCE = 2048


def checked_images(
    images: Iterable[AnnotatedImage], sizes: Mapping[str, tuple[int, int]]
) -> tuple[list[AnnotatedImage], list[Problem]]:
    """The images with objects as they fit into their pictures, and what was wrong with them.

    Args:
        sizes: Width and height of each picture.
    """
    check = _Check()
    good: list[AnnotatedImage] = []
    rest = iter(images)
    while block := list(islice(rest, _IMAGES_AT_ONCE)):
        good += check.block(block, sizes)
    check.crossings()
    return good, check.problems


class _Check:
    """Goes through images; outlines are looked at for crossings all at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._crossable: list[tuple[Ring, AnnotatedImage, int]] = []

    def block(
        self, images: Sequence[AnnotatedImage], sizes: Mapping[str, tuple[int, int]]
    ) -> Iterator[AnnotatedImage]:
        """Images in which everything is sound as they are, the others as they can be used."""
        objects = [each for image in images for each in image.objects or ()]
        counts = [len(image.objects or ()) for image in images]
        extents = np.array([sizes[image.path] for image in images], np.float64)
        sound_M = are_sound(objects, np.repeat(extents, counts, axis=0))
        end = 0
        for image, count in zip(images, counts, strict=True):
            start, end = end, end + count
            size = sizes[image.path]
            if count and image.size == size and sound_M[start:end].all():
                self._remember_rings(image)
                yield image
            else:
                yield self.image(image, size)

    def _remember_rings(self, image: AnnotatedImage) -> None:
        self._crossable += [
            (ring, image, number)
            for number, each in enumerate(image.objects or (), start=1)
            for ring in each.outlines
        ]

    def image(self, image: AnnotatedImage, size: tuple[int, int]) -> AnnotatedImage:
        if image.size is not None and image.size != size:
            said, real = (f"{width} × {height}" for width, height in (image.size, size))
            reason = f"it is {real} pixels, where {said} are said; the picture counts"
            self.problems.append(Problem(OTHER_SIZE, image.path, reason, image.place))
        if not image.objects:
            return replace(image, size=size) if image.size != size else image
        checked = [
            self._object(each, size, number, image)
            for number, each in enumerate(image.objects, start=1)
        ]
        kept = [place for place, each in enumerate(checked) if each is not None]
        places = image.object_places
        if places is not None and len(kept) < len(checked):
            places = replace(places, numbers=[places.numbers[place] for place in kept])
        objects = tuple(each for each in checked if each is not None)
        return replace(image, size=size, objects=objects, object_places=places)

    def _object(
        self, found: ObjectAnnotation, size: tuple[int, int], number: int, image: AnnotatedImage
    ) -> ObjectAnnotation | None:
        width, height = size
        left, top, right, bottom = found.box
        if found.outlines:
            return self._outlined(found, size, number, image)
        if 0 <= left < right <= width and 0 <= top < bottom <= height:
            return found
        if not left <= right or not top <= bottom:
            if any(side != side for side in found.box):  # noqa: PLR0124 - not a number
                self._told(NO_AREA, "its sides are no numbers", number, image)
                return None
            self._told(INVERTED, "its sides are exchanged", number, image)
            left, right = sorted((left, right))
            top, bottom = sorted((top, bottom))
        return self._clipped(found, Box(left, top, right, bottom), size, number, image)

    def _clipped(
        self,
        found: ObjectAnnotation,
        box: Box,
        size: tuple[int, int],
        number: int,
        image: AnnotatedImage,
    ) -> ObjectAnnotation | None:
        if not box.area > 0:
            self._told(NO_AREA, "it has no area", number, image)
            return None
        inside = _box_inside(box, size)
        if not (inside.width > 0 and inside.height > 0):
            self._told(NO_AREA, "it lies outside its picture", number, image)
            return None
        if max(abs(own - cut) for own, cut in zip(box, inside, strict=True)) > TOLERANCE:
            self._told(OUTSIDE, _reach(box, size), number, image)
        return replace(found, box=inside)

    def _outlined(
        self, found: ObjectAnnotation, size: tuple[int, int], number: int, image: AnnotatedImage
    ) -> ObjectAnnotation | None:
        rings = found.outlines
        if min(map(len, rings)) < 3:
            reason = f"an outline has {min(map(len, rings))} corners"
            self._told(FEW_CORNERS, reason, number, image)
            rings = tuple(ring for ring in rings if len(ring) >= 3)
            if not rings:
                return None
        around = box_around(rings)
        if not around.area > 0:
            self._told(NO_AREA, "it has no area", number, image)
            return None
        width, height = size
        left, top, right, bottom = around
        if left < 0 or top < 0 or right > width or bottom > height:
            cut = self._cut(replace(found, outlines=rings), around, size, number, image)
            if cut is None:
                return None
            found, rings, around = cut
        self._crossable += [(ring, image, number) for ring in rings]
        box = self._box_of_outlined(found.box, around, size)
        if rings is found.outlines and box is found.box:
            return found
        return replace(found, box=box, outlines=rings)

    def _cut(
        self,
        found: ObjectAnnotation,
        around: Box,
        size: tuple[int, int],
        number: int,
        image: AnnotatedImage,
    ) -> tuple[ObjectAnnotation, tuple[Ring, ...], Box] | None:
        """An object that reaches beyond its picture, cut off at its edge; None if nothing is left."""
        inside = _box_inside(around, size)
        if not (inside.width > 0 and inside.height > 0):
            self._told(NO_AREA, "it lies outside its picture", number, image)
            return None
        if max(abs(own - cut) for own, cut in zip(around, inside, strict=True)) > TOLERANCE:
            self._told(OUTSIDE, _reach(around, size), number, image)
        rings = tuple(_ring_inside(ring, size) for ring in found.outlines)
        rings = tuple(ring for ring in rings if len(ring) >= 3)
        if not rings or not box_around(rings).area > 0:
            self._told(NO_AREA, "it lies outside its picture", number, image)
            return None
        holes = tuple(_ring_inside(ring, size) for ring in found.holes)
        found = replace(found, holes=tuple(ring for ring in holes if len(ring) >= 3))
        return found, rings, box_around(rings)

    @staticmethod
    def _box_of_outlined(box: Box, around: Box, size: tuple[int, int]) -> Box:
        """The box that was given, if it can be one; else the one around the outlines."""
        left, top, right, bottom = box
        width, height = size
        if 0 <= left < right <= width and 0 <= top < bottom <= height:
            return box
        return around

    def _told(self, kind: ProblemKind, reason: str, number: int, image: AnnotatedImage) -> None:
        name = f"{image.path}, object {number}"
        self.problems.append(Problem(kind, name, reason, image.place_of(number - 1)))

    def crossings(self) -> None:
        """Look at all outlines at once, by their number of corners."""
        groups: dict[int, list[int]] = defaultdict(list)
        for position, (ring, _, _) in enumerate(self._crossable):
            groups[len(ring)].append(position)
        found: list[int] = []
        for corners, positions in groups.items():
            if not 3 < corners <= _MOST_CORNERS:
                continue
            batch = max(1, _MOST_PRODUCTS // corners**2)
            for first in range(0, len(positions), batch):
                chosen = positions[first : first + batch]
                crossed = crossing_rings([self._crossable[at][0] for at in chosen])
                found += [at for at, is_crossed in zip(chosen, crossed) if is_crossed]
        for position in sorted(found):
            _, image, number = self._crossable[position]
            self._told(CROSSING, "an outline crosses itself", number, image)


def crossing_rings(rings: Sequence[Ring]) -> NDArray[np.bool_]:
    """Whether two sides of each ring cross in a point inside both; all rings have equally many corners.

    Two sides cross if the ends of each lie on different sides of the line through the other. Rings that
    touch themselves do not count.

    >>> bow_tie = ((0, 0), (2, 2), (2, 0), (0, 2))
    >>> crossing_rings([bow_tie, Box(0, 0, 2, 2).ring]).astype(int).tolist()
    [1, 0]
    """
    corners = len(rings[0])
    corners_RP2 = numbers_of(rings).reshape(len(rings), corners, 2)
    corners_RP2 = corners_RP2 - corners_RP2[:, :1]
    # A quick look first, which takes a touch for a crossing; few rings are left for the exact one.
    left_RPP = _sides(corners_RP2.astype(np.float32)) > 0
    parted_RPP = left_RPP ^ np.roll(left_RPP, -1, axis=2)
    suspect_RPP = parted_RPP & parted_RPP.transpose(0, 2, 1) & _are_apart(corners)
    crossed = np.zeros(len(rings), np.bool_)
    for ring in np.flatnonzero(suspect_RPP.any(axis=(1, 2))):
        crossed[ring] = _crosses_itself(corners_RP2[ring])
    return crossed


def _sides(corners_RP2: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """[r, i, j]: on which side of the line through side i point j lies; negative, 0 or positive."""
    x_RP, y_RP = corners_RP2[..., 0], corners_RP2[..., 1]
    along_RP, down_RP = np.roll(x_RP, -1, axis=1) - x_RP, np.roll(y_RP, -1, axis=1) - y_RP
    lines_RP3 = np.stack([-down_RP, along_RP, down_RP * x_RP - along_RP * y_RP], axis=-1)
    points_R3P = np.stack([x_RP, y_RP, np.ones_like(x_RP)], axis=1)
    found: NDArray[np.floating[Any]] = lines_RP3 @ points_R3P
    return found


def _are_apart(corners: int) -> NDArray[np.bool_]:
    """Which pairs of sides have no corner in common."""
    steps_PP = (np.arange(corners)[:, None] - np.arange(corners)) % corners
    apart: NDArray[np.bool_] = (steps_PP > 1) & (steps_PP < corners - 1)
    return apart


def _crosses_itself(corners_P2: NDArray[np.float64]) -> bool:
    sides_PP = _sides(corners_P2[None])[0]
    least = np.abs(corners_P2).max(initial=1.0) ** 2 * 1e-12
    left, right = sides_PP > least, sides_PP < -least
    parted = (left & np.roll(right, -1, axis=1)) | (right & np.roll(left, -1, axis=1))
    return bool((parted & parted.T).any())


def _box_inside(box: Box, size: tuple[int, int]) -> Box:
    width, height = size
    return Box(
        min(max(box.left, 0), width),
        min(max(box.top, 0), height),
        min(max(box.right, 0), width),
        min(max(box.bottom, 0), height),
    )


def _ring_inside(ring: Ring, size: tuple[int, int]) -> Ring:
    """The part of a ring in the picture, by cutting along one edge after the other.

    Source: Sutherland and Hodgman, Reentrant Polygon Clipping, 1974.
    """
    width, height = size
    ring = tuple(ring)
    for axis, bound, sign in ((0, 0, 1), (0, width, -1), (1, 0, 1), (1, height, -1)):
        kept: list[tuple[float, float]] = []
        for position, corner in enumerate(ring):
            before = ring[position - 1]
            is_in, was_in = sign * (corner[axis] - bound) >= 0, sign * (before[axis] - bound) >= 0
            if is_in != was_in:
                kept.append(_meeting(before, corner, axis, bound))
            if is_in:
                kept.append(corner)
        ring = tuple(kept)
        if not ring:
            break
    return ring


def _meeting(
    start: tuple[float, float], end: tuple[float, float], axis: int, bound: float
) -> tuple[float, float]:
    share = (bound - start[axis]) / (end[axis] - start[axis])
    other = start[1 - axis] + share * (end[1 - axis] - start[1 - axis])
    return (bound, other) if axis == 0 else (other, bound)


def _reach(box: Box, size: tuple[int, int]) -> str:
    sides = ", ".join(f"{side:g}" for side in box)
    return f"it spans {sides}, where the picture is {size[0]} × {size[1]}"
