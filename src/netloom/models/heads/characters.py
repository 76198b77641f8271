"""A head that writes the text of a line from its features.

Sheng, Chen and Xu, 2018 (arXiv:1806.00926): a transformer decoder. While it learns, what it looks at also has
to tell by itself which characters are where: without such a guide (Kim, Hori and Watanabe, 2017,
arXiv:1609.06773) it takes very long to find out where to look.

Shape legend: N samples, L characters, P places of the map, W columns of it, D features, K outputs (one per
character, the last one for a text's end).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn

from netloom.models.architecture import CharacterHead
from netloom.models.attention import WritingLayer, grid_codes, wave_codes
from netloom.models.features import MapShape
from netloom.models.heads.writing import Writing


class CharacterLessons(NamedTuple):
    """What it says while it learns.

    Attributes:
        logits_NLK: Of what follows each beginning of the true text.
        guide_NWK: Of the characters along the line; the last output for none.
    """

    logits_NLK: Tensor
    guide_NWK: Tensor


class Characters(Writing):
    """Transformer layers over the finest map.

    Attributes:
        per_label: Parts that have one row per character: with another alphabet they start afresh.

    Example:
        >>> import torch
        >>> head = Characters(CharacterHead(outputs=5, longest=7), (MapShape(4, 2),)).eval()
        >>> tuple(head((torch.zeros(1, 4, 1, 9),)).shape)
        (1, 8, 5)
    """

    per_label = ("embedding", "output", "guide")

    def __init__(self, head: CharacterHead, takes: Sequence[MapShape]) -> None:
        super().__init__(outputs=head.outputs, longest=head.longest)
        self.project = nn.Linear(takes[0].channels, head.width)
        self.line_norm = nn.LayerNorm(head.width)
        self.guide = nn.Linear(head.width, head.outputs)
        self.embedding = nn.Embedding(head.outputs, head.width)
        self.layers = nn.ModuleList(
            WritingLayer(head.width, heads=head.heads, dropout=head.dropout)
            for _ in range(head.layers)
        )
        self.norm = nn.LayerNorm(head.width)
        self.output = nn.Linear(head.width, head.outputs)
        self.places: Tensor
        self.register_buffer("places", wave_codes(head.longest + 1, head.width), persistent=False)

    def forward(
        self,
        maps: Sequence[Tensor],
        texts_NL: Tensor | None = None,
        *,
        size: tuple[int, int] | None = None,
    ) -> Tensor | CharacterLessons:
        """Numbers for every character and the end, ``(N, longest + 1, K)``.

        In training mode, for texts: how each of their beginnings goes on, with the guide.

        Args:
            texts_NL: What is written, in training mode; behind the end of a text negative numbers.
            size: Height and width of the picture; characters do not depend on it.
        """
        height, width = int(maps[0].shape[2]), int(maps[0].shape[3])
        line_NPD = self.line_norm(self.project(maps[0].flatten(2).transpose(1, 2)))
        line = self.shown(line_NPD + grid_codes(height, width, line_NPD.shape[2]).to(line_NPD))
        if not self.training or texts_NL is None:
            return self.written(line)
        columns_NWD = line_NPD.unflatten(1, (height, width)).mean(dim=1)
        return CharacterLessons(self.told(texts_NL, line), self.guide(columns_NWD))

    def states(self, characters_NL: Tensor, first: int) -> Tensor:
        """See :meth:`netloom.models.heads.writing.Writing.states`."""
        embedded_NLD: Tensor = self.embedding(characters_NL)
        return embedded_NLD + self.places[first : first + int(characters_NL.shape[1])]

    def logits(self, states_NLD: Tensor) -> Tensor:
        """See :meth:`netloom.models.heads.writing.Writing.logits`."""
        logits_NLK: Tensor = self.output(self.norm(states_NLD))
        return logits_NLK
