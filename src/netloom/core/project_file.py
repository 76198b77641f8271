"""The project file, ``netloom.toml``: each part of Netloom has a section of it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidInput
from netloom.core.settings import Settings

PROJECT_FILE = "netloom.toml"

SettingsT = TypeVar("SettingsT", bound=Settings)


def read_section(project: Path, name: str, settings: type[SettingsT], **given: Any) -> SettingsT:
    """Settings from a section of a project's file; the defaults if there is no file or no section.

    Args:
        given: What takes the place of what the file says.

    Raises:
        InvalidInput: The file cannot be read, or settings have no such names or values.
    """
    file = project / PROJECT_FILE
    try:
        return settings.model_validate({**_section(file, name), **given})
    except ValidationError as error:
        raise InvalidInput(
            *(
                Diagnostic(
                    code="W512",
                    message=f"{name}.{'.'.join(map(str, problem['loc']))}: {problem['msg']}",
                    place=Place(file=str(file)),
                    got=repr(problem["input"]),
                )
                for problem in error.errors()
            )
        ) from error


def _section(file: Path, name: str) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        section = tomllib.loads(file.read_text(encoding="utf-8")).get(name, {})
    except (OSError, ValueError) as error:
        raise InvalidInput.of(
            "the project file cannot be read",
            code="W512",
            place=Place(file=str(file)),
            got=str(error),
            fix="Mend it, or move it away",
        ) from error
    return section if isinstance(section, dict) else {name: section}
