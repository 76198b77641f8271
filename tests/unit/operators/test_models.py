from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from netloom.core.digests import canonical_json
from netloom.core.errors import InvalidData, NotFound
from netloom.core.tasks import ImageClassification
from netloom.execution.context import RunContext
from netloom.graph.catalogue import Catalogue
from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.codecs import ModelCodec, TrainedModelCodec
from netloom.models.network import build_network
from netloom.models.package import open_package
from netloom.models.spec import (
    VGG,
    ConvNet,
    LastBlocks,
    Model,
    Perceptron,
    ResNet,
    TrainedModel,
)
from netloom.operators import models
from netloom.operators.models import image_classifier, import_weights, load, profile

BACKBONE = ResNet(depth=20, width=0.25)
LABELS = ("cat", "dog", "owl")


@pytest.fixture
def run(tmp_path: Path) -> RunContext:
    torch.set_num_threads(1)
    return RunContext.in_process(tmp_path / "run", project=tmp_path)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A state dict as torchvision would have written it, for pictures of 16×16."""
    architecture = Architecture(
        input=ImageInput(channels=3, height=16, width=16, mean=(0.5,) * 3, std=(0.5,) * 3),
        backbone=BACKBONE,
        head=LinearHead(outputs=3),
    )
    state = build_network(architecture, seed=5).state_dict()
    names = {"head.1.weight": "fc.weight", "head.1.bias": "fc.bias"}
    path = tmp_path / "resnet20.pth"
    torch.save({names.get(n, n.removeprefix("backbone.")): t for n, t in state.items()}, path)
    return path


def test_the_classifier_is_an_inline_description() -> None:
    assert not image_classifier.is_job
    assert image_classifier.id == "models.image_classifier"
    assert image_classifier(backbone=Perceptron(), tune=LastBlocks(last=1)) == Model(
        task="image_classification", backbone=Perceptron(), tune=LastBlocks(last=1)
    )
    assert [port.type for port in image_classifier.outputs.values()] == [Model[ImageClassification]]


def test_settings_come_from_files_as_plain_values() -> None:
    settings = image_classifier.settings_type.model_validate(
        {"backbone": {"type": "convnet", "widths": [8, 16]}, "tune": {"last": 2}}
    )
    assert settings.model_dump() == {
        "backbone": {"type": "convnet", "widths": (8, 16), "dropout": 0.1},
        "tune": {"last": 2},
    }


def test_models_bring_their_codecs() -> None:
    catalogue = Catalogue().with_module(models)
    described = Model(task="image_classification", backbone=ConvNet())
    trained = TrainedModel(task="image_classification", backbone=ConvNet(), package="work:model")
    assert isinstance(catalogue.codec_for_value(described), ModelCodec)
    assert isinstance(catalogue.codec_for_value(trained), TrainedModelCodec)


def test_a_model_is_profiled_on_the_pictures_of_the_data(
    make_shapes: Callable[..., Any], run: RunContext
) -> None:
    described = image_classifier(backbone=ConvNet(widths=(4, 6)), tune="head")
    costs = profile(described, make_shapes(), batch_size=8, repeats=2, run=run)
    canonical_json(costs.metrics)
    assert (costs.metrics["channels"], costs.metrics["height"], costs.metrics["width"]) == (
        make_shapes().channels,
        12,
        12,
    )
    assert costs.metrics["trainable"] == 3 * 6 + 3
    assert costs.metrics["parameters"] > costs.metrics["trainable"]
    rows = pq.read_table(run.resolve(costs.blocks.location)).to_pylist()
    assert [row["block"] for row in rows] == [
        "normalization",
        "backbone.stages.0",
        "backbone.stages.1",
        "head",
    ]
    assert sum(row["macs"] for row in rows) == costs.metrics["macs"]


def test_pictures_that_are_too_small_are_noticed_by_profiling(
    make_shapes: Callable[..., Any], run: RunContext
) -> None:
    with pytest.raises(InvalidData, match="pictures are too small for vgg"):
        profile(image_classifier(backbone=VGG()), make_shapes(), run=run)


def test_imported_weights_predict_as_they_did(weights: Path, run: RunContext) -> None:
    from netloom.inference.predictor import Predictor

    model = import_weights(
        path=weights.name,
        backbone=BACKBONE,
        labels=LABELS,
        size=16,
        mean=0.5,
        std=0.5,
        run=run,
    )
    assert (model.labels, model.backbone, model.package) == (LABELS, BACKBONE, "work:model")
    opened = open_package(run.resolve(model.package))
    assert opened.manifest.preprocessing[0]["size"] == 16
    original = build_network(opened.manifest.architecture, seed=5).eval()
    image_HWC = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    with torch.inference_mode():
        logits = original(torch.from_numpy(image_HWC).permute(2, 0, 1)[None])
    predictor = Predictor.open(run.resolve(model.package))
    (prediction,) = predictor.predict(image_HWC)
    assert prediction["scores"] == pytest.approx(
        dict(zip(LABELS, logits.softmax(1)[0].tolist(), strict=True)), abs=1e-6
    )
    (resized,) = predictor.predict(np.zeros((40, 30, 3), np.uint8))
    assert set(resized["scores"]) == set(LABELS)


def test_labels_may_be_the_lines_of_a_file(weights: Path, run: RunContext, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("\n".join(LABELS))
    model = import_weights(
        path=str(weights), backbone=BACKBONE, labels="labels.txt", size=16, run=run
    )
    assert model.labels == LABELS


def test_a_pretrained_backbone_cannot_be_imported_into(weights: Path, run: RunContext) -> None:
    with pytest.raises(InvalidData, match="Remove pretrained"):
        import_weights(
            path=str(weights), backbone=ResNet(pretrained="x.pth"), labels=LABELS, run=run
        )


def test_the_identity_of_imported_weights_follows_their_files(
    weights: Path, tmp_path: Path
) -> None:
    (tmp_path / "labels.txt").write_text("\n".join(LABELS))
    assert import_weights.identity is not None

    def identity() -> str | None:
        assert import_weights.identity is not None
        return import_weights.identity(path=weights.name, labels="labels.txt", project=tmp_path)

    first = identity()
    assert identity() == first
    (tmp_path / "labels.txt").write_text("\n".join((*LABELS, "yak")))
    second = identity()
    weights.write_bytes(weights.read_bytes() + b" ")
    assert len({first, second, identity()}) == 3


def test_missing_files_are_noticed_before_anything_runs(tmp_path: Path) -> None:
    assert import_weights.identity is not None
    assert load.identity is not None
    with pytest.raises(NotFound):
        import_weights.identity(path="nowhere.pth", labels=LABELS, project=tmp_path)
    with pytest.raises(NotFound):
        load.identity(path="nowhere", project=tmp_path)


def test_a_package_on_disk_is_loaded_as_a_trained_model(weights: Path, run: RunContext) -> None:
    imported = import_weights(path=str(weights), backbone=BACKBONE, labels=LABELS, size=16, run=run)
    folder = run.resolve(imported.package)
    model = load(path=str(folder), run=run)
    assert model == replace(imported, package=f"path:{folder}")
    assert load.identity is not None
    before = load.identity(path=str(folder), project=folder)
    (folder / "weights.safetensors").write_bytes(b"damaged")
    assert load.identity(path=str(folder), project=folder) == before
    with pytest.raises(InvalidData, match="is damaged"):
        load(path=str(folder), run=run)


def test_a_loaded_model_can_be_profiled(
    weights: Path, make_shapes: Callable[..., Any], run: RunContext
) -> None:
    imported = import_weights(path=str(weights), backbone=BACKBONE, labels=LABELS, size=16, run=run)
    loaded = load(path=str(run.resolve(imported.package)), run=run)
    costs = profile(loaded, make_shapes(), repeats=1, run=run)
    assert (costs.metrics["channels"], costs.metrics["height"]) == (3, 16)
