"""Our own small backbones. They train in seconds on a CPU and serve as quick baselines.

Shape legend: N samples, C channels, H height, W width, D features.
"""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from netloom.models.architecture import ImageInput
from netloom.models.backbones.initialisation import initialise
from netloom.models.features import Features, MapShape, blocks_of
from netloom.models.spec import ConvNet, Perceptron


class ConvNetFeatures(Features):
    """Stages of one 3×3 convolution, batch norm and ReLU; the picture is halved in between.

    Example:
        >>> image = ImageInput(channels=1, height=8, width=8, mean=(0.0,), std=(1.0,))
        >>> ConvNetFeatures(ConvNet(widths=(4, 6)), image).width
        6
    """

    def __init__(self, settings: ConvNet, image: ImageInput) -> None:
        super().__init__()
        channels = (image.channels, *settings.widths)
        self.stages = nn.Sequential(
            *(
                _stage(source, target, is_first=index == 0)
                for index, (source, target) in enumerate(pairwise(channels))
            )
        )
        # PyTorch's own first values: on few steps, more even from seed to seed than larger ones.
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.width = settings.widths[-1]
        self.gives = tuple(MapShape(width, 2**at) for at, width in enumerate(settings.widths))
        self.blocks = blocks_of(self, containers=("stages",))

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Averages over the picture of the last stage's channels."""
        features_ND: Tensor = self.pool(self.stages(images_NCHW)).flatten(1)
        return features_ND

    def maps(self, images_NCHW: Tensor) -> tuple[Tensor, ...]:
        """What every stage gives."""
        found = [images_NCHW]
        for stage in self.stages:
            found.append(stage(found[-1]))
        return tuple(found[1:])


class PerceptronFeatures(Features):
    """Fully connected layers with ReLU over the flattened picture.

    Example:
        >>> image = ImageInput(channels=1, height=8, width=8, mean=(0.0,), std=(1.0,))
        >>> PerceptronFeatures(Perceptron(widths=(16, 5)), image).width
        5
    """

    def __init__(self, settings: Perceptron, image: ImageInput) -> None:
        super().__init__()
        units = (image.channels * image.height * image.width, *settings.widths)
        self.layers = nn.Sequential(
            *(
                nn.Sequential(nn.Linear(source, target), nn.ReLU(inplace=True))
                for source, target in pairwise(units)
            )
        )
        initialise(self)
        self.width = settings.widths[-1]
        self.blocks = blocks_of(self, containers=("layers",))

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Activations of the last hidden layer."""
        features_ND: Tensor = self.layers(images_NCHW.flatten(1))
        return features_ND


def _stage(source: int, target: int, *, is_first: bool) -> nn.Sequential:
    layers: list[nn.Module] = [
        nn.Conv2d(source, target, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(target),
        nn.ReLU(inplace=True),
    ]
    if not is_first:
        # ceil_mode keeps a side of one pixel alive, so any picture size can be used.
        layers.insert(0, nn.MaxPool2d(2, ceil_mode=True))
    return nn.Sequential(*layers)
