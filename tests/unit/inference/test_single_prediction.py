"""Predictions for people who wait: they are the predictor's own, best label first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from netloom.core.errors import InvalidData, NotFound
from netloom.core.reporter import SilentReporter
from netloom.data.prepared import write_prepared
from netloom.data.transforms.sizing import Resize
from netloom.inference.predictor import Predictor
from netloom.inference.single_prediction import predict_examples, predict_picture
from netloom.training.train import train_model


def resolve(location: str) -> Path:
    return Path(location.removeprefix("path:"))


@pytest.fixture
def view(make_shapes: Callable[..., Any]) -> Any:
    return make_shapes(transforms=(Resize(size=16),))


@pytest.fixture
def predictor(make_training: Callable[..., Any], view: Any) -> Predictor:
    training = make_training(view=view, epochs=1)
    train_model(training)
    return Predictor.open(training.package)


def ranked(prediction: dict[str, Any]) -> list[dict[str, Any]]:
    scores = sorted(prediction["scores"].items(), key=lambda item: -item[1])
    return [{"label": label, "score": score} for label, score in scores]


def test_a_picture_gets_its_best_labels_and_its_own_size(predictor: Predictor) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 14, 3), dtype=np.uint8)
    content = cv2.imencode(".png", pixels)[1].tobytes()
    found = predict_picture(predictor, content, top=2)
    assert found.pop("seconds") > 0
    prediction = predictor.predict(content)[0]
    assert found == {
        "predictions": [
            {
                "top": ranked(prediction)[:2],
                "prediction": prediction,
                "drawing": None,
                "width": 14,
                "height": 9,
                "example": None,
                "label": None,
            }
        ]
    }


def test_bytes_that_are_no_picture_are_refused(predictor: Predictor) -> None:
    with pytest.raises(InvalidData) as refused:
        predict_picture(predictor, b"no picture", top=1)
    assert refused.value.diagnostics[0].code == "I010"


def test_examples_are_predicted_like_the_same_pictures_alone(
    predictor: Predictor, view: Any
) -> None:
    samples = predictor.samples(replace(view, transforms=()), resolve, part="test")
    found = predict_examples(predictor, samples, [4, 0], top=9)["predictions"]
    alone = predictor.predict([samples.read(4), samples.read(0)])
    assert [(each["example"], each["label"]) for each in found] == [(4, "lying"), (0, "upright")]
    for each, prediction in zip(found, alone, strict=True):
        assert [score["label"] for score in each["top"]] == [
            score["label"] for score in ranked(prediction)
        ]
        assert each["top"][0]["score"] == pytest.approx(prediction["score"], abs=1e-6)


def test_prepared_pixels_are_not_prepared_twice(
    predictor: Predictor, view: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "prepared"
    folder.mkdir()
    prepared = write_prepared(view, folder, resolve=resolve, reporter=SilentReporter(folder))
    here = {
        name: getattr(prepared, name).replace("work:", f"path:{folder}/")
        for name in ("index", "media")
    }
    stored = predictor.samples(replace(view, transforms=()), resolve, part="test")
    again = predictor.samples(replace(prepared, **here), resolve, part="test")
    first, second = (
        predict_examples(predictor, samples, [2], top=1)["predictions"][0]["top"][0]
        for samples in (stored, again)
    )
    assert second["label"] == first["label"]
    assert second["score"] == pytest.approx(first["score"], abs=1e-6)


def test_an_example_that_does_not_exist_is_not_found(predictor: Predictor, view: Any) -> None:
    samples = predictor.samples(replace(view, transforms=()), resolve, part="test")
    with pytest.raises(NotFound):
        predict_examples(predictor, samples, [0, 24], top=1)
