"""How pictures enter a network: which first layers suit their size, and which sizes are too small."""

from __future__ import annotations

from typing import Literal

from netloom.core.diagnostics import Diagnostic
from netloom.models.architecture import ImageInput
from netloom.models.spec import VGG, AlexNet, Body, DenseNet, MobileNetV2, ResNet

LARGEST_SMALL_SIDE = 64
"""Pictures whose shorter side has at most so many pixels count as small."""


def resolved_stem(
    backbone: AlexNet | ResNet | DenseNet | MobileNetV2, image: ImageInput
) -> Literal["imagenet", "cifar"]:
    """The stem to build: the one asked for, or what "auto" means for these pictures.

    Weights that were learned with ImageNet's stem must meet it again, so "auto" does not look at the
    pictures when there are pretrained ones.

    Example:
        >>> image = ImageInput(channels=1, height=28, width=28, mean=(0.0,), std=(1.0,))
        >>> resolved_stem(ResNet(), image)
        'cifar'
    """
    if isinstance(backbone, ResNet) and backbone.is_slim:
        return "cifar"
    if backbone.stem != "auto":
        return backbone.stem
    is_small = min(image.height, image.width) <= LARGEST_SMALL_SIDE
    return "cifar" if is_small and backbone.pretrained is None else "imagenet"


def smallest_side(backbone: Body, image: ImageInput) -> int:
    """Pixels that the shorter side of a picture needs so that something is left of it at the end.

    Example:
        >>> image = ImageInput(channels=3, height=28, width=28, mean=(0.0,) * 3, std=(1.0,) * 3)
        >>> smallest_side(VGG(), image)
        32
    """
    match backbone:
        case AlexNet():
            return {"imagenet": 63, "cifar": 15}[resolved_stem(backbone, image)]
        case VGG():
            return 32
        case DenseNet():
            return {"imagenet": 29, "cifar": 8}[resolved_stem(backbone, image)]
        case _:
            return 1


def picture_problems(backbone: Body, image: ImageInput) -> list[Diagnostic]:
    """Pictures that would shrink to nothing inside the backbone.

    Example:
        >>> image = ImageInput(channels=1, height=28, width=40, mean=(0.0,), std=(1.0,))
        >>> len(picture_problems(VGG(), image)), len(picture_problems(ResNet(), image))
        (1, 0)
    """
    side = smallest_side(backbone, image)
    if min(image.height, image.width) >= side:
        return []
    return [
        Diagnostic(
            code="I370",
            message=f"the pictures are too small for {backbone.type}",
            expected=f"at least {side}×{side} pixels",
            got=f"{image.width}×{image.height} pixels (width×height)",
            fix=f"Enlarge them with image.resize (size: {side} or more), or use another backbone, "
            "such as convnet or resnet, which take any size",
        )
    ]
