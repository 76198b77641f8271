from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

from netloom.data.loaders import Batch
from netloom.models.architecture import Architecture, ImageInput
from netloom.models.network import build_network
from netloom.models.spec import ConvNet
from netloom.tasks.image_classification.task import ImageClassificationTask
from netloom.tasks.losses import ClassificationLoss, CrossEntropy, Focal
from netloom.training.optimization import build_optimizer
from netloom.training.recipe import AdamW

TASK = ImageClassificationTask()
LABELS = ("a", "b", "c")


def batch(count: int = 12) -> Batch:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (count, 1, 8, 8), generator=generator, dtype=torch.uint8)
    return Batch(images, torch.arange(count) % 3, torch.arange(count))


def architecture() -> Architecture:
    return Architecture(
        input=ImageInput(channels=1, height=8, width=8, mean=(0.5,), std=(0.25,)),
        backbone=ConvNet(widths=(8, 8)),
        head=TASK.head(LABELS, dropout=0.0),
    )


@pytest.mark.parametrize("loss", [CrossEntropy(), CrossEntropy(label_smoothing=0.1), Focal()])
def test_twenty_steps_on_one_batch_lower_the_loss(loss: ClassificationLoss) -> None:
    network = build_network(architecture(), seed=0)
    optimizer = build_optimizer(AdamW(learning_rate=0.01), network.named_parameters())
    one = batch()
    values = []
    for _ in range(20):
        value = TASK.loss(network(*TASK.inputs(one)), one, loss=loss)
        value.backward()
        optimizer.step()
        optimizer.zero_grad()
        values.append(value.item())
    assert values[-1] < 0.6 * values[0]


def test_the_tally_agrees_with_the_whole_computed_at_once() -> None:
    logits = torch.randn((20, 3), generator=torch.Generator().manual_seed(1))
    labels = torch.arange(20) % 3
    tally = TASK.tally(LABELS)
    for part in torch.arange(20).split(7):
        tally.update(logits[part], Batch(logits[part], labels[part], part))
    assert tally.metrics() == {
        "accuracy": pytest.approx((logits.argmax(1) == labels).float().mean().item()),
        "loss": pytest.approx(torch.nn.functional.cross_entropy(logits, labels).item()),
    }
    assert np.isnan(TASK.tally(LABELS).metrics()["accuracy"])


def test_predictions_are_json_with_every_score() -> None:
    scores = TASK.scores(torch.tensor([[0.0, 2.0, 0.0]]))
    (prediction,) = TASK.decode(scores, LABELS)
    assert prediction["label"] == "b"
    assert list(prediction["scores"]) == list(LABELS)
    assert sum(prediction["scores"].values()) == pytest.approx(1.0)
    assert prediction["score"] == prediction["scores"]["b"]


@pytest.mark.parametrize("shape", [(8, 8, 1), (300, 200, 3), (1, 40, 3)])
def test_a_drawing_is_a_png(shape: tuple[int, int, int]) -> None:
    prediction = {"label": "b", "score": 0.5, "scores": {}}
    png = TASK.draw(np.zeros(shape, np.uint8), prediction, truth={"label": "a"})
    image = Image.open(io.BytesIO(png))
    assert image.format == "PNG"
    assert max(image.size) <= 200


def test_the_signature_is_that_of_the_network() -> None:
    signature = TASK.signature(architecture())
    assert signature.inputs[0].shape == ("batch", 1, 8, 8)
    assert signature.outputs[0].shape == ("batch", 3)
    assert build_network(architecture()).eval()(batch(2).images_NCHW).shape == (2, 3)
    assert architecture().head.type in TASK.heads
