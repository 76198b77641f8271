"""Outlines as masks, masks as outlines: what one format says in the words of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netloom.data.annotations import ObjectAnnotation, PackedRing, Ring, box_around
from netloom.data.rasterization import UNKNOWN, filled, outlined


def rings_of_mask(mask_HW: NDArray[Any]) -> tuple[tuple[Ring, ...], tuple[Ring, ...]]:
    """Outlines and holes along the edges of pixels, as values."""
    outlines, holes = outlined(mask_HW)
    return tuple(map(_ring, outlines)), tuple(map(_ring, holes))


def mask_of_object(each: ObjectAnnotation, size: tuple[int, int]) -> NDArray[np.bool_]:
    """The pixels that an object covers: bool of shape (H, W); those of its box if it has no outline."""
    width, height = size
    return filled(each.outlines or (each.box.ring,), each.holes, height, width)


def objects_of_levels(
    levels_HW: NDArray[np.uint8], labels: Sequence[str], *, background: str | None
) -> tuple[ObjectAnnotation, ...]:
    """One object for each label that a mask shows, with outlines along the edges of its pixels.

    Args:
        background: The label of pixels that belong to no object.

    Pixels that nobody knows become an object without label.
    """
    objects = []
    for level in np.unique(levels_HW).tolist():
        label = labels[level] if level < len(labels) else None
        if label is not None and label == background:
            continue
        outlines, holes = rings_of_mask(levels_HW == level)
        objects.append(
            ObjectAnnotation(box=box_around(outlines), label=label, outlines=outlines, holes=holes)
        )
    return tuple(objects)


def levels_of_objects(
    objects: Sequence[ObjectAnnotation], labels: Sequence[str], size: tuple[int, int]
) -> NDArray[np.uint8]:
    """What each pixel shows, as positions in the label space; the first of them where no object is.

    Later objects lie over earlier ones; objects without label, and crowds, are unknown.
    """
    width, height = size
    position = {name: number for number, name in enumerate(labels)}
    levels_HW = np.zeros((height, width), np.uint8)
    for each in objects:
        known = None if each.is_crowd or each.label is None else position.get(each.label)
        levels_HW[mask_of_object(each, size)] = UNKNOWN if known is None else known
    return levels_HW


def _ring(corners_P2: NDArray[Any]) -> Ring:
    return PackedRing(corners_P2.ravel().tolist())
