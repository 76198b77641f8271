"""What a job has to say, collected at no cost to its own threads and drained by another."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from netloom.core.identifiers import JobId
from netloom.execution.events import JobEvent, MetricsLogged, Noted, Progressed
from netloom.execution.metric_buffer import MetricBuffer

_SMOOTHING_S = 10.0
"""Time over which the speed behind an estimate is averaged."""


class Outbox:
    """Metrics, notes and progress of one job, waiting to be sent.

    Thread safety: any thread may post or flush, one thread drains. Posting never blocks on I/O and takes
    no lock that a signal handler could find taken: notes are appended to a deque, progress is one
    assignment. Of progress only the latest is kept, so the rate of draining is the rate of progress events.

    Args:
        send: Where :meth:`flush` sends events; None keeps them until they are drained.
    """

    def __init__(self, job: JobId, *, send: Callable[..., None] | None = None) -> None:
        self._job = job
        self._send = send
        self._sending = threading.Lock()
        self._metrics = MetricBuffer()
        self._notes: deque[str] = deque()
        self._progress: tuple[float, float | None, str] | None = None
        self._pace = Pace()

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Post metric points."""
        self._metrics.log(step, metrics)

    def note(self, message: str) -> None:
        """Post a line for people."""
        self._notes.append(message)

    def progress(self, done: float, total: float | None, unit: str) -> None:
        """Post how far the work is."""
        self._progress = (done, total, unit)

    def flush(self) -> None:
        """Send what was posted since the last time; blocks while the receiver does not read.

        Raises:
            OSError: The receiver is gone.
        """
        if self._send is not None:
            with self._sending:  # events of one flush must not end up between another's
                self._send(*self.drain())

    def drain(self) -> list[JobEvent]:
        """Take everything posted since the last call: notes, then metrics, then progress."""
        events: list[JobEvent] = []
        while self._notes:
            events.append(Noted(self._job, self._notes.popleft()))
        for name, steps, values, times in self._metrics.drain():
            events.append(MetricsLogged(self._job, name, steps, values, times))
        latest, self._progress = self._progress, None
        if latest is not None:
            done, total, unit = latest
            eta_s = self._pace.eta_s(done, total, now=time.monotonic())
            events.append(Progressed(self._job, done, total, unit, eta_s))
        return events


class Pace:
    """Speed of some work, exponentially averaged, and the time it leaves.

    The average forgets with time rather than with updates, so that its steadiness does not depend on
    how often progress is reported. Work that jumps back (a second phase) starts anew.
    """

    def __init__(self) -> None:
        self._last: tuple[float, float] | None = None
        self._speed: float | None = None

    def eta_s(self, done: float, total: float | None, *, now: float) -> float | None:
        """Seconds left, or None while that cannot be said."""
        self._observe(done, now)
        if total is None or not self._speed:
            return None
        return max(0.0, total - done) / self._speed

    def _observe(self, done: float, now: float) -> None:
        last, self._last = self._last, (done, now)
        if last is None or done < last[0]:
            self._speed = None
            return
        elapsed = now - last[1]
        if elapsed <= 0:
            self._last = last
            return
        speed = (done - last[0]) / elapsed
        if self._speed is None:
            self._speed = speed
        else:
            share = min(1.0, elapsed / _SMOOTHING_S)
            self._speed += share * (speed - self._speed)
