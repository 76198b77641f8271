"""From a backbone's description to its module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from netloom.core.errors import InvalidData
from netloom.models.architecture import ImageInput
from netloom.models.backbones.alexnet import AlexNetFeatures
from netloom.models.backbones.densenet import DenseNetFeatures
from netloom.models.backbones.frame_sequence import FrameSequenceFeatures, clip_input
from netloom.models.backbones.mobilenet_v2 import MobileNetV2Features
from netloom.models.backbones.nafnet import NAFNetFeatures
from netloom.models.backbones.resnet import ResNetFeatures
from netloom.models.backbones.small import ConvNetFeatures, PerceptronFeatures
from netloom.models.backbones.space_time import SpaceTimeFeatures
from netloom.models.backbones.stems import picture_problems
from netloom.models.backbones.vgg import VGGFeatures
from netloom.models.clip_spec import SpaceTimeNet, VideoMAE
from netloom.models.depth_spec import DepthNetwork
from netloom.models.features import Features
from netloom.models.reading_spec import TrOCR
from netloom.models.restoration_spec import Swin2SR
from netloom.models.spec import (
    VGG,
    AlexNet,
    Body,
    ConvNet,
    DenseNet,
    DFine,
    FrameSequence,
    MobileNetV2,
    NAFNet,
    Perceptron,
    ResNet,
    Transformers,
)

_AT_HAND: Mapping[type, Callable[[Any, ImageInput], Features]] = {
    ConvNet: ConvNetFeatures,
    Perceptron: PerceptronFeatures,
    NAFNet: NAFNetFeatures,
    AlexNet: AlexNetFeatures,
    VGG: VGGFeatures,
    ResNet: ResNetFeatures,
    DenseNet: DenseNetFeatures,
    MobileNetV2: MobileNetV2Features,
}
"""The native networks for pictures."""


def build_backbone(backbone: Body, image: ImageInput) -> Features:
    """A freshly initialised backbone; draws from torch's global random stream.

    Raises:
        InvalidData: The pictures are too small for it.

    Example:
        >>> image = ImageInput(channels=1, height=8, width=8, mean=(0.0,), std=(1.0,))
        >>> build_backbone(ConvNet(widths=(4, 6)), image).width
        6
    """
    problems = picture_problems(backbone, image)
    if problems:
        raise InvalidData(*problems)
    at_hand = _AT_HAND.get(type(backbone))
    if at_hand is not None:
        return at_hand(backbone, image)
    match backbone:
        case Transformers():
            # Its library is large: only those who use it wait for it.
            from netloom.models.transformers_backbone import build_transformers_backbone

            return build_transformers_backbone(backbone, image)
        case DFine():
            from netloom.models.d_fine import DFineMaps

            return DFineMaps(backbone, image)
        case Swin2SR():
            from netloom.models.swin2sr import Swin2SRMap

            return Swin2SRMap(backbone, image)
        case DepthNetwork():
            from netloom.models.depth_network import DepthMap

            return DepthMap(backbone, image)
        case TrOCR():
            from netloom.models.trocr import TrOCRTokens

            return TrOCRTokens(backbone, image)
        case SpaceTimeNet():
            return SpaceTimeFeatures(backbone, clip_input(image))
        case FrameSequence():
            return FrameSequenceFeatures(backbone, clip_input(image), build_backbone)
        case VideoMAE():
            from netloom.models.videomae import VideoMAEFeatures

            return VideoMAEFeatures(backbone, clip_input(image))
    raise TypeError(f"{backbone!r} describes no backbone")
