"""Samples of a part, batch by batch, as often as wanted: what all loaders have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Protocol, Required, TypedDict, TypeVar

import numpy as np
from numpy.typing import NDArray

from netloom.data.batch_feed import BatchFeed, BatchSource
from netloom.data.datasets import Samples
from netloom.data.epochs import Epochs

BatchT = TypeVar("BatchT")
BatchT_co = TypeVar("BatchT_co", covariant=True)

_CACHE_MB = 256


class Reading(TypedDict, total=False):
    """How samples are read, as keywords; only the size of a batch has to be given.

    Attributes:
        shuffle: Draw a new order for each epoch; otherwise samples come as in the index.
        seed: Start of the order and of augmentation.
        num_workers: Processes that prepare batches ahead; 0 prepares them in the caller's, which is
            best for small images. It changes speed, never values.
        drop_last: Leave out the last batch if it is not full.
        rank: Which of ``world_size`` equal readers this is. All see the same order and take
            every ``world_size``-th sample. With ``shuffle`` the first samples are repeated so that all
            have equally many; without, each sample is seen exactly once.
        cache_mb: With ``num_workers=0``, samples up to the first random transform are kept in
            memory after the first epoch, as far as they fit into this; 256 unless given. 0 keeps nothing.
        weights_N: With ``shuffle``, an epoch draws as many samples as there are, with replacement, each
            with a probability proportional to its weight (class balancing). A sample drawn again is
            augmented otherwise. None: each sample once.
    """

    batch_size: Required[int]
    shuffle: bool
    seed: int
    num_workers: int
    drop_last: bool
    rank: int
    world_size: int
    cache_mb: int
    weights_N: NDArray[np.float64] | None


class MakesSource(Protocol[BatchT_co]):
    """Makes what makes batches: of these samples, with this start of their random numbers."""

    def __call__(
        self, samples: Samples, seed: int, *, cache_bytes: int
    ) -> BatchSource[BatchT_co]: ...


class BatchLoader(Generic[BatchT]):
    """Gives the batches of any epoch.

    The order of an epoch is a permutation drawn from (seed, epoch), and augmentation draws from (seed,
    epoch, sample); neither depends on the number of workers, and an epoch can be entered anywhere.
    Not thread-safe; one epoch at a time.
    """

    def __init__(self, samples: Samples, source: MakesSource[BatchT], reading: Reading) -> None:
        self.samples = samples
        self.batch_size = reading["batch_size"]
        seed, num_workers = reading.get("seed", 0), reading.get("num_workers", 0)
        self._epochs = Epochs(
            num_samples=len(samples),
            batch_size=self.batch_size,
            shuffle=reading.get("shuffle", False),
            seed=seed,
            drop_last=reading.get("drop_last", False),
            rank=reading.get("rank", 0),
            world_size=reading.get("world_size", 1),
            weights_N=reading.get("weights_N"),
        )
        cache_bytes = 0 if num_workers else reading.get("cache_mb", _CACHE_MB) << 20
        self._feed = BatchFeed(
            source(samples, seed, cache_bytes=cache_bytes), num_workers=num_workers, seed=seed
        )

    def __len__(self) -> int:
        return len(self._epochs)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[BatchT]:
        """The batches of an epoch, from number ``start`` on; skipped ones cost nothing.

        Raises:
            InvalidData: A sample cannot be read, or pictures of one batch differ in size.
        """
        return self._feed.batches(self._epochs.requests(epoch, start))

    def close(self) -> None:
        """End the workers, if there are any. The loader cannot be used afterwards."""
        self._feed.close()
