from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import text_examples
import torch

from netloom.compression.onnx_export import export_model
from netloom.inference.evaluation import evaluate_model
from netloom.inference.predictor import Predictor
from netloom.models.architecture import Architecture
from netloom.models.decoder_spec import FusedPyramidDecoder
from netloom.models.network import build_network
from netloom.models.package import PackageManifest, save_package
from netloom.models.spec import ConvNet
from netloom.tasks.text_detection.losses import DifferentiableBinarization
from netloom.tasks.text_detection.task import TextDetectionTask

TASK = TextDetectionTask()


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model package, trained for a few seconds."""
    folder = tmp_path_factory.mktemp("pages")
    samples = text_examples.pages(folder)
    plan = Architecture(
        input=TASK.image_input(samples),
        backbone=ConvNet(widths=(8, 12, 16), dropout=0.0),
        decoder=FusedPyramidDecoder(width=12, finest=1),
        head=TASK.head((), dropout=0.0),
    )
    torch.set_num_threads(1)
    network = build_network(plan, seed=0)
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.01)
    batches = TASK.batches(samples, batch_size=7, shuffle=True)
    for epoch in range(18):
        for batch in batches.epoch(epoch):
            loss = TASK.loss(network(*TASK.inputs(batch)), batch, loss=DifferentiableBinarization())
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    manifest = PackageManifest(task=TASK.name, labels=(), architecture=plan)
    save_package(folder / "model", manifest, network.state_dict())
    return folder / "model"


def test_text_is_found_after_a_few_seconds_of_training(package: Path) -> None:
    samples = text_examples.pages(package.parent)
    scored = Predictor.open(package).scored(samples)
    found = TASK.evaluate(scored, samples, (), bootstrap=0, seed=0)
    assert found.metrics["h_mean"] >= 0.9
    assert found.metrics["mean_overlap"] >= 0.7


def test_the_evaluation_of_a_data_set_goes_through_the_predictor(package: Path) -> None:
    view = text_examples.view_of(package.parent)
    resolve = lambda place: package.parent / place.removeprefix("work:")  # noqa: E731
    found = evaluate_model(Predictor.open(package), view, resolve, part="train", bootstrap=10)
    assert found.metrics["texts"] == 12


def test_an_exported_model_finds_the_same(package: Path, tmp_path: Path) -> None:
    export_model(package, tmp_path / "exported", timed=False)
    samples = text_examples.pages(package.parent)
    pictures = [samples.read(position) for position in range(len(samples))]
    trained, exported = (
        Predictor.open(folder).predict(pictures) for folder in (package, tmp_path / "exported")
    )
    assert [len(each["objects"]) for each in trained] == [len(each["objects"]) for each in exported]
    for one, two in zip(trained, exported, strict=True):
        for first, second in zip(one["objects"], two["objects"], strict=True):
            np.testing.assert_allclose(first["polygon"], second["polygon"], atol=1e-2)
