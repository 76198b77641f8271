"""Parquet files of one place: that they have the same columns, and whether every engine can read them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from netloom.core.errors import InvalidData
from netloom.tables.columns import Column, columns_of
from netloom.tables.sources.formats import SUFFIXES
from netloom.tables.sources.places import Place, arrow_filesystem

if TYPE_CHECKING:
    import pyarrow as pa

_PARTITION = re.compile(r"([^=/]+)=([^/]*)")


def partitions_of(place: Place) -> tuple[str, ...]:
    """Columns that are in the names of folders, the same in every file's path.

    Raises:
        InvalidData: Files are in folders of different partitions.
    """
    forms = {
        tuple(
            unquote(found[1])
            for part in file.path.split("/")[:-1]
            if (found := _PARTITION.fullmatch(part))
        ): file.path
        for file in place.files
    }
    if len(forms) > 1:
        examples = ", ".join(sorted(forms.values())[:2])
        raise InvalidData.of(
            f"{place.folder} has files in different partitions: {examples}",
            code="T129",
            fix="Name one folder whose files all lie in the same levels of name=value",
        )
    return next(iter(forms), ())


def parquet_columns(
    place: Place, partitions: tuple[str, ...]
) -> tuple[tuple[Column, ...], pa.Schema]:
    """Columns of all files, which must be the same, and the Arrow schema of the first.

    Raises:
        InvalidData: A file is damaged, lacks a column, or has one of another type.
    """
    first: tuple[str, pa.Schema, tuple[Column, ...]] | None = None
    for path, footer in _footers(place):
        schema = footer.schema.to_arrow_schema()
        columns = columns_of(schema, name=path)
        if first is None:
            first = (path, schema, columns)
        elif set(columns) != set(first[2]):
            raise differs(path, columns, first[0], first[2])
    assert first is not None
    extra = tuple(Column(name, "text") for name in partitions)
    # Spark and others leave partition columns out of the files; where they are in both, folders win.
    inner = tuple(column for column in first[2] if column.name not in partitions)
    return (*inner, *extra), first[1]


def parquet_rows(place: Place) -> int:
    """How many rows there are, from the footers."""
    return sum(footer.num_rows for _, footer in _footers(place))


def can_stay(schema: pa.Schema) -> bool:
    """Whether every engine reads these types the same way, so that no copy is needed."""
    return all(_is_plain(field.type) for field in schema)


def _is_plain(kind: pa.DataType) -> bool:
    import pyarrow.types as t

    if t.is_timestamp(kind):
        return kind.unit in ("us", "ms")
    if t.is_list(kind) or t.is_large_list(kind) or t.is_fixed_size_list(kind):
        return _is_plain(kind.value_type)
    if t.is_map(kind):
        return _is_plain(kind.item_type)
    return not (
        t.is_null(kind)
        or t.is_unsigned_integer(kind)
        or t.is_float16(kind)
        or t.is_dictionary(kind)
        or t.is_fixed_size_binary(kind)
    )


def _footers(place: Place) -> Iterator[tuple[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    system = arrow_filesystem(place.folder)
    for path in place.paths:
        inner = path if system is None else path.partition("://")[2]
        try:
            yield path, pq.read_metadata(inner, filesystem=system)
        except (pa.ArrowInvalid, OSError) as error:
            raise InvalidData.of(
                f"{path} is damaged or is no Parquet file: {str(error).splitlines()[0]}",
                code="T128",
                fix=_what_to_do(path),
            ) from error


def _what_to_do(path: str) -> str:
    for form, suffixes in SUFFIXES.items():
        if form != "parquet" and path.lower().endswith(suffixes):
            return f"If it is what its name says, read it with `format: {{type: {form}}}`"
    return "Write it again, or leave it out with a narrower path"


def remarks_on_columns(columns: Sequence[Column], expected: Sequence[Column]) -> Iterator[str]:
    """What columns lack, have in another type, or have besides."""
    have, want = ({c.name: c.type for c in found} for found in (columns, expected))
    for name, kind in want.items():
        if name not in have:
            yield f"{name} is missing"
        elif have[name] != kind:
            yield f"{name} is {have[name]}, not {kind}"
    for name in have:
        if name not in want:
            yield f"{name} is no column of the other"


def differs(
    path: str, columns: tuple[Column, ...], first: str, others: tuple[Column, ...]
) -> InvalidData:
    """The error about files of one source with different columns."""
    return InvalidData.of(
        f"{path} has other columns than {first}: {'; '.join(remarks_on_columns(columns, others))}",
        code="T129",
        fix="Write the files with one schema, or read them as separate sources",
    )
