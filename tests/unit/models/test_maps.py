"""Maps of features that backbones give where places still count."""

from __future__ import annotations

import pytest
import torch

from netloom.models.architecture import ImageInput
from netloom.models.backbones.building import build_backbone
from netloom.models.features import Features
from netloom.models.spec import VGG, Backbone, ConvNet, DenseNet, MobileNetV2, ResNet

BACKBONES: list[Backbone] = [
    ConvNet(widths=(4, 6, 8)),
    VGG(depth=11, hidden=8),
    VGG(depth=13, hidden=8, batch_norm=False),
    MobileNetV2(width_multiple=0.25),
    MobileNetV2(width_multiple=0.25, stem="imagenet"),
    DenseNet(growth=2),
    DenseNet(growth=2, stem="imagenet"),
    ResNet(depth=20, width=0.5),
    ResNet(depth=18, width=0.125, stem="imagenet"),
    ResNet(depth=18, width=0.125, stem="imagenet", output_stride=16),
    ResNet(depth=50, width=0.125, stem="imagenet", output_stride=8),
]
SIZES = [(64, 64), (33, 46), (61, 35)]


def built(backbone: Backbone, height: int, width: int) -> tuple[Features, torch.Tensor]:
    image = ImageInput(channels=3, height=height, width=width, mean=(0.5,) * 3, std=(0.25,) * 3)
    torch.manual_seed(0)
    return build_backbone(backbone, image).eval(), torch.randn(2, 3, height, width)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("backbone", BACKBONES, ids=lambda backbone: backbone.type)
def test_maps_have_the_channels_and_strides_they_are_said_to_have(
    backbone: Backbone, size: tuple[int, int]
) -> None:
    features, images = built(backbone, *size)
    with torch.inference_mode():
        maps = features.maps(images)
    assert [map_.shape[1] for map_ in maps] == [shape.channels for shape in features.gives]
    for map_, shape in zip(maps, features.gives, strict=True):
        for side, places in zip(size, map_.shape[2:], strict=True):
            # What does not divide is cut off by some backbones, and kept by others.
            assert side // shape.stride <= places <= -(-side // shape.stride)
    strides = [shape.stride for shape in features.gives]
    assert strides == sorted(strides)


@pytest.mark.parametrize("backbone", BACKBONES, ids=lambda backbone: backbone.type)
def test_the_coarsest_map_pooled_gives_the_features_of_the_picture(backbone: Backbone) -> None:
    features, images = built(backbone, 45, 38)
    with torch.inference_mode():
        coarsest, expected = features.maps(images)[-1], features(images)
        if isinstance(backbone, VGG):
            pooled = features.get_submodule("avgpool")(coarsest).flatten(1)
            found = features.get_submodule("classifier")(pooled)
        else:
            found = coarsest.mean(dim=(2, 3))
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize(
    ("stride", "expected"), [(32, [4, 8, 16, 32]), (16, [4, 8, 16, 16]), (8, [4, 8, 8, 8])]
)
@pytest.mark.parametrize("depth", [18, 50])
def test_an_output_stride_keeps_the_last_maps_fine(
    depth: int, stride: int, expected: list[int]
) -> None:
    settings = ResNet.model_validate(
        {"depth": depth, "width": 0.125, "stem": "imagenet", "output_stride": stride}
    )
    features, _ = built(settings, 64, 64)
    assert [shape.stride for shape in features.gives] == expected


def test_an_output_stride_changes_no_name_and_no_shape_of_a_parameter() -> None:
    plain, _ = built(ResNet(depth=50, width=0.125), 64, 64)
    for stride in (8, 16):
        settings = ResNet.model_validate({"depth": 50, "width": 0.125, "output_stride": stride})
        dilated, _ = built(settings, 64, 64)
        assert [(name, each.shape) for name, each in dilated.state_dict().items()] == [
            (name, each.shape) for name, each in plain.state_dict().items()
        ]


def test_a_dilated_stage_gives_at_every_second_place_what_the_halved_one_gives() -> None:
    """With all places kept, the filters look at the same pixels as before."""
    plain, images = built(ResNet(depth=18, width=0.125, stem="imagenet"), 64, 64)
    dilated, _ = built(ResNet(depth=18, width=0.125, stem="imagenet", output_stride=16), 64, 64)
    dilated.load_state_dict(plain.state_dict())
    with torch.inference_mode():
        torch.testing.assert_close(dilated.maps(images)[-1][:, :, ::2, ::2], plain.maps(images)[-1])


def test_slim_networks_have_no_output_stride() -> None:
    with pytest.raises(ValueError, match="output_stride"):
        ResNet(depth=20, output_stride=16)
