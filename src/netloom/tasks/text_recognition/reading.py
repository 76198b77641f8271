"""What a network says about lines, and the text that is read from it.

Shape legend: N lines, S steps, K outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Reading(NamedTuple):
    """A text as places in the label space.

    Attributes:
        places: Of the characters.
        score: Probability of the text.
        character_scores: Of each character.
    """

    places: tuple[int, ...]
    score: float
    character_scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LineScores:
    """Probabilities of some lines. Kinds of networks differ in what a step is, hence in how one reads.

    Attributes:
        read: From the steps of a line, ``(S, K)``, to its text.

    Example:
        >>> from netloom.tasks.text_recognition.ctc_decoding import read
        >>> LineScores(np.array([[[0.9, 0.1]]], np.float32), read).readings()[0].places
        (0,)
    """

    probabilities_NSK: NDArray[np.float32]
    read: Callable[[NDArray[np.float32]], Reading]

    def __len__(self) -> int:
        return len(self.probabilities_NSK)

    def __getitem__(self, chosen: slice) -> LineScores:
        return replace(self, probabilities_NSK=self.probabilities_NSK[chosen])

    def readings(self) -> list[Reading]:
        """The text of every line."""
        return [self.read(line_SK) for line_SK in self.probabilities_NSK]
