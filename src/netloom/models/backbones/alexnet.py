"""AlexNet (Krizhevsky 2014, arXiv:1404.5997), with torchvision's names of parameters.

Shape legend: N samples, C channels, H height, W width, D features.
"""

from __future__ import annotations

from torch import Tensor, nn

from netloom.models.architecture import ImageInput
from netloom.models.backbones.initialisation import initialise
from netloom.models.backbones.stems import resolved_stem
from netloom.models.features import Features, blocks_of
from netloom.models.spec import AlexNet

_POOLED_SIDE = 6


class AlexNetFeatures(Features):
    """Five convolutions, pooling to 6×6 and two fully connected layers.

    torchvision's last linear layer, ``classifier.6``, and the dropout before it are the head.

    Example:
        >>> image = ImageInput(channels=3, height=32, width=32, mean=(0.0,) * 3, std=(1.0,) * 3)
        >>> AlexNetFeatures(AlexNet(hidden=100), image).width
        100
    """

    def __init__(self, settings: AlexNet, image: ImageInput) -> None:
        super().__init__()
        self.features = nn.Sequential(
            _first(image.channels, stem=resolved_stem(settings, image)),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(64, 192, kernel_size=5, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(192, 384, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(_POOLED_SIDE)
        self.classifier = nn.Sequential(
            nn.Identity(),  # keeps torchvision's numbering
            nn.Linear(256 * _POOLED_SIDE**2, settings.hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(settings.dropout),
            nn.Linear(settings.hidden, settings.hidden),
            nn.ReLU(inplace=True),
        )
        initialise(self)
        self.width = settings.hidden
        self.blocks = blocks_of(self, containers=("features", "classifier"))

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Activations of the second fully connected layer."""
        pooled_NCHW = self.avgpool(self.features(images_NCHW))
        features_ND: Tensor = self.classifier(pooled_NCHW.flatten(1))
        return features_ND


def _first(channels: int, *, stem: str) -> nn.Conv2d:
    if stem == "imagenet":
        return nn.Conv2d(channels, 64, kernel_size=11, stride=4, padding=2)
    return nn.Conv2d(channels, 64, kernel_size=5, padding=2)
