from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from video_examples import brightening

from netloom.core.errors import InvalidData, InvalidInput
from netloom.core.reporter import SilentReporter
from netloom.data.transforms.clips import Clips
from netloom.data.transforms.normalization import Normalize
from netloom.data.transforms.sizing import RandomCrop, Resize
from netloom.data.transforms.spatial import Flip
from netloom.data.view import Dataset
from netloom.models.package import open_package, read_manifest
from netloom.models.spec import ConvNet, FrameSequence, Model, Perceptron, ResNet, TrainedModel
from netloom.training.preparation import preprocessing_of
from netloom.training.train import train_model
from netloom.training.training import Training

MakeTraining = Callable[..., Training]
MakeShapes = Callable[..., Any]


def codes(caught: pytest.ExceptionInfo[InvalidInput]) -> list[str]:
    return [diagnostic.code for diagnostic in caught.value.diagnostics]


def test_the_package_says_what_the_model_needs(
    make_training: MakeTraining, make_shapes: MakeShapes
) -> None:
    transforms = (Resize(size=16), Normalize(mean=0.25, std=0.5), Flip(), RandomCrop(size=14))
    training = make_training(view=make_shapes(transforms=transforms), epochs=1)
    train_model(training)
    manifest = read_manifest(training.package)
    image = manifest.architecture.input
    assert manifest.labels == ("upright", "lying", "slanted")
    assert (image.channels, image.height, image.width) == (1, 14, 14)
    assert (image.mean, image.std) == ((0.25,), (0.5,))
    assert [step["type"] for step in manifest.preprocessing] == ["resize", "random_crop"]
    assert manifest.preprocessing == preprocessing_of(training.dataset)


def test_an_empty_training_part_is_explained(
    make_training: MakeTraining, make_shapes: MakeShapes
) -> None:
    with pytest.raises(InvalidData, match="train part of the data is empty") as caught:
        train_model(make_training(view=make_shapes({"test": 9})))
    assert codes(caught) == ["I301"]


def test_all_problems_of_the_data_come_at_once(
    make_training: MakeTraining, make_shapes: MakeShapes
) -> None:
    view = make_shapes({"train": 6}, labels=[1, 1, None, 1, 1, None])
    with pytest.raises(InvalidData) as caught:
        train_model(make_training(view=view, patience=3, batch_size=16))
    assert codes(caught) == ["I302", "I303", "I304", "I306"]


def test_a_model_may_order_the_labels_its_own_way(
    make_training: MakeTraining, make_shapes: MakeShapes
) -> None:
    model: Model[Any] = Model(
        task="image_classification",
        backbone=ConvNet(widths=(4,)),
        labels=("slanted", "other", "lying", "upright"),
    )
    training = make_training(model=model, epochs=1)
    train_model(training)
    assert read_manifest(training.package).labels == model.labels
    strange = replace(model, labels=("lying", "upright"))
    with pytest.raises(InvalidData, match="slanted"):
        train_model(make_training("strange", model=strange))


def test_without_validation_the_last_weights_are_kept(
    make_training: MakeTraining, make_shapes: MakeShapes
) -> None:
    result = train_model(make_training(view=make_shapes({"train": 30})))
    assert [sorted(row) for row in result.history] == [
        ["epoch", "learning_rate", "loss", "step"]
    ] * 3


def test_training_starts_from_trained_weights_as_far_as_they_fit(
    make_training: MakeTraining,
) -> None:
    first = make_training("first")
    train_model(first)
    start: TrainedModel[Any] = TrainedModel(
        task="image_classification",
        backbone=first.model.backbone,
        package=f"path:{first.package}",
    )
    wider = replace(first.model, labels=("upright", "lying", "slanted", "round"))
    frozen = {"type": "adamw", "learning_rate": 1e-12, "weight_decay": 0.0}
    second = make_training(
        "second", model=wider, start_from=start, epochs=1, optimizer=frozen, keep="last"
    )
    train_model(second)
    name = "backbone.stages.0.0.weight"
    old = open_package(first.package).network.state_dict()[name]
    new = open_package(second.package).network.state_dict()[name]
    torch.testing.assert_close(new, old)
    assert isinstance(second.reporter, SilentReporter)
    assert any("2 adapted (head.1.weight, head.1.bias)" in n for n in second.reporter.notes)


def test_a_classifier_of_pictures_lends_its_backbone_to_a_network_for_videos(
    make_training: MakeTraining, tmp_path: Path
) -> None:
    first = make_training("first", epochs=1)
    train_model(first)
    start: TrainedModel[Any] = TrainedModel(
        task="image_classification",
        backbone=first.model.backbone,
        package=f"path:{first.package}",
    )
    labels = brightening(tmp_path / "videos").label_names
    videos: Dataset[Any] = Dataset(
        task="video_classification",
        index=f"path:{tmp_path / 'videos' / 'index.parquet'}",
        media=f"path:{tmp_path / 'videos' / 'media'}",
        media_kind="folder",
        labels=labels,
        channels=1,
    ).with_transform(Clips(frames=4))
    frames: Model[Any] = Model(
        task="video_classification", backbone=FrameSequence(images=first.model.backbone)
    )
    frozen = {"type": "adamw", "learning_rate": 1e-12, "weight_decay": 0.0}
    options: dict[str, Any] = {"epochs": 1, "batch_size": 7, "optimizer": frozen, "keep": "last"}
    second = make_training("second", view=videos, model=frames, start_from=start, **options)
    train_model(second)
    old = open_package(first.package).network.backbone.state_dict()
    new = open_package(second.package).network.backbone.get_submodule("images").state_dict()
    learned = [name for name in old if name.endswith(("weight", "bias"))]
    assert len(learned) > 3
    for name in learned:
        torch.testing.assert_close(new[name], old[name])
    assert isinstance(second.reporter, SilentReporter)
    (note,) = [note for note in second.reporter.notes if "started from" in note]
    assert "a trained model for image_classification" in note


