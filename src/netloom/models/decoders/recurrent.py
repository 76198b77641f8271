"""Reading along a line: features of upright strips, and a recurrent network over them.

Shi, Bai and Yao, 2015 (arXiv:1507.05717) call the whole, with the head of class scores behind it, CRNN.

Shape legend: N samples, C channels, H height, W width, R rows, T steps along the line.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from netloom.models.decoder_spec import RecurrentDecoder
from netloom.models.decoders.decoding import Decoding
from netloom.models.features import MapShape


class Recurrent(Decoding):
    """Averages maps over a few rows, joins them strip by strip, and reads them in both directions.

    Strips are those of the finest map that is used; coarser maps are interpolated along the line. What is
    read is added to the strips: a shortcut, with which a network learns its first characters sooner.

    Example:
        >>> maps = [torch.zeros(1, 8, 8, 20), torch.zeros(1, 16, 4, 10)]
        >>> decoder = Recurrent(RecurrentDecoder(width=6), (MapShape(8, 4), MapShape(16, 8)))
        >>> [tuple(decoded.shape) for decoded in decoder(maps)]
        [(1, 12, 1, 20)]
    """

    def __init__(self, settings: RecurrentDecoder, takes: Sequence[MapShape]) -> None:
        super().__init__()
        usable = [place for place, shape in enumerate(takes) if shape.stride >= settings.step]
        self.first = usable[0] if usable else len(takes) - 1
        self.rows = settings.rows
        features = 2 * settings.width
        self.join = nn.ModuleList(
            nn.Linear(shape.channels * settings.rows, features) for shape in takes[self.first :]
        )
        self.norm = nn.LayerNorm(features)
        self.read = nn.LSTM(
            features,
            settings.width,
            num_layers=settings.layers,
            batch_first=True,
            bidirectional=True,
        )
        self.gives = (MapShape(features, takes[self.first].stride),)

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """One map of a single row, ``(N, C, 1, T)``."""
        used = maps[self.first :]
        steps = int(used[0].shape[3])
        joined_NTC: Tensor | None = None
        for join, map_NCHW in zip(self.join, used, strict=True):
            strips_NCW = _strips(map_NCHW, self.rows)
            if int(strips_NCW.shape[2]) != steps:
                strips_NCW = functional.interpolate(
                    strips_NCW, size=steps, mode="linear", align_corners=False
                )
            part_NTC = join(strips_NCW.transpose(1, 2))
            joined_NTC = part_NTC if joined_NTC is None else joined_NTC + part_NTC
        strips_NTC = torch.relu(self.norm(joined_NTC))
        read_NTC, _ = self.read(strips_NTC)
        return ((strips_NTC + read_NTC).transpose(1, 2).unsqueeze(2),)


def _strips(map_NCHW: Tensor, rows: int) -> Tensor:
    """Averages over ``rows`` equal parts of the height, one under the other: ``(N, C · R, W)``."""
    height = int(map_NCHW.shape[2])
    ends = [
        (row * height // rows, max(-(-(row + 1) * height // rows), row * height // rows + 1))
        for row in range(rows)
    ]
    return torch.cat([map_NCHW[:, :, start:end].mean(dim=2) for start, end in ends], dim=1)
