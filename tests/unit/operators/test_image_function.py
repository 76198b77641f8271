from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from netloom.core.errors import InvalidData
from netloom.core.python_sources import source_digest
from netloom.data.transforms.function import Function
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.operators import image_function

VIEW: Dataset[Any] = Dataset("image_classification", "path:i", "path:m", "array", ("a", "b"))
OPERATOR = image_function.function


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "looks.py").write_text("def darken(image, *, amount=2): return image // amount")
    return tmp_path


def identity(project: Path, **settings: Any) -> str | None:
    validated = OPERATOR.settings_type(**settings)
    assert OPERATOR.identity is not None
    return OPERATOR.identity(**dict(validated), project=project)


def test_it_adds_a_description_with_the_digest_of_the_code(project: Path, tmp_path: Path) -> None:
    run = RunContext.in_process(tmp_path / "run", project=project)
    settings = OPERATOR.settings_type(
        function="looks.py:darken", augments=True, settings={"amount": 3}
    )
    digest = source_digest(project / "looks.py", root=project)
    assert OPERATOR(VIEW, **dict(settings), run=run) == VIEW.with_transform(
        Function(
            function="looks.py:darken", digest=digest, settings={"amount": 3}, augmentation=True
        )
    )
    assert not OPERATOR.is_job


def test_its_identity_is_the_digest(project: Path) -> None:
    digest = source_digest(project / "looks.py", root=project)
    assert identity(project, function="looks.py:darken") == digest


def test_what_cannot_be_called_has_no_identity(project: Path) -> None:
    for settings in ({"function": "looks.py:lighten"}, {"function": "nowhere.py:darken"}):
        with pytest.raises(InvalidData, match=r"no (function|file)"):
            identity(project, **settings)
    with pytest.raises(InvalidData, match="no parameter 'amont'"):
        identity(project, function="looks.py:darken", settings={"amont": 1})


def test_places_outside_the_project_are_refused() -> None:
    with pytest.raises(ValidationError, match="a file below the project folder"):
        OPERATOR.settings_type(function="../looks.py:darken")
    with pytest.raises(ValidationError):
        OPERATOR.settings_type(function="looks.py:darken", settings={"amount": float("nan")})
