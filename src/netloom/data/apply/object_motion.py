"""Objects moved along with their picture and cut off where they leave it.

Shape legend: M objects, R rings, C corners of all rings together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netloom.data.apply.clipping import cut, distances, ring_area
from netloom.data.apply.motion import SLACK_PX, Motion
from netloom.data.objects import Objects, Rings
from netloom.data.rasterization import corners_of

LEAST_VISIBLE = 0.2
"""An object of which a smaller share of its area stays in view is left out."""

_Array = NDArray[Any]


def moved_objects(
    objects: Objects, motion: Motion, *, least_visible: float = LEAST_VISIBLE
) -> Objects:
    """The objects of a picture as they lie in what became of it.

    Outlines and holes are moved corner by corner and cut off at the frame, and boxes go around them. Where
    only a box is known, the new one goes around the moved part of it that is in view. Nothing changes if
    nothing was moved.

    Args:
        objects: In the coordinates of the picture.
        least_visible: Objects are left out of which a smaller share of the area, as it was in the picture, is
            in view. Those that stand for many stay as long as anything is in view.

    >>> from netloom.data.annotations import Box, ObjectAnnotation
    >>> from netloom.data.apply.geometry import Framed
    >>> from netloom.data.objects import ObjectColumn, objects_column
    >>> cat = ObjectAnnotation(box=Box(1, 2, 5, 4))
    >>> objects = ObjectColumn(objects_column([[cat]], {})).at(0)
    >>> cropped = Motion((8, 8)).then(Framed(0, 3, 8, 5))
    >>> moved_objects(objects, cropped).boxes_M4.tolist()
    [[0.0, 2.0, 2.0, 4.0]]
    """
    return moved_with_places(objects, motion, least_visible=least_visible)[0]


def moved_with_places(
    objects: Objects, motion: Motion, *, least_visible: float = LEAST_VISIBLE
) -> tuple[Objects, NDArray[np.int64]]:
    """The same, and which of the objects they are.

    >>> from netloom.data.objects import no_objects
    >>> moved_with_places(no_objects(), Motion((8, 8)))[1].tolist()
    []
    """
    if not len(objects) or motion.is_none:
        return objects, np.arange(len(objects))
    outlines, holes = objects.outlines, objects.holes
    shares_M: _Array | None
    if any(outlines):
        in_view, shares_M = _RingTable.of(objects).in_view(motion, len(objects))
        outlines, holes, boxes_M4 = in_view.moved(objects, motion)
    elif motion.is_upright:
        boxes_M4, shares_M = _boxes_moved_upright(objects.boxes_M4, motion)
    else:
        in_view, shares_M = _RingTable.around(objects.boxes_M4).in_view(motion, len(objects))
        boxes_M4 = in_view.boxes(motion.moved(in_view.corners_C2), len(objects), motion)
    moved = Objects(
        labels_M=objects.labels_M,
        boxes_M4=boxes_M4.astype(np.float32),
        outlines=outlines,
        holes=holes,
        crowd_M=objects.crowd_M,
        texts=objects.texts,
    )
    if shares_M is None:
        return moved, np.arange(len(objects))
    is_kept_M = (shares_M > 0) & (objects.crowd_M | (shares_M >= least_visible))
    places = np.flatnonzero(is_kept_M)
    return (moved if len(places) == len(objects) else chosen_objects(moved, places)), places


def chosen_objects(objects: Objects, places: _Array) -> Objects:
    """Some of the objects.

    >>> from netloom.data.objects import no_objects
    >>> len(chosen_objects(no_objects(), np.arange(0)))
    0
    """
    listed = places.tolist()
    return Objects(
        labels_M=objects.labels_M[places],
        boxes_M4=objects.boxes_M4[places],
        outlines=tuple(objects.outlines[place] for place in listed),
        holes=tuple(objects.holes[place] for place in listed),
        crowd_M=objects.crowd_M[places],
        texts=tuple(objects.texts[place] for place in listed),
    )


def _boxes_moved_upright(boxes_M4: _Array, motion: Motion) -> tuple[_Array, _Array | None]:
    """Boxes whose sides stay upright, and what share of each is in view; None if all of all is."""
    left, top, right, bottom = motion.upright_window()
    # Few small arrays: with a handful of boxes, starting NumPy is all that costs anything.
    (across, _, x), (_, down, y) = motion.matrix_33[:2].tolist()
    low_4, high_4, scale_4, shift_4 = np.array(
        [
            (left, top, left, top),
            (right, bottom, right, bottom),
            (across, down, across, down),
            (x, y, x, y),
        ]
    )
    clipped_M4 = np.minimum(np.maximum(boxes_M4, low_4), high_4)
    shares_M = None
    if (clipped_M4 != boxes_M4).any():
        # A box without an area cannot lose a share of it, and nothing can be learned from it.
        areas_M = _areas(boxes_M4)
        shares_M = _areas(clipped_M4) / np.where(areas_M > 0, areas_M, 1)
    moved_M4 = clipped_M4 * scale_4
    moved_M4 += shift_4
    if across < 0 or down < 0:
        order = (2 if across < 0 else 0, 3 if down < 0 else 1)
        moved_M4 = moved_M4.take((*order, 2 - order[0], 4 - order[1]), axis=1)
    # What rounding adds beyond the far sides is less than 32-bit numbers can tell.
    return np.maximum(moved_M4, 0, out=moved_M4), shares_M


def _areas(boxes_M4: _Array) -> _Array:
    sides_M2 = np.maximum(boxes_M4[:, 2:] - boxes_M4[:, :2], 0)
    areas_M: _Array = sides_M2[:, 0] * sides_M2[:, 1]
    return areas_M


def _framed(boxes_M4: _Array, motion: Motion) -> _Array:
    """Boxes without what rounding may have put outside the frame."""
    height, width = motion.after
    # Quicker than clipping.
    framed_M4: _Array = np.minimum(np.maximum(boxes_M4, 0), np.array([width, height] * 2))
    return framed_M4


@dataclass(frozen=True, slots=True, eq=False)
class _RingTable:
    """The rings of all objects of a picture in one array.

    Attributes:
        corners_C2: float64; one ring after the other.
        starts_R: Where each ring begins.
        owners_R: Object of each ring, rising among outlines and among holes.
        num_outlines: The first rings are outlines, all others holes.
    """

    corners_C2: _Array
    starts_R: _Array
    owners_R: _Array
    num_outlines: int

    @classmethod
    def around(cls, boxes_M4: _Array) -> _RingTable:
        """The four corners of each box."""
        corners_C2 = boxes_M4[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 2).astype(np.float64)
        places_M = np.arange(len(boxes_M4))
        return cls(corners_C2, 4 * places_M, places_M, len(boxes_M4))

    @classmethod
    def of(cls, objects: Objects) -> _RingTable:
        """Objects without outlines are given the ring around their box."""
        outlines = [
            (owner, ring)
            for owner, own in enumerate(objects.outlines)
            for ring in own or (corners_of(objects.boxes_M4[owner]),)
        ]
        holes = [(owner, ring) for owner, own in enumerate(objects.holes) for ring in own]
        return cls._built([*outlines, *holes], len(outlines))

    @classmethod
    def _built(cls, rings: list[tuple[int, _Array]], num_outlines: int) -> _RingTable:
        if not rings:
            return cls(np.zeros((0, 2)), np.zeros(0, np.int64), np.zeros(0, np.int64), 0)
        starts = np.cumsum([0, *(len(ring) for _, ring in rings[:-1])])
        corners = np.concatenate([ring for _, ring in rings], dtype=np.float64)
        return cls(corners, starts, np.array([owner for owner, _ in rings]), num_outlines)

    def in_view(self, motion: Motion, num_objects: int) -> tuple[_RingTable, _Array | None]:
        """What of each ring is in view, in the coordinates of the picture, and of each object's area.

        The shares are None if everything is in view.
        """
        edges_K3 = motion.edges()
        apart_CK = distances(self.corners_C2, edges_K3)
        if apart_CK.min() >= -SLACK_PX:
            return self, None
        crosses_RK = np.minimum.reduceat(apart_CK, self.starts_R) < -SLACK_PX
        is_cut_R = crosses_RK.any(axis=1)
        edges, crosses = edges_K3.tolist(), crosses_RK.tolist()
        cut_owners = set(self.owners_R[is_cut_R].tolist())
        kept: list[tuple[int, _Array]] = []
        areas_M2 = np.zeros((num_objects, 2))
        num_outlines = 0
        for number, (owner, ring) in enumerate(
            zip(self.owners_R.tolist(), self._rings(self.corners_C2))
        ):
            part, sign = ring, 1 if number < self.num_outlines else -1
            if owner in cut_owners:
                part, whole_area, area = _part(ring, edges, crosses[number])
                areas_M2[owner] += sign * whole_area, sign * area
            if len(part):
                kept.append((owner, part))
                num_outlines += sign > 0
        in_view = self._built(kept, num_outlines)
        # What is not cut, and what encloses nothing, has no share to lose: it is there, or it is not.
        is_there_M = np.bincount(in_view.owners_R, minlength=num_objects) > 0
        wholes_M, areas_M = areas_M2.T
        shares_M = np.where(wholes_M > 0, areas_M / np.where(wholes_M > 0, wholes_M, 1), is_there_M)
        return in_view, shares_M

    def moved(
        self, objects: Objects, motion: Motion
    ) -> tuple[tuple[Rings, ...], tuple[Rings, ...], _Array]:
        """Outlines, holes and boxes of all objects in the coordinates of the result."""
        height, width = motion.after
        size_2 = np.array([width, height])
        moved_C2 = np.minimum(np.maximum(motion.moved(self.corners_C2), 0), size_2)
        rings = list(self._rings(moved_C2.astype(np.float32)))
        outlines: list[list[_Array]] = [[] for _ in objects.texts]
        holes: list[list[_Array]] = [[] for _ in objects.texts]
        for number, (owner, ring) in enumerate(zip(self.owners_R.tolist(), rings)):
            if objects.outlines[owner]:  # else it is the ring around a box
                (outlines if number < self.num_outlines else holes)[owner].append(ring)
        boxes_M4 = self.boxes(moved_C2, len(objects), motion)
        return tuple(map(tuple, outlines)), tuple(map(tuple, holes)), boxes_M4

    def boxes(self, moved_C2: _Array, num_objects: int, motion: Motion) -> _Array:
        """Boxes around the moved outlines of each object; of no extent where nothing is in view."""
        end = self.num_outlines
        boxes_M4 = np.zeros((num_objects, 4))
        if not end:
            return boxes_M4
        last = len(moved_C2) if end == len(self.starts_R) else int(self.starts_R[end])
        owners_R = self.owners_R[:end]
        is_first_R = np.ones(end, np.bool_)
        is_first_R[1:] = owners_R[1:] != owners_R[:-1]
        starts = self.starts_R[:end][is_first_R]
        low = np.minimum.reduceat(moved_C2[:last], starts)
        high = np.maximum.reduceat(moved_C2[:last], starts)
        boxes_M4[owners_R[is_first_R]] = np.concatenate([low, high], axis=1)
        return _framed(boxes_M4, motion)

    def _rings(self, corners_C2: _Array) -> Iterable[_Array]:
        """One after the other, of these corners or moved ones."""
        for first, end in pairwise([*self.starts_R.tolist(), len(corners_C2)]):
            yield corners_C2[first:end]


def _part(
    ring: _Array, edges: list[list[float]], crosses: list[bool]
) -> tuple[_Array, float, float]:
    """What of a ring is on the positive side of all edges, its area before and after."""
    whole = part = ring.tolist()
    for edge, is_crossed in zip(edges, crosses, strict=True):
        if is_crossed:
            part = cut(part, edge)
    whole_area = ring_area(whole)
    if part is whole:
        return ring, whole_area, whole_area
    area = ring_area(part)
    # Of a ring that encloses something, a line along the edge of the frame is nothing.
    if whole_area and not area:
        part = []
    return np.array(part).reshape(-1, 2), whole_area, area
