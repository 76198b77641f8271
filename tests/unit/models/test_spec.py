from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from netloom.models.model_json import backbone_from_json, model_from_json
from netloom.models.spec import (
    AlexNet,
    ConvNet,
    LastBlocks,
    Model,
    Perceptron,
    ResNet,
    TrainedModel,
)


@pytest.mark.parametrize(
    "model",
    [
        Model(task="image_classification", backbone=ConvNet(widths=(4,), dropout=0.5)),
        Model(task="image_classification", backbone=Perceptron(), labels=("a", "b")),
        Model(task="image_classification", backbone=ResNet(depth=50, stem="cifar"), tune="head"),
        Model(task="image_classification", backbone=AlexNet(), tune=LastBlocks(last=2)),
        TrainedModel(
            task="image_classification", backbone=ConvNet(), labels=("a",), package="artifact:1"
        ),
    ],
)
def test_json_and_back(model: Model) -> None:
    again = model_from_json(model.to_json())
    assert again == model
    assert type(again) is type(model)


@pytest.mark.parametrize(
    "document",
    [
        {"type": "transformer"},
        {"type": "convnet", "depth": 18},
        {"type": "convnet", "widths": []},
        {"type": "convnet", "widths": [0]},
        {"type": "convnet", "dropout": 1.5},
        {"type": "resnet", "depth": 19},
        {"type": "resnet", "depth": 56, "stem": "imagenet"},
        {"type": "vgg", "depth": 12},
        {"type": "densenet", "growth": 0},
        {"type": "mobilenet_v2", "width_multiple": 0},
        {"type": "transformers"},
        {"type": "transformers", "family": "vit", "revision": "main"},
    ],
)
def test_unknown_or_impossible_backbones_are_refused(document: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        backbone_from_json(document)


def test_the_last_blocks_are_written_as_a_number() -> None:
    model: Model = Model(task="t", backbone=ConvNet(), tune=LastBlocks(last=2))
    assert model.to_json()["tune"] == {"last": 2}
    with pytest.raises(ValidationError):
        model_from_json({**model.to_json(), "tune": {"last": 0}})
    with pytest.raises(ValidationError):
        model_from_json({**model.to_json(), "tune": "nothing"})


def test_describing_models_and_trainings_needs_no_tensor_library() -> None:
    program = (
        "import sys; import netloom.operators.models, netloom.operators.training; "
        "print(sorted({'torch', 'lightning_fabric', 'cv2', 'pyarrow', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
