"""Encoded images in Arrow IPC files: mapped into memory and picked by row, without copying."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_FILE_MAGIC = b"ARROW1"


class ImageCells:
    """The cells of an image column, by row. Not picklable: a process maps its own."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        self._chunks = [encoded_images(chunk) for chunk in column.chunks]
        self._ends = list(accumulate(len(chunk) for chunk in self._chunks))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, row: int) -> memoryview:
        """Content of an image file; empty where there is none.

        Raises:
            IndexError: There are fewer rows.
        """
        number = bisect_right(self._ends, row)
        start = self._ends[number - 1] if number else 0
        content = self._chunks[number][row - start].as_buffer()
        return memoryview(b"" if content is None else content)


def open_arrow(path: Path) -> pa.Table:
    """The table in an Arrow IPC file, in the random-access or the streaming form.

    Raises:
        ValueError: It is no such file, or damaged; the message says why.
        OSError: It cannot be read.
    """
    import pyarrow as pa

    with path.open("rb") as stream:
        is_file_form = stream.read(len(_FILE_MAGIC)) == _FILE_MAGIC
    # Threads of Arrow would outlive the job and would not survive a fork.
    options = pa.ipc.IpcReadOptions(use_threads=False)
    try:
        source = pa.memory_map(str(path))
        if is_file_form:
            return pa.ipc.open_file(source, options=options).read_all()
        return pa.ipc.open_stream(source, options=options).read_all()
    except pa.ArrowException as error:
        raise ValueError(f"it is no Arrow file, or damaged: {first_line(error)}") from error


def encoded_images(cells: pa.Array) -> pa.Array:
    """The bytes of an image column's cells: binary, or structs with a field ``bytes``.

    Raises:
        ValueError: The column holds something else, or its offsets lead out of the file.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not holds_images(cells.type):
        raise ValueError(f"its images are {cells.type}, not bytes")
    content = pc.struct_field(cells, "bytes") if pa.types.is_struct(cells.type) else cells
    try:
        content.validate(full=True)
    except pa.ArrowInvalid as error:
        raise ValueError(f"it is damaged: {first_line(error)}") from error
    return content


def holds_images(kind: pa.DataType) -> bool:
    """Whether a column of this type can hold encoded images.

    >>> import pyarrow as pa
    >>> kinds = [pa.binary(), pa.struct({"bytes": pa.binary()}), pa.string(), pa.int64()]
    >>> sum(holds_images(kind) for kind in kinds)
    2
    """
    import pyarrow as pa

    if pa.types.is_struct(kind):
        position = kind.get_field_index("bytes")
        return position >= 0 and holds_images(kind.field(position).type)
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


def first_line(error: Exception) -> str:
    """What an Arrow error says, without the details that follow."""
    return (str(error).splitlines() or [type(error).__name__])[0]
