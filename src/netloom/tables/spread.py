"""How the values of a column are spread, in few numbers that fit into a small picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from netloom.tables.columns import SCALARS, Column

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

BARS = 24
_MOST_VALUES = 8
_LONGEST_VALUE = 60


@dataclass(frozen=True, slots=True)
class Spread:
    """The values of a column, counted.

    Attributes:
        missing: How many are null.
        not_a_number: How many are NaN or infinite.
        empty: How many are empty texts, lists or maps.
        distinct: How many different values there are; None where they are not counted.
        of: Whether the numbers below are of the values themselves or, for lists and maps, of their lengths.
        low: The smallest, as a number or, for days and times, as a text.
        high: The largest.
        mean: Of numbers.
        bars: How many lie in each of equally wide ranges from ``low`` to ``high``.
        values: The most frequent ones, and how often they occur.
    """

    missing: int
    not_a_number: int = 0
    empty: int = 0
    distinct: int | None = None
    of: Literal["values", "lengths"] = "values"
    low: float | str | None = None
    high: float | str | None = None
    mean: float | None = None
    bars: tuple[int, ...] = ()
    values: tuple[tuple[str, int], ...] = ()


def spread_of(values: pa.ChunkedArray, column: Column) -> Spread:
    """Count the values of a column."""
    import pyarrow.compute as pc

    missing = values.null_count
    if column.is_nested:
        lengths = _lengths(values)
        numbers = lengths.astype(float)
        found = _ranges(numbers, are_whole=True)
        return Spread(missing, empty=int((lengths == 0).sum()), of="lengths", **found)
    if column.type == "bytes":
        empty = pc.sum(pc.equal(pc.binary_length(values), 0)).as_py() or 0
        return Spread(missing, empty=int(empty))
    if not column.is_numeric and column.type not in SCALARS:
        return Spread(missing)
    counts = pc.value_counts(values.combine_chunks())
    distinct = len(counts) - (1 if missing else 0)
    if column.is_numeric:
        return _of_numbers(values, missing, distinct, are_whole=column.type == "integer")
    if column.type in ("date", "timestamp"):
        return _of_times(values, missing, distinct)
    frequent = _most_frequent(counts)
    empty = next((count for value, count in frequent if value == ""), 0)
    shown = tuple((_cut(value), count) for value, count in frequent[:_MOST_VALUES])
    return Spread(missing, empty=empty, distinct=distinct, values=shown)


def _of_numbers(values: pa.ChunkedArray, missing: int, distinct: int, *, are_whole: bool) -> Spread:
    import numpy as np

    numbers = _as_floats(values)
    finite = numbers[np.isfinite(numbers)]
    return Spread(
        missing,
        not_a_number=len(numbers) - len(finite),
        distinct=distinct,
        mean=float(finite.mean()) if len(finite) else None,
        **_ranges(finite, are_whole=are_whole),
    )


def _of_times(values: pa.ChunkedArray, missing: int, distinct: int) -> Spread:
    import pyarrow as pa
    import pyarrow.compute as pc

    ends = pc.min_max(values).as_py()
    is_day = pa.types.is_date32(values.type)
    found = _ranges(_as_floats(values.cast(pa.int32() if is_day else pa.int64())), are_whole=is_day)
    found |= {"low": _time_text(ends["min"]), "high": _time_text(ends["max"])}
    return Spread(missing, distinct=distinct, **found)


def _time_text(moment: Any) -> str | None:
    return None if moment is None else str(moment).removesuffix("+00:00")


def _ranges(numbers: NDArray[np.float64], *, are_whole: bool) -> dict[str, Any]:
    """Ends of finite numbers, and how many lie in each range between them.

    Ranges of whole numbers hold equally many of these, or some bars would be higher for no reason.
    """
    import numpy as np

    if not len(numbers):
        return {}
    low, high = float(numbers.min()), float(numbers.max())
    bars, start, end = BARS, low, high
    if are_whole:
        width = -(-(high - low + 1) // BARS)
        bars = int(-(-(high - low + 1) // width))
        start, end = low - 0.5, low - 0.5 + bars * width
    if start >= end or not np.isfinite(end - start):
        counts: tuple[int, ...] = (len(numbers),) if low == high else ()
    else:
        counts = tuple(np.histogram(numbers, bins=bars, range=(start, end))[0].tolist())
    return {"low": low, "high": high, "bars": counts}


def _as_floats(values: pa.ChunkedArray) -> NDArray[np.float64]:
    """Everything that is not null."""
    import pyarrow as pa

    found: NDArray[np.float64] = (
        values.drop_null().cast(pa.float64(), safe=False).to_numpy().astype(float, copy=False)
    )
    return found


def _lengths(values: pa.ChunkedArray) -> NDArray[np.int64]:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    known = values.drop_null()
    if pa.types.is_map(values.type):
        lengths = [np.diff(chunk.offsets.to_numpy()) for chunk in known.chunks]
        return np.concatenate([np.zeros(0, np.int64), *lengths]).astype(np.int64)
    found: NDArray[np.int64] = pc.list_value_length(known).to_numpy().astype(np.int64)
    return found


def _most_frequent(counts: pa.StructArray) -> list[tuple[str, int]]:
    """Values as texts, the most frequent first; of equally frequent ones in their own order."""
    pairs = [
        (_text(entry["values"]), entry["counts"])
        for entry in counts.to_pylist()
        if entry["values"] is not None
    ]
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
