"""Loading third-party operators: installed packages by entry point, a project's files by path.

User code is imported only from places the user named: packages they installed and the ``operators``
folder of the project they opened. A file that fails to import is a diagnostic, not a crash.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
import traceback
from collections.abc import Iterable
from contextvars import ContextVar
from functools import lru_cache
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidInput
from netloom.graph.catalogue import (
    ENTRY_POINT_GROUP,
    PROJECT_OPERATORS,
    Catalogue,
    operators_in,
    place_of_operator,
)

MODULE_PREFIX = "netloom_project"

_loading: ContextVar[bool] = ContextVar("loading_operators", default=False)


@lru_cache(maxsize=1)
def installed_entry_points() -> tuple[EntryPoint, ...]:
    """What installed packages announce. Read once in a process: it costs milliseconds."""
    return tuple(sorted(importlib.metadata.entry_points(group=ENTRY_POINT_GROUP)))


def with_entry_points(catalogue: Catalogue) -> Catalogue:
    """Add the operators of installed packages."""
    for entry_point in installed_entry_points():
        try:
            catalogue = catalogue.with_module(_complete(entry_point.load()))
        except InvalidInput as error:
            for diagnostic in error.diagnostics:
                catalogue = catalogue.with_problem(diagnostic)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the boundary around third parties
            package = entry_point.dist.name if entry_point.dist else entry_point.value
            catalogue = catalogue.with_problem(
                Diagnostic(
                    code="G121",
                    message=f"the operators of package {package!r} cannot be loaded: {error}",
                    fix=f"Update or remove it: pip uninstall {package}",
                )
            )
    return catalogue


def with_files(catalogue: Catalogue, files: Iterable[Path]) -> Catalogue:
    """Add the operators that Python files define.

    The folder a file's imports start from (its project's) is put first on ``sys.path``: the same module
    may lie in another folder there, e.g. in the copy of the project that an earlier run left.
    """
    for path in files:
        root = str(import_root(path))
        if sys.path[:1] != [root]:
            sys.path[:] = [root, *(entry for entry in sys.path if entry != root)]
        try:
            catalogue = catalogue.with_module(_complete(module_from_file(path)))
        except InvalidInput as error:
            for diagnostic in error.diagnostics:
                catalogue = catalogue.with_problem(diagnostic)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the boundary around user import code
            catalogue = catalogue.with_problem(_import_problem(path, error))
    return catalogue


def _complete(module: ModuleType) -> ModuleType:
    """The module, once the annotations of its operators are known to mean something.

    Raises:
        InvalidInput: Some do not, e.g. because a name in them is not imported.
    """
    problems = []
    for operator in operators_in(module):
        try:
            _ = operator.inputs, operator.outputs, operator.settings_type
        except Exception as error:  # noqa: BLE001 - annotations are user code
            problems.append(
                Diagnostic(
                    code="G121",
                    message=f"the annotations of operator {operator.id!r} cannot be used: {error}",
                    place=place_of_operator(operator),
                    fix="Mend the annotations; the operators of this file are missing until then",
                )
            )
    if problems:
        raise InvalidInput(*problems)
    return module


def import_root(file: Path) -> Path:
    """The folder from which an operator file's own imports are found."""
    return file.parent.parent if file.parent.name == PROJECT_OPERATORS else file.parent


def is_loading() -> bool:
    """Whether a file of operators is being imported: it must not start runs meanwhile."""
    return _loading.get()


def module_from_file(path: Path) -> ModuleType:
    """Execute a Python file as a module of its own, anew at each call."""
    name = f"{MODULE_PREFIX}.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"not a Python file: {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    token = _loading.set(True)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    finally:
        _loading.reset(token)
    return module


def _import_problem(path: Path, error: BaseException) -> Diagnostic:
    line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
    for frame in traceback.extract_tb(error.__traceback__):
        if Path(frame.filename) == path.absolute():
            line = frame.lineno
    return Diagnostic(
        code="G121",
        message=f"this operator file cannot be loaded: {type(error).__name__}: {error}",
        place=Place(file=str(path), line=line),
        fix="Mend the file; its operators are missing until then",
    )
