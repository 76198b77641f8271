"""Tasks and models that a project has written for DLFlow. They are read as text and never imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from netloom.core.diagnostics import Place

_MOST_FILES = 500


@dataclass(frozen=True, slots=True)
class OwnCode:
    """Classes of a project, by the names under which configurations know them.

    Attributes:
        tasks: Where tasks are written, by their names.
        models: Where models and inputs are written, by their names.
    """

    tasks: dict[str, str] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)


def own_code(tasks: Path | None, models: Path | None) -> OwnCode:
    """What the two folders of a project define; folders that do not exist define nothing."""
    found = OwnCode()
    for folder in dict.fromkeys(each for each in (tasks, models) if each is not None):
        for kind, name, place in _registered(folder):
            (found.tasks if kind == "task" else found.models)[name] = f"{name} ({place})"
    return found


def _registered(folder: Path) -> Iterator[tuple[str, str, Place]]:
    for file in sorted(folder.rglob("*.py"))[:_MOST_FILES]:
        try:
            tree = ast.parse(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                for decorator in node.decorator_list:
                    yield from _names(decorator, node, file)


def _names(decorator: ast.expr, node: ast.ClassDef, file: Path) -> Iterator[tuple[str, str, Place]]:
    """The names that ``@task.reg("a", "b")`` gives a class, and its own."""
    if not (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr == "reg"
        and isinstance(decorator.func.value, ast.Name)
        and decorator.func.value.id in ("task", "model")
    ):
        return
    aliases = [
        argument.value
        for argument in decorator.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]
    for name in (*aliases, node.name):
        yield decorator.func.value.id, name, Place(file=str(file), line=node.lineno)
