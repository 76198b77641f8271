"""The ``[tables]`` section of ``netloom.toml``: which engine executes tables, and how."""

from __future__ import annotations

from pathlib import Path

from netloom.core.engines import EngineName
from netloom.core.project_file import read_section
from netloom.core.settings import Settings


class TableSettings(Settings):
    """How tables are executed in a project.

    Attributes:
        engine: Used unless a run says otherwise.
        spark: Settings of the Spark session by name, such as ``"spark.master"``.
    """

    engine: EngineName = "duckdb"
    spark: dict[str, str] = {}  # noqa: RUF012 - pydantic copies it


def read_table_settings(project: Path) -> TableSettings:
    """The section of a project's file; the defaults if there is no file or no section.

    Raises:
        InvalidInput: The file cannot be read, or a setting has no such value.
    """
    return read_section(project, "tables", TableSettings)
