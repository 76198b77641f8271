"""Pictures that lie in the rows of Parquet files: their bytes, or the paths of their files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidData, NotFound
from netloom.inference.file_prediction import EncodedPicture, Picture

if TYPE_CHECKING:
    import pyarrow as pa

_COLUMNS = ("image", "path", "file", "bytes", "content", "img")
_ROWS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class TablePictures:
    """The pictures of a Parquet file, read a few at a time; can be gone through again.

    Bytes are called ``table.parquet#12`` (the row); paths start at the current folder.
    """

    table: Path
    column: str

    @classmethod
    def opened(cls, table: Path) -> TablePictures:
        """Find the column: bytes of images (also as the datasets library keeps them), or paths.

        Raises:
            NotFound: There is no such file.
            InvalidData: It is no Parquet file, or has no such column.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            schema = pq.read_schema(table)
        except (FileNotFoundError, IsADirectoryError) as error:
            raise NotFound.of(f"there is no table {table}", fix="Check the file name") from error
        except (pa.ArrowException, OSError) as error:
            raise InvalidData.of(
                f"{table} is no Parquet file", code="I486", fix="Give another file"
            ) from error
        for name in _COLUMNS:
            if name in schema.names and _kind(schema.field(name).type) is not None:
                return cls(table, name)
        raise InvalidData.of(
            f"the table {table} has no column of images",
            code="I486",
            place=Place(file=str(table)),
            expected=f"a column {' or '.join(_COLUMNS)} with bytes of image files, or with their paths",
            got=", ".join(schema.names),
            fix="Rename the column",
        )

    def __len__(self) -> int:
        import pyarrow.parquet as pq

        return int(pq.read_metadata(self.table).num_rows)

    def __iter__(self) -> Iterator[Picture]:
        import pyarrow.parquet as pq

        row = 0
        with pq.ParquetFile(self.table) as file:
            for batch in file.iter_batches(_ROWS_AT_ONCE, columns=[self.column]):
                for value in batch.column(0).to_pylist():
                    yield _picture(value, self.table.with_name(f"{self.table.name}#{row}"))
                    row += 1


@dataclass(frozen=True, slots=True)
class SeveralPictures:
    """Files and tables one after the other."""

    sources: Sequence[Sequence[Path] | TablePictures]

    def __len__(self) -> int:
        return sum(len(source) for source in self.sources)

    def __iter__(self) -> Iterator[Picture]:
        for source in self.sources:
            yield from source


def _kind(type_: pa.DataType) -> str | None:
    """``bytes``, ``path``, ``struct`` of both, or None."""
    from pyarrow import types

    if types.is_binary(type_) or types.is_large_binary(type_):
        return "bytes"
    if types.is_string(type_) or types.is_large_string(type_):
        return "path"
    if types.is_struct(type_) and type_.get_field_index("bytes") >= 0:
        return "struct"
    return None


def _picture(value: object, name: Path) -> Picture:
    if isinstance(value, dict):
        value = value.get("bytes") or value.get("path")
    if isinstance(value, str):
        return Path(value)
    return EncodedPicture(name, value if isinstance(value, bytes) else b"")
