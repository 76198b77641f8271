"""The decoder of SegNet (Badrinarayanan, Kendall and Cipolla 2015, arXiv:1511.00561).

Shape legend: N samples, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from netloom.core.errors import InvalidData
from netloom.models.decoder_spec import SegNetDecoder
from netloom.models.decoders.decoding import Decoding
from netloom.models.features import MapShape


class SegNet(Decoding):
    """Put values back to where the maxima were, convolve; from coarse to fine.

    Where the maxima were follows from the backbone's maps before pooling, so the backbone need not hand over
    anything else: pooling them once more costs next to nothing.

    Example:
        >>> import torch
        >>> maps = [torch.rand(1, 4, 7, 6), torch.rand(1, 8, 4, 3)]
        >>> decoder = SegNet(SegNetDecoder(), (MapShape(4, 1), MapShape(8, 2)))
        >>> [tuple(decoded.shape) for decoded in decoder(maps)]
        [(1, 4, 7, 6)]
    """

    def __init__(self, settings: SegNetDecoder, takes: Sequence[MapShape]) -> None:
        super().__init__()
        _check_halves(takes)
        channels = [shape.channels for shape in takes]
        # Values can only be put back into a map of as many channels.
        self.first = (
            nn.Identity()
            if len(takes) == 1 or channels[-1] == channels[-2]
            else _convolved(channels[-1], channels[-2], repeats=1)
        )
        places = reversed(range(len(takes) - 1))
        self.steps = nn.ModuleList(
            _convolved(channels[at], channels[max(0, at - 1)], repeats=settings.convolutions)
            for at in places
        )
        self.gives = (MapShape(channels[0], takes[0].stride),)

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """One map, as large as the finest."""
        map_NCHW = self.first(maps[-1])
        for step, before_NCHW in zip(self.steps, reversed(maps[:-1]), strict=True):
            map_NCHW = step(unpooled(map_NCHW, before_NCHW))
        return (map_NCHW,)


def unpooled(map_NCHW: Tensor, before_NCHW: Tensor) -> Tensor:
    """Values where 2×2 pooling of ``before_NCHW`` finds its maxima, and zeros elsewhere.

    Args:
        before_NCHW: As many channels; its height and width are twice the map's, or one less.

    Example:
        >>> import torch
        >>> before = torch.tensor([[[[1.0, 3.0], [2.0, 0.0]]]])
        >>> unpooled(torch.tensor([[[[7.0]]]]), before).tolist()
        [[[[0.0, 7.0], [0.0, 0.0]]]]
    """
    # While a network is traced for export, sizes are tensors.
    height, width, rows, columns = (
        int(side) for side in (*before_NCHW.shape[2:], *map_NCHW.shape[2:])
    )
    is_padded = rows > height // 2 or columns > width // 2
    _, places_NCHW = functional.max_pool2d(before_NCHW, 2, ceil_mode=is_padded, return_indices=True)
    flat_NCP = map_NCHW.new_zeros((*map_NCHW.shape[:2], height * width))
    flat_NCP = flat_NCP.scatter(2, places_NCHW.flatten(2), map_NCHW.flatten(2))
    return flat_NCP.view(*map_NCHW.shape[:2], height, width)


def _check_halves(takes: Sequence[MapShape]) -> None:
    strides = [shape.stride for shape in takes]
    if any(coarser != 2 * finer for finer, coarser in pairwise(strides)) or strides[0] != 1:
        raise InvalidData.of(
            "the decoder segnet needs maps that are halved by pooling, the first as large as the picture",
            code="I396",
            expected="the backbone vgg or convnet",
            got=f"maps of strides {', '.join(map(str, strides))}",
            fix="Choose one of these backbones, or the decoder unet",
        )


def _convolved(source: int, target: int, *, repeats: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for place in range(repeats):
        channels = source if place < repeats - 1 else target
        layers += [
            nn.Conv2d(source, channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)
