from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError

from netloom.models.architecture import ImageInput
from netloom.models.backbones.resnet import PaddedShortcut, ResNetFeatures
from netloom.models.spec import ResNet

IMAGE = ImageInput(channels=3, height=32, width=32, mean=(0.5,) * 3, std=(0.5,) * 3)


def test_a_padded_shortcut_takes_every_second_pixel_and_adds_empty_channels() -> None:
    maps_NCHW = torch.arange(32.0).view(1, 2, 4, 4)
    result_NCHW = PaddedShortcut(3, stride=2)(maps_NCHW)
    assert result_NCHW.shape == (1, 5, 2, 2)
    assert result_NCHW[0, 1].tolist() == [[16.0, 18.0], [24.0, 26.0]]
    assert not result_NCHW[0, 2:].any()


@pytest.mark.parametrize(
    ("settings", "width", "first"),
    [
        (ResNet(depth=18), 512, 64),
        (ResNet(depth=50, width=2.0), 4096, 128),
        (ResNet(depth=34, width=0.25), 128, 16),
        (ResNet(depth=56), 64, 16),
        (ResNet(depth=20, width=4.0), 256, 64),
    ],
)
def test_width_multiplies_the_channels(settings: ResNet, width: int, first: int) -> None:
    with torch.device("meta"):
        features = ResNetFeatures(settings, IMAGE)
    assert (features.width, features.conv1.out_channels) == (width, first)


def test_blocks_are_the_stem_and_every_residual_block() -> None:
    with torch.device("meta"):
        features = ResNetFeatures(ResNet(depth=18), IMAGE)
    stages = [f"layer{stage}.{block}" for stage in (1, 2, 3, 4) for block in (0, 1)]
    assert features.blocks == ("conv1", "bn1", *stages)


def test_slim_networks_have_no_large_stem() -> None:
    with pytest.raises(ValidationError, match="depth 56 is a network for CIFAR"):
        ResNet(depth=56, stem="imagenet")
