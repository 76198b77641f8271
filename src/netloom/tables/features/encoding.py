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
from netloom.tables.columns import Column, arrow_type, decimal_digits
from netloom.tables.engines.engine import TableEngine
from netloom.tables.features.encode_query import EncodeQuery
from netloom.tables.features.feature_map import FIRST_VALUE, FeatureMap, IdFeature, Output
from netloom.tables.table import TableFiles

if TYPE_CHECKING:
    import pyarrow as pa

CHECKSUM_KEY = "netloom.feature_map"
"""Key in the footer of every encoded file: the checksum of the map that encoded it."""
_SOURCE = "table_to_encode"


def encode_table(
    engine: TableEngine,
    files: TableFiles,
    feature_map: FeatureMap,
    folder: Path,
    *,
    scratch: Path,
    rows_per_file: int | None = None,
) -> int:
    """Write the encoded table as Parquet files into a new folder; returns how many rows.

    Keys and labels are as they were, and come first; labels that the table does not have are left out. Other
    columns are those of :meth:`FeatureMap.outputs`.

    Args:
        scratch: Folder for vocabularies, until this returns.

    Raises:
        InvalidData: The table lacks columns of the map, or has other types.
    """
    query = encode_sql(engine, files, feature_map, scratch=scratch)
    metadata = {CHECKSUM_KEY: feature_map.checksum}
    if engine.dialect == "duckdb":
        metadata["ARROW:schema"] = _as_metadata(encoded_schema(feature_map, files.columns))
    return engine.write(query, folder, rows_per_file=rows_per_file, metadata=metadata)


def encode_sql(
    engine: TableEngine, files: TableFiles, feature_map: FeatureMap, *, scratch: Path
) -> str:
    """The query that encodes; everything it names is bound to the engine."""
    problems = mismatches(feature_map, files.columns)
    if problems:
        raise InvalidData(*problems)
    engine.bind(_SOURCE, files)
    for name, feature, offset in _vocabularies(feature_map):
        path = scratch / f"{name}.parquet"
        _write_vocabulary(path, feature, offset)
        columns = (Column("value", "text"), Column("id", "integer"))
        engine.bind(name, TableFiles((str(path),), columns))
    present = {column.name for column in files.columns}
    labels = [label.name for label in feature_map.labels if label.name in present]
    query = EncodeQuery(engine.dialect, source=_SOURCE, vocabulary_name=vocabulary_name)
    return query.text(feature_map, labels)


def mismatches(feature_map: FeatureMap, columns: Sequence[Column]) -> list[Diagnostic]:
    """Everything for which a table with these columns cannot be encoded with a map."""
    types = {column.name: column.type for column in columns}
    wanted = {feature.column: feature.column_type for feature in feature_map.features()}
    keys = {key.name: key.type for key in feature_map.keys}
    missing = [name for name in {**keys, **wanted} if name not in types]
    problems = []
    if missing:
        problems.append(
            Diagnostic(
                code="T311",
                message=f"the table lacks columns of the feature map: {', '.join(map(repr, missing))}",
                expected="every column that the map was fitted on; only labels may be missing",
                got=", ".join(list(types)[:40]) + (" …" if len(types) > 40 else ""),
                fix="Add the columns, or fit a map on this table and train again",
            )
        )
    exact = {feature.column for feature in feature_map.features() if isinstance(feature, IdFeature)}
    for name, type in wanted.items():
        got = types.get(name, type)
        if got != type and (name in exact or _family(got) != _family(type)):
            problems.append(
                Diagnostic(
                    code="T312",
                    message=f"column {name!r} has another type than when the feature map was fitted",
                    expected=type,
                    got=got,
                    fix="Make the column what it was where the table is made, or fit a map on this table",
                )
            )
    return problems


def _family(type: str) -> str:
    """Types between which a number may change without another meaning."""
    if type in ("integer", "number") or decimal_digits(type):
        return "number"
    outer, separator, inner = type.partition("<")
    return f"{outer}<{_family(inner.rstrip('>').split(', ')[-1])}" if separator else type


def encoded_schema(feature_map: FeatureMap, columns: Sequence[Column]) -> pa.Schema:
    """Arrow schema of what a table with these columns becomes."""
    import pyarrow as pa

    types = {column.name: column.type for column in columns}
    kept = [column.name for column in (*feature_map.keys, *feature_map.labels)]
    return pa.schema(
        [
            *(pa.field(name, arrow_type(types[name])) for name in kept if name in types),
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
