"""Which place of a network answers for which object.

Shape legend: N samples, P places, M objects of the sample that has most of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

if TYPE_CHECKING:
    from netloom.data.objects import Objects

_LEAST_SIDE_PX = 1e-3
"""Nothing can be learned from a box without an area."""
_MOST_NUMBERS = 8_000_000
_STEPS = 8.0
"""A map is for objects whose longer side is 4 to 8 times its step; the finest one also for smaller ones,
the coarsest also for larger ones. FCOS' ranges, told relative to the maps, so that they fit any picture."""


class Targets(NamedTuple):
    """The objects of a batch, padded to equally many for each sample.

    Attributes:
        boxes_NM4: float32.
        classes_NM: int64; 0 where there is none.
        is_object_NM: Whether this is an object of a known class, to be found.
        is_ignored_NM: Whether this is a crowd, or an object of unknown class: places there are not told that
            there is nothing.
    """

    boxes_NM4: Tensor
    classes_NM: Tensor
    is_object_NM: Tensor
    is_ignored_NM: Tensor


class Assignment(NamedTuple):
    """What every place is to say.

    Attributes:
        boxes_NP4: Box of its object; where there is none, some box around the place.
        classes_NP: Class of its object; 0 where there is none.
        is_positive_NP: Whether it answers for an object.
        is_counted_NP: Whether it is told anything about classes.
    """

    boxes_NP4: Tensor
    classes_NP: Tensor
    is_positive_NP: Tensor
    is_counted_NP: Tensor


def padded_targets(
    objects: Sequence[Objects], num_classes: int, device: torch.device | None = None
) -> Targets:
    """The objects of all samples as tensors on a device, sent there without waiting.

    Example:
        >>> from netloom.data.objects import no_objects
        >>> tuple(padded_targets([no_objects(), no_objects()], 3).boxes_NM4.shape)
        (2, 1, 4)
    """
    most = max([1, *(len(each) for each in objects)])
    boxes_NM4 = np.zeros((len(objects), most, 4), np.float32)
    classes_NM = np.zeros((len(objects), most), np.int64)
    is_object_NM = np.zeros((len(objects), most), np.bool_)
    is_ignored_NM = np.zeros((len(objects), most), np.bool_)
    for row, each in enumerate(objects):
        chosen = slice(len(each))
        is_sought_M = sought_objects(each, num_classes)
        boxes_NM4[row, chosen] = each.boxes_M4
        classes_NM[row, chosen] = np.where(is_sought_M, each.labels_M, 0)
        is_object_NM[row, chosen] = is_sought_M
        is_ignored_NM[row, chosen] = _has_area(each) & ~_is_one_of_a_class(each, num_classes)
    arrays = (boxes_NM4, classes_NM, is_object_NM, is_ignored_NM)
    return Targets(*(torch.from_numpy(array).to(device, non_blocking=True) for array in arrays))


def sought_objects(objects: Objects, num_classes: int) -> NDArray[np.bool_]:
    """Which objects of a picture are to be found: those of a known class that are no crowd and have an area.

    Example:
        >>> from netloom.data.objects import no_objects
        >>> sought_objects(no_objects(), 3).tolist()
        []
    """
    is_sought_M: NDArray[np.bool_] = _is_one_of_a_class(objects, num_classes) & _has_area(objects)
    return is_sought_M


def _is_one_of_a_class(objects: Objects, num_classes: int) -> NDArray[np.bool_]:
    is_known_M: NDArray[np.bool_] = (objects.labels_M >= 0) & (objects.labels_M < num_classes)
    return is_known_M & ~objects.crowd_M


def _has_area(objects: Objects) -> NDArray[np.bool_]:
    sides_M2 = objects.boxes_M4[:, 2:] - objects.boxes_M4[:, :2]
    has_area_M: NDArray[np.bool_] = sides_M2.min(axis=1, initial=np.inf) > _LEAST_SIDE_PX
    return has_area_M


