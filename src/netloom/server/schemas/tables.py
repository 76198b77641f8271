"""A closer look at a table that a node made."""

from __future__ import annotations

from typing import Literal

from netloom.server.reader_language import Worded
from netloom.server.schemas.wire import Answer, JsonValue


class FrequentValue(Answer):
    """A value that a column often has."""

    value: str
    count: int


class ColumnSpread(Answer):
    """How the values of a column are spread in the rows that were looked at."""

    missing: int
    """How many are null."""
    not_a_number: int
    """How many are NaN or infinite."""
    empty: int
    """How many are empty texts, lists or maps."""
    distinct: int | None
    """How many different values there are; null where they are not counted."""
    of: Literal["values", "lengths"]
    """What ends and bars are of: the values, or the lengths of lists and maps."""
    low: float | str | None
    """The smallest: a number or, for days and times, a text."""
    high: float | str | None
    mean: float | None
    bars: list[int]
    """How many lie in each of equally wide ranges between the ends."""
    values: list[FrequentValue]
    """The most frequent ones, where there are no ranges."""


class TableColumn(Answer):
    """A column of a table."""

    name: str
    type: str
    """Its logical type: integer, number, decimal(10, 2), text, list<integer> …"""
    is_key: bool
    is_partition: bool
    """Whether its values are names of folders."""
    spread: ColumnSpread | None
    """Null where it was not looked at."""


class TableLook(Answer):
    """First rows of a table, and how its columns are spread."""

    num_rows: int
    num_columns: int
    """All of them; at most a thousand are described."""
    columns: list[TableColumn]
    rows: list[list[JsonValue]]
    """Cells as they stand below ``columns``.

    Lists, maps, NaN, infinities and whole numbers beyond 2^53 are texts; what is long is cut.
    """
    num_looked_at: int
    """Of how many rows, taken from all over the table, the spreads are."""
    is_far: bool
    """Whether the files are at a URL, where nobody looks at them in passing."""
    keys: list[str]
    date: str
    """The day whose data these are; empty if they have none."""
    location: str
    """Where the files are, if they are not in the workspace."""
    remarks: list[Worded]
