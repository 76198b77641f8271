"""How closely an exported network follows the trained one, and how fast both are.

Shape legend: N samples, K numbers per sample.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netloom.compression.exported_package import Parity
from netloom.tasks.protocol import ExportSignature, Field, Task

Arrays = tuple[NDArray[Any], ...]
"""A batch of inputs, in the order of the signature."""

Computes = Callable[..., Any]
"""A network: inputs of a batch to outputs."""

BATCH_SIZES = (1, 2, 5, 8)
"""Sizes other than the one that was traced, and 1, which is traced wrong most easily."""


def measured_parity(
    trained: Computes,
    exported: Computes,
    *,
    task: Task[Any],
    signature: ExportSignature,
    real: Sequence[Arrays] = (),
    seed: int = 0,
) -> Parity:
    """Compare the scores of both networks on random samples and on real ones.

    Args:
        real: Batches from a data set.
        seed: Start of the random samples' random stream.
    """
    largest, compared, sizes = 0.0, 0, set()
    for batch in (*random_batches(signature, BATCH_SIZES, seed=seed), *real):
        first, second = (task.scores(network(*batch)) for network in (trained, exported))
        largest = max(largest, task.difference(first, second))
        compared += len(batch[0])
        sizes.add(len(batch[0]))
    return Parity(
        max_difference=min(largest, 1.0),
        pictures=compared,
        real_pictures=sum(len(batch[0]) for batch in real),
        batch_sizes=tuple(sorted(sizes)),
    )


def latency_ms(
    network: Computes, batch: Arrays, *, repeats: int = 20, budget_s: float = 0.5
) -> float:
    """Median time of one call, in milliseconds, after one call to warm up.

    Args:
        budget_s: Large networks are called less often than ``repeats`` times, at least once.

    Example:
        >>> int(latency_ms(lambda images: images, (np.zeros(1),), repeats=3))
        0
    """
    network(*batch)
    times_s: list[float] = []
    while len(times_s) < repeats and sum(times_s) < budget_s:
        start = time.perf_counter()
        network(*batch)
        times_s.append(time.perf_counter() - start)
    return median(times_s) * 1000.0


def random_batches(
    signature: ExportSignature, batch_sizes: Sequence[int], *, seed: int
) -> Iterator[Arrays]:
    """One batch of random inputs for each size.

    Example:
        >>> field = Field(name="x", dtype="uint8", shape=("batch", 1, 4, 4), meaning="pictures")
        >>> signature = ExportSignature(inputs=(field,), outputs=())
        >>> [len(batch[0]) for batch in random_batches(signature, (1, 3), seed=0)]
        [1, 3]
    """
    rng = np.random.default_rng(seed)
    for size in batch_sizes:
        yield tuple(_random(field, size, rng) for field in signature.inputs)


def _random(field: Field, size: int, rng: np.random.Generator) -> NDArray[Any]:
    shape = [length if isinstance(length, int) else size for length in field.shape]
    if field.dtype == "uint8":
        return rng.integers(0, 256, shape, dtype=np.uint8)
    if field.dtype == "float32":
        return rng.standard_normal(shape, dtype=np.float32)
    raise ValueError(f"no random values for inputs of type {field.dtype}")
