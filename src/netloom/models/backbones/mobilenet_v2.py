"""MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381), with torchvision's names of parameters.

Shape legend: N samples, C channels, H height, W width, D features.
"""

from __future__ import annotations

from torch import Tensor, nn

from netloom.models.architecture import ImageInput
from netloom.models.backbones.initialisation import initialise
from netloom.models.backbones.stems import resolved_stem
from netloom.models.features import Features, MapShape, blocks_of, last_of_each_stride
from netloom.models.spec import MobileNetV2

_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""Expansion, channels, repeats and first stride of each stage (table 2 of the paper)."""

_FIRST_CHANNELS = 32
_LAST_CHANNELS = 1280
_SHRINKING_EARLY = 24
"""Channels of the stage whose stride the stem for small pictures leaves out."""


class InvertedResidual(nn.Module):
    """Widen with 1×1, filter each channel with 3×3, narrow with 1×1; a shortcut between equal shapes."""

    def __init__(self, source: int, target: int, *, expansion: int, stride: int) -> None:
        super().__init__()
        inner = source * expansion
        layers: list[nn.Module] = [] if expansion == 1 else [_convolution(source, inner, kernel=1)]
        self.conv = nn.Sequential(
            *layers,
            _convolution(inner, inner, kernel=3, stride=stride, groups=inner),
            nn.Conv2d(inner, target, kernel_size=1, bias=False),
            nn.BatchNorm2d(target),
        )
        self.has_shortcut = stride == 1 and source == target

    def forward(self, maps_NCHW: Tensor) -> Tensor:
        """Maps of ``target`` channels."""
        new_NCHW: Tensor = self.conv(maps_NCHW)
        return maps_NCHW + new_NCHW if self.has_shortcut else new_NCHW


class MobileNetV2Features(Features):
    """A convolution, 17 inverted residuals, a 1×1 convolution, and the average over the picture.

    torchvision's last linear layer, ``classifier.1``, and the dropout before it are the head.

    Example:
        >>> image = ImageInput(channels=3, height=32, width=32, mean=(0.0,) * 3, std=(1.0,) * 3)
        >>> sum(p.numel() for p in MobileNetV2Features(MobileNetV2(), image).parameters())
        2223872
    """

    def __init__(self, settings: MobileNetV2, image: ImageInput) -> None:
        super().__init__()
        multiple = settings.width_multiple
        keeps_size = resolved_stem(settings, image) == "cifar"
        source = _rounded(_FIRST_CHANNELS * multiple)
        first_stride = 1 if keeps_size else 2
        layers: list[nn.Module] = [
            _convolution(image.channels, source, kernel=3, stride=first_stride)
        ]
        shapes = [MapShape(source, first_stride)]
        for expansion, channels, repeats, stage_stride in _STAGES:
            target = _rounded(channels * multiple)
            for place in range(repeats):
                shrinks = place == 0 and not (keeps_size and channels == _SHRINKING_EARLY)
                stride = stage_stride if shrinks else 1
                layers.append(InvertedResidual(source, target, expansion=expansion, stride=stride))
                source = target
                shapes.append(MapShape(source, shapes[-1].stride * stride))
        self.width = _rounded(_LAST_CHANNELS * max(1.0, multiple))
        layers.append(_convolution(source, self.width, kernel=1))
        shapes.append(MapShape(self.width, shapes[-1].stride))
        self._map_places = last_of_each_stride(shapes)
        self.gives = tuple(shapes[place] for place in self._map_places)
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        initialise(self)
        self.blocks = blocks_of(self, containers=("features",))

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Averages over the picture of the last convolution's channels."""
        features_ND: Tensor = self.avgpool(self.features(images_NCHW)).flatten(1)
        return features_ND

    def maps(self, images_NCHW: Tensor) -> tuple[Tensor, ...]:
        """What the last layer of each size gives; the coarsest is that of the last convolution."""
        found, map_NCHW = [], images_NCHW
        for place, layer in enumerate(self.features):
            map_NCHW = layer(map_NCHW)
            if place in self._map_places:
                found.append(map_NCHW)
        return tuple(found)


def _convolution(
    source: int, target: int, *, kernel: int, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(
            source,
            target,
            kernel_size=kernel,
            stride=stride,
            padding=kernel // 2,
            groups=groups,
            bias=False,
        ),
        nn.BatchNorm2d(target),
        nn.ReLU6(inplace=True),
    )


def _rounded(channels: float) -> int:
    """The nearest multiple of eight, but never more than a tenth below ``channels``."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * channels else rounded + 8
