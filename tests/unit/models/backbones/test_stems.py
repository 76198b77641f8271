from __future__ import annotations

import pytest

from netloom.models.architecture import ImageInput
from netloom.models.backbones.stems import picture_problems, resolved_stem, smallest_side
from netloom.models.spec import VGG, AlexNet, Backbone, ConvNet, DenseNet, Perceptron, ResNet


def image(height: int, width: int) -> ImageInput:
    return ImageInput(channels=1, height=height, width=width, mean=(0.5,), std=(0.5,))


@pytest.mark.parametrize(
    ("backbone", "height", "width", "expected"),
    [
        (ResNet(), 64, 64, "cifar"),
        (ResNet(), 65, 65, "imagenet"),
        (ResNet(), 300, 32, "cifar"),
        (ResNet(), 32, 300, "cifar"),
        (ResNet(stem="imagenet"), 8, 8, "imagenet"),
        (ResNet(stem="cifar"), 224, 224, "cifar"),
        (ResNet(depth=20), 224, 224, "cifar"),
        (ResNet(pretrained="weights.pth"), 32, 32, "imagenet"),
        (ResNet(pretrained="weights.pth", stem="cifar"), 32, 32, "cifar"),
    ],
)
def test_the_stem_follows_the_pictures_unless_it_was_chosen(
    backbone: ResNet, height: int, width: int, expected: str
) -> None:
    assert resolved_stem(backbone, image(height, width)) == expected


@pytest.mark.parametrize(
    ("backbone", "side", "smallest"),
    [
        (AlexNet(), 32, 15),
        (AlexNet(), 100, 63),
        (AlexNet(pretrained="alexnet.pth"), 32, 63),
        (VGG(), 32, 32),
        (DenseNet(), 32, 8),
        (DenseNet(), 224, 29),
        (ResNet(), 8, 1),
        (ConvNet(), 8, 1),
        (Perceptron(), 8, 1),
    ],
)
def test_the_smallest_side_depends_on_the_stem(
    backbone: Backbone, side: int, smallest: int
) -> None:
    assert smallest_side(backbone, image(side, side)) == smallest


def test_too_small_pictures_are_a_diagnostic_that_says_what_to_do() -> None:
    (problem,) = picture_problems(VGG(), image(28, 40))
    assert str(problem) == (
        "The pictures are too small for vgg. Expected at least 32×32 pixels; got 40×28 pixels "
        "(width×height). Enlarge them with image.resize (size: 32 or more), or use another backbone, "
        "such as convnet or resnet, which take any size."
    )
    assert picture_problems(VGG(), image(32, 32)) == []
