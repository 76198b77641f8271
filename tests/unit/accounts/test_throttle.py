"""After a few failures every further attempt has to wait, longer every time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netloom.accounts.refusals import TooManyAttempts
from netloom.accounts.throttle import FORGOTTEN_AFTER_S, FREE_ATTEMPTS, LONGEST_WAIT_S, Throttle
from netloom.store.database import Database, open_database
from netloom.store.throttling import SqlFailureStore


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path / 'netloom.db'}")
    yield database
    database.close()


@pytest.fixture
def throttle(database: Database, clock: Clock) -> Throttle:
    return Throttle(SqlFailureStore(database), clock)


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


def test_waiting_doubles_up_to_a_limit(throttle: Throttle, clock: Clock) -> None:
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


def test_success_and_time_forgive(throttle: Throttle, clock: Clock) -> None:
    for _ in range(FREE_ATTEMPTS):
        throttle.failed("ada")
    throttle.check("bob")
    throttle.succeeded("ada")
    throttle.check("ada")
    waits(throttle, clock, FREE_ATTEMPTS)
    clock.now += FORGOTTEN_AFTER_S
    throttle.failed("ada")
    throttle.check("ada")


def test_a_restart_forgives_nobody(database: Database, clock: Clock) -> None:
    before = Throttle(SqlFailureStore(database), clock)
    for _ in range(FREE_ATTEMPTS + 3):
        before.failed("ada", "address:127.0.0.1")
    clock.now += 1
    after = Throttle(SqlFailureStore(database), clock)
    for key in ("ada", "address:127.0.0.1"):
        with pytest.raises(TooManyAttempts) as refused:
            after.check("bob", key)
        assert refused.value.wait_s == 7
    after.check("bob")


def test_a_clock_that_is_set_back_makes_nobody_wait_longer(
    throttle: Throttle, clock: Clock
) -> None:
    for _ in range(FREE_ATTEMPTS):
        throttle.failed("ada")
    clock.now -= 3600
    with pytest.raises(TooManyAttempts) as refused:
        throttle.check("ada")
    assert refused.value.wait_s == 1


def test_what_is_forgotten_leaves_no_rows(
    database: Database, throttle: Throttle, clock: Clock
) -> None:
    throttle.failed("ada", "bob")
    clock.now += FORGOTTEN_AFTER_S
    throttle.failed("eve")
    assert set(SqlFailureStore(database).failures(["ada", "bob", "eve"])) == {"eve"}
