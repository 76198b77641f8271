"""A head that speaks of every pixel.

Shape legend: N samples, C channels, H height, W width, K outputs.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from netloom.models.features import MapShape


class Pixels(nn.Module):
    """A 1×1 convolution of the finest map, enlarged to the size of the picture.

    Example:
        >>> import torch
        >>> head = Pixels(5, (MapShape(4, 2),), dropout=0.0)
        >>> tuple(head((torch.zeros(1, 4, 4, 4),), size=(7, 8)).shape)
        (1, 5, 7, 8)
    """

    def __init__(self, outputs: int, takes: Sequence[MapShape], *, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout2d(dropout)
        self.layer = nn.Conv2d(takes[0].channels, outputs, kernel_size=1)

    def forward(self, maps: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
        """Numbers for every pixel, ``(N, K, H, W)``.

        Args:
            size: Height and width of the picture.
        """
        outputs_NKHW: Tensor = self.layer(self.dropout(maps[0]))
        if tuple(outputs_NKHW.shape[2:]) == size:
            return outputs_NKHW
        return functional.interpolate(outputs_NKHW, size=size, mode="bilinear", align_corners=False)
