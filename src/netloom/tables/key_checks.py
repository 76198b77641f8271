"""Keys: whether they tell the rows of a table apart, and what is done about rows they do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from netloom.core.errors import InvalidData
from netloom.tables.columns import Column
from netloom.tables.engines.engine import TableEngine

OnWrong = Literal["error", "drop"]
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class KeyFaults:
    """How many rows have bad keys.

    Attributes:
        nulls: Rows with a null in a key.
        duplicates: Rows beyond the first with a key.
    """

    nulls: int
    duplicates: int


def checked_keys(
    view: str,
    columns: Sequence[Column],
    keys: Sequence[str],
    *,
    engine: TableEngine,
    title: str,
    on_null: OnWrong,
    on_duplicates: OnWrong,
) -> tuple[KeyFaults, str]:
    """Faults of a view's keys, and what stands for the view without the rows that have them.

    Of rows with one key the first stays, when they are put in the order of their other columns.

    Args:
        columns: The view's.
        title: What the table is called in messages.

    Returns:
        The faults, and the view's name or a query in parentheses.

    Raises:
        InvalidData: There are faults that are not to be dropped; examples are named.
    """
    quoted = engine.sql.identifier
    source = quoted(view)
    any_null = " OR ".join(f"{quoted(key)} IS NULL" for key in keys)
    listed = ", ".join(quoted(key) for key in keys)
    nulls = engine.rows(f"SELECT COUNT(*) AS n FROM {source} WHERE {any_null}")["n"][0].as_py()
    if nulls and on_null == "error":
        raise InvalidData.of(
            f"in {title}, rows with a null in {', '.join(keys)}: {nulls}",
            code="T165",
            fix="Mend the data, or say on_null_keys: drop",
        )
    repeated = (
        f"SELECT {listed}, COUNT(*) AS n FROM {source} WHERE NOT ({any_null}) "
        f"GROUP BY {listed} HAVING COUNT(*) > 1"
    )
    total = engine.rows(f"SELECT SUM(n - 1) AS extra FROM ({repeated}) r")["extra"][0].as_py()
    duplicates = int(total or 0)
    if duplicates and on_duplicates == "error":
        examples = engine.rows(f"{repeated} ORDER BY {listed} LIMIT {_EXAMPLES}").to_pylist()
        shown = "; ".join(
            ", ".join(f"{key} = {row[key]!s}" for key in keys) + f" ({row['n']} rows)"
            for row in examples
        )
        raise InvalidData.of(
            f"in {title}, rows with a key that an earlier one has: {duplicates}, such as {shown}",
            code="T166",
            fix="Make the keys unique with SQL (GROUP BY), or say on_duplicates: drop",
        )
    faults = KeyFaults(nulls, duplicates)
    names = ", ".join(quoted(column.name) for column in columns)
    if duplicates:
        return faults, f"({_first_of_each(source, columns, keys, any_null, engine)})"
    if nulls:
        return faults, f"(SELECT {names} FROM {source} WHERE NOT ({any_null}))"
    return faults, view


def _first_of_each(
    source: str,
    columns: Sequence[Column],
    keys: Sequence[str],
    any_null: str,
    engine: TableEngine,
) -> str:
    quoted = engine.sql.identifier
    names = ", ".join(quoted(column.name) for column in columns)
    others = [c for c in columns if c.name not in keys and not c.type.startswith("map<")]
    order = ", ".join(f"{quoted(column.name)} ASC NULLS LAST" for column in others) or ", ".join(
        quoted(key) for key in keys
    )
    partition = ", ".join(quoted(key) for key in keys)
    number = quoted("__number")
    return (
        f"SELECT {names} FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY {partition} ORDER BY {order}) "
        f"AS {number} FROM {source} WHERE NOT ({any_null})) numbered WHERE {number} = 1"
    )
