"""Encoding a table with a fitted map: one query that streams, whatever the size of the table.

Vocabularies become small tables that are joined. A list's ids are looked up once for each list that occurs.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import InvalidData
from netloom.tables.columns import Column, arrow_type
from netloom.tables.engines.engine import SMALL, Layout, TableEngine
from netloom.tables.features.encode_query import EncodeQuery
from netloom.tables.features.feature_map import FIRST_VALUE, FeatureMap, IdFeature, Output
from netloom.tables.features.keeping import keeping_problems, kept_columns
from netloom.tables.features.known_map import known_fitted
from netloom.tables.table import TableFiles

if TYPE_CHECKING:
    import pyarrow as pa

    from netloom.tables.engines.duckdb import DuckDBEngine

CHECKSUM_KEY = "netloom.feature_map"
"""Key in the footer of every encoded file: the checksum of the map that encoded it."""
SOURCE = "table_to_encode"
"""Name of the table that :func:`encode_sql` reads; to encode others, bind them to it in turn."""
_GROUP_BYTES = 64 << 20
_ELEMENT_BYTES = 4
_LIKELY_ELEMENTS = 16
_VECTOR_ROWS = 2048
"""DuckDB writes row groups of a multiple of this."""


def encode_table(
    engine: TableEngine,
    files: TableFiles,
    feature_map: FeatureMap,
    folder: Path,
    *,
    scratch: Path,
    keep: Sequence[str] = (),
    rows_per_file: int | None = None,
) -> int:
    """Write the encoded table as Parquet files into a new folder; returns how many rows.

    Keys and what :func:`kept_columns` names are as they were, and come first. Other columns are those of
    :meth:`FeatureMap.outputs`.

    Args:
        keep: Further columns to leave as they are.
        scratch: Folder for vocabularies, until this returns.

    Raises:
        InvalidData: The table lacks columns of the map, or has other types.
    """
    known = known_fitted(feature_map)
    problems = list(keeping_problems(known, files.columns, keep))
    if problems:
        raise InvalidData(*problems)
    kept = kept_columns(known, files.columns, keep)
    query = encode_sql(
        engine, files, feature_map, scratch=scratch, kept=[column.name for column in kept]
    )
    metadata = {CHECKSUM_KEY: feature_map.checksum}
    if engine.dialect == "duckdb":
        metadata["ARROW:schema"] = _as_metadata(_encoded_schema(feature_map, files.columns, kept))
    return engine.write(
        query,
        folder,
        rows_per_file=rows_per_file,
        metadata=metadata,
        layout=Layout(rows_per_group=rows_per_group(feature_map.outputs()), compression="lz4"),
    )


def rows_per_group(outputs: Sequence[Output]) -> int:
    """Rows that readers and writers hold at a time: fewer, where each has many numbers.

    >>> (
    ...     rows_per_group([Output("a_numbers", "float", 5)]),
    ...     rows_per_group([Output("a_ids", "int32", 3000)]),
    ... )
    (122880, 4096)
    """
    width = sum(output.width or _LIKELY_ELEMENTS for output in outputs)
    most = _GROUP_BYTES // (_ELEMENT_BYTES * max(width, 1))
    return max(_VECTOR_ROWS, min(SMALL.rows_per_group, most // _VECTOR_ROWS * _VECTOR_ROWS))


def encode_sql(
    engine: TableEngine,
    files: TableFiles,
    feature_map: FeatureMap,
    *,
    scratch: Path,
    kept: Sequence[str],
) -> str:
    """The query that encodes; everything it names is bound to the engine.

    Args:
        kept: Columns to leave as they are, beside the keys.
    """
    problems = mismatches(feature_map, files.columns)
    if problems:
        raise InvalidData(*problems)
    engine.bind(SOURCE, files)
    for name, feature, offset in _vocabularies(feature_map):
        path = scratch / f"{name}.parquet"
        _write_vocabulary(path, feature, offset)
        columns = (Column("value", "text"), Column("id", "integer"))
        engine.bind(name, TableFiles((str(path),), columns))
    query = EncodeQuery(engine.dialect, source=SOURCE, vocabulary_name=vocabulary_name)
    return query.text(feature_map, kept)


def encode_rows_sql(engine: DuckDBEngine, feature_map: FeatureMap, kept: Sequence[str]) -> str:
    """The query that encodes whatever rows are bound as :data:`SOURCE`; vocabularies are loaded now, once.

    They are looked up by functions of the engine: for a handful of rows, a join would read all of each.

    Args:
        kept: Columns to leave as they are, beside the keys.
    """
    for name, feature, offset in _vocabularies(feature_map):
        values = feature.vocabulary or ()
        engine.bind_ids(name, {text: offset + FIRST_VALUE + n for n, text in enumerate(values)})
    query = EncodeQuery(
        engine.dialect,
        source=SOURCE,
        vocabulary_name=vocabulary_name,
        vocabularies="functions",
    )
    return query.text(feature_map, kept)


def mismatches(feature_map: FeatureMap, columns: Sequence[Column]) -> list[Diagnostic]:
    """Everything for which a table with these columns cannot be encoded with a map."""
    return list(known_fitted(feature_map).mismatches(columns))


def _encoded_schema(
    feature_map: FeatureMap, columns: Sequence[Column], kept: Sequence[Column]
) -> pa.Schema:
    """Arrow schema of what a table with these columns becomes."""
    import pyarrow as pa

    types = {column.name: column.type for column in columns}
    keys = [Column(key.name, types[key.name]) for key in feature_map.keys]
    return pa.schema(
        [
            *(pa.field(column.name, arrow_type(column.type)) for column in (*keys, *kept)),
            *(pa.field(output.name, _list_type(output)) for output in feature_map.outputs()),
        ]
    )


def _list_type(output: Output) -> pa.DataType:
    import pyarrow as pa

    kind = {"float": pa.float32(), "int32": pa.int32(), "int64": pa.int64()}[output.type]
    return pa.list_(kind) if output.width is None else pa.list_(kind, output.width)


def _as_metadata(schema: pa.Schema) -> str:
    """A schema in the form in which Arrow keeps it in a Parquet file: so readers see lists of fixed width."""
    return base64.b64encode(schema.serialize().to_pybytes()).decode()


def vocabulary_name(bucket: int, feature: int) -> str:
    """Name of the table that holds the vocabulary of a bucket's feature."""
    return f"vocabulary_{bucket}_{feature}"


def _vocabularies(feature_map: FeatureMap) -> Iterator[tuple[str, IdFeature, int]]:
    for number, bucket in enumerate(feature_map.buckets):
        for place, (feature, offset) in enumerate(bucket.offsets()):
            if feature.vocabulary is not None:
                yield vocabulary_name(number, place), feature, offset


def _write_vocabulary(path: Path, feature: IdFeature, offset: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    values = feature.vocabulary or ()
    first = offset + FIRST_VALUE
    ids = pa.array(range(first, first + len(values)), pa.int64())
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"value": pa.array(values, pa.string()), "id": ids}), path)
