"""From probabilities along a line to a text, and how sure that is.

Shape legend: T steps, K outputs (one per character, the last one – the blank – for none), S states.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.text_recognition.reading import Reading

_HALF = 0.5
"""A single path more probable than this makes its text the likeliest: others share what is left."""

_WIDTH = 8
_LEAST = 1e-3
_TINY = 1e-30


def read(probabilities_TK: NDArray[np.float32]) -> Reading:
    """The likeliest text, by beam search where single steps leave doubts.

    Example:
        >>> read(np.array([[0.1, 0.9, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]], np.float32)).places
        (1, 1)
    """
    best_T = probabilities_TK.argmax(axis=1)
    is_sure = float(probabilities_TK.max(axis=1).prod(dtype=np.float64)) > _HALF
    places = collapsed(best_T.tolist(), blank=probabilities_TK.shape[1] - 1)
    if not is_sure:
        places = beam_searched(probabilities_TK)
    return aligned(probabilities_TK, places)


def collapsed(path: Sequence[int], *, blank: int) -> tuple[int, ...]:
    """A path along the steps as a text: repetitions merged, then blanks left out.

    Example:
        >>> collapsed([0, 0, 2, 0, 1, 1], blank=2)
        (0, 0, 1)
    """
    before = zip([blank, *path], path, strict=False)
    return tuple(place for last, place in before if place not in (last, blank))


def beam_searched(
    probabilities_TK: NDArray[np.float32], *, width: int = _WIDTH, least: float = _LEAST
) -> tuple[int, ...]:
    """The likeliest text among those whose beginnings were among the likeliest at every step.

    Prefix search (Hannun et al. 2014, arXiv:1408.2873): ways to write the same beginning are added up.

    Args:
        width: Beginnings that are followed.
        least: Characters less probable at a step are not tried there.

    Example:
        >>> unsure = np.array([[0.4, 0.6], [0.4, 0.6]], np.float32)
        >>> collapsed(unsure.argmax(axis=1).tolist(), blank=1), beam_searched(unsure)
        ((), (0,))
    """
    blank = probabilities_TK.shape[1] - 1
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (1.0, 0.0)}
    for row_K in probabilities_TK.astype(np.float64):
        tried: list[int] = np.flatnonzero(row_K[:blank] >= least).tolist()
        grown: dict[tuple[int, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for beginning, (with_blank, without) in beams.items():
            total = with_blank + without
            grown[beginning][0] += total * row_K[blank]
            if beginning:
                grown[beginning][1] += without * row_K[beginning[-1]]
            for place in tried:
                # An equal neighbour is a new character only after a blank.
                repeats = bool(beginning) and place == beginning[-1]
                grown[(*beginning, place)][1] += (with_blank if repeats else total) * row_K[place]
        kept = sorted(grown.items(), key=lambda item: -sum(item[1]))[:width]
        # Only ratios count; this keeps long lines from vanishing.
        scale = sum(map(sum, (pair for _, pair in kept))) or 1.0
        beams = {beginning: (pair[0] / scale, pair[1] / scale) for beginning, pair in kept}
    return max(beams.items(), key=lambda item: sum(item[1]))[0]


def aligned(probabilities_TK: NDArray[np.float32], places: Sequence[int]) -> Reading:
    """A given text with its probability: the sum over all ways to write it along the steps.

    Characters have the highest probability of any of their steps along the likeliest way.

    Example:
        >>> reading = aligned(np.array([[0.4, 0.6], [0.4, 0.6]], np.float32), [0])
        >>> round(reading.score, 2), round(reading.character_scores[0], 2)
        (0.64, 0.4)
    """
    blank = probabilities_TK.shape[1] - 1
    states_S = np.full(2 * len(places) + 1, blank)
    states_S[1::2] = places
    emitted_TS = np.log(np.maximum(probabilities_TK[:, states_S], _TINY).astype(np.float64))
    may_skip_S = np.zeros(len(states_S), np.bool_)
    may_skip_S[3::2] = states_S[3::2] != states_S[1:-2:2]
    sums_S = np.full(len(states_S), -np.inf)
    sums_S[:2] = emitted_TS[0, :2]
    best_S, origins = sums_S.copy(), []
    for row_S in emitted_TS[1:]:
        sums_S = np.logaddexp.reduce(_arriving(sums_S, may_skip_S), axis=0) + row_S
        arriving_3S = _arriving(best_S, may_skip_S)
        origins.append(arriving_3S.argmax(axis=0))
        best_S = arriving_3S.max(axis=0) + row_S
    scores = np.zeros(len(states_S))
    state = len(states_S) - 1 - int(len(states_S) > 1 and best_S[-2] > best_S[-1])
    for step in reversed(range(len(emitted_TS))):
        scores[state] = max(scores[state], float(probabilities_TK[step, states_S[state]]))
        if step:
            state -= int(origins[step - 1][state])
    total = float(np.exp(np.logaddexp.reduce(sums_S[-2:])))
    return Reading(tuple(places), min(total, 1.0), tuple(scores[1::2].tolist()))


def _arriving(values_S: NDArray[np.float64], may_skip_S: NDArray[np.bool_]) -> NDArray[np.float64]:
    """What comes to each state from itself, from the one before and from the second before: (3, S)."""
    arriving_3S = np.full((3, len(values_S)), -np.inf)
    arriving_3S[0] = values_S
    arriving_3S[1, 1:] = values_S[:-1]
    arriving_3S[2, 2:] = np.where(may_skip_S[2:], values_S[:-2], -np.inf)
    return arriving_3S
