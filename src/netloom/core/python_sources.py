"""Python files of a user's project: which belong together and what they mean, without executing them."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from netloom.core.digests import digest_of_bytes, digest_of_json


def source_files(file: Path, *, root: Path) -> list[Path]:
    """A Python file and the files of its project that it imports, directly or not.

    Args:
        root: Where absolute imports of the project's own modules start. Imports from next to the
            importing file, and of the package it belongs to, are followed too.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "a.py").write_text("import b, json"), (folder / "b.py").write_text("")
    (14, 0)
    >>> [path.name for path in source_files(folder / "a.py", root=folder)]
    ['a.py', 'b.py']
    """
    found: dict[Path, None] = {}
    pending = [file]
    while pending:
        path = pending.pop()
        if path in found or not path.is_file():
            continue
        found[path] = None
        pending.extend(_imported_files(path, root))
    return list(found)


def source_digest(file: Path, *, root: Path) -> str:
    """Hexadecimal SHA-256 of what a Python file and the project files it imports mean.

    Comments, layout and docstrings do not count, nor does the release of Python that asks.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.py").write_text("x = 1")
    >>> before = source_digest(folder / "a.py", root=folder)
    >>> _ = (folder / "a.py").write_text("x = (1)  # one")
    >>> int(source_digest(folder / "a.py", root=folder) == before)
    1
    """
    found = {_name(path, root): _meaning(path) for path in source_files(file, root=root)}
    return digest_of_json(found)


def without_docstrings(tree: ast.Module) -> ast.Module:
    """The same tree, changed in place: its docstrings are gone.

    >>> len(without_docstrings(ast.parse("'what it is'; x = 1")).body)
    1
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:] or [ast.Pass()]
    return tree


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _meaning(path: Path) -> Any:
    content = path.read_bytes()
    try:
        return _document(without_docstrings(ast.parse(content)))
    except (SyntaxError, ValueError, RecursionError):
        return digest_of_bytes(content)


def _document(node: Any) -> Any:
    """A syntax tree as JSON. Empty fields are left out: later releases of Python add some."""
    if isinstance(node, ast.AST):
        filled = [(name, value) for name, value in ast.iter_fields(node) if value not in (None, [])]
        return [type(node).__name__, {name: _document(value) for name, value in filled}]
    if isinstance(node, list):
        return [_document(each) for each in node]
    return repr(node)


def _imported_files(path: Path, root: Path) -> list[Path]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return []
    found: list[Path] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found += _files_of_name(alias.name, path, root)
        elif isinstance(node, ast.ImportFrom):
            names = [
                f"{node.module}.{alias.name}" if node.module else alias.name for alias in node.names
            ]
            for name in names:
                if node.level:
                    found += _module_files(path.parents[node.level - 1], name)
                else:
                    found += _files_of_name(name, path, root)
    return found


def _files_of_name(name: str, path: Path, root: Path) -> list[Path]:
    """Files of the project, or of the package that ``path`` belongs to, behind an absolute name."""
    package = path.parent
    while (package.parent / "__init__.py").is_file():
        package = package.parent
    if (package / "__init__.py").is_file() and name.partition(".")[0] == package.name:
        return _module_files(package.parent, name)
    return [*_module_files(root, name), *_module_files(path.parent, name)]


def _module_files(folder: Path, name: str) -> list[Path]:
    """Files that importing a dotted name executes; its last part may also be a name in a module."""
    found: list[Path] = []
    for part in name.split("."):
        folder = folder / part
        found += [p for p in (folder.with_suffix(".py"), folder / "__init__.py") if p.is_file()]
    return found
