"""Fully connected layers over a table's row.

    x = (numbers, vectors of ids)        h = dropout(relu(norm(W x + b))), again and again        y = V h + c

Shape legend: N rows, K outputs of all targets.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from netloom.models.tabular.body import Body
from netloom.models.tabular.dense_input import DenseInput
from netloom.models.tabular.feature_input import FeatureInput
from netloom.models.tabular.layers import Layers, head
from netloom.models.tabular.spec import MLP


class Perceptrons(Body):
    """See :class:`netloom.models.tabular.spec.MLP`."""

    def __init__(self, network: MLP, input: FeatureInput, *, outputs: int) -> None:
        super().__init__()
        self.input = DenseInput(input, embedding=network.embedding)
        self.deep = Layers(
            self.input.width,
            network.widths,
            norm=network.norm,
            dropout=network.dropout,
            segments=self.input.segments,
        )
        self.head = head(self.deep.width, outputs, segments=self.deep.segments)

    def forward(self, columns: Mapping[str, Tensor]) -> Tensor:
        """Outputs, ``(N, K)``."""
        outputs_NK: Tensor = self.head(self.deep(self.input(columns)))
        return outputs_NK

    def blocks(self) -> tuple[str, ...]:
        """Names of consecutive modules from input to output."""
        return ("input", *self.deep.blocks("deep"), "head")
