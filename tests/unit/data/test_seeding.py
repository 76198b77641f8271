from __future__ import annotations

import numpy as np

from netloom.data.seeding import epoch_order, occurrences, sample_generator, sample_words


def test_words_depend_on_seed_epoch_and_sample_and_on_nothing_else() -> None:
    words = sample_words(1, 2, np.array([3, 4, 5]))
    assert words[1].tolist() == sample_words(1, 2, np.array([4]))[0].tolist()
    others = [sample_words(seed, epoch, np.arange(50)) for seed in range(4) for epoch in range(4)]
    assert len({tuple(row) for block in others for row in block.tolist()}) == 4 * 4 * 50


def test_streams_of_one_sample_are_independent() -> None:
    keys = np.arange(2000)
    draws = [
        [sample_generator(row).random() for row in sample_words(3, 1, keys, stream=stream)]
        for stream in range(3)
    ]
    assert np.abs(np.corrcoef(draws) - np.eye(3)).max() < 0.07


def test_occurrences_count_what_came_before() -> None:
    order = np.random.default_rng(0).integers(0, 7, 200)
    expected = [int((order[:place] == order[place]).sum()) for place in range(200)]
    assert occurrences(order).tolist() == expected
    assert occurrences(np.array([], np.int64)).tolist() == []


def test_words_are_those_of_the_published_generator() -> None:
    # First outputs of SplitMix64 started at 0, from its reference implementation.
    state = np.uint64(0)
    stream = []
    for _ in range(3):
        mixed = np.atleast_1d(state)
        state = (mixed + np.uint64(0x9E3779B97F4A7C15))[0]
        stream.append(state)
    from netloom.data.seeding import _mixed

    outputs = _mixed(np.array([0, *stream[:2]], np.uint64)).tolist()
    assert outputs == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def test_samples_draw_independent_even_numbers() -> None:
    draws = np.array(
        [sample_generator(row).random() for row in sample_words(0, 0, np.arange(4000))]
    )
    assert abs(draws.mean() - 0.5) < 0.02
    assert abs(np.corrcoef(draws[:-1], draws[1:])[0, 1]) < 0.05
    assert np.histogram(draws, 10, (0, 1))[0].min() > 320


def test_an_epochs_order_is_a_permutation_that_changes_with_the_epoch() -> None:
    first, second = (epoch_order(100, seed=3, epoch=epoch) for epoch in (0, 1))
    assert sorted(first.tolist()) == list(range(100))
    assert first.tolist() == epoch_order(100, seed=3, epoch=0).tolist()
    assert first.tolist() != second.tolist()
