"""The engine of a job: chosen by the run or the project, never by the pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from netloom.execution.context import RunContext
from netloom.tables.engines.engine import TableEngine, open_engine
from netloom.tables.engines.settings import read_table_settings

_SHARE_OF_JOB = 0.6
"""The rest is for Python, Arrow and what is read and written."""


@contextmanager
def engine_of(run: RunContext) -> Iterator[TableEngine]:
    """The engine that executes tables in a job; closed at the end of the block."""
    settings = read_table_settings(run.project)
    engine = open_engine(
        run.engine or settings.engine,
        memory_limit=memory_of_tables(run),
        threads=run.threads,
        scratch=run.workdir / ".engine",
        options=settings.spark,
    )
    try:
        yield engine
    finally:
        engine.close()


def memory_of_tables(run: RunContext) -> int | None:
    """Bytes that an engine may use in a job; None leaves it to the machine."""
    return int(run.memory_mb * _SHARE_OF_JOB) << 20 if run.memory_mb else None
