"""Atrous spatial pyramid pooling of DeepLabV3 (Chen, Papandreou, Schroff and Adam 2017, arXiv:1706.05587).

Shape legend: N samples, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from netloom.models.decoder_spec import DeepLabDecoder
from netloom.models.decoders.decoding import Decoding
from netloom.models.features import MapShape

_RATES = (6, 12, 18)
_STRIDE_OF_RATES = 16


class DeepLab(Decoding):
    """A 1×1 convolution, three dilated 3×3 ones and the picture's average, joined and convolved.

    Example:
        >>> decoder = DeepLab(DeepLabDecoder(width=4), (MapShape(8, 16),)).eval()
        >>> [tuple(decoded.shape) for decoded in decoder([torch.zeros(1, 8, 5, 7)])]
        [(1, 4, 5, 7)]
    """

    def __init__(self, settings: DeepLabDecoder, takes: Sequence[MapShape]) -> None:
        super().__init__()
        source, width = takes[-1].channels, settings.width
        rates = settings.rates or fitting_rates(takes[-1].stride)
        self.convs = nn.ModuleList(
            [
                _convolved(source, width, kernel=1),
                *(_convolved(source, width, kernel=3, rate=rate) for rate in rates),
            ]
        )
        self.pooled = _convolved(source, width, kernel=1)
        self.project = _convolved(width * (len(rates) + 2), width, kernel=1)
        self.dropout = nn.Dropout(settings.dropout)
        self.smooth = _convolved(width, width, kernel=3)
        self.gives = (MapShape(width, takes[-1].stride),)

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """One map, as large as the coarsest."""
        map_NCHW = maps[-1]
        branches = [conv(map_NCHW) for conv in self.convs]
        average_NC11 = self.pooled(map_NCHW.mean(dim=(2, 3), keepdim=True))
        branches.append(average_NC11.expand_as(branches[0]))
        joined_NCHW = self.project(torch.cat(branches, dim=1))
        return (self.smooth(self.dropout(joined_NCHW)),)


def fitting_rates(stride: int) -> tuple[int, ...]:
    """The paper's distances, for maps of any stride: the same number of pixels of the picture.

    Example:
        >>> fitting_rates(16), fitting_rates(8), fitting_rates(32)
        ((6, 12, 18), (12, 24, 36), (3, 6, 9))
    """
    return tuple(max(1, rate * _STRIDE_OF_RATES // stride) for rate in _RATES)


def _convolved(source: int, target: int, *, kernel: int, rate: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(
            source,
            target,
            kernel_size=kernel,
            padding=rate * (kernel // 2),
            dilation=rate,
            bias=False,
        ),
        nn.BatchNorm2d(target),
        nn.ReLU(inplace=True),
    )
