"""Numbers about what is served, in the text format of Prometheus. Belongs to the event loop's thread.

Written here rather than taken from a library: four kinds of numbers, no locks on the way of a request.
"""

from __future__ import annotations

import os
import time
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128)
_RECENT = 1000
_QUANTILES = (0.5, 0.9, 0.99)

Labels = tuple[tuple[str, str], ...]


class Histogram:
    """How often values fell below each of some bounds.

    Example:
        >>> times = Histogram((0.1, 1.0))
        >>> for value in (0.05, 0.5, 7.0):
        ...     times.add(value)
        >>> [line for line in times.lines("t", ())][:2]
        ['t_bucket{le="0.1"} 1', 't_bucket{le="1.0"} 2']
    """

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def add(self, value: float) -> None:
        """Count one value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def lines(self, name: str, labels: Labels) -> Iterator[str]:
        """Its series."""
        total = 0
        for bound, count in zip((*self._bounds, "+Inf"), self._counts, strict=True):
            total += count
            yield f"{name}_bucket{_braces((*labels, ('le', str(bound))))} {total}"
        yield f"{name}_sum{_braces(labels)} {self._sum:.9g}"
        yield f"{name}_count{_braces(labels)} {total}"


class ServingMetrics:
    """Requests, their times, and the batches they went in, since the start."""

    def __init__(self, version: str) -> None:
        self.in_flight = 0
        self._version = version
        self._started = time.time()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._seconds: dict[str, Histogram] = defaultdict(lambda: Histogram(SECONDS))
        self._recent: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_RECENT))
        self._batches: dict[str, Histogram] = defaultdict(lambda: Histogram(BATCHES))

    def request(self, route: str, model: str, code: int, seconds: float) -> None:
        """Count one answer.

        Args:
            route: The address as documented, not as called.
            code: HTTP status, or the code inside an answer of ``/aip``.
        """
        self._requests[route, model, code] += 1
        self._seconds[model].add(seconds)
        if code == 200:
            self._recent[model].append(seconds)

    def batch(self, model: str, size: int) -> None:
        """Count one batch."""
        self._batches[model].add(size)

    def text(self, waiting: Mapping[str, int]) -> str:
        """Everything, as Prometheus reads it.

        Args:
            waiting: Pictures that wait or are worked on, by model.
        """
        lines = [
            *_family("netloom_requests_total", "counter", "Answers by address, model and code."),
            *(
                f"netloom_requests_total{_braces(_request_labels(*key))} {count}"
                for key, count in sorted(self._requests.items())
            ),
            *_histograms("netloom_request_seconds", "Time to answer.", self._seconds),
            *_histograms("netloom_batch_pictures", "Pictures in a batch.", self._batches),
            *_family(
                "netloom_recent_request_seconds",
                "gauge",
                f"Quantiles of the last {_RECENT} good answers.",
            ),
            *(
                f"netloom_recent_request_seconds"
                f"{_braces((('model', model), ('quantile', str(q))))} {_quantile(values, q):.6g}"
                for model, values in sorted(self._recent.items())
                for q in _QUANTILES
            ),
            *_family("netloom_waiting_pictures", "gauge", "Pictures not answered yet."),
            *(
                f"netloom_waiting_pictures{_braces((('model', model),))} {count}"
                for model, count in sorted(waiting.items())
            ),
            *self._of_the_process(),
        ]
        return "\n".join(lines) + "\n"

    def _of_the_process(self) -> Iterator[str]:
        yield from _single("netloom_requests_in_flight", "Requests being read or answered.")
        yield f"netloom_requests_in_flight {self.in_flight}"
        yield from _single("netloom_runtime_info", "The version that serves.")
        yield f"netloom_runtime_info{_braces((('version', self._version),))} 1"
        yield from _single("process_start_time_seconds", "Start, in seconds since 1970.")
        yield f"process_start_time_seconds {self._started:.3f}"
        yield from _family("process_cpu_seconds_total", "counter", "Time of all cores.")
        yield f"process_cpu_seconds_total {time.process_time():.3f}"
        memory = resident_bytes()
        if memory is not None:
            yield from _single("process_resident_memory_bytes", "Memory in use.")
            yield f"process_resident_memory_bytes {memory}"


def resident_bytes() -> int | None:
    """Memory of this process, where the system tells it."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - read often
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


def _family(name: str, kind: str, help: str) -> tuple[str, str]:
    return f"# HELP {name} {help}", f"# TYPE {name} {kind}"


def _single(name: str, help: str) -> tuple[str, str]:
    return _family(name, "gauge", help)


def _histograms(name: str, help: str, of_models: Mapping[str, Histogram]) -> Iterator[str]:
    yield from _family(name, "histogram", help)
    for model, histogram in sorted(of_models.items()):
        yield from histogram.lines(name, (("model", model),))


def _request_labels(route: str, model: str, code: int) -> Labels:
    return (("route", route), ("model", model), ("code", str(code)))


def _braces(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _quantile(values: Iterable[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
