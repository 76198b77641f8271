"""``netloom init``: a new project folder."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from string import Template

import click

from netloom.cli.command import Invocation, verb
from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import Conflict
from netloom.core.files import write_text

SCAFFOLD: dict[str, str] = {
    "netloom.toml": "netloom.toml",
    "pipelines/digits.yaml": "digits.yaml",
    "operators/example.py": "example.py",
    ".gitignore": "gitignore",
}
"""Files of a new project and the templates they are made from."""


@verb("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
def command(invocation: Invocation, *, folder: Path) -> None:
    """Make a new project folder that runs at once.

    Writes a pipeline that recognises handwritten digits, an example operator and a project file into
    FOLDER (default: the current one). Nothing that exists is overwritten.
    """
    written = scaffold(folder)
    first = folder / "pipelines" / "digits.yaml"
    invocation.answer(
        {"project": str(folder.resolve()), "files": written},
        lambda console: console.print(
            "\n".join(
                [*(f"wrote {folder / name}" for name in written), f"next: netloom run {first}"]
            ),
            markup=False,
            soft_wrap=True,
        ),
    )


def scaffold(folder: Path) -> list[str]:
    """Write the files of a new project; returns their paths relative to it.

    Raises:
        Conflict: Some of them exist; all are named and nothing is written.
        StorageFailed: The folder cannot be written.
    """
    existing = [name for name in SCAFFOLD if name != ".gitignore" and (folder / name).exists()]
    if existing:
        raise Conflict(*(_exists(folder / name) for name in existing))
    templates = files("netloom.cli") / "templates"
    written = []
    for name, template in SCAFFOLD.items():
        path = folder / name
        if path.exists():  # an existing .gitignore is the user's
            continue
        text = (templates / template).read_text(encoding="utf-8")
        if name == "netloom.toml":
            text = Template(text).substitute(name=folder.resolve().name)
        write_text(path, text)
        written.append(name)
    return written


def _exists(path: Path) -> Diagnostic:
    return Diagnostic(
        code="W410",
        message="this file already exists",
        place=Place(file=str(path)),
        fix="Choose another folder, or move the file away",
    )
