"""What is known of a table before it exists: its columns, and which of them are keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from netloom.core.diagnostics import Diagnostic, Place, did_you_mean
from netloom.tables.columns import Column

UNKNOWN = ""
"""Type of a column of which only the name is known."""
_MOST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class KnownTable:
    """A table before it exists.

    Attributes:
        columns: All of them, in order.
        keys: Columns that tell rows apart; None if it is not known whether any do.
        date: The day whose data it has, as ``2026-01-31``; empty if it has none, None if that is not known.
        features: Checksum of the feature map that encoded it, or "" for one that is not fitted yet; None if
            no map is known to have.
    """

    columns: tuple[Column, ...]
    keys: tuple[str, ...] | None = ()
    date: str | None = ""
    features: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def has_all_types(self) -> bool:
        """Whether the type of each column is known."""
        return all(column.type != UNKNOWN for column in self.columns)

    def column(self, name: str) -> Column | None:
        """The column of this name, if there is one."""
        return next((column for column in self.columns if column.name == name), None)

    def type_of(self, name: str) -> str:
        """The type of a column; UNKNOWN if there is none, or it is not known."""
        found = self.column(name)
        return found.type if found else UNKNOWN

    def with_columns(self, columns: Iterable[Column]) -> KnownTable:
        """The same with other columns."""
        return replace(self, columns=tuple(columns))


def columns_missing(
    wanted: Sequence[str], columns: Sequence[Column], *, name: str = "the table", setting: str
) -> Iterator[Diagnostic]:
    """A diagnostic for each of the ``wanted`` that is not among ``columns``.

    Args:
        name: What the table is called in messages.
        setting: What names them.
    """
    known = [column.name for column in columns]
    for each in dict.fromkeys(wanted):
        if each not in known:
            yield Diagnostic(
                code="T103",
                message=f"{name} has no column {each!r}, which `{setting}` names",
                expected=shown_names(known),
                fix=did_you_mean(each, known) or "Name columns that the table has",
            )


def shown_names(names: Sequence[str]) -> str:
    """Names as a diagnostic lists them; not more than a person reads."""
    return ", ".join(names[:_MOST_SHOWN]) + (" …" if len(names) > _MOST_SHOWN else "")


def placed(problems: Iterable[Diagnostic], setting: str) -> Iterator[Diagnostic]:
    """Problems with the setting at fault, by its dotted path."""
    return (replace(problem, place=Place(setting=setting)) for problem in problems)
