from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from netloom.data.loaders import Batch
from netloom.training.assembly import assembled
from netloom.training.preparation import prepare
from netloom.training.sampling import balanced_weights
from netloom.training.training import Training


def test_every_class_weighs_the_same_and_what_has_no_label_nothing() -> None:
    labels_N = np.array([2, 0, 2, -1, 2, 2])
    weights_N = balanced_weights(labels_N)
    assert weights_N.tolist() == [0.125, 0.5, 0.125, 0.0, 0.125, 0.125]


def test_balanced_sampling_draws_rare_classes_as_often_as_others(
    make_training: Callable[..., Training], make_shapes: Callable[..., Any]
) -> None:
    labels = [0] * 54 + [1] * 3 + [2] * 3
    training = make_training(view=make_shapes({"train": 60}, labels=labels), sampling="balanced")
    fit = assembled(training, prepare(training))
    drawn: list[int] = []
    for epoch in range(20):
        for batch in fit.batches.epoch(epoch):
            assert isinstance(batch, Batch)
            drawn += batch.labels_N.tolist()
    shares = np.bincount(drawn) / len(drawn)
    assert len(drawn) == 20 * 60
    assert np.abs(shares - 1 / 3).max() < 0.05
