"""A head that tells how far away each pixel is: the last layers of a network made for depth.

Shape legend: N samples, D features, H height, W width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from netloom.models.architecture import ImageInput
from netloom.models.depth_network import library_head
from netloom.models.depth_spec import DepthNetwork, farthest_metres


class Distances(nn.Module):
    """The library's layers, whose last number becomes the logarithm of metres.

    A network that knows the farthest distance gives a share of it, by a sigmoid, as it was published; one
    that does not gives the logarithm itself.
    """

    def __init__(self, body: DepthNetwork, image: ImageInput, *, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout2d(dropout)
        self.model = library_head(body, image)
        farthest = farthest_metres(body)
        self._farthest_log = None if farthest is None else math.log(farthest)

    def forward(self, maps: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
        """Logarithms of metres, ``(N, 1, H, W)``.

        Args:
            size: Height and width of the picture.
        """
        numbers_N1HW = self._last(self.dropout(maps[0]), size)
        if tuple(numbers_N1HW.shape[2:]) != size:
            numbers_N1HW = functional.interpolate(
                numbers_N1HW, size=size, mode="bilinear", align_corners=False
            )
        if self._farthest_log is None:
            return numbers_N1HW
        return functional.logsigmoid(numbers_N1HW) + self._farthest_log

    def _last(self, map_NDHW: Tensor, size: tuple[int, int]) -> Tensor:
        """What comes out before the library's own last function."""
        model: Any = self.model
        if hasattr(model, "head"):  # glpn
            found: Tensor = model.head(map_NDHW)
            return found
        fine_NDHW = functional.interpolate(
            model.conv1(map_NDHW), size, mode="bilinear", align_corners=True
        )
        numbers_N1HW: Tensor = model.conv3(model.activation1(model.conv2(fine_NDHW)))
        return numbers_N1HW
