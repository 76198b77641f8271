"""After a few failures every further attempt has to wait, longer every time."""

from __future__ import annotations

import pytest

from netloom.accounts.refusals import TooManyAttempts
from netloom.accounts.throttle import FORGOTTEN_AFTER_S, FREE_ATTEMPTS, LONGEST_WAIT_S, Throttle


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def waits(throttle: Throttle, clock: Clock, failures: int) -> list[float]:
    """How long each attempt has to wait after the failures before it."""
    found = []
    for _ in range(failures):
        try:
            throttle.check("ada")
            found.append(0.0)
        except TooManyAttempts as refusal:
            found.append(refusal.wait_s)
            clock.now += refusal.wait_s
            throttle.check("ada")
        throttle.failed("ada")
    return found


def test_waiting_doubles_up_to_a_limit(clock: Clock) -> None:
    throttle = Throttle(clock)
    found = waits(throttle, clock, FREE_ATTEMPTS + 11)
    assert found[:FREE_ATTEMPTS] == [0.0] * FREE_ATTEMPTS
    assert found[FREE_ATTEMPTS:] == [
        1,
        2,
        4,
        8,
        16,
        32,
        64,
        128,
        256,
        LONGEST_WAIT_S,
        LONGEST_WAIT_S,
    ]


def test_success_and_time_forgive(clock: Clock) -> None:
    throttle = Throttle(clock)
    for _ in range(FREE_ATTEMPTS):
        throttle.failed("ada")
    throttle.check("bob")
    throttle.succeeded("ada")
    throttle.check("ada")
    waits(throttle, clock, FREE_ATTEMPTS)
    clock.now += FORGOTTEN_AFTER_S
    throttle.failed("ada")
    throttle.check("ada")
