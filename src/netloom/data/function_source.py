"""Looking at a user's function without executing its file: whether it is there and can be called."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from pathlib import Path

from netloom.core.diagnostics import Diagnostic, Place, did_you_mean
from netloom.core.errors import InvalidData
from netloom.core.python_sources import source_digest
from netloom.data.transforms.function import FunctionName, file_and_name

_GENERATOR = "rng"


def checked_source(
    function: FunctionName, settings: Collection[str], *, augments: bool, project: Path
) -> str:
    """Digest of a function's file, once it is sure that the function can be called.

    Args:
        settings: Names of what it is to get by keyword besides the image.
        augments: Whether it may draw random numbers.
        project: Folder that the file is relative to.

    Raises:
        InvalidData: There is no such file or function, or the function cannot take these settings; all
            that is wrong at once.

    >>> import tempfile
    >>> project = Path(tempfile.mkdtemp())
    >>> _ = (project / "images.py").write_text("def invert(image): return 255 - image")
    >>> len(checked_source("images.py:invert", (), augments=False, project=project))
    64
    """
    file, name = file_and_name(function)
    definition = _defined(_parsed(project, file), file, name)
    problems = [
        Diagnostic("I365", message, Place(file=file, line=definition.lineno), fix=fix)
        for message, fix in _misfits(definition, settings, augments=augments)
    ]
    if problems:
        raise InvalidData(*problems)
    return source_digest(project / file, root=project)


def _parsed(project: Path, file: str) -> ast.Module:
    path = project / file
    if not path.is_file():
        raise InvalidData.of(
            f"there is no file {file} in the project folder",
            code="I364",
            place=Place(setting="function"),
            got=str(path),
            fix="Write the file, or correct its name; it is relative to the project folder",
        )
    try:
        return ast.parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        raise InvalidData.of(
            f"{file} is not a Python file: {getattr(error, 'msg', error)}",
            code="I364",
            place=Place(setting="function", file=file, line=getattr(error, "lineno", None)),
            fix="Mend the file",
        ) from error


def _defined(tree: ast.Module, file: str, name: str) -> ast.FunctionDef:
    found = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    if name not in found:
        raise InvalidData.of(
            f"{file} defines no function {name!r}",
            code="I364",
            place=Place(setting="function", file=file),
            expected=", ".join(found) or "a function: def name(image): …",
            fix=did_you_mean(name, found) or "Define it with `def`, outside of classes and blocks",
        )
    return found[name]


def _misfits(
    definition: ast.FunctionDef, settings: Collection[str], *, augments: bool
) -> Iterator[tuple[str, str]]:
    """What keeps the function from being called, and what to do about it."""
    if definition.decorator_list:
        return  # what a decorator makes of it cannot be read here
    name, signature = definition.name, definition.args
    positional = [*signature.posonlyargs, *signature.args]
    if not positional and signature.vararg is None:
        yield f"{name} takes no image", f"Write it as def {name}(image, *, …)"
    later = [argument.arg for argument in signature.args[0 if signature.posonlyargs else 1 :]]
    keywords = [*later, *(argument.arg for argument in signature.kwonlyargs)]
    if _GENERATOR in settings or (_GENERATOR in keywords and not augments):
        yield (
            f"{name} can get random numbers ({_GENERATOR}) only where it augments, and from nobody else",
            f"Set augments: true, or remove {_GENERATOR}",
        )
    for setting in settings:
        if setting not in (*keywords, _GENERATOR) and signature.kwarg is None:
            yield (
                f"{name} has no parameter {setting!r}",
                did_you_mean(setting, keywords) or f"It has {', '.join(keywords) or 'none'}",
            )
    missing = _required(signature) - {*settings, _GENERATOR}
    for parameter in sorted(missing):
        yield (
            f"{name} needs a value for {parameter!r}",
            f"Write settings: {{{parameter}: …}}, or give it a default",
        )


def _required(signature: ast.arguments) -> set[str]:
    positional = [argument.arg for argument in (*signature.posonlyargs, *signature.args)]
    without_default = positional[1 : len(positional) - len(signature.defaults)]
    pairs = zip(signature.kwonlyargs, signature.kw_defaults)
    return {*without_default, *(argument.arg for argument, default in pairs if default is None)}
