"""ResNet (He, Zhang, Ren and Sun 2015, arXiv:1512.03385), with torchvision's names of parameters.

Shape legend: N samples, C channels, H height, W width, D features.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from netloom.models.architecture import ImageInput
from netloom.models.backbones.initialisation import initialise
from netloom.models.backbones.stems import resolved_stem
from netloom.models.features import Features, MapShape, blocks_of
from netloom.models.spec import ResNet

_STAGES = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}
"""Blocks per stage, by depth (table 1 of the paper)."""

_FIRST_BOTTLENECK_DEPTH = 50


class BasicBlock(nn.Module):
    """Two 3×3 convolutions and a shortcut around both.

    Args:
        dilations: How far apart the places lie that the first convolution looks at, and the second.
    """

    expansion = 1

    def __init__(
        self,
        source: int,
        planes: int,
        *,
        stride: int,
        shortcut: nn.Module | None,
        dilations: tuple[int, int] = (1, 1),
    ) -> None:
        super().__init__()
        self.conv1 = _convolution(source, planes, stride=stride, dilation=dilations[0])
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = _convolution(planes, planes, dilation=dilations[1])
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = shortcut

    def forward(self, maps_NCHW: Tensor) -> Tensor:
        """Maps of ``planes`` channels."""
        kept_NCHW = maps_NCHW if self.downsample is None else self.downsample(maps_NCHW)
        inner_NCHW = self.relu(self.bn1(self.conv1(maps_NCHW)))
        summed_NCHW: Tensor = self.relu(self.bn2(self.conv2(inner_NCHW)) + kept_NCHW)
        return summed_NCHW


class Bottleneck(nn.Module):
    """1×1, 3×3 and 1×1 convolutions and a shortcut around them.

    The stride is in the 3×3 convolution rather than in the first one ("v1.5"), as in torchvision: it
    loses less of the maps, and half a per cent less accuracy on ImageNet.

    Args:
        dilations: How far apart the places lie that the 3×3 convolution looks at; the second number, which a
            :class:`BasicBlock` needs, is not used.
    """

    expansion = 4

    def __init__(
        self,
        source: int,
        planes: int,
        *,
        stride: int,
        shortcut: nn.Module | None,
        dilations: tuple[int, int] = (1, 1),
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(source, planes, kernel_size=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = _convolution(planes, planes, stride=stride, dilation=dilations[0])
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, planes * self.expansion, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = shortcut

    def forward(self, maps_NCHW: Tensor) -> Tensor:
        """Maps of ``4 · planes`` channels."""
        kept_NCHW = maps_NCHW if self.downsample is None else self.downsample(maps_NCHW)
        inner_NCHW = self.relu(self.bn1(self.conv1(maps_NCHW)))
        inner_NCHW = self.relu(self.bn2(self.conv2(inner_NCHW)))
        summed_NCHW: Tensor = self.relu(self.bn3(self.conv3(inner_NCHW)) + kept_NCHW)
        return summed_NCHW


class PaddedShortcut(nn.Module):
    """A shortcut without parameters: every second pixel, and zeros for the channels that are added.

    Option A of the paper, which its networks for CIFAR use.
    """

    def __init__(self, added: int, *, stride: int) -> None:
        super().__init__()
        self.added = added
        self.stride = stride

    def forward(self, maps_NCHW: Tensor) -> Tensor:
        """Smaller maps with more channels."""
        kept_NCHW = maps_NCHW[:, :, :: self.stride, :: self.stride]
        return functional.pad(kept_NCHW, (0, 0, 0, 0, 0, self.added))


class ResNetFeatures(Features):
    """A stem, three or four stages of residual blocks, and the average over the picture.

    torchvision's last layer, ``fc``, is the head.

    Example:
        >>> image = ImageInput(channels=3, height=32, width=32, mean=(0.0,) * 3, std=(1.0,) * 3)
        >>> sum(p.numel() for p in ResNetFeatures(ResNet(depth=20), image).parameters())
        269072
    """

    def __init__(self, settings: ResNet, image: ImageInput) -> None:
        super().__init__()
        keeps_size = resolved_stem(settings, image) == "cifar"
        planes = max(1, round((16 if settings.is_slim else 64) * settings.width))
        self.conv1 = _stem(image.channels, planes, keeps_size=keeps_size)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.Identity() if keeps_size else nn.MaxPool2d(3, stride=2, padding=1)
        stages = _stages(settings, planes)
        self.layer1, self.layer2, self.layer3 = stages[:3]
        self.layer4 = nn.Identity() if settings.is_slim else stages[3]
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        initialise(self)
        widths = [planes * 2**at * _block(settings).expansion for at in range(len(stages))]
        self.width = widths[-1]
        finest = 1 if keeps_size else 4
        shrinks = _halvings(settings, len(stages))
        self.gives = tuple(
            MapShape(width, finest * 2 ** sum(shrinks[: at + 1])) for at, width in enumerate(widths)
        )
        self.blocks = blocks_of(self, containers=("layer1", "layer2", "layer3", "layer4"))

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Averages over the picture of the last stage's channels."""
        features_ND: Tensor = self.avgpool(self.maps(images_NCHW)[-1]).flatten(1)
        return features_ND

    def maps(self, images_NCHW: Tensor) -> tuple[Tensor, ...]:
        """What every stage gives; the finest is a quarter of the picture, or as large with the small stem."""
        first_NCHW = self.layer1(self.maxpool(self.relu(self.bn1(self.conv1(images_NCHW)))))
        second_NCHW = self.layer2(first_NCHW)
        third_NCHW = self.layer3(second_NCHW)
        return (first_NCHW, second_NCHW, third_NCHW, self.layer4(third_NCHW))[: len(self.gives)]


