from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from netloom.core.diagnostics import Diagnostic, Place
from netloom.graph.catalogue import Catalogue
from netloom.graph.operator import operator
from netloom.graph.plugins import (
    installed_entry_points,
    is_loading,
    module_from_file,
    with_entry_points,
    with_files,
)

GOOD = """
from netloom.graph.operator import operator

@operator(group="mine")
def double(number: int) -> int:
    '''Twice as much.'''
    return number * 2
"""


@pytest.fixture(autouse=True)
def _imports_are_undone() -> Iterator[None]:
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.startswith("netloom_project"):
            del sys.modules[name]


def written(folder: Path, **files: str) -> list[Path]:
    (folder / "operators").mkdir(exist_ok=True)
    paths = [folder / "operators" / f"{name}.py" for name in files]
    for path, text in zip(paths, files.values()):
        path.write_text(text)
    return paths


def test_operators_come_from_files_of_a_project(tmp_path: Path) -> None:
    catalogue = with_files(Catalogue(), written(tmp_path, mine=GOOD))
    assert catalogue.problems == ()
    assert catalogue.operator("mine.double")(4) == 8


def test_operator_files_import_modules_of_their_project(tmp_path: Path) -> None:
    (tmp_path / "plugin_test_arithmetic.py").write_text("def twice(x): return x * 2")
    text = GOOD.replace("number * 2", "twice(number)")
    files = written(tmp_path, mine="from plugin_test_arithmetic import twice\n" + text)
    catalogue = with_files(Catalogue(), files)
    assert catalogue.problems == ()
    assert catalogue.operator("mine.double")(4) == 8


def test_a_file_is_executed_anew_each_time(tmp_path: Path) -> None:
    [file] = written(tmp_path, mine="COUNT = 1")
    first = module_from_file(file)
    file.write_text("COUNT = 22")
    assert (first.COUNT, module_from_file(file).COUNT) == (1, 22)


BROKEN = [
    ("def f(:", "SyntaxError: invalid syntax", 1),
    ("\n\nimport no_such_module_at_all", "ModuleNotFoundError: No module named", 3),
    ("x = 1\nraise RuntimeError('not today')", "RuntimeError: not today", 2),
    (GOOD.replace("def double(number: int)", "def double(number)"), "TypeError: operator", 4),
    (GOOD.replace("def double(number: int)", "def double(*number: int)"), "TypeError: op", 4),
]


@pytest.mark.parametrize(("text", "message", "line"), BROKEN)
def test_a_broken_file_is_a_diagnostic_and_the_others_load(
    tmp_path: Path, text: str, message: str, line: int
) -> None:
    files = written(tmp_path, broken=text, mine=GOOD)
    catalogue = with_files(Catalogue(), files)
    [problem] = catalogue.problems
    assert problem.code == "G121"
    assert problem.message.startswith(f"this operator file cannot be loaded: {message}")
    assert problem.place == Place(file=str(files[0]), line=line)
    assert list(catalogue.operators) == ["mine.double"]


def test_annotations_that_mean_nothing_are_found_while_loading(tmp_path: Path) -> None:
    text = "from __future__ import annotations\n" + GOOD.replace("number: int", "number: Imt")
    files = written(tmp_path, mine=text)
    catalogue = with_files(Catalogue(), files)
    assert catalogue.problems == (
        Diagnostic(
            code="G121",
            message="the annotations of operator 'mine.double' cannot be used: "
            "name 'Imt' is not defined",
            place=Place(file=str(files[0]), line=5),
            fix="Mend the annotations; the operators of this file are missing until then",
        ),
    )
    assert len(catalogue) == 0


def test_an_operator_defined_twice_is_reported_and_the_first_stays(tmp_path: Path) -> None:
    files = written(tmp_path, first=GOOD, second=GOOD)
    catalogue = with_files(Catalogue(), files)
    [problem] = catalogue.problems
    assert (problem.code, problem.place) == ("G120", Place(file=str(files[1]), line=4))
    assert catalogue.operator("mine.double").function.__code__.co_filename == str(files[0])


def test_a_file_knows_that_it_is_only_being_loaded(tmp_path: Path) -> None:
    [file] = written(
        tmp_path, mine="from netloom.graph.plugins import is_loading\nLOADING = is_loading()"
    )
    assert module_from_file(file).LOADING is True
    assert is_loading() is False


class EntryPoint:
    """What an installed package announces."""

    dist = None

    def __init__(self, value: str, loaded: ModuleType | Exception) -> None:
        self.value = value
        self._loaded = loaded

    def load(self) -> ModuleType:
        if isinstance(self._loaded, Exception):
            raise self._loaded
        return self._loaded

    def __lt__(self, other: EntryPoint) -> bool:
        return self.value < other.value


def test_operators_come_from_installed_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    @operator(group="flowers")
    def water() -> int:
        """Water them."""
        return 1

    module = ModuleType(__name__)
    module.water = water  # type: ignore[attr-defined]
    points = [
        EntryPoint("broken.pkg", ImportError("no libflower")),
        EntryPoint("a.flowers", module),
    ]
    asked: list[str] = []

    def entry_points(*, group: str) -> list[Any]:
        asked.append(group)
        return points

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
    installed_entry_points.cache_clear()
    catalogue = with_entry_points(Catalogue())
    installed_entry_points.cache_clear()
    assert asked == ["netloom.operators"]
    assert list(catalogue.operators) == ["flowers.water"]
    assert catalogue.problems == (
        Diagnostic(
            code="G121",
            message="the operators of package 'broken.pkg' cannot be loaded: no libflower",
            fix="Update or remove it: pip uninstall broken.pkg",
        ),
    )
