"""From a backbone's description to its module."""

from __future__ import annotations

from netloom.core.errors import InvalidData
from netloom.models.architecture import ImageInput
from netloom.models.backbones.alexnet import AlexNetFeatures
from netloom.models.backbones.densenet import DenseNetFeatures
from netloom.models.backbones.mobilenet_v2 import MobileNetV2Features
from netloom.models.backbones.nafnet import NAFNetFeatures
from netloom.models.backbones.resnet import ResNetFeatures
from netloom.models.backbones.small import ConvNetFeatures, PerceptronFeatures
from netloom.models.backbones.stems import picture_problems
from netloom.models.backbones.vgg import VGGFeatures
from netloom.models.features import Features
from netloom.models.spec import (
    VGG,
    AlexNet,
    Backbone,
    ConvNet,
    DenseNet,
    MobileNetV2,
    NAFNet,
    Perceptron,
    ResNet,
    Transformers,
)


def build_backbone(backbone: Backbone, image: ImageInput) -> Features:
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
    match backbone:
        case ConvNet():
            return ConvNetFeatures(backbone, image)
        case Perceptron():
            return PerceptronFeatures(backbone, image)
        case NAFNet():
            return NAFNetFeatures(backbone, image)
        case AlexNet():
            return AlexNetFeatures(backbone, image)
        case VGG():
            return VGGFeatures(backbone, image)
        case ResNet():
            return ResNetFeatures(backbone, image)
        case DenseNet():
            return DenseNetFeatures(backbone, image)
        case MobileNetV2():
            return MobileNetV2Features(backbone, image)
        case Transformers():
            # Its library is large: only those who use it wait for it.
            from netloom.models.transformers_backbone import build_transformers_backbone

            return build_transformers_backbone(backbone, image)
