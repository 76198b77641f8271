"""All objects of a data set at once: what its index says, without going through the images.

Shape legend: K objects of all samples, N samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netloom.data.objects import BACKGROUND, OBJECTS

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, eq=False)
class ObjectTable:
    """The objects of an index, one row for each.

    Attributes:
        samples_K: Position of the sample that each object is in.
        labels_K: int64 position in the label space; -1 where there is none.
        sizes_K2: float64 width and height of each box in pixels.
        is_known_N: Whether somebody has looked for objects in each sample.
    """

    samples_K: NDArray[np.int64]
    labels_K: NDArray[np.int64]
    sizes_K2: NDArray[np.float64]
    is_known_N: NDArray[np.bool_]

    @classmethod
    def of(cls, table: pa.Table) -> ObjectTable | None:
        """None if the index says nothing about objects.

        >>> import pyarrow as pa
        >>> from netloom.data.annotations import Box, ObjectAnnotation
        >>> from netloom.data.objects import objects_column
        >>> cat = ObjectAnnotation(box=Box(1, 2, 5, 4), label="cat")
        >>> index = pa.table({"objects": objects_column([[], [cat], None], {"cat": 0})})
        >>> ObjectTable.of(index).samples_K.tolist()
        [1]
        """
        if OBJECTS not in table.column_names:
            return None
        column = table[OBJECTS].combine_chunks()
        entries = column.flatten()
        lengths_N = column.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
        left, top, right, bottom = (
            entries.field(side).to_numpy(zero_copy_only=False).astype(np.float64)
            for side in ("left", "top", "right", "bottom")
        )
        labels = entries.field("label").fill_null(-1).to_numpy(zero_copy_only=False)
        return cls(
            samples_K=np.repeat(np.arange(len(table)), lengths_N),
            labels_K=labels.astype(np.int64),
            sizes_K2=np.stack([right - left, bottom - top], axis=1).reshape(-1, 2),
            is_known_N=column.is_valid().to_numpy(zero_copy_only=False),
        )


def classes_of_samples(table: pa.Table) -> NDArray[np.int64]:
    """One class for each sample, for drawing samples class by class; -1 where none is known.

    It is the label of the image, or of several objects the one that the fewest samples show: what is rare is
    what gets lost when samples are divided or thinned out.

    >>> import pyarrow as pa
    >>> from netloom.data.annotations import Box, ObjectAnnotation
    >>> from netloom.data.objects import objects_column
    >>> cat, dog = (ObjectAnnotation(box=Box(0, 0, 1, 1), label=name) for name in ("cat", "dog"))
    >>> column = objects_column([[cat], [dog, cat], []], {"cat": 0, "dog": 1})
    >>> classes_of_samples(pa.table({"label": [None] * 3, "objects": column})).tolist()
    [0, 1, -1]
    """
    import pyarrow as pa

    objects = ObjectTable.of(table)
    is_labelled = table["label"].null_count < len(table)
    if objects is None or is_labelled or not (objects.labels_K >= 0).any():
        labels = table["label"].cast(pa.int64()).fill_null(-1)
        return np.array(labels.to_numpy(), np.int64)
    shown_S2 = classes_shown(objects)
    frequencies = np.bincount(shown_S2[:, 1])
    order = np.lexsort((shown_S2[:, 1], frequencies[shown_S2[:, 1]], shown_S2[:, 0]))
    ordered_S2 = shown_S2[order]
    samples, first = np.unique(ordered_S2[:, 0], return_index=True)
    classes_N = np.full(len(table), -1, np.int64)
    classes_N[samples] = ordered_S2[first, 1]
    return classes_N


def classes_shown(objects: ObjectTable) -> NDArray[np.int64]:
    """Which sample shows which class: rows (sample, class), each once."""
    pairs_K2 = np.stack([objects.samples_K, objects.labels_K], axis=1)
    shown: NDArray[np.int64] = np.unique(pairs_K2[objects.labels_K >= 0], axis=0)
    return shown


def classes_in_parts(
    objects: ObjectTable, parts: Sequence[str], labels: Sequence[str]
) -> set[tuple[int, str]]:
    """Pairs of a class and a part in which a sample shows it; what is no object is in every part.

    Args:
        parts: Of each sample.

    >>> nobody = np.zeros(0, np.int64)
    >>> empty = ObjectTable(nobody, nobody, np.zeros((0, 2)), np.ones(1, np.bool_))
    >>> len(classes_in_parts(empty, ["train"], ["cat"]))
    0
    """
    shown = {(label, parts[sample]) for sample, label in classes_shown(objects).tolist()}
    if shown and labels and labels[0].lower() == BACKGROUND:
        shown |= {(0, part) for part in set(parts)}
    return shown


def with_object_labels(table: pa.Table, number_of: Sequence[int]) -> pa.Table:
    """The same index with other labels of objects, and without those that have none any more.

    Args:
        number_of: New position for each old one; below 0 leaves its objects out. Objects without a label
            stay as they are.
    """
    import pyarrow as pa

    column = table[OBJECTS].combine_chunks()
    entries = column.flatten()
    # The extra place at the end answers to -1, "no label", which stays so.
    old_K = entries.field("label").fill_null(-1).to_numpy(zero_copy_only=False)
    new_K = np.array([*number_of, -1])[old_K]
    is_kept_K = (new_K >= 0) | (old_K < 0)
    lengths_N = column.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    samples_K = np.repeat(np.arange(len(table)), lengths_N)
    counts_N = np.bincount(samples_K[is_kept_K], minlength=len(table))
    labels = pa.array(new_K, pa.int32(), mask=new_K < 0)
    fields = [entries.type.field(place) for place in range(entries.type.num_fields)]
    parts = [labels if f.name == "label" else entries.field(f.name) for f in fields]
    kept = pa.StructArray.from_arrays(parts, fields=fields).filter(pa.array(is_kept_K))
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts_N)]), pa.int32())
    lists = pa.ListArray.from_arrays(offsets, kept, type=column.type, mask=column.is_null())
    return table.set_column(table.schema.get_field_index(OBJECTS), OBJECTS, lists)
