"""What a merge takes from each table, and which columns that gives. Known before any row is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import model_validator

from netloom.core.column_names import ColumnOf
from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.settings import NonEmptyText, NonNegativeInt, Settings
from netloom.tables.columns import Column
from netloom.tables.extraction import Extraction
from netloom.tables.known_table import UNKNOWN, columns_missing, placed

_MOMENTS = ("date", "timestamp")


class AsOf(Settings):
    """Of the rows with a key, the newest one that is not younger than the row of the seed.

    So nothing is known earlier than it was: a row of the seed gets what was true at its own moment.

    Attributes:
        column: Moment of the table's rows: a date or timestamp. Together with the keys it must be unique.
        seed_column: Moment of the seed's rows, of the same type.
        same_moment: Whether a row of exactly that moment will do; if not, only older ones.
        at_most_days: Older rows will not do; empty for no such limit.
        at_most_seconds: The same for timestamps.
    """

    column: Annotated[NonEmptyText, ColumnOf("tables")]
    seed_column: Annotated[NonEmptyText, ColumnOf("seed")]
    same_moment: bool = True
    at_most_days: NonNegativeInt | None = None
    at_most_seconds: NonNegativeInt | None = None

    @model_validator(mode="after")
    def _one_limit(self) -> AsOf:
        if self.at_most_days is not None and self.at_most_seconds is not None:
            raise ValueError("say `at_most_days` or `at_most_seconds`, not both")
        return self

    @property
    def at_most_microseconds(self) -> int | None:
        """The oldest age that will do."""
        if self.at_most_days is not None:
            return self.at_most_days * 86_400_000_000
        return None if self.at_most_seconds is None else self.at_most_seconds * 1_000_000


class MergedTable(Settings):
    """What is taken from one of the tables that are merged.

    Attributes:
        query: A SELECT on the table, which is called `rows`; empty takes it as it is.
        keys: What keys are called in this table, by what they are called in the seed; others have the same
            name.
        columns: Only these columns; none takes all but the keys and the column of `as_of`.
        prefix: Put before the names of its columns.
        empty: Whether a table without rows is an error.
        as_of: Find rows by their moment, too: the newest one that is not younger than the row of the seed.
    """

    query: Extraction | None = None
    keys: dict[NonEmptyText, NonEmptyText] = {}  # noqa: RUF012 - pydantic copies it
    columns: tuple[Annotated[NonEmptyText, ColumnOf("tables")], ...] = ()
    prefix: str = ""
    empty: Literal["error", "allow"] = "error"
    as_of: AsOf | None = None


@dataclass(frozen=True, slots=True)
class MergedColumns:
    """Columns that one table adds, as far as its own are known.

    Attributes:
        number: Of the table, from 1; 0 is the seed.
        keys: What the seed's keys are called in it, in their order.
        taken: Names of the columns that are taken, and what they become.
        columns: Those columns under their new names.
    """

    number: int
    keys: tuple[str, ...]
    taken: Mapping[str, str]
    columns: tuple[Column, ...]

    @property
    def title(self) -> str:
        """What the table is called in messages."""
        return f"table {self.number}" if self.number else "the seed"


def unique_columns(keys: Sequence[str], wishes: Sequence[MergedTable]) -> tuple[str, ...]:
    """Columns of the seed that tell its rows apart: the keys, and the moments by which rows are found."""
    moments = [wish.as_of.seed_column for wish in wishes if wish.as_of is not None]
    return tuple(dict.fromkeys([*keys, *moments]))


def seed_problems(columns: Sequence[Column], keys: Sequence[str]) -> Iterator[Diagnostic]:
    """What stands against merging with a seed of these columns."""
    yield from placed(columns_missing(keys, columns, name="the seed", setting="keys"), "keys")
    for key in keys:
        kind = _type_of(key, columns)
        if kind == "number" or kind.startswith(("list<", "map<")):
            yield Diagnostic(
                code="T161",
                message=f"{key!r} cannot be a key: it holds {kind}",
                place=Place(setting="keys"),
                expected="integers, decimals, texts, booleans, dates or timestamps",
                fix="Turn it into one of these with SQL, or choose other keys",
            )


def merged_columns(
    number: int, columns: Sequence[Column], wish: MergedTable, *, keys: Sequence[str]
) -> MergedColumns:
    """What a table with these columns (those of its query's answer, if it has one) adds."""
    own = tuple(wish.keys.get(key, key) for key in keys)
    hidden = own if wish.as_of is None else (*own, wish.as_of.column)
    names = wish.columns or [column.name for column in columns if column.name not in hidden]
    taken = {name: wish.prefix + name for name in names}
    found = {column.name: column for column in columns}
    added = [
        replace(found[name], name=new) if name in found else Column(new, UNKNOWN)
        for name, new in taken.items()
    ]
    return MergedColumns(number, own, taken, tuple(added))


def table_problems(
    number: int,
    columns: Sequence[Column],
    wish: MergedTable,
    *,
    seed: Sequence[Column],
    keys: Sequence[str],
) -> Iterator[Diagnostic]:
    """What stands against joining a table with these columns to a seed with those."""
    title, path = f"table {number}", f"sources.{number - 1}"
    own = [wish.keys.get(key, key) for key in keys]
    no_keys = columns_missing(own, columns, name=title, setting=f"keys of {title}")
    yield from placed(no_keys, f"{path}.keys" if wish.keys else "keys")
    missing = columns_missing(wish.columns, columns, name=title, setting="columns")
    yield from placed(missing, f"{path}.columns")
    for key, other in zip(keys, own):
        want, have = _type_of(key, seed), _type_of(other, columns)
        if UNKNOWN not in (want, have) and want != have:
            yield Diagnostic(
                code="T162",
                message=f"the key {other!r} of {title} holds {have}, that of the seed {want}",
                place=Place(setting=f"{path}.keys" if wish.keys else "keys"),
                fix=f"Turn it into {want} with a `query`, or give its source `types`",
            )
    for unknown in [key for key in wish.keys if key not in keys]:
        yield Diagnostic(
            code="T167",
            message=f"`keys` of {title} renames {unknown!r}, which is no key of the merge",
            place=Place(setting=f"{path}.keys"),
            expected=", ".join(keys),
            fix="Name it in the `keys` of the merge, too, or take it away",
        )
    if wish.as_of is not None:
        yield from _moment_problems(wish.as_of, title, f"{path}.as_of", columns, seed)


def collisions(tables: Sequence[MergedColumns]) -> Iterator[Diagnostic]:
    """Columns that would have one name, the seed's among them."""
    owners: dict[str, MergedColumns] = {}
    for table in tables:
        for name in table.taken.values():
            owner = owners.setdefault(name.lower(), table)
            if owner is not table:
                yield Diagnostic(
                    code="T163",
                    message=f"{owner.title} and {table.title} both have a column {name!r}",
                    place=Place(setting=f"sources.{table.number - 1}"),
                    fix=f"Give {table.title} a `prefix`, or leave the column out with `columns`",
                )


def too_many_sources(described: int, connected: int) -> Iterator[Diagnostic]:
    """If ``sources`` says something of tables that there are not."""
    if described > connected:
        yield Diagnostic(
            code="T160",
            message=f"`sources` says something of {described} tables, but {connected} are connected",
            place=Place(setting="sources"),
            fix="Connect the tables, or shorten `sources`",
        )


def _moment_problems(
    as_of: AsOf, title: str, path: str, columns: Sequence[Column], seed: Sequence[Column]
) -> Iterator[Diagnostic]:
    missing = columns_missing([as_of.column], columns, name=title, setting="as_of.column")
    yield from placed(missing, f"{path}.column")
    absent = columns_missing(
        [as_of.seed_column], seed, name="the seed", setting="as_of.seed_column"
    )
    yield from placed(absent, f"{path}.seed_column")
    have, want = _type_of(as_of.column, columns), _type_of(as_of.seed_column, seed)
    if UNKNOWN in (have, want):
        return
    if have != want or have not in _MOMENTS:
        yield Diagnostic(
            code="T168",
            message=f"rows of {title} cannot be found by their moment: {as_of.column!r} holds {have}, "
            f"{as_of.seed_column!r} of the seed {want}",
            place=Place(setting=f"{path}.column"),
            expected="two dates, or two timestamps",
            fix="Turn one into the type of the other with a `query`; a date is no moment of a day",
        )
    elif have == "date" and as_of.at_most_seconds is not None:
        yield Diagnostic(
            code="T168",
            message=f"{as_of.column!r} of {title} holds dates, whose age has no seconds",
            place=Place(setting=f"{path}.at_most_seconds"),
            fix="Say `at_most_days`",
        )


def _type_of(name: str, columns: Sequence[Column]) -> str:
    return next((column.type for column in columns if column.name == name), UNKNOWN)
