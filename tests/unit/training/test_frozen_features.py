from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from netloom.core.reporter import SilentReporter
from netloom.data.transforms.sizing import Resize
from netloom.data.transforms.spatial import Flip
from netloom.models.package import open_package, read_manifest, read_weights
from netloom.models.spec import ConvNet, Model
from netloom.training import assembly
from netloom.training.frozen_features import why_not_frozen
from netloom.training.preparation import prepare
from netloom.training.train import train_model
from netloom.training.training import Training

MakeTraining = Callable[..., Training]
ONCE = "only the head learns: features of all pictures computed once"


def head_only(dropout: float = 0.2) -> Model[Any]:
    backbone = ConvNet(widths=(6, 8), dropout=dropout)
    return Model(task="image_classification", backbone=backbone, tune="head")


def notes(training: Training) -> list[str]:
    assert isinstance(training.reporter, SilentReporter)
    return training.reporter.notes


def weights(training: Training) -> dict[str, torch.Tensor]:
    return read_weights(training.package, read_manifest(training.package))


@pytest.mark.parametrize(
    "settings",
    [
        {"sampling": "balanced", "optimizer": {"type": "sgd"}},
        {"average": {"type": "ema", "decay": 0.9}, "accumulate": 3, "batch_size": 7},
        {"average": {"type": "swa", "start": 0.3}, "keep": "last"},
    ],
    ids=["balanced", "averaged", "swa"],
)
def test_features_computed_once_give_the_model_that_computing_them_anew_gives(
    make_training: MakeTraining, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]
) -> None:
    once = make_training("once", model=head_only(), epochs=4, **settings)
    one = train_model(once)
    anew = make_training("anew", model=head_only(), epochs=4, **settings)
    with monkeypatch.context() as patch:
        patch.setattr(assembly, "why_not_frozen", lambda *_: "")
        two = train_model(anew)
    assert ONCE in notes(once)
    assert ONCE not in notes(anew)
    # Dropout acts in both, on the same random numbers.
    torch.testing.assert_close(weights(once), weights(anew), rtol=1e-4, atol=1e-5)
    assert read_manifest(once.package).model_copy(update={"weights_sha256": ""}) == read_manifest(
        anew.package
    ).model_copy(update={"weights_sha256": ""})
    for ours, theirs in zip(one.history, two.history, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-3)
    pictures_NCHW = torch.randint(0, 256, (5, 1, 12, 12), dtype=torch.uint8)
    torch.testing.assert_close(
        open_package(once.package).network(pictures_NCHW),
        open_package(anew.package).network(pictures_NCHW),
        rtol=1e-4,
        atol=1e-5,
    )


def test_the_frozen_part_keeps_its_values_and_a_stopped_training_goes_on_exactly(
    make_training: MakeTraining,
) -> None:
    whole = make_training("whole", model=head_only(), checkpoints={"every_steps": 5})
    train_model(whole)
    prepared = prepare(make_training("other", model=head_only()))
    for name, tensor in prepared.network.state_dict().items():
        if name.startswith("backbone."):
            assert torch.equal(weights(whole)[name], tensor), name
    from netloom.training.checkpoints import rewind

    rewind(whole.reporter.checkpoints, to_step=10)
    again = replace(whole, package=whole.package.with_name("again"))
    train_model(again)
    for name, tensor in weights(whole).items():
        assert torch.equal(weights(again)[name], tensor), name


def test_what_changes_from_epoch_to_epoch_is_computed_anew_and_the_person_is_told(
    make_training: MakeTraining, make_shapes: Callable[..., Any]
) -> None:
    augmented = make_training(model=head_only(), view=make_shapes(transforms=(Flip(),)), epochs=1)
    train_model(augmented)
    assert ONCE not in notes(augmented)
    assert any("augmentation changes the pictures" in note for note in notes(augmented))


def test_fixed_transforms_do_not_matter(
    make_training: MakeTraining, make_shapes: Callable[..., Any]
) -> None:
    training = make_training(
        model=head_only(), view=make_shapes(transforms=(Resize(size=8),)), epochs=1
    )
    train_model(training)
    assert ONCE in notes(training)


def test_a_backbone_that_learns_or_draws_is_left_alone(make_training: MakeTraining) -> None:
    whole = make_training("whole")
    prepared = prepare(whole)
    assert why_not_frozen(prepared.network, prepared.train, whole.recipe) == ""
    head = make_training("head", model=head_only())
    prepared = prepare(head)
    assert why_not_frozen(prepared.network, prepared.train, head.recipe) is None
    prepared.network.backbone.add_module("later", nn.Dropout(0.5))
    prepared.network.normalization.register_forward_hook(
        lambda module, inputs, output: nn.functional.dropout(output, 0.5)
    )
    reason = why_not_frozen(prepared.network, prepared.train, head.recipe)
    assert reason is not None
    assert "draws random numbers" in reason
