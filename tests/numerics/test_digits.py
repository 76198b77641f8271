"""The default network and recipe on real handwritten digits, with an honest test part."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from netloom.core.reporter import SilentReporter
from netloom.data.formats.digits import write_digits
from netloom.data.index import read_index, with_parts, write_index
from netloom.data.transforms.normalization import Normalize
from netloom.data.transforms.sizing import Resize
from netloom.data.transforms.spatial import Rotate
from netloom.inference.evaluation import evaluate_model
from netloom.inference.predictor import Predictor
from netloom.models.spec import ConvNet, Model
from netloom.tasks.losses import CrossEntropy
from netloom.training.recipe import Recipe
from netloom.training.train import train_model
from netloom.training.training import Training


def test_digits_are_learned_in_seconds(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    view = write_digits(tmp_path)
    index = tmp_path / "index.parquet"
    shuffled = np.random.default_rng(0).permutation(1797)
    parts = np.full(1797, "train", dtype=object)
    parts[shuffled[:360]] = "test"
    parts[shuffled[360:540]] = "valid"
    write_index(index, with_parts(read_index(index), parts.tolist()))
    view = replace(view, transforms=(Resize(size=16), Normalize(), Rotate(degrees=10)))

    def resolve(location: str) -> Path:
        return tmp_path / location.removeprefix("work:")

    training = Training(
        model=Model(task="image_classification", backbone=ConvNet()),
        dataset=view,
        resolve=resolve,
        recipe=Recipe(epochs=8),
        loss=CrossEntropy(),
        reporter=SilentReporter(tmp_path / "checkpoints"),
        package=tmp_path / "model",
    )
    train_model(training)
    evaluation = evaluate_model(Predictor.open(tmp_path / "model"), view, resolve)
    assert evaluation.metrics["accuracy"] >= 0.975
