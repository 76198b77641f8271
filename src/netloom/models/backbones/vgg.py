"""VGG (Simonyan and Zisserman 2015, arXiv:1409.1556), with torchvision's names of parameters.

Shape legend: N samples, C channels, H height, W width, D features.
"""

from __future__ import annotations

from torch import Tensor, nn

from netloom.models.architecture import ImageInput
from netloom.models.backbones.initialisation import initialise
from netloom.models.features import Features, MapShape, blocks_of
from netloom.models.spec import VGG

_CHANNELS = (64, 128, 256, 512, 512)
_CONVOLUTIONS = {
    11: (1, 1, 2, 2, 2),
    13: (2, 2, 2, 2, 2),
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
}
"""Convolutions per stage, by depth: configurations A, B, D and E of the paper."""

_POOLED_SIDE = 7


class VGGFeatures(Features):
    """Five stages of 3×3 convolutions, pooling to 7×7 and two fully connected layers.

    torchvision's last linear layer, ``classifier.6``, and the dropout before it are the head.

    Example:
        >>> image = ImageInput(channels=3, height=32, width=32, mean=(0.0,) * 3, std=(1.0,) * 3)
        >>> VGGFeatures(VGG(depth=11, hidden=100), image).width
        100
    """

    def __init__(self, settings: VGG, image: ImageInput) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        source: int = image.channels
        for target, repeats in zip(_CHANNELS, _CONVOLUTIONS[settings.depth], strict=True):
            for _ in range(repeats):
                layers.append(nn.Conv2d(source, target, kernel_size=3, padding=1))
                if settings.batch_norm:
                    layers.append(nn.BatchNorm2d(target))
                layers.append(nn.ReLU(inplace=True))
                source = target
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(_POOLED_SIDE)
        self.classifier = nn.Sequential(
            nn.Linear(_CHANNELS[-1] * _POOLED_SIDE**2, settings.hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(settings.dropout),
            nn.Linear(settings.hidden, settings.hidden),
            nn.ReLU(inplace=True),
        )
        initialise(self)
        self.width = settings.hidden
        self.gives = tuple(
            MapShape(channels, 2**at) for at, channels in enumerate((*_CHANNELS, _CHANNELS[-1]))
        )
        self.blocks = blocks_of(self, containers=("features", "classifier"))

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Activations of the second fully connected layer."""
        pooled_NCHW = self.avgpool(self.features(images_NCHW))
        features_ND: Tensor = self.classifier(pooled_NCHW.flatten(1))
        return features_ND

    def maps(self, images_NCHW: Tensor) -> tuple[Tensor, ...]:
        """What every stage gives before it is pooled, and the last one pooled."""
        found, map_NCHW = [], images_NCHW
        for layer in self.features:
            if isinstance(layer, nn.MaxPool2d):
                found.append(map_NCHW)
            map_NCHW = layer(map_NCHW)
        return (*found, map_NCHW)
