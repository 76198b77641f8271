"""Operators that look at tables and write them out."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from netloom.core.column_names import ColumnOf
from netloom.core.files import write_text
from netloom.core.settings import NonEmptyText, PositiveInt
from netloom.core.values import File
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator
from netloom.operators import table_columns
from netloom.operators.table_engine import engine_of
from netloom.tables.table import Table
from netloom.tables.writing import IfExists, OutFormat

_WORKER = Needs(cpus=1)
_PRELOAD = ("pyarrow.parquet", "duckdb")
_REPORT = "work:report.html"
_BARS = 24


class TableDescribed(NamedTuple):
    """What is known about a table.

    Attributes:
        metrics: Rows, missing values, constant columns, drift, and the numbers of each column.
        profile: What later tables can be compared with.
        report: A page to look at.
    """

    metrics: dict[str, Any]
    profile: dict[str, Any]
    report: File


@operator(group="tables", infer="drop", id="tables.statistics", job=_WORKER, preload=_PRELOAD)
def statistics(
    table: Table,
    reference: Table | None = None,
    earlier: dict[str, Any] | None = None,
    *,
    sample: PositiveInt = 1_000_000,
    run: RunContext,
) -> TableDescribed:
    """What is missing in a table, how its values are spread, and how far that moved since another day.

    Args:
        table: What is looked at.
        reference: A table to compare with.
        earlier: The profile of a table to compare with, instead of the table itself.
        sample: Of more rows, quantiles and values are of a sample of about so many; counts are of all.

    Returns:
        Metrics, a profile for later comparisons, and a self-contained HTML report.
    """
    from netloom.reports.page import render_report
    from netloom.tables.statistics import TableProfile, drift_from, profile_of
    from netloom.tasks.table_report import report_on_table

    scratch = run.workdir / "scratch"
    with engine_of(run) as engine:
        engine.bind("rows", table.files(run.resolve))
        profile = profile_of(
            "rows", table.columns, table.rows, sample=sample, scratch=scratch, engine=engine
        )
        before = None if earlier is None else TableProfile.from_json(earlier)
        if reference is not None:
            engine.bind("reference", reference.files(run.resolve))
            before = profile_of(
                "reference",
                reference.columns,
                reference.rows,
                sample=sample,
                scratch=scratch,
                engine=engine,
            )
        drift = (
            None
            if before is None
            else drift_from(
                before,
                "rows",
                table.columns,
                table.rows,
                sample=sample,
                scratch=scratch,
                engine=engine,
            )
        )
        bars = {column.name: _bars(column.name, profile, table, engine) for column in table.columns}
    evaluation = report_on_table(profile, bars=bars, drift=drift)
    run.log(
        0,
        {
            name: float(value)
            for name, value in evaluation.metrics.items()
            if isinstance(value, int | float)
        },
    )
    for remark in (*table.remarks, *evaluation.remarks):
        run.note(remark)
    facts = (("Date", table.date),) if table.date else ()
    write_text(run.resolve(_REPORT), render_report(evaluation, title="Table", facts=facts))
    return TableDescribed(dict(evaluation.metrics), profile.to_json(), File(_REPORT, "text/html"))


@operator(
    group="tables",
    infer="drop",
    id="tables.write",
    job=_WORKER,
    preload=_PRELOAD,
    foresee=table_columns.write,
)
def write(
    table: Table,
    *,
    path: NonEmptyText,
    format: OutFormat = "parquet",
    partition_by: tuple[Annotated[NonEmptyText, ColumnOf("table")], ...] = (),
    rows_per_file: PositiveInt = 4_000_000,
    if_exists: IfExists = "error",
    success_file: NonEmptyText | None = "_SUCCESS",
    run: RunContext,
) -> dict[str, Any]:
    """Write a table to a folder outside the workspace, or to a URL such as s3://bucket/folder.

    A folder of this machine appears complete or not at all. What was written once is not written again as
    long as nothing changed, even if somebody removed it; `--force` writes it anew.

    Args:
        table: What is written.
        path: The folder; `{date:%Y-%m-%d}` stands for the day of the table. A relative path starts at the
            project folder.
        format: "tfrecord" has tf.train.Example messages, whose numbers have 32 bits; "csv" cannot hold lists.
        partition_by: Columns that become folders called like `dt=2026-01-31`; only of Parquet.
        rows_per_file: At most so many rows in each file.
        if_exists: What to do about an existing folder: "error" stops, "replace" takes its place.
        success_file: Written last, to say that the folder is complete; empty writes none.

    Returns:
        Where it is, and how many rows, files and bytes it has.
    """
    from netloom.tables.writing import write_out

    with engine_of(run) as engine:
        return write_out(
            table,
            path,
            form=format,
            partition_by=partition_by,
            rows_per_file=rows_per_file,
            if_exists=if_exists,
            success_file=success_file,
            engine=engine,
            resolve=run.resolve,
            scratch=run.workdir / "scratch",
            project=run.project,
            reporter=run,
        )


def _bars(name: str, profile: Any, table: Table, engine: Any) -> list[tuple[str, int]]:
    """What is drawn of a column: ranges of a number, values of others."""
    from netloom.tables.columns import column_named
    from netloom.tables.statistics import histogram_of

    known = profile.columns[name]
    if "values" in known:
        return [(str(value), count) for value, count in known["values"]]
    source = engine.sql.identifier("rows")
    found = histogram_of(
        source, column_named(table.columns, name), known, bars=_BARS, engine=engine
    )
    if found is None:
        return []
    low, high, counts = found
    step = (high - low) / _BARS
    return [
        (f"{low + step * place:.4g} – {low + step * (place + 1):.4g}", count)
        for place, count in enumerate(counts)
    ]
