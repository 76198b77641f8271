"""Random streams of samples: one for each (seed, epoch, sample), whoever draws from it and when.

Results therefore do not depend on the number of loader workers, on batch boundaries or on where a run
was interrupted. The words come from SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195),
computed for a whole batch at once, since seeding NumPy's generators the usual way costs more than
decoding a small image.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import DTypeLike, NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_NUM_WORDS = 4


def epoch_order(
    num_samples: int, *, seed: int, epoch: int, weights_N: NDArray[np.float64] | None = None
) -> NDArray[np.int64]:
    """The order of samples in one epoch of training: a permutation, or draws by weight.

    Args:
        weights_N: Draw with replacement, each sample with a probability proportional to this.

    >>> epoch_order(5, seed=0, epoch=0).tolist()
    [2, 4, 3, 0, 1]
    >>> epoch_order(4, seed=0, epoch=0, weights_N=np.array([0.0, 1.0, 0.0, 0.0])).tolist()
    [1, 1, 1, 1]
    """
    generator = np.random.default_rng((seed, epoch))
    if weights_N is None:
        return generator.permutation(num_samples)
    drawn: NDArray[np.int64] = generator.choice(
        num_samples, num_samples, p=weights_N / weights_N.sum()
    )
    return drawn


def occurrences(order_N: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often each sample of an order came before.

    >>> occurrences(np.array([4, 7, 4, 4, 7])).tolist()
    [0, 0, 1, 2, 1]
    """
    by_sample_N = np.argsort(order_N, kind="stable")
    grouped_N = order_N[by_sample_N]
    places_N = np.arange(len(order_N))
    is_first_N = np.concatenate([[True], grouped_N[1:] != grouped_N[:-1]])[: len(order_N)]
    counts_N = np.empty_like(places_N)
    counts_N[by_sample_N] = places_N - np.maximum.accumulate(np.where(is_first_N, places_N, 0))
    return counts_N


def sample_words(
    seed: int, epoch: int, keys_N: NDArray[np.int64], *, stream: int = 0
) -> NDArray[np.uint64]:
    """Seed words of shape (N, 4), one row for each sample.

    Args:
        keys_N: Tells samples apart, e.g. their positions.
        stream: Other numbers give independent words, for another purpose.

    >>> sample_words(7, 0, np.arange(3)).shape
    (3, 4)
    """
    start = _mixed(_mixed(np.array([seed], np.uint64)) ^ np.array([epoch], np.uint64))
    if stream:
        start = _mixed(start ^ np.array([stream], np.uint64))
    states_N = _mixed(start ^ keys_N.astype(np.uint64))
    steps = np.arange(1, _NUM_WORDS + 1, dtype=np.uint64) * _GOLDEN
    return _mixed(states_N[:, None] + steps[None, :])


def sample_generator(words: NDArray[np.uint64]) -> np.random.Generator:
    """The random generator that one row of :func:`sample_words` seeds (about a microsecond)."""
    return np.random.Generator(np.random.PCG64(_Words(words)))  # type: ignore[arg-type]  # numpy documents ISeedSequence


class _Words(ISeedSequence):
    """Hands ready-made words to a bit generator."""

    def __init__(self, words: NDArray[np.uint64]) -> None:
        self._words = words

    def generate_state(
        self, n_words: int, dtype: DTypeLike | Sequence[DTypeLike] = np.uint64
    ) -> NDArray[np.uint64]:
        return self._words


def _mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    # Unsigned array arithmetic wraps around silently, which is what the algorithm asks for.
    mixed = state + _GOLDEN
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
