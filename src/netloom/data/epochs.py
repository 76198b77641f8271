"""Which samples make up which batch of an epoch, whoever reads them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.data.seeding import epoch_order, occurrences


class Request(NamedTuple):
    """What a batch is made of.

    Attributes:
        indices_N: Positions of the samples.
        keys_N: Keys of their random streams.
    """

    epoch: int
    indices_N: NDArray[np.int64]
    keys_N: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Epochs:
    """Batches of positions: a pure function of the seed and the epoch, which can be entered anywhere.

    Attributes:
        shuffle: Draw a new order for each epoch; otherwise samples come as in the index.
        drop_last: Leave out the last batch if it is not full.
        rank: Which of ``world_size`` equal readers this is. All see the same order and take every
            ``world_size``-th sample. With ``shuffle`` the first samples are repeated so that all have
            equally many; without, each sample is seen exactly once.
        weights_N: With ``shuffle``, an epoch draws as many samples as there are, with replacement, each with
            a probability proportional to its weight. None: each sample once.

    >>> epochs = Epochs(num_samples=5, batch_size=2, shuffle=True, seed=0)
    >>> [request.indices_N.tolist() for request in epochs.requests(0, start=1)]
    [[3, 0], [1]]
    """

    num_samples: int
    batch_size: int
    shuffle: bool
    seed: int
    drop_last: bool = False
    rank: int = 0
    world_size: int = 1
    weights_N: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if self.batch_size < 1 or not 0 <= self.rank < self.world_size:
            raise ValueError(f"batch_size {self.batch_size}, rank {self.rank} of {self.world_size}")

    def __len__(self) -> int:
        if self.drop_last:
            return self._num_of_rank // self.batch_size
        return math.ceil(self._num_of_rank / self.batch_size)

    def requests(self, epoch: int, start: int = 0) -> Iterator[Request]:
        """The batches of an epoch, from number ``start`` on."""
        order, keys = self._order(epoch)
        for first in range(start * self.batch_size, len(order), self.batch_size):
            batch = slice(first, first + self.batch_size)
            yield Request(epoch, order[batch], keys[batch])

    @property
    def _num_of_rank(self) -> int:
        if self.shuffle:
            return math.ceil(self.num_samples / self.world_size)
        return len(range(self.rank, self.num_samples, self.world_size))

    def _order(self, epoch: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Positions of the samples of this rank, and the keys of their random streams."""
        total = self.num_samples
        if self.shuffle:
            order = epoch_order(total, seed=self.seed, epoch=epoch, weights_N=self.weights_N)
            order = np.resize(order, self._num_of_rank * self.world_size)  # repeats the first ones
        else:
            order = np.arange(total)
        keys = order if self.weights_N is None else order + total * occurrences(order)
        chosen = slice(self.rank, None, self.world_size)
        end = len(self) * self.batch_size if self.drop_last else None
        return order[chosen][:end], keys[chosen][:end]
