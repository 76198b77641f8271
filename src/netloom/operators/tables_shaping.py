"""Operators that merge, query, fill and divide tables."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from pydantic import Field

from netloom.core.column_names import ColumnOf
from netloom.core.settings import Fraction, NonEmptyText, Seed
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator
from netloom.operators import table_columns
from netloom.operators.table_engine import engine_of
from netloom.tables.extraction import Extraction
from netloom.tables.fill import FillRule
from netloom.tables.key_checks import OnWrong
from netloom.tables.merge_columns import MergedTable
from netloom.tables.table import WORK_ROWS, Table

_WORKER = Needs(cpus=1)
_PRELOAD = ("pyarrow.parquet", "duckdb")


class Merged(NamedTuple):
    """A merged table and what merging found.

    Attributes:
        table: One row for each row of the seed.
        report: Rows, dropped rows, and for each table the share of rows for which it had something.
    """

    table: Table
    report: dict[str, Any]


class Filled(NamedTuple):
    """A table without gaps.

    Attributes:
        table: The table with values put in.
        fitted: The value of each column, to fill later tables alike.
    """

    table: Table
    fitted: dict[str, Any]


@operator(
    group="tables",
    infer="drop",
    job=_WORKER,
    preload=_PRELOAD,
    foresee=table_columns.merge,
)
def merge(
    seed: Table,
    tables: list[Table],
    *,
    keys: Annotated[tuple[Annotated[NonEmptyText, ColumnOf("seed")], ...], Field(min_length=1)],
    sources: tuple[MergedTable, ...] = (),
    on_null_keys: OnWrong = "error",
    on_duplicates: OnWrong = "error",
    run: RunContext,
) -> Merged:
    """Put columns of several tables beside the rows of a seed table, found by keys.

    Every row of the seed stays (a left outer join); where a table has no row of these keys its columns are
    null. Keys must be unique and without nulls, in the seed too.

    Args:
        seed: The rows of the result.
        tables: Tables whose columns are added, in this order.
        keys: Columns of the seed by which rows are found.
        sources: What is taken from each table, in their order: a query first, other names of keys, some
            columns, a prefix. Tables beyond these are taken as they are.
        on_null_keys: Rows with a null in a key: "error" stops, "drop" leaves them out and counts them.
        on_duplicates: Rows with a key that another row has: "error" stops and names some, "drop" keeps one of
            each and counts the others.

    Returns:
        The merged table, and what was dropped and matched.
    """
    from netloom.tables.merge import Merge

    with engine_of(run) as engine:
        table, report = Merge(keys, sources, on_null_keys, on_duplicates).run(
            seed, tables, engine=engine, resolve=run.resolve, scratch=run.workdir / "scratch"
        )
    run.log(0, {name: float(value) for name, value in report.items()})
    for remark in table.remarks:
        run.note(remark)
    return Merged(table, report)


@operator(
    group="tables",
    infer="drop",
    job=_WORKER,
    preload=_PRELOAD,
    foresee=table_columns.query,
)
def query(
    tables: list[Table],
    *,
    query: Extraction,
    keys: tuple[NonEmptyText, ...] = (),
    run: RunContext,
) -> Table:
    """Make a table from one or several others with one SELECT.

    The SQL is DuckDB's on every engine. The only table is called `rows`; several are called `table_1`,
    `table_2` and so on.

    Args:
        tables: What the SELECT reads.
        query: The SELECT, and values for the places in it.
        keys: Columns that tell rows of the answer apart, if that is known.

    Returns:
        The answer.
    """
    from netloom.tables.columns import require_columns
    from netloom.tables.extraction import query_of
    from netloom.tables.table import written_table

    views = {f"table_{number}": table for number, table in enumerate(tables, start=1)}
    names = {name: name for name in views} | ({"rows": "table_1"} if len(tables) == 1 else {})
    with engine_of(run) as engine:
        for name, table in views.items():
            engine.bind(name, table.files(run.resolve))
        sql = query_of(query, names, engine=engine, day=tables[0].date)
        engine.write(sql, run.resolve(WORK_ROWS))
    made = written_table(WORK_ROWS, run.resolve, keys=keys, date=tables[0].date)
    require_columns(keys, made.columns, name="the answer", setting="keys")
    return made


@operator(
    group="tables",
    infer="drop",
    job=_WORKER,
    preload=_PRELOAD,
    foresee=table_columns.fill,
)
def fill(
    table: Table,
    fitted: dict[str, Any] | None = None,
    *,
    rules: Annotated[tuple[FillRule, ...], Field(min_length=1)],
    exclude: tuple[Annotated[NonEmptyText, ColumnOf("table")], ...] = (),
    run: RunContext,
) -> Filled:
    """Put values in place of missing ones.

    The rule that names a column is taken, else the first one for its type. Means and the like are found in
    this table, or were found in an earlier one.

    Args:
        table: A table with gaps.
        fitted: Values that were found earlier, so that a new day is filled like the day of the training.
        rules: What is put in, for columns and types.
        exclude: Columns that rules for types leave alone.

    Returns:
        The table, and the values.
    """
    from netloom.tables.fill import filling_query, fit_fill, rules_of_columns
    from netloom.tables.table import written_table

    chosen = rules_of_columns(rules, table.columns, exclude)
    with engine_of(run) as engine:
        engine.bind("rows", table.files(run.resolve))
        values = (
            dict(fitted)
            if fitted is not None
            else fit_fill(chosen, table.columns, "rows", engine=engine)
        )
        sql = filling_query(chosen, values, table.columns, "rows", engine=engine)
        engine.write(sql, run.resolve(WORK_ROWS))
    made = written_table(
        WORK_ROWS, run.resolve, keys=table.keys, date=table.date, remarks=table.remarks
    )
    return Filled(made, dict(values))


@operator(
    group="tables",
    infer="drop",
    job=_WORKER,
    preload=_PRELOAD,
    foresee=table_columns.split,
)
def split(
    table: Table,
    *,
    keys: tuple[Annotated[NonEmptyText, ColumnOf("table")], ...] = (),
    valid: Fraction = 0.1,
    test: Fraction = 0.2,
    column: NonEmptyText = "part",
    seed: Seed = 0,
    run: RunContext,
) -> Table:
    """Divide the rows into train, valid and test by their keys.

    A key is in the same part on every day, in every table and on every engine.

    Args:
        table: What is divided.
        keys: Columns that decide, e.g. the user; none takes the table's keys.
        valid: Share of keys for validation.
        test: Share of keys for the final test.
        column: Name of the new column with the part.
        seed: Another one divides differently.

    Returns:
        The table with one more column.
    """
    from netloom.tables.split import splitting_query
    from netloom.tables.table import written_table

    with engine_of(run) as engine:
        engine.bind("rows", table.files(run.resolve))
        sql = splitting_query(
            "rows",
            table.columns,
            keys or table.keys,
            valid=valid,
            test=test,
            seed=seed,
            column=column,
            engine=engine,
        )
        engine.write(sql, run.resolve(WORK_ROWS))
    return written_table(
        WORK_ROWS, run.resolve, keys=table.keys, date=table.date, remarks=table.remarks
    )
