"""The server itself, the queue, the devices."""

from __future__ import annotations

from typing import Literal

from netloom.server.schemas.wire import Answer, Seconds


class Health(Answer):
    """Whether the server works."""

    status: Literal["ok", "degraded"]
    """``degraded``: requests are answered, but runs are not taken forward."""


class ServerInfo(Answer):
    """The server one talks to."""

    version: str
    started: Seconds
    workspace: str
    """Name of the folder."""
    project: str
    is_dispatching: bool
    """False while another program takes the runs of this workspace forward."""
    num_streams: int


class Gpu(Answer):
    """One GPU and what is reserved on it."""

    index: int
    name: str
    memory_mb: int
    reserved_mb: int


class Devices(Answer):
    """What jobs can be placed on, and how much of it is free."""

    cpus: float
    cpus_free: float
    memory_mb: int
    memory_used_mb: int
    """By everything on this machine."""
    gpus: list[Gpu]


class QueuedJob(Answer):
    """A job that waits or runs. What one may not see has no run, node and operator."""

    id: str
    state: Literal["queued", "running"]
    run: str | None
    node: str | None
    operator: str | None
    attempt: int
    priority: int
    cpus: float
    memory_mb: int | None
    gpus: list[int]
    """Indices of the GPUs it holds."""
    why: str
    """Why it waits, or what it holds."""


class Queue(Answer):
    """Jobs in the order in which they get devices; running ones first."""

    jobs: list[QueuedJob]
