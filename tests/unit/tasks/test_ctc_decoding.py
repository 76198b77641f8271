from __future__ import annotations

from collections import defaultdict
from itertools import product

import numpy as np
import pytest

from netloom.tasks.text_recognition.ctc_decoding import aligned, beam_searched, collapsed, read


def probabilities(seed: int, steps: int, outputs: int, *, sharpness: float = 1.0) -> np.ndarray:
    logits = sharpness * np.random.default_rng(seed).normal(size=(steps, outputs))
    powers = np.exp(logits)
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def every_text(probabilities_TK: np.ndarray) -> dict[tuple[int, ...], float]:
    """The probability of each text, by adding up every path."""
    steps, outputs = probabilities_TK.shape
    found: dict[tuple[int, ...], float] = defaultdict(float)
    for path in product(range(outputs), repeat=steps):
        share = float(np.prod([probabilities_TK[t, k] for t, k in enumerate(path)], dtype=float))
        found[collapsed(path, blank=outputs - 1)] += share
    return found


@pytest.mark.parametrize("seed", range(8))
def test_a_text_has_the_probability_of_all_its_paths(seed: int) -> None:
    table = probabilities(seed, 5, 4)
    for text, share in every_text(table).items():
        assert aligned(table, text).score == pytest.approx(share, rel=1e-5)


@pytest.mark.parametrize("seed", range(20))
def test_the_likeliest_text_is_found(seed: int) -> None:
    table = probabilities(seed, 6, 3)
    shares = every_text(table)
    best = max(shares, key=lambda text: shares[text])
    assert beam_searched(table, width=64, least=0.0) == best


@pytest.mark.parametrize("seed", range(20))
def test_reading_without_doubts_is_reading_with_beams(seed: int) -> None:
    table = probabilities(seed, 5, 4, sharpness=6.0)
    shares = every_text(table)
    reading = read(table)
    if max(shares.values()) > 0.5:
        assert reading.places == max(shares, key=lambda text: shares[text])
    assert reading.score == pytest.approx(shares[reading.places], rel=1e-5)


def test_no_step_is_blank_enough_to_merge_different_characters() -> None:
    assert collapsed([1, 1, 0, 0, 2, 2, 2, 0], blank=2) == (1, 0, 0)
    assert collapsed([], blank=2) == ()


def test_characters_have_the_score_of_their_best_step_on_the_likeliest_way() -> None:
    table = np.array(
        [[0.7, 0.1, 0.2], [0.9, 0.05, 0.05], [0.1, 0.2, 0.7], [0.2, 0.6, 0.2]], np.float32
    )
    reading = aligned(table, (0, 1))
    assert reading.character_scores == pytest.approx((0.9, 0.6))


def test_nothing_can_be_read() -> None:
    table = np.array([[0.1, 0.9], [0.2, 0.8]], np.float32)
    reading = read(table)
    assert reading.places == ()
    assert reading.score == pytest.approx(0.72)
    assert reading.character_scores == ()


def test_a_long_line_does_not_vanish() -> None:
    table = np.full((600, 3), 0.05, np.float32)
    table[np.arange(600), np.arange(600) % 3] = 0.9
    assert len(read(table).places) == 400
    assert len(beam_searched(table, width=2)) == 400
