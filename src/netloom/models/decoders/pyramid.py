"""Feature pyramids (Lin et al. 2017, arXiv:1612.03144).

Shape legend: N samples, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from netloom.models.decoder_spec import PyramidDecoder
from netloom.models.decoders.decoding import Decoding
from netloom.models.features import MapShape


class Pyramid(Decoding):
    """Each map is the backbone's plus the enlarged coarser one, smoothed.

    Coarser maps than the backbone has are made by convolutions of stride 2, as in RetinaNet
    (arXiv:1708.02002).

    Example:
        >>> maps = [torch.zeros(1, 8, 6, 6), torch.zeros(1, 16, 3, 3)]
        >>> decoder = Pyramid(PyramidDecoder(width=4, coarser=1), (MapShape(8, 4), MapShape(16, 8)))
        >>> [tuple(decoded.shape) for decoded in decoder(maps)]
        [(1, 4, 6, 6), (1, 4, 3, 3), (1, 4, 2, 2)]
    """

    def __init__(self, settings: PyramidDecoder, takes: Sequence[MapShape]) -> None:
        super().__init__()
        width = settings.width
        takes = [shape for shape in takes if shape.stride >= settings.finest] or takes[-1:]
        self.num_used = len(takes)
        self.lateral = nn.ModuleList(
            nn.Conv2d(shape.channels, width, kernel_size=1) for shape in takes
        )
        self.smooth = nn.ModuleList(
            nn.Conv2d(width, width, kernel_size=3, padding=1) for _ in takes
        )
        self.shrink = nn.ModuleList(
            nn.Conv2d(width, width, kernel_size=3, stride=2, padding=1)
            for _ in range(settings.coarser)
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_uniform_(module.weight, a=1)
                assert module.bias is not None
                nn.init.zeros_(module.bias)
        strides = [shape.stride for shape in takes]
        strides += [strides[-1] * 2 ** (place + 1) for place in range(settings.coarser)]
        self.gives = tuple(MapShape(width, stride) for stride in strides)

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Maps of the backbone's sizes, then the coarser ones."""
        used = maps[-self.num_used :]
        joined = [lateral(map_) for lateral, map_ in zip(self.lateral, used, strict=True)]
        for place in reversed(range(len(joined) - 1)):
            size = joined[place].shape[2:]
            coarser = functional.interpolate(joined[place + 1], size=size, mode="nearest")
            joined[place] = joined[place] + coarser
        found = [smooth(map_) for smooth, map_ in zip(self.smooth, joined, strict=True)]
        for place, shrink in enumerate(self.shrink):
            found.append(shrink(found[-1] if place == 0 else torch.relu(found[-1])))
        return tuple(found)
