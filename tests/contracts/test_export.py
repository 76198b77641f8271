"""Every kind of backbone: one picture alone predicts as in a batch, and as exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from netloom.compression.onnx_export import export_model
from netloom.inference.predictor import Predictor
from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.backbones.initialisation import initialise
from netloom.models.network import Network, build_network
from netloom.models.package import PackageManifest, save_package
from netloom.models.pretrained import resolved_backbone
from netloom.models.spec import (
    VGG,
    AlexNet,
    Backbone,
    ConvNet,
    DenseNet,
    MobileNetV2,
    NAFNet,
    Perceptron,
    ResNet,
    Transformers,
)
from netloom.models.transformers_presets import Family

LABELS = ("a", "b", "c")

# The type, and a picture large enough for it: height and width differ, to find what mixes them up.
BACKBONES: list[tuple[Backbone, tuple[int, int]]] = [
    (ConvNet(widths=(6, 8)), (9, 12)),
    (Perceptron(widths=(8,)), (9, 12)),
    (AlexNet(hidden=16), (16, 20)),
    (VGG(depth=11, hidden=32, dropout=0.0), (32, 40)),
    (ResNet(depth=20, width=0.5), (9, 12)),
    (ResNet(depth=18, width=0.25, stem="imagenet"), (32, 40)),
    (DenseNet(depth=121, growth=4), (8, 12)),
    (MobileNetV2(width_multiple=0.25), (9, 12)),
    (NAFNet(width=16, blocks=(1, 1)), (8, 12)),
    *((Transformers(family=family), (8, 12)) for family in get_args(Family)),
]


def name_of(backbone: Any) -> str:
    if isinstance(backbone, tuple):
        return "{}x{}".format(*backbone)
    return str(getattr(backbone, "family", None) or backbone.type)


def train_a_little(network: Network, images_NCHW: torch.Tensor) -> None:
    """A few steps, so that running statistics and biases are not those of a fresh network."""
    labels_N = torch.arange(len(images_NCHW)) % len(LABELS)
    if getattr(network.backbone, "family", None) == "mobilenet_v2":
        initialise(network)  # the library begins with weights so small that no picture matters yet
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 0.5  # or running statistics would need more steps
    optimizer = torch.optim.AdamW(network.parameters(), lr=5e-4)
    network.train()
    for _ in range(6):
        optimizer.zero_grad()
        loss = cross_entropy(network(images_NCHW), labels_N)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()


@pytest.fixture
def pixels(request: pytest.FixtureRequest) -> np.ndarray:
    """Nine noisy pictures, dark, middling and bright in turn, so that there is something to learn."""
    height, width = request.param
    noise = np.random.default_rng(0).integers(0, 86, (9, height, width, 3))
    return (noise + 85 * (np.arange(9) % 3).reshape(9, 1, 1, 1)).astype(np.uint8)


@pytest.mark.parametrize(("backbone", "pixels"), BACKBONES, indirect=["pixels"], ids=name_of)
def test_batch_single_and_exported_predict_the_same(
    backbone: Backbone, pixels: np.ndarray, tmp_path: Path, capfd: Any
) -> None:
    _, height, width, _ = pixels.shape
    plan = Architecture(
        input=ImageInput(channels=3, height=height, width=width, mean=(0.5,) * 3, std=(0.2,) * 3),
        backbone=resolved_backbone(backbone),
        head=LinearHead(outputs=3, dropout=backbone.dropout),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = build_network(plan)
        train_a_little(network, torch.from_numpy(pixels).permute(0, 3, 1, 2))
    manifest = PackageManifest(task="image_classification", labels=LABELS, architecture=plan)
    save_package(tmp_path / "model", manifest, network.state_dict())

    export = export_model(tmp_path / "model", tmp_path / "exported", tolerance=1e-5, timed=False)
    assert export.manifest.parity.batch_sizes == (1, 2, 5, 8)

    trained = scores(Predictor.open(tmp_path / "model"), pixels)
    for folder, batch_size in (("model", 1), ("exported", 1), ("exported", 256)):
        predictor = Predictor.open(tmp_path / folder, batch_size=batch_size)
        np.testing.assert_allclose(scores(predictor, pixels), trained, atol=1e-5, rtol=0)
    assert np.ptp(trained, axis=0).max() > 1e-4  # the pictures do make a difference
    assert capfd.readouterr() == ("", "")


def scores(predictor: Predictor, pixels: np.ndarray) -> np.ndarray:
    return np.array([list(found["scores"].values()) for found in predictor.predict(pixels)])


def test_every_type_of_backbone_is_tried() -> None:
    kinds = set(get_args(get_args(Backbone)[0]))
    assert {type(backbone) for backbone, _ in BACKBONES} == kinds
