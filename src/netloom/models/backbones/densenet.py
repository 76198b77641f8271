"""DenseNet (Huang et al. 2017, arXiv:1608.06993), with torchvision's names of parameters.

Shape legend: N samples, C channels, H height, W width, D features.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from netloom.models.architecture import ImageInput
from netloom.models.backbones.initialisation import initialise
from netloom.models.backbones.stems import resolved_stem
from netloom.models.features import Features, MapShape, blocks_of
from netloom.models.spec import DenseNet

_LAYERS = {
    121: (6, 12, 24, 16),
    161: (6, 12, 36, 24),
    169: (6, 12, 32, 32),
    201: (6, 12, 48, 32),
}
"""Layers per dense block, by depth (table 1 of the paper)."""

_BOTTLENECK = 4
"""Channels between the two convolutions of a layer, as a multiple of the growth rate."""


class DenseLayer(nn.Module):
    """Batch norm, ReLU and 1×1 convolution, then the same with a 3×3 convolution."""

    def __init__(self, source: int, growth: int) -> None:
        super().__init__()
        inner = _BOTTLENECK * growth
        self.norm1 = nn.BatchNorm2d(source)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(source, inner, kernel_size=1, bias=False)
        self.norm2 = nn.BatchNorm2d(inner)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(inner, growth, kernel_size=3, padding=1, bias=False)

    def forward(self, maps_NCHW: Tensor) -> Tensor:
        """``growth`` new maps."""
        inner_NCHW = self.conv1(self.relu1(self.norm1(maps_NCHW)))
        new_NCHW: Tensor = self.conv2(self.relu2(self.norm2(inner_NCHW)))
        return new_NCHW


class DenseBlock(nn.Sequential):
    """Layers that each see the block's input and the new maps of all layers before."""

    def __init__(self, source: int, growth: int, *, layers: int) -> None:
        super().__init__(
            OrderedDict(
                (f"denselayer{place + 1}", DenseLayer(source + place * growth, growth))
                for place in range(layers)
            )
        )

    def forward(self, maps_NCHW: Tensor) -> Tensor:
        """The input and all new maps."""
        for layer in self:
            maps_NCHW = torch.cat((maps_NCHW, layer(maps_NCHW)), dim=1)
        return maps_NCHW


class DenseNetFeatures(Features):
    """A stem, four dense blocks that halve the picture in between, and the average over it.

    torchvision's last layer, ``classifier``, is the head.

    Example:
        >>> image = ImageInput(channels=3, height=32, width=32, mean=(0.0,) * 3, std=(1.0,) * 3)
        >>> DenseNetFeatures(DenseNet(growth=4), image).width
        128
    """

    def __init__(self, settings: DenseNet, image: ImageInput) -> None:
        super().__init__()
        growth = settings.growth or (48 if settings.depth == 161 else 32)
        source = 2 * growth
        keeps_size = resolved_stem(settings, image) == "cifar"
        layers = _stem(image.channels, source, keeps_size=keeps_size)
        finest, widths = 1 if keeps_size else 4, []
        counts = _LAYERS[settings.depth]
        for index, count in enumerate(counts, start=1):
            layers[f"denseblock{index}"] = DenseBlock(source, growth, layers=count)
            source += count * growth
            widths.append(source)
            if index < len(counts):
                layers[f"transition{index}"] = _transition(source)
                source //= 2
        layers["norm5"] = nn.BatchNorm2d(source)
        self.features = nn.Sequential(layers)
        initialise(self, fan="in")
        self.width = source
        self.gives = tuple(MapShape(width, finest * 2**at) for at, width in enumerate(widths))
        self.blocks = blocks_of(self, containers=("features",))

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Averages over the picture of all maps."""
        maps_NCHW = functional.relu(self.features(images_NCHW), inplace=True)
        return functional.adaptive_avg_pool2d(maps_NCHW, 1).flatten(1)

    def maps(self, images_NCHW: Tensor) -> tuple[Tensor, ...]:
        """All maps of each block, normalised and rectified as what follows the block does it."""
        found, map_NCHW = [], images_NCHW
        for name, layer in self.features.named_children():
            if name.startswith("transition"):
                norm, relu, conv, pool = layer.children()
                found.append(relu(norm(map_NCHW)))
                map_NCHW = pool(conv(found[-1]))
            else:
                map_NCHW = layer(map_NCHW)
        return (*found, functional.relu(map_NCHW))


def _stem(channels: int, target: int, *, keeps_size: bool) -> OrderedDict[str, nn.Module]:
    if keeps_size:
        first = nn.Conv2d(channels, target, kernel_size=3, padding=1, bias=False)
    else:
        first = nn.Conv2d(channels, target, kernel_size=7, stride=2, padding=3, bias=False)
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv0=first, norm0=nn.BatchNorm2d(target), relu0=nn.ReLU(inplace=True)
    )
    if not keeps_size:
        layers["pool0"] = nn.MaxPool2d(3, stride=2, padding=1)
    return layers


def _transition(source: int) -> nn.Sequential:
    return nn.Sequential(
        OrderedDict(
            norm=nn.BatchNorm2d(source),
            relu=nn.ReLU(inplace=True),
            conv=nn.Conv2d(source, source // 2, kernel_size=1, bias=False),
            pool=nn.AvgPool2d(2),
        )
    )
