"""Throttling of sign-ins: after a few failures each further one has to wait, longer every time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from netloom.accounts.refusals import TooManyAttempts
from netloom.core.diagnostics import Diagnostic

FREE_ATTEMPTS = 5
LONGEST_WAIT_S = 300.0
FORGOTTEN_AFTER_S = 900.0


@dataclass(frozen=True, slots=True)
class Failures:
    """How often something failed, and when it did so last (seconds since the epoch)."""

    count: int
    last: float


class FailureStore(Protocol):
    """Keeps failures by key. Safe for several threads and processes."""

    def failures(self, keys: Sequence[str]) -> Mapping[str, Failures]:
        """What is known of these keys."""

    def count(self, keys: Sequence[str], *, now: float, since: float) -> None:
        """Count one more for each key; what is not newer than ``since`` is forgotten, of all keys."""

    def forget(self, keys: Sequence[str]) -> None:
        """Forget these keys."""


class Throttle:
    """Counts failures by key (a user name, a client address). They are stored: a restart forgives nobody."""

    def __init__(self, store: FailureStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def check(self, *keys: str) -> None:
        """Let an attempt pass, or not.

        Raises:
            TooManyAttempts: One of the keys failed too often, too recently.
        """
        now = self._clock()
        known = self._store.failures(keys)
        wait_s = max((_wait_s(each, now) for each in known.values()), default=0.0)
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
        self._store.count(keys, now=now, since=now - FORGOTTEN_AFTER_S)

    def succeeded(self, *keys: str) -> None:
        """Forget the failures of these keys."""
        self._store.forget(keys)


def _wait_s(known: Failures, now: float) -> float:
    if known.count < FREE_ATTEMPTS:
        return 0.0
    pause_s = min(LONGEST_WAIT_S, 2.0 ** min(known.count - FREE_ATTEMPTS, 16))
    return min(
        pause_s, known.last + pause_s - now
    )  # a clock that was set back makes nobody wait longer
