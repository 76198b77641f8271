"""Columns of encoded tables as arrays, sharing Arrow's memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.core.errors import InvalidData
from netloom.tables.features.feature_map import Output

if TYPE_CHECKING:
    import pyarrow as pa

DTYPES: dict[str, np.dtype[Any]] = {
    "float": np.dtype(np.float32),
    "int32": np.dtype(np.int32),
    "int64": np.dtype(np.int64),
}
"""Of elements of an encoded column."""


def matrix_of(lists: pa.Array, output: Output) -> NDArray[Any]:
    """Lists of fixed width as rows of an array, which may not be written to.

    Raises:
        InvalidData: A list has another width.

    >>> import pyarrow as pa
    >>> lists = pa.array([[1.0, 2.0], [3.0, 4.0]], pa.list_(pa.float32(), 2))
    >>> matrix_of(lists, Output("a_numbers", "float", 2)).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    width = output.width or 0
    values = lists.flatten().to_numpy(zero_copy_only=False)
    if lists.null_count or len(values) != len(lists) * width or not _are_equal(lists, width):
        raise InvalidData.of(
            f"column {output.name!r} has lists that are not {output.width} long",
            code="T315",
            fix="Encode the table again",
        )
    matrix: NDArray[Any] = values.astype(DTYPES[output.type], copy=False).reshape(-1, width)
    return matrix


def _are_equal(lists: pa.Array, width: int) -> bool:
    """Whether lists whose lengths have the right sum all have the same."""
    import pyarrow as pa

    if pa.types.is_fixed_size_list(lists.type):
        return True
    offsets = lists.offsets.to_numpy()
    return bool((np.diff(offsets) == width).all())


def elements_of(lists: pa.Array, output: Output) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """All elements of lists of varying length, and where each list begins; they may be written to."""
    offsets = lists.offsets.to_numpy().astype(np.int64)
    values = lists.flatten().to_numpy(zero_copy_only=False)
    return values.astype(DTYPES[output.type], copy=True), offsets - offsets[0]
