"""How files of tables are written: settings, one class for each format."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netloom.core.settings import NonEmptyText, NonNegativeInt, PositiveInt, Settings


class Parquet(Settings):
    """Parquet files."""

    type: Literal["parquet"] = "parquet"


class Csv(Settings):
    """Texts with separators: CSV, TSV and their relatives, also compressed.

    Attributes:
        separator: Between the columns; empty finds it out.
        skip: Lines before the names of the columns, or before the first row; empty finds it out.
        header: Whether the first line has the names of the columns; empty finds it out.
        null: What stands for a missing value, besides nothing at all.
        encoding: How characters are written.
    """

    type: Literal["csv"] = "csv"
    separator: NonEmptyText | None = None
    skip: NonNegativeInt | None = None
    header: bool | None = None
    null: NonEmptyText | None = None
    encoding: Literal["utf-8", "utf-16", "latin-1"] = "utf-8"


class JsonLines(Settings):
    """One JSON object on each line, also compressed."""

    type: Literal["jsonl"] = "jsonl"


class Orc(Settings):
    """ORC files."""

    type: Literal["orc"] = "orc"


class Delta(Settings):
    """A Delta Lake table, as of now or of an earlier version.

    Attributes:
        version: An earlier version of the table; empty is the newest.
    """

    type: Literal["delta"] = "delta"
    version: Annotated[int, Field(ge=0)] | None = None


class TfRecord(Settings):
    """TFRecord files of `tf.train.Example` messages, plain or gzip-compressed.

    Attributes:
        sample: From so many records the columns and their types are found out.
    """

    type: Literal["tfrecord"] = "tfrecord"
    sample: PositiveInt = 10_000


TableFormat = Annotated[
    Parquet | Csv | JsonLines | Orc | Delta | TfRecord, Field(discriminator="type")
]

SUFFIXES: dict[str, tuple[str, ...]] = {
    "parquet": (".parquet", ".parq", ".pq"),
    "csv": (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".csv.zst", ".tsv.zst"),
    "jsonl": (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz", ".jsonl.zst"),
    "orc": (".orc",),
    "tfrecord": (".tfrecord", ".tfrecords", ".tfr", ".tfrecord.gz"),
}
"""Names of files by which a folder is searched; a file named by itself may be called anything."""

ColumnType = Annotated[
    str,
    Field(
        pattern=r"^(list<|map<text, )?"
        r"(integer|number|text|boolean|date|timestamp|bytes|decimal\(\d+, \d+\))>?$"
    ),
]
"""A logical type as a person writes it."""
