"""Data sets that change with what was found in their pictures: fewer objects, other pixels."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from netloom.core.locations import Resolve
from netloom.core.reporter import Reporter
from netloom.data.crops import Masking, masked
from netloom.data.datasets import open_samples
from netloom.data.derived.cut_pictures import PictureWriter
from netloom.data.derived.found import (
    found_classes,
    found_objects,
    with_found_objects,
    without_found,
)
from netloom.data.derived.true_objects import check_labels
from netloom.data.index import INDEX_NAME, read_index, write_index
from netloom.data.view import Dataset

if TYPE_CHECKING:
    import pyarrow as pa

_MEDIA = "media"


def with_fewer_found(
    view: Dataset[Any],
    resolve: Resolve,
    workdir: Path,
    *,
    labels: Collection[str],
    min_score: float,
    reporter: Reporter,
) -> Dataset[Any]:
    """The same pictures with only some of the objects that were found in them.

    Raises:
        InvalidData: No model has looked at them.
    """
    table = read_index(resolve(view.index))
    before = found_objects(table)
    kept = [
        [
            each
            for each in own
            if each["score"] >= min_score and (not labels or each["label"] in labels)
        ]
        for own in before
    ]
    reporter.note(f"kept {sum(map(len, kept))} of {sum(map(len, before))} objects that were found")
    write_index(workdir / INDEX_NAME, with_found_objects(table, kept))
    return replace(view, index=f"work:{INDEX_NAME}")


def with_masked_pictures(
    view: Dataset[Any],
    resolve: Resolve,
    workdir: Path,
    settings: Masking,
    *,
    reporter: Reporter,
    threads: int = 1,
) -> Dataset[Any]:
    """The same pictures, with what is outside or inside of found objects blanked.

    Raises:
        InvalidData: No model has looked at them, or one cannot be read.
    """
    import pyarrow as pa

    table = read_index(resolve(view.index))
    found = found_objects(table)
    samples = open_samples(view, resolve, labelled=False, augment=False)

    def blanked(position: int) -> Any:
        writer = PictureWriter(workdir / _MEDIA, position)
        return writer.write(masked(samples.read(position), found[position], settings))

    (workdir / _MEDIA).mkdir()
    written = []
    with ThreadPoolExecutor(threads) as pool:
        for number, picture in enumerate(pool.map(blanked, range(len(samples)))):
            written.append(picture)
            reporter.progress(number + 1, len(samples), unit="picture")
    columns: dict[str, pa.Array] = {
        "digest": pa.array([each.digest for each in written], pa.string()),
        "path": pa.array([each.path for each in written], pa.string()),
        "row": pa.nulls(len(table), pa.int64()),
    }
    table = without_found(table)
    for name, column in columns.items():
        field = table.schema.field(name)
        table = table.set_column(table.schema.get_field_index(name), field, column)
    write_index(workdir / INDEX_NAME, table)
    return replace(view, index=f"work:{INDEX_NAME}", media=f"work:{_MEDIA}", media_kind="folder")


def routed_pictures(
    view: Dataset[Any],
    resolve: Resolve,
    workdir: Path,
    *,
    labels: Sequence[str],
    min_score: float,
    source: Literal["predicted", "ground_truth"],
    fine: str,
    reporter: Reporter,
) -> Dataset[Any]:
    """The pictures of some classes, with their fine labels; those without one are left out.

    Args:
        source: Which class decides: the one that was found, or the true one.
        fine: Attribute of the object that a crop shows; empty takes the true class.

    Raises:
        InvalidData: No model has looked at them, or there is no such class.
    """
    import pyarrow as pa

    check_labels(labels, view.labels)
    table = read_index(resolve(view.index))
    true = [None if place is None else view.labels[place] for place in table["label"].to_pylist()]
    asked = found_classes(table) if source == "predicted" else [(name, 1.0) for name in true]
    goes_here = [(not labels or name in labels) and score >= min_score for name, score in asked]
    told = _attribute(table, fine) if fine else true
    kept = [here and name is not None for here, name in zip(goes_here, told, strict=True)]
    names = tuple(sorted({name for name, is_kept in zip(told, kept) if is_kept and name}))
    if not fine:
        names = tuple(name for name in view.labels if name in names)
    positions = {name: place for place, name in enumerate(names)}
    column = pa.array([positions.get(name or "") for name in told], pa.int32())
    table = table.set_column(table.schema.get_field_index("label"), "label", column)
    reporter.note(f"{sum(goes_here)} of {len(table)} pictures go here")
    if sum(goes_here) > sum(kept):
        reporter.note(f"pictures without a fine label, left out: {sum(goes_here) - sum(kept)}")
    write_index(workdir / INDEX_NAME, without_found(table.filter(pa.array(kept, pa.bool_()))))
    return replace(view, index=f"work:{INDEX_NAME}", labels=names)


def _attribute(table: pa.Table, name: str) -> list[str | None]:
    if "attributes" not in table.column_names:
        return [None] * len(table)
    told = [json.loads(text) if text else {} for text in table["attributes"].to_pylist()]
    return [each.get("object", {}).get(name) for each in told]
