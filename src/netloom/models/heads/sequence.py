"""A head that speaks of every step along a line.

Shape legend: N samples, C channels, T steps, K outputs.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from netloom.models.features import MapShape


class Steps(nn.Module):
    """One linear layer for every step of a map with a single row.

    Example:
        >>> import torch
        >>> head = Steps(5, (MapShape(4, 2),), dropout=0.0)
        >>> tuple(head((torch.zeros(1, 4, 1, 9),)).shape)
        (1, 9, 5)
    """

    def __init__(self, outputs: int, takes: Sequence[MapShape], *, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.layer = nn.Linear(takes[0].channels, outputs)

    def forward(self, maps: Sequence[Tensor], size: tuple[int, int] | None = None) -> Tensor:
        """Numbers for every step, ``(N, T, K)``.

        Args:
            size: Height and width of the picture; steps do not depend on it.
        """
        outputs_NTK: Tensor = self.layer(self.dropout(maps[0].mean(dim=2).transpose(1, 2)))
        return outputs_NTK
