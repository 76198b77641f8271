from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from netloom.models.spec import (
    ConvNet,
    Model,
    Perceptron,
    TrainedModel,
    backbone_from_json,
    model_from_json,
)


@pytest.mark.parametrize(
    "model",
    [
        Model(task="image_classification", backbone=ConvNet(widths=(4,), dropout=0.5)),
        Model(task="image_classification", backbone=Perceptron(), labels=("a", "b")),
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
    ],
)
def test_unknown_or_impossible_backbones_are_refused(document: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        backbone_from_json(document)


def test_describing_models_and_trainings_needs_no_tensor_library() -> None:
    program = (
        "import sys; import netloom.operators.models, netloom.operators.training; "
        "print(sorted({'torch', 'lightning_fabric', 'cv2', 'pyarrow', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
