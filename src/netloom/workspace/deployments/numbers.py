"""How deployments do: numbers that their processes tell every few seconds, for a quarter of an hour."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from netloom.core.errors import NetloomError
from netloom.workspace.deployments.calls import Endpoint, metrics

EVERY_S = 5.0
HISTORY_S = 900.0

_LINE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_GOOD = "200"

Fetch = Callable[[Endpoint], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """One measurement of one process.

    Attributes:
        time: Seconds since the epoch.
        process: When the process started; counters begin anew with another one.
        requests_per_s, errors_per_s: Since the measurement before; 0 for the first.
        p50_ms, p99_ms: Of the last good answers, of the slowest model; None before there are any.
        requests, errors: Since the process started.
        waiting: Pictures that are not predicted yet.
    """

    time: float
    process: float
    requests_per_s: float = 0.0
    errors_per_s: float = 0.0
    p50_ms: float | None = None
    p99_ms: float | None = None
    requests: int = 0
    errors: int = 0
    in_flight: int = 0
    waiting: int = 0
    memory_bytes: int | None = None

    def since(self, before: Numbers | None) -> Numbers:
        """These numbers with rates."""
        if before is None or before.process != self.process or self.time <= before.time:
            return self
        seconds = self.time - before.time
        return replace(
            self,
            requests_per_s=(self.requests - before.requests) / seconds,
            errors_per_s=(self.errors - before.errors) / seconds,
        )


def numbers_of(text: str, *, now: float) -> Numbers:
    """What a process tells at ``/metrics``.

    Example:
        >>> numbers_of(
        ...     'netloom_requests_total{route="/aip",model="m",code="400"} 2', now=1.0
        ... ).errors
        2
    """
    requests = errors = waiting = in_flight = 0
    quantiles: dict[str, float] = {}
    process, memory = 0.0, None
    for name, labels, value in _series(text):
        match name:
            case "netloom_requests_total":
                requests += int(value)
                errors += int(value) if labels["code"] != _GOOD else 0
            case "netloom_recent_request_seconds":
                known = quantiles.get(labels["quantile"], 0.0)
                quantiles[labels["quantile"]] = max(known, value)
            case "netloom_waiting_pictures":
                waiting += int(value)
            case "netloom_requests_in_flight":
                in_flight = max(0, int(value) - 1)  # without the one that asks
            case "process_start_time_seconds":
                process = value
            case "process_resident_memory_bytes":
                memory = int(value)
    return Numbers(
        time=now,
        process=process,
        p50_ms=_milliseconds(quantiles.get("0.5")),
        p99_ms=_milliseconds(quantiles.get("0.99")),
        requests=requests,
        errors=errors,
        in_flight=in_flight,
        waiting=waiting,
        memory_bytes=memory,
    )


class NumbersKeeper:
    """Measures what serves, and keeps what it measured. Safe for several threads.

    Args:
        endpoints: What serves now, by deployment.
    """

    def __init__(
        self,
        endpoints: Callable[[], Mapping[str, Endpoint]],
        *,
        every_s: float = EVERY_S,
        fetch: Fetch = metrics,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.every_s = every_s
        self._endpoints = endpoints
        self._fetch = fetch
        self._clock = clock
        self._history: dict[str, deque[Numbers]] = {}
        self._lock = threading.Lock()
        self._is_to_stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to measure, in the background."""
        self._thread = threading.Thread(target=self._work, name="deployment-numbers", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Idempotent."""
        self._is_to_stop.set()
        if self._thread is not None:
            self._thread.join()

    def measure(self) -> None:
        """Ask everything that serves, once."""
        now = self._clock()
        for deployment, target in self._endpoints().items():
            try:
                found = numbers_of(self._fetch(target), now=now)
            except NetloomError:  # it is ending, or starting: the next time will tell
                continue
            with self._lock:
                known = self._history.setdefault(
                    deployment, deque(maxlen=int(HISTORY_S / self.every_s))
                )
                known.append(found.since(known[-1] if known else None))

    def history(self, deployment: str) -> list[Numbers]:
        """The last quarter of an hour, oldest first."""
        horizon = self._clock() - HISTORY_S
        with self._lock:
            known = self._history.get(deployment, ())
            return [numbers for numbers in known if numbers.time >= horizon]

    def latest(self, deployment: str) -> Numbers | None:
        """The last measurement, unless it is an old one."""
        horizon = self._clock() - 3 * self.every_s
        with self._lock:
            known = self._history.get(deployment)
            return known[-1] if known and known[-1].time >= horizon else None

    def forget(self, deployment: str) -> None:
        """It was deleted. Idempotent."""
        with self._lock:
            self._history.pop(deployment, None)

    def _work(self) -> None:
        while not self._is_to_stop.wait(self.every_s):
            self.measure()


def _series(text: str) -> Iterator[tuple[str, dict[str, str], float]]:
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        if found is not None:
            yield found[1], dict(_LABEL.findall(found[2] or "")), float(found[3])


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000
