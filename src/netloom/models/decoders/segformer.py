"""The decoder of SegFormer (Xie et al. 2021, arXiv:2105.15203).

Shape legend: N samples, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from netloom.models.decoder_spec import SegFormerDecoder
from netloom.models.decoders.decoding import Decoding
from netloom.models.features import MapShape


class SegFormer(Decoding):
    """A linear layer for each map, all as large as the finest, and one over all their channels.

    Example:
        >>> maps = [torch.zeros(1, 8, 6, 6), torch.zeros(1, 16, 3, 3)]
        >>> decoder = SegFormer(SegFormerDecoder(width=4), (MapShape(8, 4), MapShape(16, 8)))
        >>> [tuple(decoded.shape) for decoded in decoder(maps)]
        [(1, 4, 6, 6)]
    """

    def __init__(self, settings: SegFormerDecoder, takes: Sequence[MapShape]) -> None:
        super().__init__()
        width = settings.width
        self.projections = nn.ModuleList(nn.Linear(shape.channels, width) for shape in takes)
        self.fuse = nn.Conv2d(width * len(takes), width, kernel_size=1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.dropout = nn.Dropout(settings.dropout)
        self.gives = (MapShape(width, takes[0].stride),)

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """One map, as large as the finest."""
        size = maps[0].shape[2:]
        projected = [
            project(map_NCHW.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
            for project, map_NCHW in zip(self.projections, maps, strict=True)
        ]
        enlarged = [
            functional.interpolate(map_NCHW, size=size, mode="bilinear", align_corners=False)
            for map_NCHW in projected[1:]
        ]
        # The coarsest comes first in the authors' weights.
        joined_NCHW = torch.cat([*reversed(enlarged), projected[0]], dim=1)
        return (self.dropout(torch.relu(self.norm(self.fuse(joined_NCHW)))),)
