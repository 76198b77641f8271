"""Every decoder for pixels: one picture alone predicts as in a batch, and as exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from netloom.compression.onnx_export import export_model
from netloom.inference.predictor import Predictor
from netloom.models.architecture import Architecture, ImageInput, PixelHead
from netloom.models.decoder_spec import (
    DeepLabDecoder,
    FusedPyramidDecoder,
    PixelDecoder,
    PyramidDecoder,
    SegFormerDecoder,
    SegNetDecoder,
    UNetDecoder,
)
from netloom.models.network import Network, build_network
from netloom.models.package import PackageManifest, save_package
from netloom.models.spec import Backbone, ConvNet, MobileNetV2, ResNet, Transformers

LABELS = ("dark", "middling", "bright")
SIZE = (33, 46)
NETWORKS: list[tuple[Backbone, PixelDecoder]] = [
    (ConvNet(widths=(6, 8, 10), dropout=0.0), UNetDecoder(width=6)),
    (ConvNet(widths=(6, 8, 10), dropout=0.0), SegNetDecoder(convolutions=1)),
    (
        ResNet(depth=50, width=0.125, stem="imagenet", output_stride=8),
        DeepLabDecoder(width=8, dropout=0.0),
    ),
    (MobileNetV2(width_multiple=0.25, dropout=0.0), PyramidDecoder(width=8)),
    (ConvNet(widths=(6, 8, 10), dropout=0.0), FusedPyramidDecoder(width=8, finest=2)),
    (Transformers(family="segformer"), SegFormerDecoder(width=12, dropout=0.0)),
    (Transformers(family="swin"), UNetDecoder(width=6)),
    (Transformers(family="mobilenet_v2"), UNetDecoder(width=6)),
]


@pytest.mark.parametrize(("backbone", "decoder"), NETWORKS, ids=lambda part: str(part.type))
def test_batch_single_and_exported_predict_the_same(
    backbone: Backbone, decoder: PixelDecoder, tmp_path: Path, capfd: Any
) -> None:
    plan = Architecture(
        input=ImageInput(
            channels=3, height=SIZE[0], width=SIZE[1], mean=(0.5,) * 3, std=(0.25,) * 3
        ),
        backbone=backbone,
        decoder=decoder,
        head=PixelHead(outputs=len(LABELS)),
    )
    pixels, masks = bands()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = build_network(plan)
        losses = train_a_little(network, pixels, masks)
    assert losses[-1] < 0.95 * losses[0]
    manifest = PackageManifest(task="semantic_segmentation", labels=LABELS, architecture=plan)
    save_package(tmp_path / "model", manifest, network.state_dict())
    # Where two neighbours are almost equal, rounding decides to which place segnet puts a value back.
    tolerance = 0.05 if isinstance(decoder, SegNetDecoder) else 1e-4
    export = export_model(
        tmp_path / "model", tmp_path / "exported", tolerance=tolerance, timed=False
    )
    assert export.manifest.parity.batch_sizes == (1, 2, 5, 8)
    trained = Predictor.open(tmp_path / "model").predict(pixels)
    for folder, batch_size in (("model", 1), ("exported", 4)):
        predictor = Predictor.open(tmp_path / folder, batch_size=batch_size)
        for found, expected in zip(predictor.predict(pixels), trained, strict=True):
            # A pixel on the verge may fall to either side.
            assert found["classes"] == pytest.approx(expected["classes"], abs=2 / np.prod(SIZE))
    assert capfd.readouterr() == ("", "")


def bands() -> tuple[np.ndarray, np.ndarray]:
    """Pictures of three bands of different brightness, and what each pixel shows."""
    rng = np.random.default_rng(0)
    masks = np.empty((4, *SIZE), np.int64)
    for mask in masks:
        ends = np.sort(rng.integers(4, SIZE[1] - 4, 2))
        mask[:] = np.searchsorted(ends, np.arange(SIZE[1]), side="right")
    noise = rng.integers(0, 60, (4, *SIZE, 3))
    return (noise + 90 * masks[..., None]).astype(np.uint8), masks


def train_a_little(network: Network, pixels: np.ndarray, masks: np.ndarray) -> list[float]:
    """So that running statistics are not those of a fresh network."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)
    images_NCHW, losses = torch.from_numpy(pixels).permute(0, 3, 1, 2), []
    for _ in range(6):
        loss = cross_entropy(network(images_NCHW), torch.from_numpy(masks))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
    return losses
