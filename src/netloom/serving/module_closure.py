"""Which modules of this package a program needs, found by reading their imports.

A module is left out if it cannot be imported with the libraries at hand. What modules import inside
functions is followed too, but may be missing: it is needed only for what those functions do.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "netloom"
_NAMED_IN_TEXT = re.compile(rf"""["']({PACKAGE}(?:\.\w+)+):\w+["']""")


@dataclass(frozen=True, slots=True)
class Imports:
    """What a module imports.

    Attributes:
        own: Modules of this package that it needs to be imported.
        libraries: Top names of others that it needs to be imported.
        later: Modules of this package that it imports inside functions, or names in tables.
    """

    own: frozenset[str]
    libraries: frozenset[str]
    later: frozenset[str]


def module_closure(
    root: Path,
    starts: Collection[str],
    libraries: Collection[str],
    *,
    without: Collection[str] = (),
) -> dict[str, Path]:
    """The modules that some need, with their packages, as far as the libraries allow.

    Args:
        root: Folder of the package.
        starts: Modules to begin with, which are always among them.
        libraries: Top names that may be imported, besides those of Python itself.
        without: Modules that are left out, and with them what only they need.

    Raises:
        ValueError: A module to begin with needs another library.
    """
    reached = _reached(root, starts, without)
    allowed = {*libraries, *sys.stdlib_module_names, PACKAGE}
    usable = {name for name, imports in reached.items() if imports.libraries <= allowed}
    while lost := {name for name in usable if not reached[name].own <= usable}:
        usable -= lost
    missing = sorted(set(starts) - usable)
    if missing:
        raise ValueError(f"{missing[0]} needs more than {', '.join(sorted(libraries))}")
    needed = _connected(reached, starts, usable)
    return {name: path for name in sorted(needed) if (path := _path(root, name)) is not None}


def _connected(
    reached: Mapping[str, Imports], starts: Collection[str], usable: Collection[str]
) -> set[str]:
    """Those usable modules that are reached through usable ones alone."""
    needed: set[str] = set()
    waiting = [*starts]
    while waiting:
        name = waiting.pop()
        if name not in needed and name in usable:
            needed.add(name)
            waiting += reached[name].own | reached[name].later
    return needed


def _reached(root: Path, starts: Collection[str], without: Collection[str]) -> dict[str, Imports]:
    reached: dict[str, Imports] = {}
    waiting = [*starts]
    while waiting:
        name = waiting.pop()
        path = _path(root, name)
        if name in reached or name in without or path is None:
            continue
        parents = {name.rpartition(".")[0]} - {""}
        found = _imports(root, path.read_text(encoding="utf-8"))
        lazy = frozenset[str]() if name == PACKAGE else found.later
        reached[name] = Imports(found.own | parents, found.libraries, lazy)
        waiting += reached[name].own | lazy
    return reached


def _path(root: Path, name: str) -> Path | None:
    """The file of a module; None if there is no such module."""
    below = root.joinpath(*name.split(".")[1:])
    candidates = (below / "__init__.py", below.with_suffix(".py"))
    return next((path for path in candidates if path.is_file()), None)


def _imports(root: Path, source: str) -> Imports:
    own: set[str] = set()
    libraries: set[str] = set()
    later = set(_NAMED_IN_TEXT.findall(source))
    for node, is_late in _statements(ast.parse(source).body, is_late=False):
        for name in _names(root, node):
            if name.partition(".")[0] == PACKAGE:
                (later if is_late else own).add(name)
            elif not is_late:
                libraries.add(name.partition(".")[0])
    return Imports(frozenset(own), frozenset(libraries), frozenset(later))


def _names(root: Path, node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        for alias in node.names:  # a name may be a module
            if _path(root, f"{node.module}.{alias.name}") is not None:
                yield f"{node.module}.{alias.name}"


def _statements(nodes: Sequence[ast.stmt], *, is_late: bool) -> Iterator[tuple[ast.stmt, bool]]:
    """All statements, and whether they run only when a function is called; not those for type checkers."""
    for node in nodes:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _statements(node.orelse, is_late=is_late)
            continue
        yield node, is_late
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for block in _blocks(node):
            yield from _statements(block, is_late=is_late or is_function)


def _blocks(node: ast.AST) -> Iterator[Sequence[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block
    for inner in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield from _blocks(inner)