def test_a_start_that_fits_nowhere_or_was_never_trained_is_refused(
    make_training: MakeTraining,
) -> None:
    with pytest.raises(InvalidData, match="never trained"):
        train_model(make_training(start_from=make_training().model))
    first = make_training("first", epochs=1)
    train_model(first)
    start: TrainedModel[Any] = TrainedModel(
        task="image_classification", backbone=ConvNet(), package=f"path:{first.package}"
    )
    other: Model[Any] = Model(task="image_classification", backbone=Perceptron(widths=(5,)))
    other = replace(other, labels=("upright", "lying", "slanted", "a", "b"))
    with pytest.raises(InvalidData, match="No tensor"):
        train_model(make_training("second", model=other, start_from=start))


def test_pretrained_weights_are_taken_over_and_reported(
    tmp_path: Path, make_training: MakeTraining
) -> None:
    settings: dict[str, Any] = {"depth": 18, "stem": "cifar"}
    model: Model[Any] = Model(task="image_classification", backbone=ResNet(**settings), tune="head")
    first = make_training("first", model=model, epochs=1)
    train_model(first)
    trained = open_package(first.package).network.backbone.state_dict()
    file = tmp_path / "resnet.safetensors"
    save_file({n: t.flip(0) if t.dim() else t for n, t in trained.items()}, file)
    pretrained = replace(model, backbone=ResNet(**settings, pretrained=str(file)))
    second = make_training("second", model=pretrained, epochs=1)
    result = train_model(second)
    start = result.report["start"]
    assert start["source"] == str(file)
    assert (len(start["reused"]) + len(start["adapted"]), start["unused"]) == (len(trained), [])
    assert start["fresh"] == ["head.1.bias", "head.1.weight"]
    name = "backbone.layer4.1.conv2.weight"
    weights = open_package(second.package).network.state_dict()
    torch.testing.assert_close(weights[name], trained[name.removeprefix("backbone.")].flip(0))


_PROGRAM = """
import json, sys, time
from pathlib import Path
import torch
from netloom.core.reporter import SilentReporter
from netloom.data.view import Dataset
from netloom.models.spec import ConvNet, Model
from netloom.tasks.losses import CrossEntropy
from netloom.training.callbacks import Callbacks, StepEnded
from netloom.training.recipe import Recipe
from netloom.training.train import train_model
from netloom.training.training import Training

torch.set_num_threads(1)
folder, view = Path(sys.argv[1]), json.loads(sys.argv[2])
callbacks = Callbacks()
def step_ended(context):
    print(context.step, flush=True)
    time.sleep(0.05)  # leaves the killer time to see the line
callbacks.add(StepEnded, step_ended)
train_model(
    Training(
        model=Model(task="image_classification", backbone=ConvNet(widths=(6, 8), dropout=0.2)),
        dataset=Dataset.from_json(view),
        resolve=lambda location: Path(location.removeprefix("path:")),
        recipe=Recipe.model_validate(
            {"epochs": 4, "batch_size": 16, "log_every": 3, "checkpoints": {"every_steps": 3}}
        ),
        loss=CrossEntropy(),
        reporter=SilentReporter(folder / "checkpoints"),
        package=folder / "model",
        callbacks=callbacks,
    )
)
"""


def test_killed_by_the_system_and_started_again_gives_the_same_bytes(
    tmp_path: Path, make_training: MakeTraining, make_shapes: MakeShapes
) -> None:
    view = make_shapes(transforms=(RandomCrop(size=12, padding=2),))
    settings = {"view": view, "epochs": 4, "checkpoints": {"every_steps": 3}}
    whole = make_training("whole", **settings)
    train_model(whole)
    killed = make_training("killed", **settings)
    command = [sys.executable, "-c", _PROGRAM, str(tmp_path / "killed"), json.dumps(view.to_json())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == 11:
                process.send_signal(signal.SIGKILL)
                break
    assert process.returncode == -signal.SIGKILL
    train_model(killed)
    assert isinstance(killed.reporter, SilentReporter)
    assert min(killed.reporter.metrics["loss"]) > 3
    for file in ("weights.safetensors", "model.json"):
        assert (killed.package / file).read_bytes() == (whole.package / file).read_bytes()


def test_a_finished_training_is_not_repeated(make_training: MakeTraining) -> None:
    train_model(make_training(checkpoints={"every_epochs": 1}))
    again = make_training(checkpoints={"every_epochs": 1})
    result = train_model(again)
    assert isinstance(again.reporter, SilentReporter)
    assert again.reporter.metrics == {}
    assert [row["epoch"] for row in result.history] == [0.0, 1.0, 2.0]


def test_a_single_sample_left_over_does_not_break_batch_norm(
    make_training: MakeTraining, make_shapes: MakeShapes
) -> None:
    view = make_shapes({"train": 33, "valid": 1}, transforms=(Resize(size=1),))
    result = train_model(make_training(view=view, batch_size=8))
    assert [row["step"] for row in result.history] == [4.0, 8.0, 12.0]
    with pytest.raises(InvalidData, match="batch_size of 2 or more"):
        train_model(make_training(view=view, batch_size=1))


def test_a_data_set_of_another_task_is_refused(
    make_training: MakeTraining, make_shapes: MakeShapes
) -> None:
    with pytest.raises(InvalidData) as caught:
        train_model(make_training(view=make_shapes(task="object_detection")))
    assert codes(caught) == ["I307"]
