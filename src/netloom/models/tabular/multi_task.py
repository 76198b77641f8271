"""Networks for several targets: what they share, and a tower for each.

    shared bottom    yₖ = towerₖ(bottom(x))                              Caruana, "Multitask Learning", 1997
    MMoE             yₖ = towerₖ(Σᵢ gₖ(x)ᵢ expertᵢ(x)),  gₖ = softmax(Gₖ x)    Ma and others, 2018

Shape legend: N rows, I width of the input, E experts, H units, K outputs of all targets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from netloom.models.tabular.body import Body
from netloom.models.tabular.dense_input import DenseInput
from netloom.models.tabular.feature_input import FeatureInput
from netloom.models.tabular.layers import InputLinear, Layers, head
from netloom.models.tabular.segments import Segment
from netloom.models.tabular.spec import MMoE, SharedBottom


class Tower(nn.Module):
    """Layers of one target's own, and its outputs."""

    def __init__(
        self,
        network: SharedBottom | MMoE,
        inputs: int,
        outputs: int,
        *,
        segments: Sequence[Segment] | None = None,
    ) -> None:
        super().__init__()
        self.layers = Layers(
            inputs,
            network.tower,
            norm=network.norm,
            dropout=network.dropout,
            segments=segments,
        )
        self.output = head(self.layers.width, outputs, segments=self.layers.segments)

    def forward(self, features_NH: Tensor) -> Tensor:
        """Outputs of the target."""
        outputs_NK: Tensor = self.output(self.layers(features_NH))
        return outputs_NK


class SharedBottomNet(Body):
    """See :class:`netloom.models.tabular.spec.SharedBottom`."""

    def __init__(
        self, network: SharedBottom, input: FeatureInput, *, outputs: tuple[int, ...]
    ) -> None:
        super().__init__()
        self.input = DenseInput(input, embedding=network.embedding)
        self.bottom = _layers(network, self.input)
        self.towers = nn.ModuleList(
            Tower(network, self.bottom.width, each, segments=self.bottom.segments)
            for each in outputs
        )

    def forward(self, columns: Mapping[str, Tensor]) -> Tensor:
        """Outputs, ``(N, K)``."""
        shared_NH = self.bottom(self.input(columns))
        return torch.cat([tower(shared_NH) for tower in self.towers], dim=1)

    def blocks(self) -> tuple[str, ...]:
        """Names of consecutive modules from input to output."""
        return ("input", *self.bottom.blocks("bottom"), "towers")


class MixtureOfExperts(Body):
    """See :class:`netloom.models.tabular.spec.MMoE`."""

    def __init__(self, network: MMoE, input: FeatureInput, *, outputs: tuple[int, ...]) -> None:
        super().__init__()
        self.input = DenseInput(input, embedding=network.embedding)
        self.experts = nn.ModuleList(_layers(network, self.input) for _ in range(network.experts))
        self.gates = nn.ModuleList(
            InputLinear(self.input.width, network.experts, segments=self.input.segments)
            for _ in outputs
        )
        self.towers = nn.ModuleList(Tower(network, network.widths[-1], each) for each in outputs)

    def forward(self, columns: Mapping[str, Tensor]) -> Tensor:
        """Outputs, ``(N, K)``."""
        rows_NI = self.input(columns)
        found_NEH = torch.stack([expert(rows_NI) for expert in self.experts], dim=1)
        outputs = []
        for gate, tower in zip(self.gates, self.towers, strict=True):
            gates_N1E = gate(rows_NI).softmax(1).unsqueeze(1)
            outputs.append(tower((gates_N1E @ found_NEH).squeeze(1)))
        return torch.cat(outputs, dim=1)

    def blocks(self) -> tuple[str, ...]:
        """Names of consecutive modules from input to output."""
        return ("input", "experts", "gates", "towers")


def _layers(network: SharedBottom | MMoE, input: DenseInput) -> Layers:
    return Layers(
        input.width,
        network.widths,
        norm=network.norm,
        dropout=network.dropout,
        segments=input.segments,
    )
