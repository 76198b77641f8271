from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from netloom.compression.parity import latency_ms, measured_parity
from netloom.tasks.catalogue import task_named
from netloom.tasks.protocol import ExportSignature, Field

SIGNATURE = ExportSignature(
    inputs=(Field(name="images", dtype="uint8", shape=("batch", 1, 2, 2), meaning="pictures"),),
    outputs=(),
)


def trained(images_NCHW: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Two logits: a sum and its negative."""
    sums_N = images_NCHW.sum(axis=(1, 2, 3), dtype=np.float32) / 1000.0
    return np.stack([sums_N, -sums_N], axis=1)


def difference(exported: Any, real: tuple[Any, ...] = ()) -> float:
    task = task_named("image_classification")
    parity = measured_parity(trained, exported, task=task, signature=SIGNATURE, real=real)
    return parity.max_difference


def test_equal_networks_do_not_differ() -> None:
    assert difference(trained) == 0.0


def test_a_difference_of_logits_is_measured_in_probabilities() -> None:
    found = difference(lambda images: trained(images) + np.float32([0.1, 0.0]))
    # The slope of the logistic function is at most a quarter.
    assert 0.001 < found <= 0.025


@pytest.mark.parametrize("wrong", [1, 2, 5, 8])
def test_one_wrong_batch_size_is_enough(wrong: int) -> None:
    def exported(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return trained(images) * (-1 if len(images) == wrong else 1)

    assert difference(exported) > 0.1


def test_nothing_but_numbers_counts_as_the_largest_difference() -> None:
    assert difference(lambda images: trained(images) * np.nan) == 1.0


def test_real_pictures_can_show_what_random_ones_do_not() -> None:
    black = np.zeros((3, 1, 2, 2), np.uint8)

    def exported(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return trained(images) + (np.float32([5, 0]) if not images.any() else 0)

    assert difference(exported) == 0.0
    assert difference(exported, real=((black,),)) > 0.4


def test_large_networks_are_timed_less_often() -> None:
    calls: list[int] = []
    batch = (np.zeros((1, 1, 2, 2), np.uint8),)
    latency_ms(lambda images: calls.append(1), batch, repeats=20, budget_s=1e-9)
    assert len(calls) == 2  # one to warm up, one that is timed
    latency_ms(lambda images: calls.append(1), batch, repeats=5, budget_s=60.0)
    assert len(calls) == 2 + 6
