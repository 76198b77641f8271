"""A feature pyramid whose maps are laid on top of one another.

Shape legend: N samples, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from netloom.models.decoder_spec import FusedPyramidDecoder, PyramidDecoder
from netloom.models.decoders.decoding import Decoding
from netloom.models.decoders.pyramid import Pyramid
from netloom.models.features import MapShape


class FusedPyramid(Decoding):
    """The pyramid's maps with a share of the channels each, all as large as the finest, and convolved.

    Example:
        >>> maps = [torch.zeros(1, 8, 6, 6), torch.zeros(1, 16, 3, 3)]
        >>> decoder = FusedPyramid(FusedPyramidDecoder(width=8), (MapShape(8, 4), MapShape(16, 8)))
        >>> [tuple(decoded.shape) for decoded in decoder(maps)]
        [(1, 8, 6, 6)]
    """

    def __init__(self, settings: FusedPyramidDecoder, takes: Sequence[MapShape]) -> None:
        super().__init__()
        width = settings.width
        self.pyramid = Pyramid(PyramidDecoder(width=width, finest=settings.finest), takes)
        joined = self.pyramid.gives
        part = max(1, width // len(joined))
        self.parts = nn.ModuleList(nn.Conv2d(width, part, kernel_size=1) for _ in joined)
        self.fuse = nn.Sequential(
            nn.Conv2d(part * len(joined), width, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
        )
        self.gives = (MapShape(width, joined[0].stride),)

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """One map, as large as the finest that is used."""
        parts = [part(map_) for part, map_ in zip(self.parts, self.pyramid(maps), strict=True)]
        size = parts[0].shape[2:]
        enlarged = [
            functional.interpolate(part, size=size, mode="bilinear", align_corners=False)
            for part in parts[1:]
        ]
        return (self.fuse(torch.cat([parts[0], *enlarged], dim=1)),)
