"""Dynamic batching: what many requests ask goes through a model together, without any of them waiting.

Each model has a few threads. A thread takes its share of what arrived, prepares it, and then computes
everything that is prepared, unless another thread is computing already: then that one finds it when it is
done. So a lone request passes through one thread only, and the busier the model is, the larger its batches
become.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from netloom.core.errors import NetloomError
from netloom.serving.refusals import Busy, PredictionFailed
from netloom.serving.settings import ServingSettings

_MOST_THREADS = 4

log = logging.getLogger(__name__)


class Predicts(Protocol):
    """What computes the answers of a model: one for each piece of a request, such as a picture."""

    batch_size: int

    def prepare(self, content: Any) -> Any:
        """Check and preprocess one piece; any thread may call it.

        Raises:
            NetloomError: It cannot be predicted.
        """

    def predict_prepared(self, pieces: Sequence[Any]) -> list[Any]:
        """The answers to a batch of prepared pieces; one thread at a time calls it."""


class Submitted:
    """One piece of a request on its way.

    Attributes:
        content: The piece as it was sent; None once it is prepared.
        answer: What the event loop waits for.
        is_abandoned: Nobody waits for it any more: it is not worked on.
    """

    __slots__ = ("answer", "content", "is_abandoned", "prepared")

    def __init__(self, content: Any, answer: asyncio.Future[Any]) -> None:
        self.content: Any = content
        self.answer = answer
        self.is_abandoned = False
        self.prepared: Any = None


class BatchingModel:
    """What predicts with the threads that work for it. Its methods belong to the event loop's thread.

    Args:
        on_batch: Told the size of each batch, in the event loop.
    """

    def __init__(
        self, predictor: Predicts, settings: ServingSettings, on_batch: Callable[[int], None]
    ) -> None:
        self.pending = 0
        self._predictor = predictor
        self._settings = settings
        self._on_batch = on_batch
        self._most = min(settings.max_batch, predictor.batch_size)
        self._count = settings.threads or min(1 + (os.cpu_count() or 1), _MOST_THREADS)
        self._arrived: SimpleQueue[Submitted | None] = SimpleQueue()
        self._ready: deque[Submitted] = deque()
        self._is_free = threading.Lock()
        self._is_enough = threading.Event()
        self._threads: list[threading.Thread] = []
        self._loop: asyncio.AbstractEventLoop

    def start(self) -> None:
        """Start the threads; called in the event loop."""
        self._loop = asyncio.get_running_loop()
        self._threads = [
            threading.Thread(target=self._work, name=f"model-{number}", daemon=True)
            for number in range(self._count)
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End the threads when what was submitted is done; waits for them."""
        for _ in self._threads:
            self._arrived.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def submit(self, pieces: Sequence[Any]) -> list[Submitted]:
        """Hand in the pieces of a request; their answers come as futures.

        Raises:
            Busy: Too many wait already.
        """
        if self.pending and self.pending + len(pieces) > self._settings.max_queue:
            raise Busy.of(
                "too many requests wait for this model",
                expected=f"at most {self._settings.max_queue}",
                fix="Try again later",
            )
        self.pending += len(pieces)
        jobs = [Submitted(content, self._loop.create_future()) for content in pieces]
        for job in jobs:
            self._arrived.put(job)
        return jobs

    def _work(self) -> None:
        """One thread: prepare, compute, until told to end."""
        while (job := self._arrived.get()) is not None:
            for each in (job, *self._share()):
                self._prepare(each)
            self._compute_what_is_ready()

    def _share(self) -> list[Submitted]:
        """As many further jobs as make this thread's share of what waits."""
        share = min(self._arrived.qsize() // self._count, self._most - 1)
        jobs: list[Submitted] = []
        for _ in range(share):
            try:
                job = self._arrived.get_nowait()
            except Empty:
                break
            if job is None:  # the end, which is this or another thread's
                self._arrived.put(None)
                break
            jobs.append(job)
        return jobs

    def _prepare(self, job: Submitted) -> None:
        content, job.content = job.content, None
        if job.is_abandoned or content is None:
            self._tell(_drop, [job])
            return
        try:
            job.prepared = self._predictor.prepare(content)
        except NetloomError as error:
            self._tell(_fail, [job], error)
        except Exception:
            log.exception("a piece of a request (%d long) could not be prepared", len(content))
            self._tell(_fail, [job], _failed())
        else:
            self._ready.append(job)
            if len(self._ready) >= self._most:
                self._is_enough.set()

    def _compute_what_is_ready(self) -> None:
        # Whoever finds the model busy may go: its user looks again after giving it free.
        while self._ready and self._is_free.acquire(blocking=False):
            try:
                self._wait_for_more()
                batch = self._taken()
                if batch:
                    self._compute(batch)
            finally:
                self._is_free.release()

    def _wait_for_more(self) -> None:
        if self._settings.max_wait_ms and len(self._ready) < self._most:
            self._is_enough.clear()
            if len(self._ready) < self._most:
                self._is_enough.wait(self._settings.max_wait_ms / 1000.0)

    def _taken(self) -> list[Submitted]:
        batch: list[Submitted] = []
        while self._ready and len(batch) < self._most:
            job = self._ready.popleft()
            if job.is_abandoned:
                self._tell(_drop, [job])
            else:
                batch.append(job)
        return batch

    def _compute(self, batch: list[Submitted]) -> None:
        try:
            answers = self._predictor.predict_prepared([job.prepared for job in batch])
        except Exception:
            if len(batch) > 1:  # one must not spoil the others
                for job in batch:
                    self._compute([job])
                return
            log.exception("a prediction failed")
            self._tell(_fail, batch, _failed())
        else:
            self._tell(_answer, batch, answers)

    def _tell(self, done: Callable[..., None], jobs: list[Submitted], *results: Any) -> None:
        for job in jobs:
            job.prepared = None
        self._loop.call_soon_threadsafe(self._told, done, jobs, results)

    def _told(
        self, done: Callable[..., None], jobs: list[Submitted], results: tuple[Any, ...]
    ) -> None:
        self.pending -= len(jobs)
        if done is _answer:
            self._on_batch(len(jobs))
        done(jobs, *results)


def _answer(jobs: Sequence[Submitted], answers: Sequence[Any]) -> None:
    for job, answer in zip(jobs, answers, strict=True):
        if not job.answer.done():
            job.answer.set_result(answer)


def _fail(jobs: Sequence[Submitted], error: Exception) -> None:
    for job in jobs:
        if not job.answer.done():
            job.answer.set_exception(error)
            job.answer.exception()  # looked at: a client that left is no reason to complain


def _drop(jobs: Sequence[Submitted]) -> None:
    for job in jobs:
        job.answer.cancel()


def _failed() -> PredictionFailed:
    return PredictionFailed.of(
        "the prediction failed", fix="Ask whoever runs this server: its log says why"
    )
