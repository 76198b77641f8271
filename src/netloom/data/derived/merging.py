"""What later stages said about crops, brought back into the pictures that these were cut from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.core.reporter import Reporter
from netloom.data.codec import CHECKS_NAME
from netloom.data.datasets import open_samples
from netloom.data.derived.found import found_classes, found_objects, with_found_objects
from netloom.data.index import INDEX_NAME, read_index, write_index
from netloom.data.objects import OBJECTS, column_of_objects
from netloom.data.view import Dataset

if TYPE_CHECKING:
    import pyarrow as pa

_Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class CropRow:
    """A crop, and what a classifier said about it.

    Attributes:
        parent: Id of its picture.
        label: The fine label that is true; None if nobody knows, or it is no object.
        said: The label that was found.
        about: What was kept when it was cut out (see :class:`netloom.data.derived.pieces.Piece`).
    """

    parent: str
    label: str | None
    said: str
    score: float
    about: Mapping[str, Any]


def crop_rows(view: Dataset[Any], table: pa.Table) -> Iterator[CropRow]:
    """The rows of an index of crops that a classifier has looked at.

    Raises:
        InvalidData: No model has looked at them, or they are no crops.
    """
    if "parent" not in table.column_names:
        raise InvalidData.of(
            "these samples are no crops of other pictures",
            code="I506",
            fix="Connect what stages.apply gives for the crops of stages.crop_objects",
        )
    labels = [None if place is None else view.labels[place] for place in table["label"].to_pylist()]
    abouts = map(json.loads, table["attributes"].to_pylist())
    for parent, label, (said, score), about in zip(
        table["parent"].to_pylist(), labels, found_classes(table), abouts, strict=True
    ):
        yield CropRow(parent, label, said, score, about)


def checks_of(view: Dataset[Any], resolve: Resolve) -> list[CropRow]:
    """The further crops that lie beside an index; none if there are no such."""
    file = resolve(view.index).with_name(CHECKS_NAME)
    return list(crop_rows(view, read_index(file))) if file.is_file() else []


def check_same_found(
    rows: Iterable[CropRow], found: Mapping[str, Sequence[Mapping[str, Any]]]
) -> None:
    """Refuse crops that were cut out of pictures in which other objects were found.

    Args:
        found: In each picture that is asked about.

    Raises:
        InvalidData: They do not belong together.
    """
    for row in rows:
        place, own = row.about["found"], found.get(row.parent)
        if place is None or own is None:
            continue
        if place >= len(own) or own[place]["score"] != row.about["score"]:
            raise InvalidData.of(
                f"the crops of {row.parent} were not cut out of what was found in these pictures",
                code="I509",
                fix="Connect the data set that stages.crop_objects was given",
            )


def merged(
    view: Dataset[Any],
    crops: Sequence[Dataset[Any]],
    resolve: Resolve,
    workdir: Path,
    *,
    fine: str,
    reporter: Reporter,
) -> Dataset[Any]:
    """A data set of objects by their fine labels.

    Raises:
        InvalidData: No model has looked at the pictures or at the crops.
    """
    table = read_index(resolve(view.index))
    found_in = dict(zip(table["id"].to_pylist(), found_objects(table), strict=True))
    said: dict[_Key, tuple[str, float]] = {}
    refined: set[str] = set()
    names: list[str] = []
    for each in crops:
        names += [name for name in each.labels if name not in names]
        own = crop_rows(each, read_index(resolve(each.index)))
        rows = (*own, *checks_of(each, resolve))
        check_same_found(rows, found_in)
        for row in rows:
            refined.add(row.about["coarse"])
            if row.about["found"] is not None:
                said[row.parent, row.about["found"]] = (row.said, row.score)
    names += [name for name in view.labels if name not in refined and name not in names]
    found = [list(_refined(parent, objects, said, refined)) for parent, objects in found_in.items()]
    num_before, num_after = sum(map(len, found_in.values())), sum(map(len, found))
    if num_after < num_before:
        reporter.note(
            f"found objects of which no later stage says anything: {num_before - num_after}"
        )
    table = _with_fine_truth(view, table, resolve, fine, names)
    write_index(workdir / INDEX_NAME, with_found_objects(table, found))
    return replace(view, index=f"work:{INDEX_NAME}", labels=tuple(names))


def _refined(
    parent: str,
    objects: Sequence[dict[str, Any]],
    said: Mapping[_Key, tuple[str, float]],
    refined: set[str],
) -> Iterator[dict[str, Any]]:
    for number, each in enumerate(objects):
        if (parent, number) in said:
            label, score = said[parent, number]
            yield {**each, "label": label, "score": each["score"] * score}
        elif each["label"] not in refined:
            yield each


def _with_fine_truth(
    view: Dataset[Any], table: pa.Table, resolve: Resolve, fine: str, names: Sequence[str]
) -> pa.Table:
    """True objects by their fine labels; those without one keep only their place."""
    samples = open_samples(view, resolve, labelled=False, augment=False)
    known = samples.annotations
    if known is None or known.column is None:
        return table
    positions = {name: place for place, name in enumerate(names)}
    changed: list[Any] = []
    for position in range(len(samples)):
        objects = samples.objects(position)
        if objects is None:
            changed.append(None)
            continue
        texts = known.column.attribute_texts(position)
        labels_M = objects.labels_M.copy()
        for number, text in enumerate(texts):
            coarse = int(labels_M[number])
            name = view.labels[coarse] if coarse >= 0 else ""
            told = (json.loads(text) if text else {}).get(fine, name) if fine else name
            labels_M[number] = positions.get(told, -1)
        changed.append((replace(objects, labels_M=labels_M), texts))
    place = table.schema.get_field_index(OBJECTS)
    return table.set_column(place, OBJECTS, column_of_objects(changed))
