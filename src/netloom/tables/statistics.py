"""Statistics of tables: what is missing, how values are spread, and how far that moved since another day.

Counts are of all rows. Quantiles, distinct values and the most frequent ones need sorting; of more than
``sample`` rows they are of a sample that depends on the values alone, so that it is the same on every engine.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from netloom.tables.columns import Column
from netloom.tables.engines.engine import TableEngine
from netloom.tables.table import written_table

SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
"""Quantiles that are reported."""
DECILES = tuple(number / 10 for number in range(1, 10))
"""Between these a column's values are counted to notice drift."""
MOST_VALUES = 20
_HASHES = 2**32
_DIGITS = 12
_FLOOR = 1e-4
"""Smallest share that drift is computed with: one value more in an empty range is no drift."""


@dataclass(frozen=True, slots=True)
class TableProfile:
    """What is known about the columns of a table, as JSON that can be compared with later days.

    Attributes:
        rows: How many there are.
        columns: For each column its type, counts, and the ranges or values among which shares are counted.
    """

    rows: int
    columns: Mapping[str, Mapping[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """The document."""
        return {"rows": self.rows, "columns": {name: dict(c) for name, c in self.columns.items()}}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> TableProfile:
        """Inverse of :meth:`to_json`."""
        return cls(document["rows"], document["columns"])


def profile_of(
    view: str,
    columns: Sequence[Column],
    rows: int,
    *,
    sample: int,
    scratch: Path,
    engine: TableEngine,
) -> TableProfile:
    """Look at a bound view, in three passes over all rows and some over the sample.

    Args:
        scratch: Where the sample is kept.
    """
    counts = _counts(view, columns, engine)
    _add_moments(counts, view, columns, engine)
    source = _sampled(view, columns, rows, sample=sample, scratch=scratch, engine=engine)
    spread = _quantiles(source, columns, engine)
    found = {}
    for column in columns:
        known: dict[str, Any] = {"type": column.type, **counts[column.name]}
        if column.name in spread:
            known["quantiles"] = spread[column.name][0]
            known["edges"] = sorted(set(spread[column.name][1]) - {None})
        elif not column.is_nested and column.type != "bytes":
            known["values"] = _frequent(source, column, engine)
        if "edges" in known or "values" in known:
            known["shares"] = shares_of(source, column, known, engine=engine)
        if not column.is_nested:
            known["distinct"] = _distinct(source, column, engine)
        found[column.name] = known
    return TableProfile(rows, found)


def drift_from(
    reference: TableProfile,
    view: str,
    columns: Sequence[Column],
    rows: int,
    *,
    sample: int,
    scratch: Path,
    engine: TableEngine,
) -> dict[str, float]:
    """Population stability index of every column that both have in one type: 0 is no drift, 0.25 much."""
    source = _sampled(view, columns, rows, sample=sample, scratch=scratch, engine=engine)
    found = {}
    for column in columns:
        known = reference.columns.get(column.name)
        if known is None or known["type"] != column.type or "shares" not in known:
            continue
        found[column.name] = stability_index(
            known["shares"], shares_of(source, column, known, engine=engine)
        )
    return found


def stability_index(expected: Sequence[float], actual: Sequence[float]) -> float:
    """Population stability index of two lists of shares.

    >>> stability_index([0.5, 0.5], [0.5, 0.5])
    0.0
    """
    pairs = [(max(e, _FLOOR), max(a, _FLOOR)) for e, a in zip(expected, actual, strict=True)]
    return sum((a - e) * math.log(a / e) for e, a in pairs)


def shares_of(
    source: str, column: Column, known: Mapping[str, Any], *, engine: TableEngine
) -> list[float]:
    """Shares of rows that are missing, in each range or of each value, and of none of the values."""
    sql = engine.sql
    quoted = sql.identifier(column.name)
    if "edges" in known:
        number = sql.cast(quoted, "number")
        cases = [f"WHEN NOT COALESCE({number} = {number}, FALSE) OR {sql.is_nan(number)} THEN 0"]
        cases += [
            f"WHEN {number} <= {sql.literal(float(edge))} THEN {place}"
            for place, edge in enumerate(known["edges"], start=1)
        ]
        last = len(known["edges"]) + 1
    else:
        texts = [value for value, _ in known["values"]]
        cases = [f"WHEN {quoted} IS NULL THEN 0"]
        text = sql.cast(quoted, "text")
        cases += [
            f"WHEN {text} = {sql.text(value)} THEN {place}"
            for place, value in enumerate(texts, start=1)
        ]
        last = len(texts) + 1
    answer = engine.rows(
        f"SELECT place, COUNT(*) AS n FROM (SELECT CASE {' '.join(cases)} ELSE {last} END AS place "
        f"FROM {source}) placed GROUP BY place"
    ).to_pylist()
    counts = {row["place"]: row["n"] for row in answer}
    total = sum(counts.values()) or 1
    return [counts.get(place, 0) / total for place in range(last + 1)]


def histogram_of(
    source: str, column: Column, known: Mapping[str, Any], *, bars: int, engine: TableEngine
) -> tuple[float, float, list[int]] | None:
    """Counts in ranges of one width between the 1 % and the 99 % quantile, and these ends."""
    quantiles = known.get("quantiles")
    if not quantiles or quantiles[0] is None:
        return None
    low, high = quantiles[0], quantiles[-1]
    if not low < high:
        return None
    sql = engine.sql
    number = sql.cast(sql.identifier(column.name), "number")
    step = (high - low) / bars
    place = f"CAST(FLOOR(({number} - {sql.literal(low)}) / {sql.literal(step)}) AS INTEGER)"
    answer = engine.rows(
        f"SELECT LEAST({place}, {bars - 1}) AS place, COUNT(*) AS n FROM {source} WHERE "
        f"{number} >= {sql.literal(low)} AND {number} <= {sql.literal(high)} GROUP BY 1"
    ).to_pylist()
    counts = {row["place"]: row["n"] for row in answer}
    return low, high, [counts.get(place, 0) for place in range(bars)]


def _counts(view: str, columns: Sequence[Column], engine: TableEngine) -> dict[str, dict[str, Any]]:
    """Nulls, empty texts and lists, zeros, NaN, infinities and ends; one pass."""
    wanted: list[tuple[str, str, str]] = []
    for column in columns:
        wanted += [(column.name, name, text) for name, text in _aggregates(column, engine)]
    selected = ", ".join(f"{text} AS c{number}" for number, (_, _, text) in enumerate(wanted))
    row = engine.rows(f"SELECT {selected} FROM {engine.sql.identifier(view)}").to_pylist()[0]
    found: dict[str, dict[str, Any]] = {column.name: {} for column in columns}
    for number, (column_name, name, _) in enumerate(wanted):
        found[column_name][name] = _rounded(plain(row[f"c{number}"]))
    return found


def _add_moments(
    counts: Mapping[str, dict[str, Any]], view: str, columns: Sequence[Column], engine: TableEngine
) -> None:
    """Mean and deviation of the finite numbers, scaled so that no square of one is too large."""
    sql = engine.sql
    wanted, scales = [], []
    numeric = [column for column in columns if column.is_numeric]
    for number, column in enumerate(numeric):
        ends = [abs(counts[column.name][end] or 0.0) for end in ("smallest", "largest")]
        scale = 2.0 ** (math.frexp(max(ends))[1] - 1)
        value_sql = sql.cast(sql.identifier(column.name), "number")
        scaled = f"CASE WHEN {sql.is_finite(value_sql)} THEN {value_sql} / {sql.literal(scale)} END"
        wanted.append(f"AVG({scaled}) AS m{number}, STDDEV_POP({scaled}) AS d{number}")
        scales.append(scale)
    if not numeric:
        return
    query = f"SELECT {', '.join(wanted)} FROM {sql.identifier(view)}"
    row = engine.rows(query).to_pylist()[0]
    for number, (column, scale) in enumerate(zip(numeric, scales)):
        for name, key in (("mean", f"m{number}"), ("deviation", f"d{number}")):
            value = row[key]
            counts[column.name][name] = None if value is None else _rounded(value * scale)


def _aggregates(column: Column, engine: TableEngine) -> list[tuple[str, str]]:
    sql = engine.sql
    quoted = sql.identifier(column.name)

    def count(condition: str) -> str:
        return f"COUNT(CASE WHEN {condition} THEN 1 END)"

    found = [("nulls", count(f"{quoted} IS NULL"))]
    if column.type == "text":
        found.append(("empty", count(f"{quoted} = ''")))
    if column.is_nested:
        found.append(("empty", count(f"{sql.length(quoted, column.type)} = 0")))
    if column.is_numeric:
        number = sql.cast(quoted, "number")
        finite = sql.finite(number)
        found.append(("zeros", count(f"{quoted} = 0")))
        if column.type == "number":
            found.append(("not_a_number", count(sql.is_nan(quoted))))
            infinite = f"{sql.literal(math.inf)}, {sql.literal(-math.inf)}"
            found.append(("infinite", count(f"{quoted} IN ({infinite})")))
        found += [
            ("smallest", f"MIN({finite})"),
            ("largest", f"MAX({finite})"),
        ]
    elif column.type in ("date", "timestamp"):
        found += [("smallest", f"MIN({quoted})"), ("largest", f"MAX({quoted})")]
    return found


def _sampled(
    view: str,
    columns: Sequence[Column],
    rows: int,
    *,
    sample: int,
    scratch: Path,
    engine: TableEngine,
) -> str:
    """The view, or one of about ``sample`` of its rows, chosen by their values and kept for all that ask."""
    quoted = engine.sql.identifier
    if rows <= sample:
        return quoted(view)
    exact = [c for c in columns if c.type in ("integer", "text", "date", "boolean")] or [
        c for c in columns if not c.is_nested and c.type != "bytes"
    ]
    texts = [f"COALESCE({engine.sql.cast(quoted(c.name), 'text')}, '')" for c in exact]
    place = engine.sql.hash32(" || '|' || ".join(texts) or "''")
    name, folder = f"{view}_sample", scratch / f"{view}_sample"
    if not folder.exists():
        limit = sample * _HASHES // rows
        engine.write(f"SELECT * FROM {quoted(view)} WHERE {place} < {limit}", folder)
    kept = written_table(f"path:{folder}", lambda _: folder, columns=columns)
    engine.bind(name, kept.files(lambda _: folder))
    return quoted(name)


def _quantiles(
    source: str, columns: Sequence[Column], engine: TableEngine
) -> dict[str, tuple[list[Any], list[Any]]]:
    sql = engine.sql
    numeric = [column for column in columns if column.is_numeric]
    if not numeric:
        return {}
    parts = []
    for number, column in enumerate(numeric):
        value = sql.cast(sql.identifier(column.name), "number")
        parts.append(f"{sql.quantiles(sql.finite(value), (*SHARES, *DECILES))} AS q{number}")
    row = engine.rows(f"SELECT {', '.join(parts)} FROM {source}").to_pylist()[0]
    nothing = [None] * (len(SHARES) + len(DECILES))
    found = {}
    for number, column in enumerate(numeric):
        values = [_rounded(value) for value in row[f"q{number}"] or nothing]
        found[column.name] = (list(values[: len(SHARES)]), list(values[len(SHARES) :]))
    return found


def _frequent(source: str, column: Column, engine: TableEngine) -> list[list[Any]]:
    text = engine.sql.cast(engine.sql.identifier(column.name), "text")
    answer = engine.rows(
        f"SELECT {text} AS value, COUNT(*) AS n FROM {source} WHERE {text} IS NOT NULL GROUP BY 1 "
        f"ORDER BY n DESC, value ASC LIMIT {MOST_VALUES}"
    )
    return [[row["value"], row["n"]] for row in answer.to_pylist()]


def _distinct(source: str, column: Column, engine: TableEngine) -> int:
    quoted = engine.sql.identifier(column.name)
    return int(engine.rows(f"SELECT COUNT(DISTINCT {quoted}) AS n FROM {source}")["n"][0].as_py())


def _rounded(value: Any) -> Any:
    """The last digits depend on the order in which an engine adds."""
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


def plain(value: Any) -> Any:
    """A value of an answer as JSON."""
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date | datetime) else value