def assigned(
    targets: Targets, places_NP3: Tensor, is_known_N: Tensor, *, radius: float
) -> Assignment:
    """What every place is to say, on the places' device.

    A place answers for an object that its map is for, if it lies in the object's box and within ``radius``
    steps of its middle; or if the middle lies in its own cell, so that every object has a place, however
    small. Of several objects the smallest is taken (FCOS, arXiv:1904.01355).

    Args:
        places_NP3: x, y and step, as the head gives them.
        is_known_N: Whether anybody has looked for objects; where not, nothing is said.

    Example:
        >>> from netloom.data.annotations import Box, ObjectAnnotation
        >>> from netloom.data.objects import ObjectColumn, objects_column
        >>> cat = ObjectAnnotation(box=Box(1, 1, 5, 4), label="cat")
        >>> objects = ObjectColumn(objects_column([[cat]], {"cat": 0})).at(0)
        >>> places = torch.tensor([[[2.0, 2.0, 4.0], [6.0, 2.0, 4.0]]])
        >>> known = torch.tensor([True])
        >>> assigned(
        ...     padded_targets([objects], 1), places, known, radius=1.5
        ... ).is_positive_NP.tolist()
        [[True, False]]
    """
    at_once = max(1, _MOST_NUMBERS // (places_NP3.shape[1] * targets.classes_NM.shape[1]))
    parts = [
        _assigned(Targets(*part), places, known, radius)
        for *part, places, known in zip(
            *(torch.split(tensor, at_once) for tensor in (*targets, places_NP3, is_known_N)),
            strict=True,
        )
    ]
    return parts[0] if len(parts) == 1 else Assignment(*map(torch.cat, zip(*parts, strict=True)))


def _assigned(
    targets: Targets, places_NP3: Tensor, is_known_N: Tensor, radius: float
) -> Assignment:
    boxes_N1M4 = targets.boxes_NM4[:, None]
    points_NP12, steps_NP1 = places_NP3[:, :, None, :2], places_NP3[:, :, 2:]
    sides_NM2 = targets.boxes_NM4[:, :, 2:] - targets.boxes_NM4[:, :, :2]
    middles_N1M2 = (boxes_N1M4[..., :2] + boxes_N1M4[..., 2:]) / 2.0
    off_NPM = (points_NP12 - middles_N1M2).abs().amax(dim=3)
    is_inside_NPM = _inside(points_NP12, boxes_N1M4)
    is_near_NPM = is_inside_NPM & (off_NPM < radius * steps_NP1)
    is_near_NPM |= off_NPM <= 0.5 * steps_NP1
    is_mine_NPM = is_near_NPM & _fits(sides_NM2.amax(dim=2)[:, None], steps_NP1)
    is_mine_NPM &= targets.is_object_NM[:, None]
    areas_N1M = sides_NM2.prod(dim=2)[:, None]
    smallest_NP = torch.where(is_mine_NPM, areas_N1M, torch.inf).argmin(dim=2)
    is_positive_NP = is_mine_NPM.any(dim=2) & is_known_N[:, None]
    is_ignored_NP = (is_inside_NPM & targets.is_ignored_NM[:, None]).any(dim=2)
    around_NP4 = torch.cat(
        [places_NP3[..., :2] - steps_NP1, places_NP3[..., :2] + steps_NP1], dim=2
    )
    own_NP4 = targets.boxes_NM4.gather(1, smallest_NP[:, :, None].expand(-1, -1, 4))
    return Assignment(
        boxes_NP4=torch.where(is_positive_NP[:, :, None], own_NP4, around_NP4),
        classes_NP=torch.where(is_positive_NP, targets.classes_NM.gather(1, smallest_NP), 0),
        is_positive_NP=is_positive_NP,
        is_counted_NP=(is_positive_NP | ~is_ignored_NP) & is_known_N[:, None],
    )


def _inside(points_NP12: Tensor, boxes_N1M4: Tensor) -> Tensor:
    is_after = (points_NP12 > boxes_N1M4[..., :2]).all(dim=3)
    is_before: Tensor = (points_NP12 < boxes_N1M4[..., 2:]).all(dim=3)
    return is_after & is_before


def _fits(longer_N1M: Tensor, steps_NP1: Tensor) -> Tensor:
    """Whether the map of each place is for objects of this length."""
    finest, coarsest = steps_NP1.amin(), steps_NP1.amax()
    is_enough = (longer_N1M <= _STEPS * steps_NP1) | (steps_NP1 == coarsest)
    is_needed: Tensor = (longer_N1M > _STEPS / 2.0 * steps_NP1) | (steps_NP1 == finest)
    return is_enough & is_needed
