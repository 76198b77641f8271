"""The ``[tables]`` section of ``netloom.toml``: which engine executes tables, and how."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.engines import EngineName
from netloom.core.errors import InvalidInput
from netloom.core.settings import Settings

PROJECT_FILE = "netloom.toml"


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
    file = project / PROJECT_FILE
    if not file.is_file():
        return TableSettings()
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
        return TableSettings.model_validate(document.get("tables", {}))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput.of(
            f"{file} cannot be read: {error}", code="T115", place=Place(file=str(file))
        ) from error
    except ValidationError as error:
        raise InvalidInput(
            *(
                Diagnostic(
                    code="T115",
                    message=f"tables.{'.'.join(map(str, problem['loc']))}: {problem['msg']}",
                    place=Place(file=str(file)),
                    got=repr(problem["input"]),
                )
                for problem in error.errors()
            )
        ) from error
