"""A linear model beside fully connected layers: Cheng and others, 2016 (arXiv:1606.07792).

    y = Σ w[id] + Σ w[cross of ids] + W numbers + V deep(x) + b

The linear part remembers: each id has a weight of its own for every output, and so have combinations of ids
that the user names (crosses), hashed to a table.

Shape legend: N rows, F features, C ids of one cross, K outputs of all targets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from netloom.core.errors import InvalidData
from netloom.models.tabular.body import Body
from netloom.models.tabular.dense_input import DenseInput, Numbers
from netloom.models.tabular.feature_input import FeatureInput, IdsColumn
from netloom.models.tabular.id_vectors import IdVectors
from netloom.models.tabular.layers import Layers, head
from netloom.models.tabular.segments import Axes
from netloom.models.tabular.spec import WideAndDeep

_PRIME = 1_000_003
_LARGEST = 2**42
"""Times the prime, and an id added, it is still below 2⁶³: overflow would be undefined in ONNX."""


class FirstOrder(nn.Module):
    """A weight for every id and every number, all added up: ``(N, K)``. It begins at zero."""

    def __init__(self, input: FeatureInput, *, outputs: int) -> None:
        super().__init__()
        self.numbers = Numbers(input)
        self.ids = IdVectors(input, width=outputs, std=0.0)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.weight = (
            nn.Parameter(torch.zeros(outputs, self.numbers.width)) if self.numbers.width else None
        )

    def forward(self, columns: Mapping[str, Tensor]) -> Tensor:
        """Sums of the weights."""
        sums_NK: Tensor = self.bias
        if self.weight is not None:
            numbers_Nn = torch.cat(self.numbers(columns), dim=1)
            sums_NK = nn.functional.linear(numbers_Nn, self.weight, self.bias)
        for weights_NFK in self.ids(columns):
            sums_NK = sums_NK + weights_NFK.sum(1)
        return sums_NK

    def axes(self) -> dict[str, Axes]:
        """Columns of the weight by column of numbers."""
        return {} if self.weight is None else {"weight": (None, self.numbers.segments)}


class Crosses(nn.Module):
    """A weight for every combination of the ids of some features, ``(N, K)``. They begin at zero.

    Args:
        crosses: Names of the features of each cross.
        rows: Weights of each cross; combinations are hashed to them.

    Raises:
        InvalidData: A name is not one of a feature with one id per row.
    """

    def __init__(
        self, input: FeatureInput, crosses: Sequence[Sequence[str]], *, rows: int, outputs: int
    ) -> None:
        super().__init__()
        self._rows = rows
        places = {
            space.name: (column.name, place)
            for column in input.columns
            if isinstance(column, IdsColumn)
            for place, space in enumerate(column.features)
        }
        _check_names(crosses, known=places)
        self._places = [[places[name] for name in names] for names in crosses]
        self.weight = nn.Parameter(torch.zeros(rows * len(crosses), outputs))

    def forward(self, columns: Mapping[str, Tensor]) -> Tensor:
        """Sums of the weights."""
        hashed = [self._hashed(place, columns) for place in range(len(self._places))]
        weights_NCK = nn.functional.embedding(torch.stack(hashed, dim=1), self.weight)
        return weights_NCK.sum(1)

    def axes(self) -> dict[str, Axes]:
        """Which row a combination has depends on all ids in it."""
        return {"weight": ((), None)}

    def _hashed(self, cross: int, columns: Mapping[str, Tensor]) -> Tensor:
        found_N: Tensor | None = None
        for column, place in self._places[cross]:
            ids_N = columns[column][:, place].long()
            found_N = ids_N if found_N is None else (found_N * _PRIME + ids_N) % _LARGEST
        assert found_N is not None  # a cross has at least two features
        return found_N % self._rows + cross * self._rows


class WideAndDeepNet(Body):
    """See :class:`netloom.models.tabular.spec.WideAndDeep`."""

    def __init__(self, network: WideAndDeep, input: FeatureInput, *, outputs: int) -> None:
        super().__init__()
        self.wide = FirstOrder(input, outputs=outputs)
        self.crosses = (
            Crosses(input, network.crosses, rows=network.cross_rows, outputs=outputs)
            if network.crosses
            else None
        )
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
        outputs_NK: Tensor = self.wide(columns) + self.head(self.deep(self.input(columns)))
        return outputs_NK if self.crosses is None else outputs_NK + self.crosses(columns)

    def blocks(self) -> tuple[str, ...]:
        """Names of consecutive modules from input to output."""
        crosses = () if self.crosses is None else ("crosses",)
        return ("wide", *crosses, "input", *self.deep.blocks("deep"), "head")


def _check_names(crosses: Sequence[Sequence[str]], *, known: Mapping[str, object]) -> None:
    unknown = sorted({name for names in crosses for name in names} - known.keys())
    if unknown:
        raise InvalidData.of(
            f"columns cannot be crossed: {', '.join(unknown)}",
            code="T322",
            expected=f"columns with one id in each row: {', '.join(sorted(known)) or 'there are none'}",
            got=", ".join(unknown),
            fix="Correct `crosses`, or give the columns an encoding with ids",
        )
