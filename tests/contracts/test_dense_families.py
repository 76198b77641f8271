"""Every task that speaks of pixels learns with a native network and with one of the transformers library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dense_examples as dense
import pytest
import torch

from netloom.data.datasets import Samples
from netloom.models.architecture import Architecture
from netloom.models.decoder_spec import PixelDecoder, SegFormerDecoder, UNetDecoder
from netloom.models.network import build_network
from netloom.models.spec import Backbone, ConvNet, Transformers
from netloom.tasks.catalogue import task_named
from netloom.tasks.loss_choice import losses_of

TASKS: list[tuple[str, Callable[[Path], Samples], str]] = [
    ("semantic_segmentation", dense.halves, "mean_iou"),
    ("depth_estimation", dense.planes, "delta1"),
    ("normal_estimation", dense.roofs, "within_11"),
]
FAMILIES: list[tuple[Backbone, PixelDecoder]] = [
    (ConvNet(widths=(12, 16), dropout=0.0), UNetDecoder(width=8)),
    (Transformers(family="segformer"), SegFormerDecoder(width=32, dropout=0.0)),
]


@pytest.mark.parametrize("parts", FAMILIES, ids=lambda parts: str(parts[1].type))
@pytest.mark.parametrize("asked", TASKS, ids=lambda asked: asked[0])
def test_sixty_steps_tell_light_from_dark(
    asked: tuple[str, Callable[[Path], Samples], str],
    parts: tuple[Backbone, PixelDecoder],
    tmp_path: Path,
) -> None:
    (name, written, metric), (backbone, decoder) = asked, parts
    task, samples = task_named(name), written(tmp_path)
    labels = samples.label_names
    plan = Architecture(
        input=task.image_input(samples),
        backbone=backbone,
        decoder=decoder,
        head=task.head(labels, dropout=0.0),
    )
    network = build_network(plan, seed=0)
    optimizer = torch.optim.AdamW(network.parameters(), lr=5e-3)
    loss = task.fitted_loss(losses_of(task)[0](), samples)
    batch = next(task.batches(samples, batch_size=len(samples)).epoch(0))
    for _ in range(60):
        optimizer.zero_grad()
        value = task.loss(network(*task.inputs(batch)), batch, loss=loss)
        value.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    tally = task.tally(labels)
    with torch.inference_mode():
        tally.update(network.eval()(*task.inputs(batch)), batch)
    assert tally.metrics()[metric] > 0.75
