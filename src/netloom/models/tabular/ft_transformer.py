"""Attention between features: Gorishniy, Rubachev, Khrulkov and Babenko, 2021 (arXiv:2106.11959).

Each feature becomes a token: a number x the vector x·w + b, an id its vector + b of its feature. Before them
stands a token that is the same for every row (CLS); the outputs are read from what becomes of it.

    t' = t + attention(norm(t))        t'' = t' + W₂ (a ⊙ relu(g)),  (a, g) = W₁ norm(t')
    y = V relu(norm(t''[CLS])) + c

The first block has no norm before its attention, as in the paper. In the last one only CLS asks, because
nothing else is read.

Shape legend: N rows, T tokens, D their width, H heads, K outputs of all targets.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, relu, scaled_dot_product_attention

from netloom.core.errors import InvalidData
from netloom.models.tabular.body import Body
from netloom.models.tabular.dense_input import Numbers, NumberVectors
from netloom.models.tabular.feature_input import FeatureInput
from netloom.models.tabular.id_vectors import IdVectors
from netloom.models.tabular.layers import head
from netloom.models.tabular.segments import Axes, Segment
from netloom.models.tabular.spec import FTTransformer

_MOST_TOKENS = 4096


class Tokens(nn.Module):
    """One token for each feature, after CLS.

    Raises:
        InvalidData: There are so many features that attention between them needs too much memory.
    """

    def __init__(self, input: FeatureInput, *, width: int) -> None:
        super().__init__()
        std = (3 * width) ** -0.5  # that of a uniform distribution from -1/√D to 1/√D
        self.numbers = Numbers(input)
        self.of_numbers = (
            NumberVectors(self.numbers, width=width, std=std) if self.numbers.width else None
        )
        self.of_ids = IdVectors(input, width=width, std=std)
        self.cls = nn.Parameter(torch.empty(width))
        with_ids = len(self.of_ids.features)
        self.bias = nn.Parameter(torch.empty(with_ids, width)) if with_ids else None
        nn.init.normal_(self.cls, std=std)
        if self.bias is not None:
            nn.init.normal_(self.bias, std=std)
        tokens = 1 + self.numbers.width + with_ids
        if tokens > _MOST_TOKENS:
            raise InvalidData.of(
                f"{tokens - 1} features are too many for attention between every two of them",
                code="T321",
                expected=f"at most {_MOST_TOKENS - 1} features",
                got=str(tokens - 1),
                fix="Choose another network, or leave out features",
            )

    def forward(self, columns: Mapping[str, Tensor]) -> Tensor:
        """Tokens, ``(N, T, D)``."""
        tokens: list[Tensor] = []
        if self.of_numbers is not None:
            tokens.append(self.of_numbers(torch.cat(self.numbers(columns), dim=1)))
        if self.bias is not None:
            tokens.append(torch.cat(self.of_ids(columns), dim=1) + self.bias)
        cls_N1D = self.cls.expand(tokens[0].shape[0], 1, -1)
        return torch.cat((cls_N1D, *tokens), dim=1)

    def axes(self) -> dict[str, Axes]:
        """Biases by feature."""
        if self.bias is None:
            return {}
        names = [name for name, _ in self.of_ids.features]
        return {
            "bias": (
                tuple(Segment("feature", name, place, 1) for place, name in enumerate(names)),
                None,
            )
        }


class Attention(nn.Module):
    """Multi-head attention of some tokens to all."""

    def __init__(self, width: int, *, heads: int, dropout: float) -> None:
        super().__init__()
        self._heads = heads
        self._dropout = dropout
        self.query = nn.Linear(width, width)
        self.key_and_value = nn.Linear(width, 2 * width)
        self.output = nn.Linear(width, width)
        for layer in (self.query, self.key_and_value, self.output):
            nn.init.zeros_(layer.bias)

    def forward(self, asking_NTD: Tensor, all_NTD: Tensor) -> Tensor:
        """What each asking token finds."""
        key, value = self.key_and_value(all_NTD).chunk(2, dim=2)
        found_NHTd = scaled_dot_product_attention(
            self._by_head(self.query(asking_NTD)),
            self._by_head(key),
            self._by_head(value),
            dropout_p=self._dropout if self.training else 0.0,
        )
        output_NTD: Tensor = self.output(found_NHTd.transpose(1, 2).flatten(2))
        return output_NTD

    def _by_head(self, tokens_NTD: Tensor) -> Tensor:
        count, tokens, width = tokens_NTD.shape
        return tokens_NTD.view(count, tokens, self._heads, width // self._heads).transpose(1, 2)


class Block(nn.Module):
    """Attention, then a feed-forward layer with gates (ReGLU), each around a shortcut.

    Args:
        is_first: There is no norm before the attention.
        is_last: Only CLS goes on.
    """

    def __init__(self, network: FTTransformer, *, is_first: bool, is_last: bool) -> None:
        super().__init__()
        hidden = max(1, int(network.width * network.hidden))
        self._is_last = is_last
        self._dropout = network.dropout
        self._residual_dropout = network.residual_dropout
        self.norm = nn.Identity() if is_first else nn.LayerNorm(network.width)
        self.attention = Attention(
            network.width, heads=network.heads, dropout=network.attention_dropout
        )
        self.hidden_norm = nn.LayerNorm(network.width)
        self.hidden = nn.Linear(network.width, 2 * hidden)
        self.output = nn.Linear(hidden, network.width)

    def forward(self, tokens_NTD: Tensor) -> Tensor:
        """The next tokens; only the first of them from the last block."""
        all_NTD = self.norm(tokens_NTD)
        if self._is_last:
            tokens_NTD = tokens_NTD[:, :1]
        found_NTD = self.attention(all_NTD[:, : tokens_NTD.shape[1]], all_NTD)
        tokens_NTD = tokens_NTD + self._dropped(found_NTD, self._residual_dropout)
        values, gates = self.hidden(self.hidden_norm(tokens_NTD)).chunk(2, dim=2)
        hidden_NTh = self._dropped(values * relu(gates), self._dropout)
        return tokens_NTD + self._dropped(self.output(hidden_NTh), self._residual_dropout)

    def _dropped(self, numbers: Tensor, share: float) -> Tensor:
        return dropout(numbers, share, training=self.training)


class FeatureTransformer(Body):
    """See :class:`netloom.models.tabular.spec.FTTransformer`."""

    def __init__(self, network: FTTransformer, input: FeatureInput, *, outputs: int) -> None:
        super().__init__()
        self.tokens = Tokens(input, width=network.width)
        last = network.layers - 1
        self.transformer = nn.ModuleList(
            Block(network, is_first=place == 0, is_last=place == last)
            for place in range(network.layers)
        )
        self.head = nn.Sequential(
            nn.LayerNorm(network.width), nn.ReLU(), head(network.width, outputs)
        )

    def forward(self, columns: Mapping[str, Tensor]) -> Tensor:
        """Outputs, ``(N, K)``."""
        tokens_NTD = self.tokens(columns)
        for block in self.transformer:
            tokens_NTD = block(tokens_NTD)
        outputs_NK: Tensor = self.head(tokens_NTD[:, 0])
        return outputs_NK

    def blocks(self) -> tuple[str, ...]:
        """Names of consecutive modules from input to output."""
        transformer = (f"transformer.{place}" for place in range(len(self.transformer)))
        return ("tokens", *transformer, "head")
