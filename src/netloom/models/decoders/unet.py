"""The expanding path of U-Net (Ronneberger, Fischer and Brox 2015, arXiv:1505.04597).

Shape legend: N samples, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from netloom.models.decoder_spec import UNetDecoder
from netloom.models.decoders.decoding import Decoding
from netloom.models.features import MapShape

_MOST_TIMES = 8


class UNet(Decoding):
    """Enlarge, join with the backbone's map of that size, convolve twice; from coarse to fine.

    Maps are enlarged by interpolation instead of the paper's up-convolutions: no checkerboards, any size.
    Convolutions are padded and normalised, so that the result is as large as the finest map.

    Example:
        >>> maps = [torch.zeros(1, 8, 7, 7), torch.zeros(1, 16, 4, 4)]
        >>> decoder = UNet(UNetDecoder(width=4), (MapShape(8, 1), MapShape(16, 2)))
        >>> [tuple(decoded.shape) for decoded in decoder(maps)]
        [(1, 4, 7, 7)]
    """

    def __init__(self, settings: UNetDecoder, takes: Sequence[MapShape]) -> None:
        super().__init__()
        source = takes[-1].channels
        steps: list[nn.Module] = []
        for place in reversed(range(len(takes) - 1)):
            target = settings.width * min(2**place, _MOST_TIMES)
            steps.append(_convolved(source + takes[place].channels, target))
            source = target
        if not steps:
            steps.append(_convolved(source, settings.width))
            source = settings.width
        self.steps = nn.ModuleList(steps)
        self.gives = (MapShape(source, takes[0].stride),)

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """One map, as large as the finest."""
        map_NCHW = maps[-1]
        if len(maps) == 1:
            return (self.steps[0](map_NCHW),)
        for step, finer_NCHW in zip(self.steps, reversed(maps[:-1]), strict=True):
            enlarged_NCHW = functional.interpolate(
                map_NCHW, size=finer_NCHW.shape[2:], mode="bilinear", align_corners=False
            )
            map_NCHW = step(torch.cat([enlarged_NCHW, finer_NCHW], dim=1))
        return (map_NCHW,)


def _convolved(source: int, target: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (source, target):
        layers += [
            nn.Conv2d(channels, target, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(target),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)
