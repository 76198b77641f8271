"""The server itself, the queue, the devices."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netloom.core.engines import EngineName
from netloom.server.reader_language import Worded
from netloom.server.schemas.wire import Answer, Body, Seconds


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
    engines: list[EngineName]
    """What can execute tables here."""
    engine: EngineName
    """What does, unless a run says otherwise."""


class Gpu(Answer):
    """One GPU and what is reserved on it."""

    index: int
    name: str
    memory_mb: int
    reserved_mb: int
    is_usable: bool
    """False: no job is started on it at present."""


class Devices(Answer):
    """What jobs can be placed on, and how much of it is free."""

    cpus: float
    """Cores of the machine."""
    cpus_usable: float
    """Cores that jobs may use."""
    cpus_free: float
    """Usable cores that no job holds."""
    memory_mb: int
    """Of the machine."""
    memory_usable_mb: int
    """What jobs may use."""
    memory_used_mb: int
    """By everything on this machine."""
    gpus: list[Gpu]


class AllowanceBody(Body):
    """How much of the machine jobs may use; null is all of it. Running jobs keep what they hold."""

    cpus: Annotated[float, Field(gt=0, le=100_000)] | None = None
    memory_mb: Annotated[int, Field(ge=1, le=2**40)] | None = None
    gpus: Annotated[list[Annotated[int, Field(ge=0, le=10_000)]], Field(max_length=1000)] | None = (
        None
    )
    """Indices of the GPUs; empty for none."""


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
    why: Worded
    """Why it waits, or what it holds."""


class Queue(Answer):
    """Jobs in the order in which they get devices; running ones first."""

    jobs: list[QueuedJob]
