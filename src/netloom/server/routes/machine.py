"""The server itself, the queue, the devices."""

from __future__ import annotations

from pathlib import Path

import psutil
from fastapi import APIRouter

import netloom
from netloom.accounts.sharing import ObjectKind
from netloom.core.engines import ENGINES, EngineName
from netloom.core.errors import InvalidInput
from netloom.execution.allowance import Allowance
from netloom.server.hosting import Bench, Host
from netloom.server.identity import Administrator, Reader
from netloom.server.schemas import machine as schemas
from netloom.tables.engines.installed import installed_engines
from netloom.tables.engines.settings import read_table_settings
from netloom.workspace.occupancy import Occupant, occupancy
from netloom.workspace.workbench import Workbench

router = APIRouter(tags=["server"])


@router.get("/health")
def get_health(host: Host) -> schemas.Health:
    """Whether the server works; for monitors, needs no sign-in."""
    return schemas.Health(status="ok" if host.bench.service.is_alive else "degraded")


@router.get("/server")
def get_server(host: Host, caller: Reader) -> schemas.ServerInfo:
    """Version and state of the server."""
    workspace = host.bench.workspace
    return schemas.ServerInfo(
        version=netloom.__version__,
        started=host.started,
        workspace=workspace.layout.root.name,
        project=workspace.project.name,
        is_dispatching=host.bench.service.is_dispatching,
        num_streams=host.hub.num_listeners,
        engines=list(installed_engines()),
        engine=_engine_of(workspace.project),
    )


def _engine_of(project: Path) -> EngineName:
    """What executes tables unless a run says otherwise; runs tell what is wrong with the project's file."""
    try:
        return read_table_settings(project).engine
    except InvalidInput:
        return ENGINES[0]


@router.get("/devices")
def get_devices(bench: Bench, caller: Reader) -> schemas.Devices:
    """Processors, memory and GPUs, and how much of them jobs hold."""
    return _devices(bench)


@router.put("/devices")
def set_devices(
    bench: Bench, caller: Administrator, body: schemas.AllowanceBody
) -> schemas.Devices:
    """Choose which devices jobs may use, while they run: waiting jobs see it at once."""
    gpus = None if body.gpus is None else tuple(sorted(set(body.gpus)))
    bench.workspace.allowance.write(Allowance(body.cpus, body.memory_mb, gpus))
    bench.service.wake()
    return _devices(bench)


def _devices(bench: Workbench) -> schemas.Devices:
    inventory = bench.workspace.inventory
    usable = bench.workspace.allowance.read().of(inventory)
    usable_gpus = {gpu.index for gpu in usable.gpus}
    state = occupancy(bench.queue, inventory, usable)
    return schemas.Devices(
        cpus=inventory.cpus,
        cpus_usable=usable.cpus,
        cpus_free=state.cpus_free,
        memory_mb=inventory.memory_mb,
        memory_usable_mb=usable.memory_mb,
        memory_used_mb=int(psutil.virtual_memory().used) >> 20,
        gpus=[
            schemas.Gpu(
                index=gpu.index,
                name=gpu.name,
                memory_mb=gpu.memory_mb,
                reserved_mb=state.reserved_mb(gpu.index, gpu.memory_mb),
                is_usable=gpu.index in usable_gpus,
            )
            for gpu in inventory.gpus
        ],
    )


@router.get("/queue")
def get_queue(bench: Bench, caller: Reader) -> schemas.Queue:
    """Jobs that run and jobs that wait, and what for."""
    visible = bench.access.visible(ObjectKind.RUN, caller.actor)
    inventory = bench.workspace.inventory
    state = occupancy(bench.queue, inventory, bench.workspace.allowance.read().of(inventory))
    return schemas.Queue(
        jobs=[
            _job(each, is_visible=visible is None or each.job.run in visible)
            for each in state.occupants
        ]
    )


def _job(occupant: Occupant, *, is_visible: bool) -> schemas.QueuedJob:
    job, lease = occupant.job, occupant.lease
    return schemas.QueuedJob(
        id=job.id,
        state="queued" if lease is None else "running",
        run=job.run if is_visible else None,
        node=job.node if is_visible else None,
        operator=job.steps[-1].operator if is_visible else None,
        attempt=job.attempt,
        priority=job.priority,
        cpus=lease.cpus if lease else job.needs.cpus,
        memory_mb=lease.memory_mb if lease else job.needs.memory_mb,
        gpus=list(lease.gpus) if lease else [],
        why=occupant.why,
    )
