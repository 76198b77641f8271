"""Our own small backbones. They train in seconds on a CPU and serve as quick baselines.

Shape legend: N samples, C channels, H height, W width, D features.
"""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from netloom.models.architecture import ImageInput
from netloom.models.spec import Backbone, ConvNet, Perceptron


class Features(nn.Module):
    """Layers that turn ``(N, C, H, W)`` into ``(N, D)``; ``width`` is D."""

    def __init__(self, layers: nn.Module, *, width: int) -> None:
        super().__init__()
        self.layers = layers
        self.width = width

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Features of a batch."""
        features_ND: Tensor = self.layers(images_NCHW)
        return features_ND


def build_backbone(backbone: Backbone, image: ImageInput) -> Features:
    """A freshly initialised backbone; draws from torch's global random stream.

    Example:
        >>> image = ImageInput(channels=1, height=8, width=8, mean=(0.0,), std=(1.0,))
        >>> build_backbone(ConvNet(widths=(4, 6)), image).width
        6
    """
    match backbone:
        case ConvNet(widths=widths):
            return Features(_convolutions((image.channels, *widths)), width=widths[-1])
        case Perceptron(widths=widths):
            inputs = image.channels * image.height * image.width
            return Features(_dense((inputs, *widths)), width=widths[-1])


def _convolutions(channels: tuple[int, ...]) -> nn.Sequential:
    stages: list[nn.Module] = []
    for source, target in pairwise(channels):
        if stages:
            # ceil_mode keeps a side of one pixel alive, so any picture size can be used.
            stages.append(nn.MaxPool2d(2, ceil_mode=True))
        stages += [
            nn.Conv2d(source, target, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(target),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*stages, nn.AdaptiveAvgPool2d(1), nn.Flatten())


def _dense(units: tuple[int, ...]) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Flatten()]
    for source, target in pairwise(units):
        layers += [nn.Linear(source, target), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)
