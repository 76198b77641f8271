"""The objects of many images as a column of an index, and of one image as arrays.

Shape legend: M objects of an image, P corners of a ring.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.data.annotations import ObjectAnnotation, Ring
from netloom.data.ring_numbers import numbers_of

if TYPE_CHECKING:
    import pyarrow as pa

OBJECTS = "objects"
"""Name of the column."""
BACKGROUND = "background"
"""Name of the first label if it stands for everything that is no object."""
_SIDES = ("left", "top", "right", "bottom")

Rings = tuple[NDArray[np.float32], ...]
"""Closed lines: float32 arrays of shape (P, 2), corners (x, y) in the coordinates of ``annotations``."""


@dataclass(frozen=True, slots=True, eq=False)
class Objects:
    """The objects of one image.

    Attributes:
        labels_M: int64 positions in the label space; -1 where there is none.
        boxes_M4: float32 left, top, right, bottom.
        outlines: For each object the rings whose union it covers; empty where only the box is known.
        holes: For each object what is cut out of that union.
        crowd_M: Whether each stands for an unknown number of objects.
        texts: What is written there; None where nobody says.
    """

    labels_M: NDArray[np.int64]
    boxes_M4: NDArray[np.float32]
    outlines: tuple[Rings, ...]
    holes: tuple[Rings, ...]
    crowd_M: NDArray[np.bool_]
    texts: tuple[str | None, ...]

    def __len__(self) -> int:
        return len(self.labels_M)


def no_objects() -> Objects:
    """An image in which there is nothing.

    >>> len(no_objects())
    0
    """
    return Objects(
        labels_M=np.zeros(0, np.int64),
        boxes_M4=np.zeros((0, 4), np.float32),
        outlines=(),
        holes=(),
        crowd_M=np.zeros(0, np.bool_),
        texts=(),
    )


def object_type() -> pa.DataType:
    """One object in the column."""
    import pyarrow as pa

    rings = pa.list_(pa.list_(pa.float32()))
    return pa.struct(
        [
            ("label", pa.int32()),
            *((side, pa.float32()) for side in _SIDES),
            ("outlines", rings),
            ("holes", rings),
            ("text", pa.string()),
            ("attributes", pa.string()),
            ("crowd", pa.bool_()),
        ]
    )


def objects_column(
    images: Iterable[Sequence[ObjectAnnotation] | None], positions: Mapping[str, int]
) -> pa.Array:
    """The column for images in this order; null where nobody has looked for objects.

    Args:
        positions: Place of each class name in the label space.

    >>> from netloom.data.annotations import Box
    >>> cat = ObjectAnnotation(box=Box(1, 2, 5, 4), label="cat")
    >>> column = objects_column([[cat], None, []], {"cat": 0})
    >>> ObjectColumn(column).at(0).boxes_M4.tolist()
    [[1.0, 2.0, 5.0, 4.0]]
    """
    import pyarrow as pa

    each_image = [None if objects is None else tuple(objects) for objects in images]
    everything = [found for objects in each_image if objects is not None for found in objects]
    boxes_M4 = np.array([found.box for found in everything], np.float32).reshape(-1, 4)
    labels = [None if found.label is None else positions[found.label] for found in everything]
    attributes = [_text_of(found.attributes) for found in everything]
    crowds = [found.is_crowd for found in everything]
    entries = pa.StructArray.from_arrays(
        [
            pa.array(labels, pa.int32()),
            *(pa.array(np.ascontiguousarray(side_M)) for side_M in boxes_M4.T),
            _ring_lists([found.outlines for found in everything]),
            _ring_lists([found.holes for found in everything]),
            pa.array([found.text for found in everything], pa.string()),
            pa.array(attributes, pa.string()),
            pa.array(crowds, pa.bool_()),
        ],
        fields=list(object_type()),
    )
    is_unknown = np.array([objects is None for objects in each_image], np.bool_)
    lengths = [len(objects or ()) for objects in each_image]
    return pa.ListArray.from_arrays(
        pa.array(_ends(lengths)),
        entries,
        type=pa.list_(object_type()),
        mask=pa.array(is_unknown) if is_unknown.any() else None,
    )


def _ring_lists(each_object: Sequence[Sequence[Ring]]) -> pa.Array:
    """For each object a list of rings, each a list of numbers."""
    import pyarrow as pa

    rings = [ring for own in each_object for ring in own]
    numbers = pa.array(numbers_of(rings).astype(np.float32))
    lists = pa.ListArray.from_arrays(pa.array(_ends([2 * len(ring) for ring in rings])), numbers)
    return pa.ListArray.from_arrays(pa.array(_ends(list(map(len, each_object)))), lists)


def _ends(lengths: Sequence[int]) -> NDArray[np.int32]:
    """Where lists of these lengths begin and end in the array that holds all of them."""
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)


def _text_of(attributes: Mapping[str, str]) -> str | None:
    if not attributes:
        return None
    return json.dumps(dict(attributes), ensure_ascii=False, sort_keys=True)


def column_of_objects(
    images: Iterable[tuple[Objects, Sequence[str | None]] | None],
) -> pa.Array:
    """The column for images whose objects are arrays; null where nobody has looked for objects.

    Args:
        images: The objects of each, and what else is known of each object, as the column keeps it.

    >>> len(column_of_objects([None, (no_objects(), [])]))
    2
    """
    import pyarrow as pa

    entries = [None if image is None else list(_rows(*image)) for image in images]
    return pa.array(entries, pa.list_(object_type()))


def _rows(objects: Objects, attributes: Sequence[str | None]) -> Iterator[tuple[Any, ...]]:
    boxes, crowd = objects.boxes_M4.tolist(), objects.crowd_M.tolist()
    for place, label in enumerate(objects.labels_M.tolist()):
        yield (
            None if label < 0 else label,
            *boxes[place],
            [ring.ravel() for ring in objects.outlines[place]],
            [ring.ravel() for ring in objects.holes[place]],
            objects.texts[place],
            attributes[place],
            crowd[place],
        )


class ObjectColumn:
    """Reads the column image by image: opening takes one pass over its buffers.

    Args:
        column: As :func:`objects_column` builds it; chunks are allowed.
    """

    def __init__(self, column: pa.Array | pa.ChunkedArray) -> None:
        import pyarrow as pa

        whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        self._starts = _starts(whole)
        entries = whole.flatten()
        label = entries.field("label").fill_null(-1)
        self._labels = label.to_numpy(zero_copy_only=False).astype(np.int64)
        sides = [entries.field(side).to_numpy(zero_copy_only=False) for side in _SIDES]
        self._boxes = np.stack(sides, axis=1).astype(np.float32).reshape(-1, 4)
        self._crowd = entries.field("crowd").fill_null(False).to_numpy(zero_copy_only=False)
        self._outlines = _RingColumn(entries.field("outlines"))
        self._holes = _RingColumn(entries.field("holes"))
        self._texts = entries.field("text")
        self._attributes = entries.field("attributes")

    def __len__(self) -> int:
        return len(self._starts) - 1

    def at(self, position: int) -> Objects:
        """The objects of one image; none where nobody has looked."""
        first, end = int(self._starts[position]), int(self._starts[position + 1])
        chosen = range(first, end)
        return Objects(
            labels_M=self._labels[first:end],
            boxes_M4=self._boxes[first:end],
            outlines=tuple(self._outlines.at(row) for row in chosen),
            holes=tuple(self._holes.at(row) for row in chosen),
            crowd_M=self._crowd[first:end],
            texts=tuple(self._texts[row].as_py() for row in chosen),
        )

    def attributes(self, position: int) -> list[Mapping[str, str]]:
        """What else is known of each object of an image."""
        return [json.loads(text) if text else {} for text in self.attribute_texts(position)]

    def attribute_texts(self, position: int) -> list[str | None]:
        """The same as the column keeps it: JSON."""
        chosen = range(int(self._starts[position]), int(self._starts[position + 1]))
        return [self._attributes[row].as_py() for row in chosen]


class _RingColumn:
    """Rings of each object: two levels of offsets into one array of corners."""

    def __init__(self, column: Any) -> None:
        self._rings = _starts(column)
        rings = column.flatten()
        self._numbers = _starts(rings)
        self._corners = rings.flatten().to_numpy(zero_copy_only=False).astype(np.float32)

    def at(self, row: int) -> Rings:
        return tuple(
            self._corners[self._numbers[ring] : self._numbers[ring + 1]].reshape(-1, 2)
            for ring in range(int(self._rings[row]), int(self._rings[row + 1]))
        )


def _starts(lists: Any) -> NDArray[np.int64]:
    """Where each list begins in the flattened column, and the end of the last."""
    lengths = lists.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
