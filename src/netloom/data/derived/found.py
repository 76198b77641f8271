"""What a model found in the pictures of a data set, as columns of their index.

========== ======= ==========================================================================
found      list    of pictures with objects or texts: label, score, sides and outline of each
found_label string of pictures with a class: the surest one
found_score float64 how sure it is
========== ======= ==========================================================================

Labels are names, since the model's label space need not be that of the data set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netloom.core.errors import InvalidData

if TYPE_CHECKING:
    import pyarrow as pa

FOUND = "found"
FOUND_LABEL = "found_label"
FOUND_SCORE = "found_score"
COLUMNS = (FOUND, FOUND_LABEL, FOUND_SCORE)

_SIDES = ("left", "top", "right", "bottom")

FoundObject = dict[str, Any]
"""As predictions hold it: ``label``, ``score``, ``box`` and, if the outline is known, ``polygon``."""


def with_found(
    table: pa.Table, predictions: Sequence[Mapping[str, Any]], *, are_objects: bool
) -> pa.Table:
    """The same samples with what was predicted for each, in place of what was found before.

    Args:
        are_objects: Whether predictions tell objects; else they tell a class.

    Raises:
        InvalidData: They tell neither.

    Example:
        >>> import pyarrow as pa
        >>> said = [{"label": "cat", "score": 0.75}]
        >>> with_found(pa.table({"id": ["a"]}), said, are_objects=False).to_pylist()
        [{'id': 'a', 'found_label': 'cat', 'found_score': 0.75}]
    """
    import pyarrow as pa

    if are_objects:
        return with_found_objects(table, [each["objects"] for each in predictions])
    if any("label" not in each or "score" not in each for each in predictions):
        raise InvalidData.of(
            "what this model says is neither objects nor a class",
            code="I500",
            expected="a model that finds objects or texts, or a classifier",
            fix="Use `predict` to keep its predictions",
        )
    labels = pa.array([each["label"] for each in predictions], pa.string())
    scores = pa.array([each["score"] for each in predictions], pa.float64())
    table = without_found(table)
    return table.append_column(FOUND_LABEL, labels).append_column(FOUND_SCORE, scores)


def with_found_objects(table: pa.Table, found: Sequence[Sequence[Mapping[str, Any]]]) -> pa.Table:
    """The same samples with other found objects."""
    import pyarrow as pa

    entries = [[_row(each) for each in objects] for objects in found]
    return without_found(table).append_column(FOUND, pa.array(entries, pa.list_(_type())))


def without_found(table: pa.Table) -> pa.Table:
    """The same samples without what was found in them."""
    return table.drop_columns([name for name in COLUMNS if name in table.column_names])


def found_objects(table: pa.Table) -> list[list[FoundObject]]:
    """The objects found in each picture.

    Raises:
        InvalidData: No model has looked at these pictures.
    """
    if FOUND not in table.column_names:
        raise _nobody_looked("objects")
    return [[_object(row) for row in rows or ()] for rows in table[FOUND].to_pylist()]


def found_classes(table: pa.Table) -> list[tuple[str, float]]:
    """The class that was found for each picture, and how sure it is.

    Raises:
        InvalidData: No model has looked at these pictures.
    """
    if FOUND_LABEL not in table.column_names:
        raise _nobody_looked("classes")
    return list(zip(table[FOUND_LABEL].to_pylist(), table[FOUND_SCORE].to_pylist(), strict=True))


def _nobody_looked(what: str) -> InvalidData:
    return InvalidData.of(
        f"no model has looked at these pictures, so no {what} were found in them",
        code="I501",
        fix="Connect what stages.apply gives",
    )


def _type() -> pa.DataType:
    import pyarrow as pa

    sides = [(side, pa.float64()) for side in _SIDES]
    numbers = pa.list_(pa.float64())
    return pa.struct(
        [("label", pa.string()), ("score", pa.float64()), *sides, ("outline", numbers)]
    )


def _row(found: Mapping[str, Any]) -> dict[str, Any]:
    polygon = found.get("polygon")
    outline = (
        None if polygon is None else [float(number) for corner in polygon for number in corner]
    )
    return {
        "label": found["label"],
        "score": found["score"],
        **dict(zip(_SIDES, found["box"], strict=True)),
        "outline": outline,
    }


def _object(row: Mapping[str, Any]) -> FoundObject:
    box = [row[side] for side in _SIDES]
    found: FoundObject = {"label": row["label"], "score": row["score"], "box": box}
    if row["outline"] is not None:
        found["polygon"] = [list(c) for c in zip(row["outline"][::2], row["outline"][1::2])]
    return found
