"""Models whose pictures go through a user's function: opening and predicting never import its file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netloom
from netloom.compression.onnx_export import export_model
from netloom.core.errors import InvalidData
from netloom.core.python_sources import source_digest
from netloom.data.functions import Functions
from netloom.data.transforms.function import Function
from netloom.inference.predictor import Predictor
from netloom.training.train import train_model
from netloom.training.training import Training

NAME = "looks.py:lighten"
SOURCE = "import sys\nsys.lightened = True\ndef lighten(image):\n    return image | 64\n"


def lighten(image: Any) -> Any:
    return image | 64


@pytest.fixture
def trained(
    make_training: Callable[..., Training],
    make_shapes: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Training:
    """Trained in the project folder, which stays the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "looks.py").write_text(SOURCE)
    digest = source_digest(tmp_path / "looks.py", root=tmp_path)
    view = make_shapes(transforms=(Function(function=NAME, digest=digest),))
    training = make_training(view=view, epochs=1)
    train_model(training)
    assert sys.lightened  # type: ignore[attr-defined]
    del sys.lightened  # type: ignore[attr-defined]
    return training


@pytest.fixture(params=["trained", "exported"])
def model(request: pytest.FixtureRequest, trained: Training, tmp_path: Path) -> Path:
    if request.param == "trained":
        return trained.package
    export_model(trained.package, tmp_path / "exported")
    return tmp_path / "exported"


def pictures() -> Any:
    return np.random.default_rng(0).integers(0, 256, (5, 12, 12, 1), dtype=np.uint8)


def scores(predictions: list[Any]) -> Any:
    return np.array([list(prediction["scores"].values()) for prediction in predictions])


def test_it_opens_and_refuses_to_predict_even_beside_the_file(
    model: Path, trained: Training
) -> None:
    predictor = netloom.load(model)
    bare = replace(trained.dataset, transforms=())
    for predict in (
        lambda: predictor.predict(pictures()),
        lambda: predictor.samples(bare, trained.resolve, part="test"),
    ):
        with pytest.raises(InvalidData) as caught:
            predict()
        assert caught.value.diagnostics[0].code == "I369"
    assert not hasattr(sys, "lightened")


def test_given_functions_and_those_of_the_project_predict_the_same(
    model: Path, trained: Training, tmp_path: Path
) -> None:
    given = netloom.load(model, functions={NAME: lighten})
    project = Predictor.open(model, functions=Functions(project=tmp_path))
    wrong = netloom.load(model, functions={NAME: lambda image: image})
    expected = scores(given.predict(pictures()))
    assert np.array_equal(scores(project.predict(pictures())), expected)
    assert not np.allclose(scores(wrong.predict(pictures())), expected)
    bare = replace(trained.dataset, transforms=())
    found, itself = (given.samples(view, trained.resolve) for view in (bare, trained.dataset))
    assert given.predict_samples(found) == given.predict_samples(itself)


def test_another_function_of_that_name_is_refused(model: Path, tmp_path: Path) -> None:
    (tmp_path / "looks.py").write_text(SOURCE.replace("64", "65"))
    with pytest.raises(InvalidData) as caught:
        Predictor.open(model, functions=Functions(project=tmp_path)).predict(pictures())
    assert caught.value.diagnostics[0].code == "I366"
