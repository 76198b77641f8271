"""Rows of an encoded table in memory, from which batches are taken in any order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.tables.encoded_columns import DTYPES, matrix_of
from netloom.tables.features.feature_map import Output
from netloom.tables.row_groups import RowGroups
from netloom.tables.shuffle import Indices, Span, Window

if TYPE_CHECKING:
    import pyarrow as pa


class RowWindow:
    """Rows in memory, counted in the order in which they are to be given.

    Args:
        fixed: Columns of fixed width.
        order: Which of their rows, and in which order.
        table: Columns of varying width and kept ones, in that order.
    """

    def __init__(self, fixed: dict[str, NDArray[Any]], order: Indices, table: pa.Table) -> None:
        self._fixed = fixed
        self._order = order
        self._table = table

    @property
    def rows(self) -> int:
        """How many can be taken."""
        return count_of(self._order)

    def copy_fixed(self, name: str, start: int, stop: int, target: NDArray[Any]) -> None:
        """Copy rows of a column of fixed width."""
        copy_rows(self._fixed[name], _part(self._order, start, stop), target)

    def taken(self, start: int, stop: int) -> pa.Table:
        """Rows of columns of varying width and of kept ones."""
        return self._table.slice(start, stop - start)


class WindowMemory:
    """Memory for a window whose rows are mixed, filled again and again: what is taken from it is copied.

    Rows lie side by side, and each is copied twice, in and out. After the first windows no memory is fetched
    from the system.

    Args:
        capacity: Most rows of a window.
    """

    def __init__(self, outputs: Sequence[Output], kept: Sequence[str], capacity: int) -> None:
        self._outputs = [output for output in outputs if output.width is not None]
        self._fixed = {
            output.name: np.empty((capacity, output.width or 0), DTYPES[output.type])
            for output in self._outputs
        }
        self._others = [*(output.name for output in outputs if output.width is None), *kept]

    def fill(self, window: Window, groups: RowGroups) -> RowWindow:
        """Read the rows of a window; those of the window before are lost."""
        import pyarrow as pa

        others = []
        place = 0
        for span in window.spans:
            for rows, picked in groups.pieces(span):
                stop = place + count_of(picked)
                for output in self._outputs:
                    target = self._fixed[output.name][place:stop]
                    copy_rows(_matrix(rows[output.name], output), picked, target)
                others.append(taken_rows(rows.select(self._others), picked))
                place = stop
        # Files need not agree on whether a column may be null: DuckDB 2 looks whether there is any.
        table = pa.concat_tables(others, promote_options="default").combine_chunks()
        return RowWindow(self._fixed, window.order, taken_rows(table, window.order))


def stored_rows(
    span: Span, groups: RowGroups, outputs: Sequence[Output], kept: Sequence[str]
) -> RowWindow:
    """Rows of one row group as they are stored, without copying them."""
    table, picked = groups.read(span)
    fixed = {
        output.name: _matrix(table[output.name], output)
        for output in outputs
        if output.width is not None
    }
    others = [*(output.name for output in outputs if output.width is None), *kept]
    return RowWindow(fixed, picked, taken_rows(table.select(others).combine_chunks(), picked))


def count_of(picked: Indices) -> int:
    """How many rows are picked."""
    return len(picked) if isinstance(picked, np.ndarray) else int(picked.stop - picked.start)


def copy_rows(rows: NDArray[Any], picked: Indices, target: NDArray[Any]) -> None:
    """Copy the rows that are picked."""
    if isinstance(picked, slice):
        target[:] = rows[picked]
    else:
        # "clip" as nothing is out of range: with "raise" numpy would copy once more.
        np.take(rows, picked, axis=0, out=target, mode="clip")


def taken_rows(table: pa.Table, picked: Indices) -> pa.Table:
    """The rows that are picked."""
    import pyarrow as pa

    if isinstance(picked, slice):
        return table.slice(picked.start, picked.stop - picked.start)
    return table.take(pa.array(picked))


def _matrix(column: pa.ChunkedArray, output: Output) -> NDArray[Any]:
    if column.num_chunks == 1:
        return matrix_of(column.chunk(0), output)
    return np.concatenate([matrix_of(chunk, output) for chunk in column.chunks])


def _part(picked: Indices, start: int, stop: int) -> Indices:
    if isinstance(picked, slice):
        return slice(picked.start + start, picked.start + stop)
    return picked[start:stop]
