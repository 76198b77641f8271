"""Labels of a table as arrays: which columns can be predicted how, and what counts as no label.

Shape legend: N rows, K classes. Null, NaN and infinities are missing labels. Values of classes are told apart
by their text: ``true``, ``7``, ``2026-01-31``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Diagnostic, did_you_mean
from netloom.core.errors import InvalidData
from netloom.models.tabular.spec import Target
from netloom.tables.columns import Column, element_type

if TYPE_CHECKING:
    import pyarrow as pa

MISSING = -1
"""In place of the index of a class that is not known."""
_TEXTS = ("text", "integer", "boolean", "number", "date")
_SHOWN = 8


def target_problems(targets: Sequence[Target], columns: Sequence[Column]) -> list[Diagnostic]:
    """Targets that the table does not have, or not in a type in which they can be predicted."""
    types = {column.name: column.type for column in columns}
    names = [target.column for target in targets]
    problems = [
        Diagnostic(code="T330", message=f"column {name!r} is a target twice", fix="Remove one")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    for target in targets:
        type = types.get(target.column)
        if type is None:
            problems.append(_absent(target, types))
        elif not _can_be(target, type):
            problems.append(_wrong_type(target, type))
    return problems


def _absent(target: Target, types: dict[str, str]) -> Diagnostic:
    return Diagnostic(
        code="T331",
        message=f"the table has no label column {target.column!r}",
        expected="one of the feature map's labels",
        got=", ".join(list(types)[:40]),
        fix=did_you_mean(target.column, types)
        or "Name it in `labels` of tables.fit_features, so that encoding keeps it",
    )


def _can_be(target: Target, type: str) -> bool:
    is_decimal = type.startswith("decimal")
    match target.type:
        case "number":
            return type in ("integer", "number") or is_decimal
        case "binary" | "classes":
            return type in _TEXTS or is_decimal
        case "labels":
            element = element_type(type) if type.startswith("list<") else None
            return element in _TEXTS


_EXPECTED = {
    "number": "integers, numbers or decimals",
    "binary": "booleans, numbers or texts",
    "classes": "booleans, numbers, dates or texts",
    "labels": "lists of texts or numbers",
}


def _wrong_type(target: Target, type: str) -> Diagnostic:
    return Diagnostic(
        code="T332",
        message=f"column {target.column!r} cannot be a target of type {target.type}",
        expected=_EXPECTED[target.type],
        got=type,
        fix="Choose another `type` for the target, or turn the column into one of these with SQL",
    )


def label_arrays(targets: Sequence[Target], rows: pa.Table) -> tuple[NDArray[Any], ...]:
    """The labels of rows, one array for each target; its classes must be known.

    binary: float32 (N,) of 0 and 1; classes: int64 (N,) of indices; number: float64 (N,) in its own unit;
    labels: float32 (N, K) of 0 and 1. Missing ones are NaN, or -1 where they are indices.

    Raises:
        InvalidData: There is a class that the targets do not know.

    Example:
        >>> import pyarrow as pa
        >>> target = Target(column="y", type="classes", classes=("a", "b"))
        >>> label_arrays([target], pa.table({"y": ["b", None, "a"]}))[0].tolist()
        [1, -1, 0]
    """
    return tuple(label_array(target, rows[target.column]) for target in targets)


def label_array(target: Target, column: pa.ChunkedArray) -> NDArray[Any]:
    """See :func:`label_arrays`."""
    match target.type:
        case "number":
            return _numbers(column)
        case "binary":
            switches = _switches(target, column)
            if switches is not None:
                return switches
            indices = _indices(target, column)
            return np.where(indices == MISSING, np.nan, indices).astype(np.float32)
        case "classes":
            return _indices(target, column)
        case "labels":
            return _memberships(target, column)


def class_texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The texts by which values of classes are told apart; missing ones are null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = pc.cast(column, column.type.value_type)
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))
    return pc.cast(column, pa.string())


def is_missing(target: Target, column: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Which rows have no label."""
    import pyarrow.compute as pc

    if target.type == "number":
        return ~np.isfinite(_numbers(column))
    if target.type == "labels":
        return np.asarray(pc.is_null(column))
    return np.asarray(pc.is_null(class_texts(column)))


def _switches(target: Target, column: pa.ChunkedArray) -> NDArray[np.float32] | None:
    """Labels that are 0 and 1, or false and true, without a detour by way of texts; None if they are not."""
    import pyarrow as pa

    kind = column.type
    is_switch = pa.types.is_boolean(kind) and target.classes == ("false", "true")
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if not is_switch and not (is_number and target.classes == ("0", "1")):
        return None
    numbers = _numbers(column)
    is_known = np.isnan(numbers) | (numbers == 0.0) | (numbers == 1.0)
    return numbers.astype(np.float32) if is_known.all() else None


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers = np.asarray(pc.cast(column, pa.float64()).fill_null(np.nan), dtype=np.float64)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _indices(target: Target, column: pa.ChunkedArray) -> NDArray[np.int64]:
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = class_texts(column)
    known = pa.array(target.classes or (), pa.string())
    found = pc.index_in(texts, value_set=known, skip_nulls=True)
    indices = np.asarray(found.fill_null(MISSING), dtype=np.int64)
    if found.null_count > texts.null_count:
        strange = pc.unique(texts.filter(pc.and_(pc.is_null(found), pc.is_valid(texts))))
        raise unknown_classes(target, strange.to_pylist())
    return indices


def _memberships(target: Target, column: pa.ChunkedArray) -> NDArray[np.float32]:
    import pyarrow as pa
    import pyarrow.compute as pc

    members = np.zeros((len(column), len(target.classes or ())), np.float32)
    first = 0
    for chunk in column.chunks:
        rows = np.asarray(pc.list_parent_indices(chunk), dtype=np.int64)
        texts = pa.chunked_array([pc.list_flatten(chunk)])
        classes = _indices(target, texts)
        is_known = classes != MISSING
        members[first + rows[is_known], classes[is_known]] = 1.0
        members[first + np.flatnonzero(np.asarray(pc.is_null(chunk)))] = np.nan
        first += len(chunk)
    return members


def unknown_classes(target: Target, values: Sequence[str]) -> InvalidData:
    """What is wrong when a table has classes that a model does not know."""
    return InvalidData(unknown_classes_problem(target, values))


def unknown_classes_problem(target: Target, values: Sequence[str], *, part: str = "") -> Diagnostic:
    """The problem of :func:`unknown_classes`, of one part of a table."""
    where = f" in the part {part!r}" if part else ""
    return Diagnostic(
        code="T333",
        message=f"column {target.column!r} has classes{where} that the training part does not have: "
        + listed(sorted(values)),
        expected=listed(target.classes or ()),
        fix="Leave those rows out, or list all `classes` of the target",
    )


def listed(names: Sequence[str]) -> str:
    """Names for people; only the first of many."""
    return ", ".join(map(repr, names[:_SHOWN])) + (" …" if len(names) > _SHOWN else "")


def outputs_of(targets: Sequence[Target]) -> tuple[int, ...]:
    """How many numbers a network gives for each target."""
    return tuple(target.outputs for target in targets)


def flat_texts(target: Target, column: pa.ChunkedArray) -> Iterator[pa.ChunkedArray]:
    """Texts of all values of a column of classes: of lists, of their elements."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if target.type != "labels":
        yield class_texts(column)
        return
    for chunk in column.chunks:
        yield class_texts(pa.chunked_array([pc.list_flatten(chunk)]))
