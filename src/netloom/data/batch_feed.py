"""Batches made on request: in the caller's process, or ahead of it in workers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Generic, Protocol, TypeVar

import cv2
import torch
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from netloom.core.errors import NetloomError
from netloom.data.epochs import Request

BatchT = TypeVar("BatchT")
BatchT_co = TypeVar("BatchT_co", covariant=True)


class BatchSource(Protocol[BatchT_co]):
    """Makes one batch. It is pickled into spawned workers, and each has its own."""

    def batch(self, request: Request) -> BatchT_co:
        """The samples that are asked for.

        Raises:
            InvalidData: Something cannot be read, or samples do not go together.
        """


class BatchFeed(Generic[BatchT]):
    """Gets batches from a source in the order of the requests. One epoch at a time; not thread-safe.

    Args:
        num_workers: Processes that prepare batches ahead; 0 prepares them in the caller's. Workers live
            until :meth:`close`.
        seed: Of the workers' own generators, which nothing here draws from.
    """

    def __init__(self, source: BatchSource[BatchT], *, num_workers: int, seed: int) -> None:
        self.source = source
        self._requests = _Requests()
        self._workers: DataLoader[BatchT | NetloomError] | None = None
        if num_workers:
            self._workers = DataLoader(
                _Attempts(source),
                batch_size=None,
                sampler=self._requests,
                num_workers=num_workers,
                persistent_workers=True,
                collate_fn=_as_it_is,
                worker_init_fn=_without_threads,
                generator=torch.Generator().manual_seed(seed),
            )

    def batches(self, requests: Iterable[Request]) -> Iterator[BatchT]:
        """One batch for each request.

        Raises:
            InvalidData: As the source does.
        """
        if self._workers is None:
            yield from map(self.source.batch, requests)
            return
        self._requests.replace(requests)
        for batch in self._workers:
            if isinstance(batch, NetloomError):
                raise batch
            yield batch

    def close(self) -> None:
        """End the workers, if there are any. The feed cannot be used afterwards."""
        self._workers = None


class _Requests:
    """What is asked of workers in the present epoch."""

    def __init__(self) -> None:
        self._requests: list[Request] = []

    def replace(self, requests: Iterable[Request]) -> None:
        self._requests = list(requests)

    def __iter__(self) -> Iterator[Request]:
        return iter(self._requests)

    def __len__(self) -> int:
        return len(self._requests)


class _Attempts(TorchDataset[Any]):
    """What a worker gets from a source: a batch, or why there is none."""

    def __init__(self, source: BatchSource[Any]) -> None:
        self._source = source

    def __getitem__(self, request: Request) -> Any:
        try:
            return self._source.batch(request)
        except NetloomError as error:
            # DataLoader would rebuild an exception from its text and lose the diagnostics.
            return error


def _as_it_is(batch: Any) -> Any:
    return batch


def _without_threads(worker: int) -> None:
    # Workers are the parallelism; OpenCV's own threads would only compete with them. Zero runs without
    # a pool, whereas one would wait for the parent's pool, whose threads a fork does not copy.
    cv2.setNumThreads(0)
