"""Choosing some of the samples of a data set: by class, by part, and so many of each class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Diagnostic, Place, did_you_mean
from netloom.core.errors import InvalidData
from netloom.data.object_table import ObjectTable, classes_of_samples, with_object_labels
from netloom.data.objects import BACKGROUND
from netloom.data.seeding import sample_words

if TYPE_CHECKING:
    import pyarrow as pa


def selected_labels(known: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    """The label space that is left, in its old order; all of it if nothing particular is wanted.

    Raises:
        InvalidData: Some names are not in the label space; all are named.

    >>> len(selected_labels(["a", "b", "c"], ["c", "a"]))
    2
    """
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise InvalidData(
            *(
                Diagnostic(
                    code="I350",
                    message=f"there is no class {name!r}",
                    place=Place(setting="labels"),
                    expected=", ".join(known[:10]) + (" …" if len(known) > 10 else ""),
                    fix=did_you_mean(name, known) or "Name classes of the data set",
                )
                for name in unknown
            )
        )
    if not wanted:
        return tuple(known)
    # What belongs to no object is not a class to choose: it is there with any of them.
    always = {name for name in known[:1] if name.lower() == BACKGROUND}
    return tuple(name for name in known if name in wanted or name in always)


def with_selected(
    table: pa.Table,
    known: Sequence[str],
    labels: Sequence[str],
    *,
    per_class: int | None,
    parts: Sequence[str],
    seed: int,
) -> pa.Table:
    """The rows of an index whose label is in ``labels``, numbered by it.

    Of images with objects those stay that show one of the classes, without their other objects; an image
    counts for the rarest class it shows.

    Args:
        known: Label space of ``table``.
        per_class: Keep so many of each class, drawn at random for each part; None keeps all. A class
            with fewer keeps what it has, and samples without a label are left out.
        parts: Parts that ``per_class`` thins out; the others keep all. Empty thins out everything,
            samples without a part included.
        seed: Start of the drawing. A larger ``per_class`` with the same seed only adds samples.

    Raises:
        InvalidData: Classes are to be chosen or counted, and only masks, or nothing at all, would say which
            sample shows which.
    """
    import pyarrow as pa

    is_narrower = len(labels) < len(known)
    if per_class is None and not is_narrower:
        return table
    _check_classes(table, known)
    # The extra place at the end answers to index -1, "unlabelled".
    number_of = np.array([labels.index(name) if name in labels else -2 for name in known] + [-1])
    labels_N = number_of[table["label"].fill_null(-1).to_numpy()]
    if ObjectTable.of(table) is not None:
        table = with_object_labels(table, number_of[:-1].tolist())
        labels_N = classes_of_samples(table)
    else:
        column = pa.array(labels_N, pa.int32(), mask=labels_N < 0)
        table = table.set_column(table.schema.get_field_index("label"), "label", column)
    is_kept_N = labels_N >= 0
    if per_class is not None:
        part_N = np.array([part or "" for part in table["part"].to_pylist()])
        is_thinned_N = np.isin(part_N, list(parts)) if parts else np.ones(len(table), np.bool_)
        is_kept_N &= ~is_thinned_N | _first_of_each(labels_N, part_N, per_class, seed)
    return table.filter(pa.array(is_kept_N))


def _check_classes(table: pa.Table, known: Sequence[str]) -> None:
    """Refuse to choose by class where only pixels would tell."""
    by_masks = "mask" in table.column_names and table["mask"].null_count < len(table)
    if by_masks or not known:
        raise InvalidData.of(
            "samples of this data set cannot be chosen by class",
            code="I436",
            expected="a label for each image, or objects with labels",
            got="masks: only their pixels say what they show" if by_masks else "no classes",
            fix="Leave labels and per_class empty",
        )


def _first_of_each(
    labels_N: NDArray[np.int64], part_N: NDArray[np.str_], count: int, seed: int
) -> NDArray[np.bool_]:
    """Which samples are among the first ``count`` of their class and part, in a random order."""
    order_N = np.argsort(sample_words(seed, 0, np.arange(len(labels_N)))[:, 0], kind="stable")
    seen: dict[tuple[int, str], int] = {}
    is_first_N = np.zeros(len(labels_N), np.bool_)
    for index in order_N.tolist():
        group = (int(labels_N[index]), str(part_N[index]))
        seen[group] = seen.get(group, 0) + 1
        is_first_N[index] = seen[group] <= count
    return is_first_N
