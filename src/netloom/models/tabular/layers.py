"""Fully connected layers whose inputs may be parts of a table's row.

Shape legend: N rows, I inputs, H units.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.functional import batch_norm

from netloom.models.tabular.segments import Axes, Segment
from netloom.models.tabular.spec import Norm

_FRESH_HEAD = 0.01
"""Deviation of a fresh head's weights: it begins without an opinion."""


class InputLinear(nn.Linear):
    """A linear layer that knows what its inputs are.

    Args:
        segments: What they are; None if they are units of a layer before.
    """

    def __init__(self, inputs: int, outputs: int, *, segments: Sequence[Segment] | None) -> None:
        super().__init__(inputs, outputs)
        self._segments = None if segments is None else tuple(segments)

    def axes(self) -> dict[str, Axes]:
        """Columns of the weight by part of the input."""
        return {} if self._segments is None else {"weight": (None, self._segments)}


def head(inputs: int, outputs: int, *, segments: Sequence[Segment] | None = None) -> InputLinear:
    """The last layer of a network."""
    layer = InputLinear(inputs, outputs, segments=segments)
    nn.init.normal_(layer.weight, std=_FRESH_HEAD)
    nn.init.zeros_(layer.bias)
    return layer


class RowBatchNorm(nn.BatchNorm1d):
    """Batch norm that takes a batch of a single row by its running statistics.

    The last batch of an epoch may be one.
    """

    def forward(self, rows_NH: Tensor) -> Tensor:
        """Normalised rows."""
        if self.training and len(rows_NH) == 1:
            return batch_norm(
                rows_NH,
                self.running_mean,
                self.running_var,
                self.weight,
                self.bias,
                training=False,
                eps=self.eps,
            )
        return super().forward(rows_NH)


class Layers(nn.Sequential):
    """Linear, norm, ReLU and dropout for each width.

    Args:
        segments: What the inputs are; None if they are units of a layer before.

    Attributes:
        width: Units of the last one; of the input if there are none.
    """

    def __init__(
        self,
        inputs: int,
        widths: Sequence[int],
        *,
        norm: Norm,
        dropout: float,
        segments: Sequence[Segment] | None = None,
    ) -> None:
        super().__init__()
        self.width = inputs
        for units in widths:
            linear = InputLinear(self.width, units, segments=None if len(self) else segments)
            nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
            nn.init.zeros_(linear.bias)
            self.append(nn.Sequential(linear, _norm(norm, units), nn.ReLU(), nn.Dropout(dropout)))
            self.width = units
        self.segments = segments if not len(self) else None

    def blocks(self, name: str) -> tuple[str, ...]:
        """Names of its layers, if its own is ``name``."""
        return tuple(f"{name}.{place}" for place in range(len(self)))


def _norm(norm: Norm, width: int) -> nn.Module:
    match norm:
        case "batch":
            return RowBatchNorm(width)
        case "layer":
            return nn.LayerNorm(width)
        case "none":
            return nn.Identity()
