"""What stages have added to a sample: where it was cut out, and what a model found in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from netloom.data.derived.found import FOUND, FOUND_LABEL, FOUND_SCORE, FoundObject, found_objects
from netloom.data.derived.kinship import PARENT

if TYPE_CHECKING:
    import pyarrow as pa

_MOST_FOUND = 500


class Origin(NamedTuple):
    """The picture that a sample was cut out of.

    Attributes:
        parent: Id of that picture.
        box: Left, top, right, bottom in it, in pixels; None if unknown.
        about: What is known of the object there, such as its coarse class and the score.
    """

    parent: str
    box: tuple[float, float, float, float] | None
    about: Mapping[str, Any]


class Remarks(NamedTuple):
    """What stages know about one sample; without any of it, all is empty.

    Attributes:
        found: Objects that a model found, the surest first, at most five hundred.
        label: Class that a model gave the whole picture.
        score: How sure that one is.
    """

    origin: Origin | None
    found: list[FoundObject]
    num_found: int
    label: str | None
    score: float | None


def remarks_of(row: pa.Table) -> Remarks:
    """Read them from one row of an index.

    Example:
        >>> import pyarrow as pa
        >>> row = pa.table({"id": ["a#0"], "parent": ["a"], "box": [[4.0, 2.0, 10.0, 6.0]]})
        >>> remarks_of(row).origin
        Origin(parent='a', box=(4.0, 2.0, 14.0, 8.0), about={})
    """
    values = {name: row[name][0].as_py() for name in row.column_names if name != FOUND}
    found = found_objects(row)[0] if FOUND in row.column_names else []
    surest = sorted(found, key=lambda each: -each["score"])
    return Remarks(
        origin=_origin(values),
        found=surest[:_MOST_FOUND],
        num_found=len(found),
        label=values.get(FOUND_LABEL),
        score=values.get(FOUND_SCORE),
    )


def _origin(values: Mapping[str, Any]) -> Origin | None:
    parent = values.get(PARENT)
    if parent is None:
        return None
    box = values.get("box")
    about = values.get("attributes")
    return Origin(
        parent=parent,
        box=None if box is None else (box[0], box[1], box[0] + box[2], box[1] + box[3]),
        about={} if about is None else json.loads(about),
    )
