"""Election: of all processes that work in a workspace, one dispatches."""

from __future__ import annotations

import time
from typing import Protocol

from netloom.execution.process_name import is_alive

LEASE_TTL_S = 10.0
"""After this long without renewal another process may take over, even if it cannot see the holder."""


class DispatchLease(Protocol):
    """The part of the queue store an election needs; see ``netloom.tracking.run_store.QueueStore``."""

    def acquire_dispatch(self, holder: str, *, ttl_s: float, now: float) -> bool: ...
    def release_dispatch(self, holder: str) -> None: ...
    def dispatcher(self, *, now: float) -> str | None: ...


class Candidate:
    """One process that wants to dispatch, by the name it holds the lease under."""

    def __init__(self, lease: DispatchLease, holder: str) -> None:
        self.holder = holder
        self._lease = lease
        self._renewed_at: float | None = None

    @property
    def is_new(self) -> bool:
        """It has not held the lease yet."""
        return self._renewed_at is None

    def holds(self) -> bool:
        """Whether the lease is ours; it is taken, or renewed, if need be."""
        now = time.time()
        if self._renewed_at is not None and now - self._renewed_at < LEASE_TTL_S / 4:
            return True
        if not self._is_elected(now):
            return False
        self._renewed_at = now
        return True

    def resign(self) -> None:
        """Let others have it."""
        self._lease.release_dispatch(self.holder)

    def _is_elected(self, now: float) -> bool:
        """A lease whose holder has died is not waited out."""
        if self._lease.acquire_dispatch(self.holder, ttl_s=LEASE_TTL_S, now=now):
            return True
        holder = self._lease.dispatcher(now=now)
        if holder is None or is_alive(holder):
            return False
        self._lease.release_dispatch(holder)
        return self._lease.acquire_dispatch(self.holder, ttl_s=LEASE_TTL_S, now=now)
