"""Occupancy: which jobs hold which devices, which wait, and for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netloom.execution.devices import Inventory
from netloom.execution.jobs import DeviceLease, JobSpec
from netloom.execution.placement import place, unplaceable
from netloom.tracking.run_store import QueueStore


@dataclass(frozen=True, slots=True)
class Occupant:
    """A job that waits or runs.

    Attributes:
        lease: What it holds; None while it waits.
        why: One sentence about that.
    """

    job: JobSpec
    lease: DeviceLease | None
    why: str


@dataclass(frozen=True, slots=True)
class Occupancy:
    """All of them, running ones first, and what is left."""

    occupants: tuple[Occupant, ...]
    cpus_free: float

    def reserved_mb(self, gpu: int, memory_mb: int) -> int:
        """Memory that jobs hold on a GPU; all of it for a job that has the whole card."""
        held = [
            o.lease.gpu_memory_mb or memory_mb
            for o in self.occupants
            if o.lease and gpu in o.lease.gpus
        ]
        return min(memory_mb, sum(held))


def occupancy(queue: QueueStore, inventory: Inventory, usable: Inventory) -> Occupancy:
    """The present state of the queue.

    Args:
        usable: What of the machine jobs may be started on.
    """
    leased = queue.leased()
    leases = [lease for _, lease in leased]
    waiting = queue.queued()
    placed, _ = place(waiting, usable, leases, machine=inventory)
    next_up = {job.id for job, _ in placed}
    free = max(0.0, usable.cpus - sum(lease.cpus for lease in leases))
    running = [Occupant(job, lease, _holding(lease)) for job, lease in leased]
    queued = [
        Occupant(job, None, _waiting(job, inventory, usable, free, is_next=job.id in next_up))
        for job in waiting
    ]
    return Occupancy((*running, *queued), free)


def _holding(lease: DeviceLease) -> str:
    held = [f"{lease.cpus:g} processor cores"] if lease.cpus else []
    if lease.gpus:
        held.append(_listed("GPU", lease.gpus))
    return "holds " + (" and ".join(held) or "nothing that others wait for")


def _waiting(
    job: JobSpec, inventory: Inventory, usable: Inventory, cpus_free: float, *, is_next: bool
) -> str:
    if is_next:
        return "starts in a moment"
    problem = unplaceable(job.node, job.needs, inventory)
    if problem is not None:
        return problem.message
    if unplaceable(job.node, job.needs, usable) is not None:
        return "waits for devices that jobs may not use at present"
    if job.needs.gpu == "required":
        return "waits for a GPU"
    if job.needs.cpus > cpus_free:
        return f"waits for {job.needs.cpus:g} processor cores; {cpus_free:g} are free"
    return "waits for its turn: a job before it needs what is free"


def _listed(word: str, numbers: Sequence[int]) -> str:
    return f"{word}{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
