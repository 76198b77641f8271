"""Attention layers that write: each step sees what was written before, and all of what is read.

Vaswani et al., 2017 (arXiv:1706.03762).

Shape legend: N samples, L characters, P places, D features, H heads.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

_LONGEST_WAVE = 10_000.0


class Seen(NamedTuple):
    """What can be looked at, for every head: ``(N, H, P, D / H)``."""

    keys: Tensor
    values: Tensor

    def then(self, other: Seen) -> Seen:
        """With more of it behind."""
        return Seen(*(torch.cat(pair, dim=2) for pair in zip(self, other, strict=True)))


class Attention(nn.Module):
    """Every query looks at the places most like what it asks for.

    Args:
        sees: Features of the places, if they have others than the queries.

    Example:
        >>> attention = Attention(8, heads=2)
        >>> tuple(attention(torch.zeros(1, 3, 8), attention.shown(torch.zeros(1, 5, 8))).shape)
        (1, 3, 8)
    """

    def __init__(self, width: int, *, heads: int, sees: int | None = None) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(sees or width, width)
        self.value = nn.Linear(sees or width, width)
        self.join = nn.Linear(width, width)

    def shown(self, places_NPD: Tensor) -> Seen:
        """Places, made ready to be looked at."""
        return Seen(self._by_head(self.key(places_NPD)), self._by_head(self.value(places_NPD)))

    def forward(self, states_NLD: Tensor, seen: Seen, *, only_before: bool = False) -> Tensor:
        """What each state finds.

        Args:
            only_before: The l-th state sees no more than the first l places.
        """
        queries = self._by_head(self.query(states_NLD))
        scale = 1.0 / math.sqrt(queries.shape[3])
        found = scaled_dot_product_attention(queries, *seen, is_causal=only_before, scale=scale)
        _, length, width = map(int, states_NLD.shape)
        found = found if length == 1 else found.transpose(1, 2)
        joined_NLD: Tensor = self.join(found.reshape(-1, length, width))
        return joined_NLD

    def _by_head(self, values_NLD: Tensor) -> Tensor:
        # Sizes as plain numbers: each that is asked of a tensor becomes nodes of an exported graph.
        _, length, width = map(int, values_NLD.shape)
        if length == 1:
            return values_NLD.reshape(-1, self.heads, 1, width // self.heads)
        by_head = values_NLD.reshape(-1, length, self.heads, width // self.heads)
        return by_head.transpose(1, 2)


class WritingLayer(nn.Module):
    """Looks back at what was written, then at the line, then thinks about each character by itself.

    Args:
        inner: Features while it thinks.
        sees: Features of the places of the line.
        norm_first: Normalise before each part, which makes training calm; or after it, as in the paper.
    """

    def __init__(
        self,
        width: int,
        *,
        heads: int,
        dropout: float,
        inner: int | None = None,
        sees: int | None = None,
        norm_first: bool = True,
        activation: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.norm_first = norm_first
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.back = Attention(width, heads=heads)
        self.line = Attention(width, heads=heads, sees=sees)
        self.think = nn.Sequential(
            nn.Linear(width, inner or 4 * width),
            activation or nn.GELU(),
            nn.Linear(inner or 4 * width, width),
        )
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, states_NLD: Tensor, line: Seen, written: Seen | None = None
    ) -> tuple[Tensor, Seen]:
        """The states, further on; and all that was written, for the next step.

        Args:
            written: What was written before; None if the states are a text from its beginning.
        """
        asked_NLD = self._before(0, states_NLD)
        new = self.back.shown(asked_NLD)
        seen = new if written is None else written.then(new)
        starts = written is None and int(states_NLD.shape[1]) > 1
        found_NLD = self.back(asked_NLD, seen, only_before=starts)
        states_NLD = self._after(0, states_NLD + self.dropout(found_NLD))
        found_NLD = self.line(self._before(1, states_NLD), line)
        states_NLD = self._after(1, states_NLD + self.dropout(found_NLD))
        found_NLD = self.think(self._before(2, states_NLD))
        return self._after(2, states_NLD + self.dropout(found_NLD)), seen

    def _before(self, part: int, states_NLD: Tensor) -> Tensor:
        normal_NLD: Tensor = self.norms[part](states_NLD) if self.norm_first else states_NLD
        return normal_NLD

    def _after(self, part: int, states_NLD: Tensor) -> Tensor:
        normal_NLD: Tensor = states_NLD if self.norm_first else self.norms[part](states_NLD)
        return normal_NLD


def wave_codes(length: int, width: int) -> Tensor:
    """Sines and cosines of ever longer waves, which tell places apart: ``(length, width)``.

    Example:
        >>> wave_codes(2, 4).round(decimals=2).tolist()
        [[0.0, 0.0, 1.0, 1.0], [0.8399999737739563, 0.009999999776482582, 0.5400000214576721, 1.0]]
    """
    waves = torch.exp(torch.arange(0, width, 2) * (-math.log(_LONGEST_WAVE) / width))
    angles = torch.arange(length)[:, None] * waves
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def grid_codes(height: int, width: int, features: int) -> Tensor:
    """Codes of the places of a map, row by row: ``(height · width, features)``.

    A single row needs only its columns' codes; otherwise each direction has half of the features.

    Example:
        >>> tuple(grid_codes(2, 3, 8).shape)
        (6, 8)
    """
    if height == 1:
        return wave_codes(width, features)
    rows = wave_codes(height, features // 2)[:, None].expand(-1, width, -1)
    columns = wave_codes(width, features // 2)[None].expand(height, -1, -1)
    return torch.cat([rows, columns], dim=2).flatten(0, 1)
