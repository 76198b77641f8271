"""A factorisation machine and fully connected layers over the same vectors.

Guo, Tang, Ye, Li and He, 2017 (arXiv:1703.04247). Every feature has a vector v: an id its own, a number x the
vector x·w + b.

    y = first order + P Σᵢ Σⱼ₍ⱼ﹥ᵢ₎ vᵢ ⊙ vⱼ + V deep(v) + c

The sum over pairs takes time proportional to the number of features, not of pairs: it is half of
(Σ v)² − Σ v². P is all ones when training begins, which is the paper's sum of inner products; as each output
has a row of its own, several targets can weigh the products differently.

Shape legend: N rows, F features, D numbers of a vector, K outputs of all targets.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from netloom.models.tabular.body import Body
from netloom.models.tabular.dense_input import Numbers, NumberVectors
from netloom.models.tabular.feature_input import FeatureInput
from netloom.models.tabular.id_vectors import IdVectors
from netloom.models.tabular.layers import Layers, head
from netloom.models.tabular.segments import Segment, length
from netloom.models.tabular.spec import DeepFM
from netloom.models.tabular.wide_and_deep import FirstOrder

_FRESH = 0.05
"""Deviation of fresh vectors: with 1/√D, the products of many features would drown everything else."""


class FeatureVectors(nn.Module):
    """One vector of equal width for each feature, ``(N, F, D)``: numbers first.

    Attributes:
        segments: Where they are if laid side by side, ``(N, F · D)``.
    """

    def __init__(self, input: FeatureInput, *, width: int, std: float) -> None:
        super().__init__()
        self.numbers = Numbers(input)
        self.of_numbers = (
            NumberVectors(self.numbers, width=width, std=std) if self.numbers.width else None
        )
        self.of_ids = IdVectors(input, width=width, std=std)
        segments: list[Segment] = []
        for segment in self.numbers.segments:
            segments.append(Segment("vector", segment.name, length(segments), segment.size * width))
        for name, _ in self.of_ids.features:
            segments.append(Segment("vector", name, length(segments), width))
        self.segments = tuple(segments)

    @property
    def features(self) -> int:
        """F."""
        return self.numbers.width + len(self.of_ids.features)

    def forward(self, columns: Mapping[str, Tensor]) -> Tensor:
        """Vectors of numbers and of ids."""
        vectors: list[Tensor] = self.of_ids(columns)
        if self.of_numbers is not None:
            vectors.insert(0, self.of_numbers(torch.cat(self.numbers(columns), dim=1)))
        return torch.cat(vectors, dim=1)


def pairwise_products(vectors_NFD: Tensor) -> Tensor:
    """Sum of the elementwise products of every two vectors of a row, ``(N, D)``.

    Example:
        >>> pairwise_products(torch.tensor([[[1.0], [2.0], [3.0]]])).item()
        11.0
    """
    square_of_sum_ND = vectors_NFD.sum(1).square()
    sum_of_squares_ND = vectors_NFD.square().sum(1)
    return 0.5 * (square_of_sum_ND - sum_of_squares_ND)


class DeepFactorization(Body):
    """See :class:`netloom.models.tabular.spec.DeepFM`."""

    def __init__(self, network: DeepFM, input: FeatureInput, *, outputs: int) -> None:
        super().__init__()
        self.first_order = FirstOrder(input, outputs=outputs)
        self.vectors = FeatureVectors(input, width=network.embedding, std=_FRESH)
        self.products = nn.Linear(network.embedding, outputs, bias=False)
        nn.init.ones_(self.products.weight)
        self.deep = Layers(
            self.vectors.features * network.embedding,
            network.widths,
            norm=network.norm,
            dropout=network.dropout,
            segments=self.vectors.segments,
        )
        self.head = head(self.deep.width, outputs, segments=self.deep.segments)

    def forward(self, columns: Mapping[str, Tensor]) -> Tensor:
        """Outputs, ``(N, K)``."""
        vectors_NFD = self.vectors(columns)
        products_NK = self.products(pairwise_products(vectors_NFD))
        deep_NK = self.head(self.deep(vectors_NFD.flatten(1)))
        outputs_NK: Tensor = self.first_order(columns) + products_NK + deep_NK
        return outputs_NK

    def blocks(self) -> tuple[str, ...]:
        """Names of consecutive modules from input to output."""
        return ("first_order", "vectors", "products", *self.deep.blocks("deep"), "head")
