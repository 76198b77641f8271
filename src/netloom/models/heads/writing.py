"""What heads have in common that write a text character after character.

While they learn they are told the characters before each one (teacher forcing); afterwards they read their
own. One output more than there are characters stands for the end of a text; as an input it stands for its
beginning.

Shape legend: N samples, L characters, P places of the line, D features, K outputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from netloom.models.attention import Seen, WritingLayer

_SURE = 30.0
"""Logit of the end behind the end, where all others are 0: no other output is more probable than 1e-13."""


class Writing(nn.Module):
    """Layers that write, one after the other; see :class:`netloom.models.attention.WritingLayer`.

    Attributes:
        layers: Of the same width.
    """

    layers: nn.ModuleList
    after_end: Tensor

    def __init__(self, *, outputs: int, longest: int) -> None:
        super().__init__()
        self.longest = longest
        self.mark = outputs - 1
        after_end_K = torch.zeros(outputs)
        after_end_K[self.mark] = _SURE
        self.register_buffer("after_end", after_end_K, persistent=False)

    def states(self, characters_NL: Tensor, first: int) -> Tensor:
        """Characters at their places in the text, ``(N, L, D)``.

        Args:
            first: How many characters are before them.
        """
        raise NotImplementedError

    def logits(self, states_NLD: Tensor) -> Tensor:
        """What follows, ``(N, L, K)``."""
        raise NotImplementedError

    def shown(self, line_NPD: Tensor) -> list[Seen]:
        """The line, made ready to be looked at by each layer."""
        return [layer.line.shown(line_NPD) for layer in self._writing_layers()]

    def told(self, texts_NL: Tensor, line: Sequence[Seen]) -> Tensor:
        """What follows each beginning of the true text, ``(N, L + 1, K)``.

        Args:
            texts_NL: Behind the end of a text negative numbers.
        """
        known_NL = texts_NL.where(texts_NL >= 0, self.mark)
        states_NLD = self.states(pad(known_NL, (1, 0), value=self.mark), 0)
        for layer, seen in zip(self._writing_layers(), line, strict=True):
            states_NLD, _ = layer(states_NLD, seen)
        return self.logits(states_NLD)

    def written(self, line: Sequence[Seen]) -> Tensor:
        """What it writes on its own, always the likeliest character: ``(N, longest + 1, K)``."""
        count, device = line[0].keys.shape[0], line[0].keys.device
        last_N1 = torch.full((count, 1), self.mark, dtype=torch.int64, device=device)
        has_ended_N1 = torch.zeros_like(last_N1, dtype=torch.bool)
        before: list[Seen | None] = [None] * len(line)
        rows: list[Tensor] = []
        while len(rows) <= self.longest:
            state_N1D = self.states(last_N1, len(rows))
            for place, layer in enumerate(self._writing_layers()):
                state_N1D, before[place] = layer(state_N1D, line[place], before[place])
            logits_NK = self.logits(state_N1D)[:, 0]
            logits_NK = logits_NK.where(~has_ended_N1, self.after_end.to(logits_NK))
            rows.append(logits_NK)
            last_N1 = logits_NK.argmax(dim=1, keepdim=True)
            has_ended_N1 = has_ended_N1 | (last_N1 == self.mark)
            # A network to be exported takes all steps: its next pictures may have longer texts.
            if not torch.onnx.is_in_onnx_export() and bool(has_ended_N1.all()):
                break
        missing = self.longest + 1 - len(rows)
        rows += [self.after_end.to(rows[0]).expand_as(rows[0])] * missing
        return torch.stack(rows, dim=1)

    def _writing_layers(self) -> Iterator[WritingLayer]:
        layers: Any = self.layers
        yield from layers
