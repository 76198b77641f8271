"""How much memory the processes of each job use, measured from outside."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Mapping


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
