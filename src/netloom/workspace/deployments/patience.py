"""How long the processes of deployments may take, and how often they may crash."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Limits of the supervisor.

    Attributes:
        start_s: Until a process answers.
        drain_s: Until it has answered what had come when it was asked to end.
        steady_s: Crashes are in a row if no process ran so long between them.
        most_crashes: After so many in a row the deployment is given up.
        first_delay_s: Before a process is started again; doubles with each crash in a row.
        look_s: How often wishes of other programs are looked at.
    """

    start_s: float = 120.0
    drain_s: float = 40.0
    steady_s: float = 60.0
    most_crashes: int = 5
    first_delay_s: float = 1.0
    look_s: float = 1.0


class Crashes:
    """Crashes in a row, and the wait after each."""

    def __init__(self, patience: Patience, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience = patience
        self._clock = clock
        self._number = 0
        self._not_before = 0.0

    @property
    def wait_s(self) -> float:
        """How long to wait before the next start; 0 if it may be now."""
        return max(0.0, self._not_before - self._clock())

    def are_too_many(self, age_s: float) -> bool:
        """Count the crash of a process of this age and begin the wait; whether it is to be the last."""
        self._number = 1 if age_s >= self._patience.steady_s else self._number + 1
        delay_s = self._patience.first_delay_s * 2 ** (self._number - 1)
        self._not_before = self._clock() + delay_s
        return self._number >= self._patience.most_crashes

    def forget(self) -> None:
        """Begin anew."""
        self._number, self._not_before = 0, 0.0
