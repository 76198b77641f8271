"""Of all processes that want to dispatch, one does."""

from __future__ import annotations

import time

from netloom.execution.election import LEASE_TTL_S, Candidate
from netloom.execution.process_name import holder_name, process_name


class OneLease:
    """A lease in memory, with the store's rules."""

    def __init__(self) -> None:
        self.holder: str | None = None
        self.expires = 0.0
        self.renewals = 0

    def acquire_dispatch(self, holder: str, *, ttl_s: float, now: float) -> bool:
        if self.holder not in (None, holder) and now < self.expires:
            return False
        self.holder, self.expires = holder, now + ttl_s
        self.renewals += 1
        return True

    def release_dispatch(self, holder: str) -> None:
        if self.holder == holder:
            self.holder = None

    def dispatcher(self, *, now: float) -> str | None:
        return self.holder if now < self.expires else None


def test_the_first_candidate_holds_the_lease_until_it_resigns() -> None:
    lease = OneLease()
    first, second = Candidate(lease, holder_name()), Candidate(lease, f"{holder_name()}-2")
    assert first.is_new
    assert first.holds()
    assert not first.is_new
    assert not second.holds()
    first.resign()
    assert second.holds()


def test_a_living_holder_is_left_alone() -> None:
    lease = OneLease()
    own = Candidate(lease, holder_name())
    assert own.holds()
    assert not Candidate(lease, "elsewhere:1:0.00").holds()
    assert lease.holder == own.holder


def test_a_dead_holder_is_not_waited_out() -> None:
    lease = OneLease()
    host, pid, _ = process_name().rsplit(":", 2)
    dead = f"{host}:{pid}:0.00"  # this pid, started at another time
    lease.acquire_dispatch(dead, ttl_s=LEASE_TTL_S, now=time.time())
    assert Candidate(lease, holder_name()).holds()


def test_a_fresh_lease_is_not_renewed_at_every_question() -> None:
    lease = OneLease()
    candidate = Candidate(lease, holder_name())
    assert all(candidate.holds() for _ in range(5))
    assert lease.renewals == 1
