"""The part of TrOCR that writes: Li et al., 2021 (arXiv:2109.10282).

Layers compute what those of the transformers library compute; they remember what was written, so that a text
is written step by step inside an exported graph.

Shape legend: N samples, L characters, T tokens of the picture, D features, K outputs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from netloom.models.architecture import CharacterHead
from netloom.models.attention import WritingLayer
from netloom.models.features import MapShape
from netloom.models.heads.writing import Writing
from netloom.models.reading_spec import TrOCR
from netloom.models.trocr import WritingPart, writing_part

_UNUSED_PLACES = 2
"""Rows at the beginning of the table of learned places that stand for nothing."""
_LONGEST_WAVE = 10_000.0


class TrOCRCharacters(Writing):
    """Transformer layers over the tokens of a picture.

    Attributes:
        per_label: Parts that have one row per character: with another alphabet they start afresh.

    Raises:
        InvalidData: The network does not write so long texts.

    Example:
        >>> head = CharacterHead(outputs=5, longest=7)
        >>> writer = TrOCRCharacters(TrOCR(), head, (MapShape(64, 16),)).eval()
        >>> tuple(writer((torch.zeros(1, 64, 1, 9),)).shape)
        (1, 8, 5)
    """

    per_label = ("embedding", "output")

    def __init__(self, body: TrOCR, head: CharacterHead, takes: Sequence[MapShape]) -> None:
        from transformers.activations import ACT2FN

        super().__init__(outputs=head.outputs, longest=head.longest)
        part = writing_part(body, longest=head.longest)
        self.scale = part.scale
        is_apart = takes[0].channels != part.sees
        self.project = nn.Linear(takes[0].channels, part.sees) if is_apart else nn.Identity()
        self.embedding = nn.Embedding(head.outputs, part.width)
        nn.init.normal_(self.embedding.weight, std=1.0 / part.scale)
        self.positions = _positions(part, head.longest)
        self.embedding_norm = nn.LayerNorm(part.width) if part.norm_characters else nn.Identity()
        self.dropout = nn.Dropout(body.dropout)
        self.layers = nn.ModuleList(
            WritingLayer(
                part.width,
                heads=part.heads,
                dropout=body.dropout,
                inner=part.inner,
                sees=part.sees,
                norm_first=False,
                activation=ACT2FN[part.activation],
            )
            for _ in range(part.layers)
        )
        self.output = nn.Linear(part.width, head.outputs)

    def forward(
        self,
        maps: Sequence[Tensor],
        texts_NL: Tensor | None = None,
        *,
        size: tuple[int, int] | None = None,
    ) -> Tensor:
        """Numbers for every character and the end, ``(N, longest + 1, K)``.

        In training mode, for texts: how each of their beginnings goes on, ``(N, L + 1, K)``.

        Args:
            texts_NL: What is written, in training mode; behind the end of a text negative numbers.
            size: Height and width of the picture; characters do not depend on it.
        """
        line = self.shown(self.project(maps[0].flatten(2).transpose(1, 2)))
        if not self.training or texts_NL is None:
            return self.written(line)
        return self.told(texts_NL, line)

    def states(self, characters_NL: Tensor, first: int) -> Tensor:
        """See :meth:`netloom.models.heads.writing.Writing.states`."""
        last = first + int(characters_NL.shape[1])
        placed_NLD = self.scale * self.embedding(characters_NL) + self.positions(first, last)
        states_NLD: Tensor = self.dropout(self.embedding_norm(placed_NLD))
        return states_NLD

    def logits(self, states_NLD: Tensor) -> Tensor:
        """See :meth:`netloom.models.heads.writing.Writing.logits`."""
        logits_NLK: Tensor = self.output(states_NLD)
        return logits_NLK


class _LearnedPlaces(nn.Module):
    def __init__(self, places: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(places + _UNUSED_PLACES, width))
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, first: int, last: int) -> Tensor:
        return self.weight[first + _UNUSED_PLACES : last + _UNUSED_PLACES]


class _WavePlaces(nn.Module):
    """Sines, then cosines; waves as fairseq spaces them: the last one is exactly the longest."""

    def __init__(self, start: int, places: int, width: int) -> None:
        super().__init__()
        half = width // 2
        waves = torch.exp(torch.arange(half) * (-math.log(_LONGEST_WAVE) / (half - 1)))
        angles = torch.arange(start, start + places)[:, None] * waves
        self.codes: Tensor
        codes = torch.cat([angles.sin(), angles.cos()], dim=1)
        self.register_buffer("codes", codes, persistent=False)

    def forward(self, first: int, last: int) -> Tensor:
        return self.codes[first:last]


def _positions(part: WritingPart, longest: int) -> nn.Module:
    if part.wave_start is None:
        return _LearnedPlaces(part.places, part.width)
    return _WavePlaces(part.wave_start, longest + 1, part.width)
