"""Throttling of sign-ins: after a few failures each further one has to wait, longer every time."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from netloom.accounts.refusals import TooManyAttempts
from netloom.core.diagnostics import Diagnostic

FREE_ATTEMPTS = 5
LONGEST_WAIT_S = 300.0
FORGOTTEN_AFTER_S = 900.0
_MOST_KEYS = 10_000


@dataclass(slots=True)
class _Failures:
    count: int
    last: float


class Throttle:
    """Counts failures by key (a user name, a client address), in memory. Safe for several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[str, _Failures] = {}
        self._lock = threading.Lock()

    def check(self, *keys: str) -> None:
        """Let an attempt pass, or not.

        Raises:
            TooManyAttempts: One of the keys failed too often, too recently.
        """
        with self._lock:
            wait_s = max((self._wait_s(key) for key in keys), default=0.0)
        if wait_s > 0:
            seconds = math.ceil(wait_s)
            raise TooManyAttempts(
                Diagnostic(
                    code="S102",
                    message="too many failed attempts to sign in",
                    fix=f"Wait {seconds} s, then try again",
                ),
                wait_s=seconds,
            )

    def failed(self, *keys: str) -> None:
        """Count a failure."""
        now = self._clock()
        with self._lock:
            if len(self._failures) > _MOST_KEYS:
                self._forget(now)
            for key in keys:
                known = self._failures.get(key)
                is_recent = known is not None and now - known.last < FORGOTTEN_AFTER_S
                count = known.count + 1 if known and is_recent else 1
                self._failures[key] = _Failures(count, now)

    def succeeded(self, *keys: str) -> None:
        """Forget the failures of these keys."""
        with self._lock:
            for key in keys:
                self._failures.pop(key, None)

    def _wait_s(self, key: str) -> float:
        known = self._failures.get(key)
        if known is None or known.count < FREE_ATTEMPTS:
            return 0.0
        pause_s = min(LONGEST_WAIT_S, 2.0 ** min(known.count - FREE_ATTEMPTS, 16))
        return known.last + pause_s - self._clock()

    def _forget(self, now: float) -> None:
        limit = now - FORGOTTEN_AFTER_S
        self._failures = {key: known for key, known in self._failures.items() if known.last > limit}
