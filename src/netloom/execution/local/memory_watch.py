"""How much memory the processes of each job use, measured from outside."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Mapping

from netloom.execution.local.attempt import Attempt, StopReason

_EVERY_S = 0.5


class MemoryWatch:
    """Orders jobs to stop that use more than they may, measuring twice a second."""

    def __init__(self) -> None:
        self._checked = 0.0

    def check(self, attempts: Mapping[int, Attempt], *, now: float) -> float:
        """Measure if it is time to; return when it will be next.

        Args:
            attempts: Attempts under way by the pid of their worker.
            now: Monotonic time.
        """
        watched = {pid: attempt for pid, attempt in attempts.items() if attempt.limit_mb}
        if not watched:
            return float("inf")
        if now - self._checked >= _EVERY_S:
            self._checked = now
            limits_bytes = {pid: (a.limit_mb or 0) << 20 for pid, a in watched.items()}
            for pid, used in over_limit(limits_bytes).items():
                failure = watched[pid].used_too_much(used)
                watched[pid].request_stop(
                    StopReason.OUT_OF_MEMORY, now=now, grace_s=0.0, failure=failure
                )
        return self._checked + _EVERY_S


def over_limit(limits_bytes: Mapping[int, int]) -> dict[int, int]:
    """Sessions that use more than they may: leader's pid → bytes used.

    Resident memory counts pages shared between processes (with the fork-server, among data loaders)
    once for each, so it only raises the suspicion; the verdict is on proportional shares (PSS), which is
    exact but takes the kernel a walk through all pages.

    Args:
        limits_bytes: What each session may use, by the pid of its leader.
    """
    found: dict[int, int] = {}
    for leader, members in _members(limits_bytes).items():
        if sum(map(_resident_bytes, members)) > limits_bytes[leader]:
            used = sum(_proportional_bytes(pid) for pid in members)
            if used > limits_bytes[leader]:
                found[leader] = used
    return found


def _members(leaders: Collection[int]) -> dict[int, list[int]]:
    """Processes of each session; a worker leads one, and what it starts stays in it."""
    import psutil

    members: dict[int, list[int]] = {leader: [] for leader in leaders}
    for pid in psutil.pids():
        with contextlib.suppress(OSError):
            session = os.getsid(pid)
            if session in members:
                members[session].append(pid)
    return members


def _resident_bytes(pid: int) -> int:
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _proportional_bytes(pid: int) -> int:
    import psutil

    try:
        full = psutil.Process(pid).memory_full_info()
    except psutil.Error:
        return _resident_bytes(pid)
    return int(getattr(full, "pss", full.rss))
