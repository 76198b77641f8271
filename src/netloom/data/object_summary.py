"""The objects of a data set in numbers, as its preview shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.data.object_table import ObjectTable, classes_shown

if TYPE_CHECKING:
    import pyarrow as pa

_SIDES_PX = (8, 16, 32, 64, 96, 128, 256, 512)
"""Bounds between sizes of boxes; a size is the side of a square of the same area.

32 and 96 are where COCO's small and medium objects end.
"""


def objects_summary(
    table: pa.Table, labels: Sequence[str], parts: Sequence[str]
) -> dict[str, Any] | None:
    """``annotated``, ``objects``, ``classes``, ``objects_per_image`` and ``box_sizes`` of an index.

    Args:
        parts: Of each sample; ``none`` for those without part.

    Returns:
        JSON. ``annotated`` and ``objects`` count samples and objects for each part, ``classes`` has for each
        class the samples that show it and the objects, for each part. ``box_sizes`` counts boxes with a side
        of less than ``below_px``. None if the index says nothing about objects.

    >>> import pyarrow as pa
    >>> from netloom.data.annotations import Box, ObjectAnnotation
    >>> from netloom.data.objects import objects_column
    >>> cat = ObjectAnnotation(box=Box(0, 0, 9, 4), label="cat")
    >>> index = pa.table({"objects": objects_column([[cat, cat], [], None], {"cat": 0})})
    >>> objects_summary(index, ["cat"], ["train", "test", "test"])["objects_per_image"]
    1.0
    """
    objects = ObjectTable.of(table)
    if objects is None or not objects.is_known_N.any():
        return None
    used = list(dict.fromkeys(parts))
    part_N = np.array([used.index(part) for part in parts])
    shown_S2 = classes_shown(objects)
    has_label_K = objects.labels_K >= 0
    size = (len(labels), len(used))
    samples = _counted(shown_S2[:, 1], part_N[shown_S2[:, 0]], size)
    found = _counted(objects.labels_K[has_label_K], part_N[objects.samples_K[has_label_K]], size)
    sides_K = np.sqrt(np.maximum(objects.sizes_K2, 0).prod(axis=1))
    bands = np.bincount(
        np.searchsorted(_SIDES_PX, sides_K, side="right"), minlength=len(_SIDES_PX) + 1
    )
    num_known = int(objects.is_known_N.sum())
    return {
        "annotated": _by_part(part_N[objects.is_known_N], used),
        "objects": _by_part(part_N[objects.samples_K], used),
        "classes": {
            name: {
                "samples": dict(zip(used, samples[place].tolist(), strict=True)),
                "objects": dict(zip(used, found[place].tolist(), strict=True)),
            }
            for place, name in enumerate(labels)
        },
        "objects_per_image": round(len(objects.samples_K) / num_known, 3),
        "box_sizes": [
            {"below_px": below, "objects": number}
            for below, number in zip((*_SIDES_PX, None), bands.tolist(), strict=True)
        ],
    }


def _counted(
    rows: NDArray[np.int64], columns: NDArray[np.int64], size: tuple[int, int]
) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = np.bincount(rows * size[1] + columns, minlength=size[0] * size[1])
    return counts.reshape(size)


def _by_part(part: NDArray[np.int64], used: Sequence[str]) -> dict[str, int]:
    return dict(zip(used, np.bincount(part, minlength=len(used)).tolist(), strict=True))
