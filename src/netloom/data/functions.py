"""Finding and importing the functions that transforms name.

Descriptions and model packages name functions and never contain code. Code is imported here and nowhere
else in the library, for whoever says which project folder to take it from, and only if it is what the
description was made with.
"""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.core.python_sources import source_digest
from netloom.data.transforms.catalogue import Transform
from netloom.data.transforms.function import Function, file_and_name

UserFunction = Callable[..., Any]
"""``(image, *, rng=…, **settings) -> image``, both uint8 HWC."""


@dataclass(frozen=True)
class Functions:
    """Where the functions come from that transforms name; they are found again in another process.

    Attributes:
        project: Folder that the files are relative to; None imports nothing.
        given: Functions by the names transforms have for them. They are taken as they are, and reach other
            processes only if they can be pickled.

    >>> functions = Functions(given={"images.py:invert": lambda image: 255 - image})
    >>> functions.find(Function(function="images.py:invert", digest=""))(250)
    5
    """

    project: Path | None = None
    given: Mapping[str, UserFunction] = field(default_factory=dict)

    def find(self, transform: Function) -> UserFunction:
        """The function of a transform; its file is imported once in a process.

        Raises:
            InvalidData: There is none, it is another one by now, or its file cannot be imported.
        """
        if transform.function in self.given:
            return self.given[transform.function]
        if self.project is None:
            raise _not_given(transform)
        file, name = file_and_name(transform.function)
        self._check_digest(transform, file)
        try:
            module = _imported(self.project / file, self.project, transform.digest)
        except Exception as error:
            raise InvalidData.of(
                f"{file} cannot be imported: {type(error).__name__}: {error}",
                code="I368",
                place=self.place(transform, error.__traceback__),
                fix="Mend the file and run again",
            ) from error
        function = getattr(module, name, None)
        if not callable(function):
            raise InvalidData.of(
                f"{file} has no function {name!r}", code="I364", place=Place(file=file)
            )
        found: UserFunction = function
        return found

    def place(self, transform: Function, trace: TracebackType | None) -> Place:
        """The innermost line of the user's own in the stack of an exception."""
        file, _ = file_and_name(transform.function)
        given = self.given.get(transform.function)
        own = getattr(getattr(given, "__code__", None), "co_filename", None)
        for frame, line in reversed(list(traceback.walk_tb(trace))):
            path = Path(frame.f_code.co_filename)
            if own is not None and str(path) == own:
                return Place(file=own, line=line)
            if given is None and self.project is not None and path.is_relative_to(self.project):
                relative = path.relative_to(self.project)
                if "site-packages" not in relative.parts:
                    return Place(file=relative.as_posix(), line=line)
        return Place(file=file if given is None else own)

    def _check_digest(self, transform: Function, file: str) -> None:
        assert self.project is not None
        path = self.project / file
        if not path.is_file():
            raise InvalidData.of(
                f"there is no file {file} in the project folder",
                code="I364",
                place=Place(file=file),
                got=str(self.project),
                fix="Put the file there that the function was in when the data or the model was made",
            )
        if source_digest(path, root=self.project) != transform.digest:
            raise InvalidData.of(
                f"{file} (or a project file it imports) is not what it was when {transform.function} "
                "became part of this data or model",
                code="I366",
                place=Place(file=file),
                fix="Run again, so that everything that depends on it is made anew; or bring the file "
                "back that was used then",
            )


def functions_of_project(transforms: Iterable[Transform], resolve: Resolve) -> Functions:
    """The functions of the project whose ``path:`` locations ``resolve`` knows, if any are named.

    >>> print(functions_of_project((), resolve=Path).project)
    None
    """
    if any(isinstance(transform, Function) for transform in transforms):
        return Functions(project=resolve("path:.").absolute())
    return Functions()


@lru_cache(maxsize=256)
def _imported(file: Path, project: Path, digest: str) -> ModuleType:
    """The file as a module of its own. The project's other modules can be imported from then on."""
    if str(project) not in sys.path:
        sys.path.insert(0, str(project))
    name = f"netloom_function_{file.stem}_{digest[:12]}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"not a Python file: {file}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _not_given(transform: Function) -> InvalidData:
    name = transform.function
    return InvalidData.of(
        f"this needs the function {name} of the project it was made in, and opening it imports no code",
        code="I369",
        expected=f"the function {name}",
        fix=f'Give it: netloom.load(path, functions={{"{name}": …}}). In a graph of the project, '
        "evaluate, compare and predict find it themselves",
    )