def _block(settings: ResNet) -> type[BasicBlock | Bottleneck]:
    is_deep = settings.depth >= _FIRST_BOTTLENECK_DEPTH and not settings.is_slim
    return Bottleneck if is_deep else BasicBlock


def _stem(channels: int, planes: int, *, keeps_size: bool) -> nn.Conv2d:
    if keeps_size:
        return _convolution(channels, planes)
    return nn.Conv2d(channels, planes, kernel_size=7, stride=2, padding=3, bias=False)


def _stages(settings: ResNet, first_planes: int) -> list[nn.Sequential]:
    if settings.is_slim:  # 6 n + 2 layers
        repeats: tuple[int, ...] = ((settings.depth - 2) // 6,) * 3
    else:
        repeats = _STAGES[settings.depth]
    block, source, stages, dilation = _block(settings), first_planes, [], 1
    halves = _halvings(settings, len(repeats))
    for index, count in enumerate(repeats):
        planes, layers = first_planes * 2**index, []
        target = planes * block.expansion
        before = dilation
        if index > 0 and not halves[index]:
            dilation *= 2
        for place in range(count):
            stride = 2 if place == 0 and halves[index] else 1
            shortcut = _shortcut(source, target, stride=stride, is_padded=settings.is_slim)
            # The convolution that would halve sees maps as the stage before gives them.
            apart = (before if place == 0 else dilation, dilation)
            layers.append(block(source, planes, stride=stride, shortcut=shortcut, dilations=apart))
            source = target
        stages.append(nn.Sequential(*layers))
    return stages


def _halvings(settings: ResNet, stages: int) -> tuple[bool, ...]:
    """Which stages halve the map; those that do not are dilated instead."""
    kept = {32: stages, 16: stages - 1, 8: stages - 2}[settings.output_stride]
    return tuple(0 < index < kept for index in range(stages))


def _shortcut(source: int, target: int, *, stride: int, is_padded: bool) -> nn.Module | None:
    if source == target and stride == 1:
        return None
    if is_padded:
        return PaddedShortcut(target - source, stride=stride)
    return nn.Sequential(
        nn.Conv2d(source, target, kernel_size=1, stride=stride, bias=False),
        nn.BatchNorm2d(target),
    )


def _convolution(source: int, target: int, *, stride: int = 1, dilation: int = 1) -> nn.Conv2d:
    return nn.Conv2d(
        source,
        target,
        kernel_size=3,
        stride=stride,
        padding=dilation,
        dilation=dilation,
        bias=False,
    )
