"""Names of processes that survive pid reuse, to tell whether whoever held something still lives."""

from __future__ import annotations

import os
import socket
import threading

import psutil


def process_name() -> str:
    """Name of this process: ``host:pid:start time``."""
    process = psutil.Process(os.getpid())
    return f"{socket.gethostname()}:{process.pid}:{process.create_time():.2f}"


def holder_name() -> str:
    """Name of this thread, for what one thread of a process holds: a process name with an addition."""
    return f"{process_name()}/{threading.get_ident()}"


def is_alive(name: str) -> bool:
    """Whether the process of this name lives. Processes of other hosts are taken to live."""
    host, pid, started = name.partition("/")[0].rsplit(":", 2)
    if host != socket.gethostname():
        return True
    try:
        process = psutil.Process(int(pid))
        return f"{process.create_time():.2f}" == started and (
            process.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.NoSuchProcess:
        return False
