from __future__ import annotations

import pytest

from netloom.models.spec import (
    VGG,
    AlexNet,
    Backbone,
    ConvNet,
    DenseNet,
    MobileNetV2,
    ResNet,
    Transformers,
)
from netloom.models.weight_names import last_layer, network_names, plain_names


@pytest.mark.parametrize(
    ("backbone", "last"),
    [
        (ResNet(), "fc"),
        (AlexNet(), "classifier.6"),
        (VGG(), "classifier.6"),
        (DenseNet(), "classifier"),
        (MobileNetV2(), "classifier.1"),
        (ConvNet(), None),
        (Transformers(family="vit"), None),
    ],
)
def test_the_last_layer_is_the_head(backbone: Backbone, last: str | None) -> None:
    assert last_layer(backbone) == last
    if last is not None:
        names = {f"{last}.weight": "head.1.weight", f"{last}.bias": "head.1.bias"}
        assert network_names(names, backbone) == names


def test_only_the_last_layer_of_a_classifier_is_the_head() -> None:
    assert network_names(["classifier.3.bias"], VGG()) == {
        "classifier.3.bias": "backbone.classifier.3.bias"
    }


def test_names_of_netloom_stay_as_they_are() -> None:
    names = ["backbone.conv1.weight", "head.1.weight", "fc.weight"]
    assert network_names(names, ResNet()) == {name: name for name in names}
    assert network_names(["head.1.bias", "stages.0.0.weight"], ConvNet()) == {
        "head.1.bias": "head.1.bias",
        "stages.0.0.weight": "backbone.stages.0.0.weight",
    }


@pytest.mark.parametrize(
    "prefix", ["module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module."]
)
def test_prefixes_that_all_names_share_are_left_out(prefix: str) -> None:
    names = [f"{prefix}conv1.weight", f"{prefix}fc.bias"]
    assert list(plain_names(names).values()) == ["conv1.weight", "fc.bias"]
    assert list(network_names(names, ResNet()).values()) == ["backbone.conv1.weight", "head.1.bias"]
    mixed = [f"{prefix}conv1.weight", "fc.bias"]
    assert list(plain_names(mixed).values()) == mixed


def test_dense_layers_of_old_files_are_renamed() -> None:
    old = "features.denseblock2.denselayer11.conv.2.weight"
    new = "backbone.features.denseblock2.denselayer11.conv2.weight"
    assert network_names([old], DenseNet()) == {old: new}
