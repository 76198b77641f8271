"""Layers that multiply the input with itself: Wang, Shivanna, Cheng and others, 2021 (arXiv:2008.13535).

    whole matrix    x' = x₀ ⊙ (W x + b) + x
    low rank        x' = x₀ ⊙ (U Vᵀx + b) + x
    mixture         x' = x₀ ⊙ Σᵢ Gᵢ(x) (Uᵢ tanh(Cᵢ tanh(Vᵢᵀx)) + b) + x,    G = softmax(gate x)

Shape legend: N rows, I width of the input, E experts, r rank, K outputs of all targets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from netloom.models.tabular.body import Body
from netloom.models.tabular.dense_input import DenseInput
from netloom.models.tabular.feature_input import FeatureInput
from netloom.models.tabular.layers import InputLinear, Layers, head
from netloom.models.tabular.segments import Axes, Segment
from netloom.models.tabular.spec import DCNv2

_FRESH = 0.1
"""Fresh matrices relative to the usual scale: a layer begins by passing on what it gets. Otherwise products
of high degree, with outliers, would drown everything else when training begins."""


class Cross(nn.Module):
    """A crossing layer with a whole matrix."""

    def __init__(self, segments: Sequence[Segment], width: int) -> None:
        super().__init__()
        self._segments = tuple(segments)
        self.weight = nn.Parameter(torch.empty(width, width))
        self.bias = nn.Parameter(torch.zeros(width))
        nn.init.xavier_normal_(self.weight, gain=_FRESH)

    def forward(self, first_NI: Tensor, rows_NI: Tensor) -> Tensor:
        """The next rows, ``(N, I)``."""
        return first_NI * nn.functional.linear(rows_NI, self.weight, self.bias) + rows_NI

    def axes(self) -> dict[str, Axes]:
        """All sides are the input."""
        return {"weight": (self._segments, self._segments), "bias": (self._segments,)}


class LowRankCross(nn.Module):
    """A crossing layer with a matrix of low rank."""

    def __init__(self, segments: Sequence[Segment], width: int, *, rank: int) -> None:
        super().__init__()
        self._segments = tuple(segments)
        self.down = nn.Parameter(torch.empty(rank, width))
        self.up = nn.Parameter(torch.empty(width, rank))
        self.bias = nn.Parameter(torch.zeros(width))
        nn.init.xavier_normal_(self.down)
        nn.init.xavier_normal_(self.up, gain=_FRESH)

    def forward(self, first_NI: Tensor, rows_NI: Tensor) -> Tensor:
        """The next rows, ``(N, I)``."""
        low_Nr = nn.functional.linear(rows_NI, self.down)
        return first_NI * nn.functional.linear(low_Nr, self.up, self.bias) + rows_NI

    def axes(self) -> dict[str, Axes]:
        """The wide sides are the input."""
        return {
            "down": (None, self._segments),
            "up": (self._segments, None),
            "bias": (self._segments,),
        }


class MixtureCross(nn.Module):
    """A crossing layer with several matrices of low rank, between which a gate chooses."""

    def __init__(self, segments: Sequence[Segment], width: int, *, rank: int, experts: int) -> None:
        super().__init__()
        self._segments = tuple(segments)
        self.down = nn.Parameter(torch.empty(experts, width, rank))
        self.core = nn.Parameter(torch.empty(experts, rank, rank))
        self.up = nn.Parameter(torch.empty(experts, rank, width))
        self.bias = nn.Parameter(torch.zeros(width))
        self.gate = InputLinear(width, experts, segments=segments)
        for stack, gain in ((self.down, 1.0), (self.core, 1.0), (self.up, _FRESH)):
            for matrix in stack:
                nn.init.xavier_normal_(matrix, gain=gain)

    def forward(self, first_NI: Tensor, rows_NI: Tensor) -> Tensor:
        """The next rows, ``(N, I)``."""
        low_ENr = torch.tanh(torch.tanh(rows_NI @ self.down) @ self.core)
        gates_EN1 = self.gate(rows_NI).softmax(1).T.unsqueeze(2)
        # The gates add up to 1, so the bias comes once.
        mixed_NI = (gates_EN1 * (low_ENr @ self.up)).sum(0) + self.bias
        next_NI: Tensor = first_NI * mixed_NI + rows_NI
        return next_NI

    def axes(self) -> dict[str, Axes]:
        """The wide sides are the input."""
        return {
            "down": (None, self._segments, None),
            "up": (None, None, self._segments),
            "bias": (self._segments,),
        }


class CrossNetwork(Body):
    """See :class:`netloom.models.tabular.spec.DCNv2`."""

    def __init__(self, network: DCNv2, input: FeatureInput, *, outputs: int) -> None:
        super().__init__()
        self._is_stacked = network.structure == "stacked"
        self.input = DenseInput(input, embedding=network.embedding)
        segments = self.input.segments
        self.crosses = nn.ModuleList(
            _cross(network, segments, self.input.width) for _ in range(network.crosses)
        )
        self.deep = Layers(
            self.input.width,
            network.widths,
            norm=network.norm,
            dropout=network.dropout,
            segments=segments,
        )
        if self._is_stacked:
            self.head = head(self.deep.width, outputs, segments=self.deep.segments)
        else:
            deep = Segment("own", "", self.input.width, self.deep.width)
            self.head = head(
                self.input.width + self.deep.width, outputs, segments=(*segments, deep)
            )

    def forward(self, columns: Mapping[str, Tensor]) -> Tensor:
        """Outputs, ``(N, K)``."""
        first_NI = crossed_NI = self.input(columns)
        for cross in self.crosses:
            crossed_NI = cross(first_NI, crossed_NI)
        features = (
            self.deep(crossed_NI)
            if self._is_stacked
            else torch.cat((crossed_NI, self.deep(first_NI)), dim=1)
        )
        outputs_NK: Tensor = self.head(features)
        return outputs_NK

    def blocks(self) -> tuple[str, ...]:
        """Names of consecutive modules from input to output."""
        crosses = (f"crosses.{place}" for place in range(len(self.crosses)))
        return ("input", *crosses, *self.deep.blocks("deep"), "head")


def _cross(network: DCNv2, segments: Sequence[Segment], width: int) -> nn.Module:
    if network.rank is None:
        return Cross(segments, width)
    if network.experts == 1:
        return LowRankCross(segments, width, rank=network.rank)
    return MixtureCross(segments, width, rank=network.rank, experts=network.experts)
