"""The contracting half of NAFNet, a network without activations that restores pictures.

Chen, Chu, Zhang and Sun, 2022 (arXiv:2204.04676). The expanding half is
:class:`netloom.models.decoders.naf.NAFDecoding`.

Shape legend: N samples, C channels, H height, W width, D features.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from netloom.models.architecture import ImageInput
from netloom.models.features import Features, MapShape, blocks_of
from netloom.models.naf_block import NAFBlock
from netloom.models.spec import NAFNet


class NAFNetFeatures(Features):
    """A 3×3 convolution, then levels of blocks; in between the picture is halved and the width doubled.

    Example:
        >>> image = ImageInput(channels=1, height=8, width=8, mean=(0.0,), std=(1.0,))
        >>> NAFNetFeatures(NAFNet(width=4, blocks=(1, 1)), image).gives
        (MapShape(channels=4, stride=1), MapShape(channels=8, stride=2))
    """

    def __init__(self, settings: NAFNet, image: ImageInput) -> None:
        super().__init__()
        widths = [settings.width * 2**level for level in range(len(settings.blocks))]
        self.levels = nn.Sequential()
        for level, (width, count) in enumerate(zip(widths, settings.blocks, strict=True)):
            first = (
                nn.Conv2d(width // 2, width, kernel_size=2, stride=2)
                if level
                else nn.Conv2d(image.channels, width, kernel_size=3, padding=1)
            )
            self.levels.append(nn.Sequential(first, *(NAFBlock(width) for _ in range(count))))
        self.width = widths[-1]
        self.gives = tuple(MapShape(width, 2**level) for level, width in enumerate(widths))
        self.blocks = blocks_of(self, containers=("levels",))

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Averages over the picture of the coarsest map."""
        return self.maps(images_NCHW)[-1].mean(dim=(2, 3))

    def maps(self, images_NCHW: Tensor) -> tuple[Tensor, ...]:
        """What every level gives. An odd side is rounded up when it is halved."""
        found: list[Tensor] = []
        map_NCHW = images_NCHW
        for level in self.levels:
            height, width = int(map_NCHW.shape[2]), int(map_NCHW.shape[3])
            if found and (height % 2 or width % 2):
                margins = (0, width % 2, 0, height % 2)
                map_NCHW = functional.pad(map_NCHW, margins, mode="replicate")
            map_NCHW = level(map_NCHW)
            found.append(map_NCHW)
        return tuple(found)
