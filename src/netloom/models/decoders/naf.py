"""The expanding half of NAFNet (Chen, Chu, Zhang and Sun 2022, arXiv:2204.04676).

Shape legend: N samples, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from netloom.models.decoder_spec import NAFDecoder
from netloom.models.decoders.decoding import Decoding
from netloom.models.features import MapShape
from netloom.models.naf_block import NAFBlock


class NAFDecoding(Decoding):
    """Enlarge by rearranging channels, add the backbone's map of that size, some blocks; coarse to fine.

    Example:
        >>> import torch
        >>> maps = [torch.zeros(1, 4, 7, 7), torch.zeros(1, 8, 4, 4)]
        >>> decoder = NAFDecoding(NAFDecoder(), (MapShape(4, 1), MapShape(8, 2)))
        >>> [tuple(decoded.shape) for decoded in decoder(maps)]
        [(1, 4, 7, 7)]
    """

    def __init__(self, settings: NAFDecoder, takes: Sequence[MapShape]) -> None:
        super().__init__()
        self.enlarge = nn.ModuleList()
        self.blocks = nn.ModuleList()
        for finer, coarser in zip(reversed(takes[:-1]), reversed(takes[1:]), strict=True):
            times = coarser.stride // finer.stride
            self.enlarge.append(
                nn.Sequential(
                    nn.Conv2d(
                        coarser.channels, finer.channels * times**2, kernel_size=1, bias=False
                    ),
                    nn.PixelShuffle(times),
                )
            )
            self.blocks.append(
                nn.Sequential(*(NAFBlock(finer.channels) for _ in range(settings.blocks)))
            )
        self.gives = (takes[0],)

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """One map, as large as the finest."""
        map_NCHW = maps[-1]
        for enlarge, blocks, finer_NCHW in zip(
            self.enlarge, self.blocks, reversed(maps[:-1]), strict=True
        ):
            height, width = finer_NCHW.shape[2:]
            map_NCHW = blocks(enlarge(map_NCHW)[:, :, :height, :width] + finer_NCHW)
        return (map_NCHW,)
