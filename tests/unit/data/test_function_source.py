from __future__ import annotations

from pathlib import Path

import pytest

from netloom.core.errors import InvalidData
from netloom.core.python_sources import source_digest
from netloom.data.function_source import checked_source

SOURCE = """
raise RuntimeError("executed")

def plain(image): ...
def light(image, amount, *, places=(), shift): ...
def free(*images, **settings): ...
def drawing(image, *, rng, amount=1): ...
def nothing(): ...
@something
def decorated(): ...
async def later(image): ...
class Look:
    def inner(image): ...
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "looks.py").write_text(SOURCE)
    (tmp_path / "broken.py").write_text("x = 1\ndef f(:\n")
    return tmp_path


def checked(project: Path, function: str, *settings: str, augments: bool = False) -> str:
    return checked_source(function, settings, augments=augments, project=project)


@pytest.mark.parametrize(
    ("function", "settings", "augments"),
    [
        ("plain", (), False),
        ("plain", (), True),
        ("light", ("amount", "shift"), False),
        ("light", ("shift", "places", "amount"), True),
        ("free", ("anything",), False),
        ("drawing", (), True),
        ("drawing", ("amount",), True),
        ("decorated", ("anything",), True),
    ],
)
def test_what_can_be_called_is_not_executed(
    project: Path, function: str, settings: tuple[str, ...], augments: bool
) -> None:
    found = checked(project, f"looks.py:{function}", *settings, augments=augments)
    assert found == source_digest(project / "looks.py", root=project)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("nowhere.py:plain", "there is no file nowhere.py"),
        ("broken.py:f", "broken.py is not a Python file: invalid syntax"),
        ("looks.py:plane", "looks.py defines no function 'plane'"),
        ("looks.py:inner", "defines no function 'inner'"),
        ("looks.py:later", "defines no function 'later'"),
    ],
)
def test_what_is_missing_is_said(project: Path, function: str, said: str) -> None:
    with pytest.raises(InvalidData) as caught:
        checked(project, function)
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.place.setting) == ("I364", "function")
    assert said in problem.message
    assert problem.fix


def test_close_names_are_offered_and_the_place_of_bad_syntax_is_told(project: Path) -> None:
    with pytest.raises(InvalidData, match="Did you mean 'plain'"):
        checked(project, "looks.py:plane")
    with pytest.raises(InvalidData) as caught:
        checked(project, "broken.py:f")
    assert caught.value.diagnostics[0].place.line == 2


@pytest.mark.parametrize(
    ("function", "settings", "augments", "said"),
    [
        ("plain", ("amount",), False, ["plain has no parameter 'amount'"]),
        ("plain", ("image",), False, ["plain has no parameter 'image'"]),
        ("light", (), False, ["light needs a value for 'amount'", "needs a value for 'shift'"]),
        ("light", ("amout", "shift"), False, ["no parameter 'amout'", "a value for 'amount'"]),
        ("drawing", (), False, ["only where it augments"]),
        ("drawing", ("rng",), True, ["only where it augments, and from nobody else"]),
        ("nothing", (), False, ["nothing takes no image"]),
    ],
)
def test_everything_that_does_not_fit_is_said(
    project: Path, function: str, settings: tuple[str, ...], augments: bool, said: list[str]
) -> None:
    with pytest.raises(InvalidData) as caught:
        checked(project, f"looks.py:{function}", *settings, augments=augments)
    problems = caught.value.diagnostics
    assert len(problems) == len(said)
    for problem, part in zip(problems, said, strict=True):
        assert problem.code == "I365"
        assert part in problem.message
        line = SOURCE.splitlines()[problem.place.line - 1]  # type: ignore[operator]
        assert line.startswith(f"def {function}(")
