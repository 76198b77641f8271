"""A head that gives a picture back.

Shape legend: N samples, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from netloom.models.features import MapShape


class ChangedPicture(nn.Module):
    """The picture, plus a change of every level that a 3×3 convolution makes of the finest map.

    Learning the change instead of the picture is easier, because most of it is small (Zhang et al. 2017,
    arXiv:1608.03981). A fresh head changes nothing: its weights start at zero.

    Example:
        >>> import torch
        >>> head = ChangedPicture(1, (MapShape(4, 2),), dropout=0.0)
        >>> images = torch.full((1, 1, 5, 6), 51, dtype=torch.uint8)
        >>> head((torch.rand(1, 4, 3, 3),), images=images).mean().item() - 0.2 < 1e-6
        True
    """

    def __init__(self, channels: int, takes: Sequence[MapShape], *, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout2d(dropout)
        self.layer = nn.Conv2d(takes[0].channels, channels, kernel_size=3, padding=1)
        nn.init.zeros_(self.layer.weight)
        assert self.layer.bias is not None
        nn.init.zeros_(self.layer.bias)

    def forward(self, maps: Sequence[Tensor], images: Tensor) -> Tensor:
        """Levels of 0…1, not cut off: float ``(N, C, H, W)``.

        Args:
            images: The pictures as they came in, levels of 0…255.
        """
        change_NCHW: Tensor = self.layer(self.dropout(maps[0]))
        size = tuple(images.shape[2:])
        if tuple(change_NCHW.shape[2:]) != size:
            change_NCHW = functional.interpolate(
                change_NCHW, size=size, mode="bilinear", align_corners=False
            )
        return images / 255.0 + change_NCHW
