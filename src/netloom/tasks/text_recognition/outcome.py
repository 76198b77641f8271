"""What was read of all lines, and how far that is from what is written.

Shape legend: N lines, B draws.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.bootstrap import Interval, percentile_interval, resampled
from netloom.tasks.protocol import Scored
from netloom.tasks.text_recognition.alphabet import normalised
from netloom.tasks.text_recognition.edit_distance import Edit, edit_distances, side_by_side

RATES = ("cer", "wer", "exact_match")


class TextOutcome(NamedTuple):
    """What came of all lines, in their order.

    Attributes:
        truths: What is written, in normal form C.
        texts: What was read.
        scores_N: Probabilities of what was read.
        edits_N: Characters to put in, leave out or replace.
        word_edits_N: Likewise words, which white space divides.
    """

    truths: tuple[str, ...]
    texts: tuple[str, ...]
    scores_N: NDArray[np.float64]
    edits_N: NDArray[np.int64]
    word_edits_N: NDArray[np.int64]

    @classmethod
    def of(
        cls, truths: Sequence[str], texts: Sequence[str], scores_N: NDArray[np.float64]
    ) -> TextOutcome:
        """Measure texts that were read.

        Example:
            >>> outcome = TextOutcome.of(["a b", "c"], ["a x", "c"], np.ones(2))
            >>> rates(outcome)
            {'cer': 0.25, 'wer': 0.3333333333333333, 'exact_match': 0.5}
        """
        return cls(
            tuple(truths),
            tuple(texts),
            scores_N,
            edit_distances(texts, truths),
            edit_distances([text.split() for text in texts], [text.split() for text in truths]),
        )

    def lengths(self) -> NDArray[np.int64]:
        """Characters of each truth, ``(N,)``."""
        return np.array([len(text) for text in self.truths], np.int64)

    def words(self) -> NDArray[np.int64]:
        """Words of each truth, ``(N,)``."""
        return np.array([len(text.split()) for text in self.truths], np.int64)


def outcome_of(scored: Iterable[Scored], labels: Sequence[str]) -> TextOutcome:
    """Reads every line; numbers of a batch are let go with it."""
    truths: list[str] = []
    texts: list[str] = []
    scores: list[float] = []
    for line_scores, batch in scored:
        truths += [normalised(text or "") for text in batch.texts]
        for reading in line_scores.readings():
            texts.append("".join(labels[place] for place in reading.places))
            scores.append(reading.score)
    return TextOutcome.of(truths, texts, np.array(scores, np.float64))


def rates(outcome: TextOutcome) -> dict[str, float]:
    """Edits per character and per word of the truths, and the share of lines without any; or NaN."""
    return dict(
        zip(RATES, _rates(outcome, np.ones((len(outcome.texts), 1)))[0].tolist(), strict=True)
    )


def rate_draws(outcome: TextOutcome, *, draws: int, seed: int) -> NDArray[np.float64]:
    """:data:`RATES` of resampled lines, ``(B, 3)``."""
    blocks = resampled(len(outcome.texts), draws=draws, seed=seed)
    return np.concatenate([_rates(outcome, block_NB.astype(np.float64)) for block_NB in blocks])


def rate_intervals(draws_BR: NDArray[np.float64] | None) -> dict[str, Interval]:
    """Of :data:`RATES`, or of their differences; NaN without draws."""
    if draws_BR is None:
        return {name: Interval(np.nan, np.nan) for name in RATES}
    low_R, high_R = percentile_interval(draws_BR)
    return {
        name: Interval(float(low), float(high))
        for name, low, high in zip(RATES, low_R, high_R, strict=True)
    }


def confusions(outcome: TextOutcome) -> Counter[Edit]:
    """How often which character (first) was read as which (second); None where one was put in or lost.

    Example:
        >>> confusions(TextOutcome.of(["abc"], ["axc"], np.ones(1)))
        Counter({Edit(first='b', second='x'): 1})
    """
    return Counter(
        edit
        for position in np.flatnonzero(outcome.edits_N).tolist()
        for edit in side_by_side(outcome.truths[position], outcome.texts[position])
        if edit.first != edit.second
    )


def _rates(outcome: TextOutcome, weights_NB: NDArray[np.float64]) -> NDArray[np.float64]:
    counted = np.stack(
        [
            outcome.edits_N,
            outcome.word_edits_N,
            outcome.edits_N == 0,
            outcome.lengths(),
            outcome.words(),
            np.ones(len(outcome.texts)),
        ],
        axis=1,
    )
    sums_B6 = weights_NB.T @ counted
    with np.errstate(invalid="ignore", divide="ignore"):
        found = sums_B6[:, :3] / sums_B6[:, 3:]
    return np.asarray(np.where(sums_B6[:, 3:] > 0, found, np.nan), np.float64)
