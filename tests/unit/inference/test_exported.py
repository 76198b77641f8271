"""Predicting with an exported model: the same answers, without a deep-learning framework."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import netloom
from netloom.compression.onnx_export import export_model
from netloom.core.errors import InvalidData
from netloom.data.transforms.sizing import Resize
from netloom.inference.evaluation import evaluate_model
from netloom.inference.predictor import Predictor
from netloom.training.train import train_model
from netloom.training.training import Training


@pytest.fixture
def trained(make_training: Callable[..., Training], make_shapes: Callable[..., Any]) -> Training:
    training = make_training(view=make_shapes(transforms=(Resize(size=16),)), epochs=4)
    train_model(training)
    return training


@pytest.fixture
def exported(trained: Training, tmp_path: Path) -> Path:
    export_model(trained.package, tmp_path / "exported")
    return tmp_path / "exported"


def flat(predictions: list[dict[str, Any]]) -> np.ndarray:
    return np.array([list(prediction["scores"].values()) for prediction in predictions])


def pictures(count: int = 7, side: int = 12) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, side, side, 1), dtype=np.uint8)


def test_it_predicts_what_the_trained_model_predicts(trained: Training, exported: Path) -> None:
    images = pictures()
    expected = netloom.load(trained.package).predict(images)
    found = netloom.load(exported).predict(images)
    np.testing.assert_allclose(flat(found), flat(expected), atol=1e-6, rtol=0)
    assert [row["label"] for row in found] == [row["label"] for row in expected]
    json.dumps(found)


def test_batches_of_any_size_predict_the_same(exported: Path) -> None:
    images = pictures(9)
    alone, together = (Predictor.open(exported, batch_size=size) for size in (1, 64))
    np.testing.assert_allclose(
        flat(alone.predict(images)), flat(together.predict(images)), atol=1e-6, rtol=0
    )


def test_it_can_be_evaluated_like_the_trained_model(trained: Training, exported: Path) -> None:
    metrics = [
        evaluate_model(
            Predictor.open(folder), trained.dataset, trained.resolve, bootstrap=0
        ).metrics
        for folder in (trained.package, exported)
    ]
    assert metrics[1]["accuracy"] == metrics[0]["accuracy"]
    assert metrics[1]["samples"] == 24


def test_threads_share_one_model(exported: Path) -> None:
    predictor = Predictor.open(exported)
    images = pictures(5)
    expected = flat(predictor.predict(images))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: flat(predictor.predict(images)), range(16)))
    for answer in answers:
        np.testing.assert_allclose(answer, expected, atol=1e-7, rtol=0)


def test_a_damaged_graph_is_not_used(exported: Path) -> None:
    graph = exported / "model.onnx"
    graph.write_bytes(graph.read_bytes() + b"\0")
    with pytest.raises(InvalidData, match="digest"):
        netloom.load(exported)


def test_no_deep_learning_framework_is_loaded(exported: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "picture.png"), pictures(1)[0])
    program = (
        "import json, sys, netloom\n"
        "predictor = netloom.load(sys.argv[1])\n"
        "found = predictor.predict([sys.argv[2]])\n"
        "heavy = {'torch', 'transformers', 'lightning_fabric', 'sklearn', 'pyarrow', 'onnx'}\n"
        "print(json.dumps([len(found), sorted(heavy & set(sys.modules))]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(exported), str(tmp_path / "picture.png")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[1, []]\n", "")
