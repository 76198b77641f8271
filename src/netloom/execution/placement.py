"""Placement: which waiting jobs start now, and on which devices. Pure functions of values.

Jobs are considered in order of priority. The first that does not fit keeps everything it could use
reserved: what is free now, and the GPUs nearest to being free. Later, smaller jobs start on what is left
over (backfill), so they can never delay it, however many of them keep coming.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.identifiers import JobId, NodeId
from netloom.execution.devices import Gpu, Inventory
from netloom.execution.jobs import DeviceLease, JobSpec
from netloom.graph.operator import Needs

_CPU_GRAIN = 1e-9
"""Sums of fractions of a core are compared with this tolerance."""

_LIGHT_JOBS = 16
_LIGHT_JOBS_PER_CPU = 4
"""Jobs that need no processor still are processes; a thousand at once would choke any machine."""


def place(
    jobs: Sequence[JobSpec],
    inventory: Inventory,
    leases: Iterable[DeviceLease],
    *,
    machine: Inventory | None = None,
) -> tuple[list[tuple[JobSpec, DeviceLease]], list[tuple[JobSpec, Diagnostic]]]:
    """Choose the jobs that start now.

    Args:
        jobs: Waiting jobs, most urgent first.
        inventory: What may be used.
        machine: What there is, if it is more than may be used now: a job that needs the rest waits for it.
        leases: What running jobs hold.

    Returns:
        Jobs with the leases they start on, and jobs that can never start here with the reason.
    """
    free = _Free.of(inventory, leases)
    placed: list[tuple[JobSpec, DeviceLease]] = []
    impossible: list[tuple[JobSpec, Diagnostic]] = []
    has_reserved = False
    for job in jobs:
        problem = unplaceable(job.node, job.needs, machine or inventory)
        if problem is not None:
            impossible.append((job, problem))
            continue
        if machine is not None and unplaceable(job.node, job.needs, inventory) is not None:
            continue
        demand = Demand.of(job.needs, inventory)
        lease = free.lease(job.id, demand)
        if lease is not None:
            free.take(lease)
            placed.append((job, lease))
        elif not has_reserved:
            free.reserve(demand)
            has_reserved = True
    return placed, impossible


def unplaceable(node: NodeId, needs: Needs, inventory: Inventory) -> Diagnostic | None:
    """Why a job with these needs can never start on this machine; None if it can."""
    if needs.memory_mb is not None and needs.memory_mb > inventory.memory_mb:
        return _impossible(
            node,
            "memory_mb",
            "this job needs more memory than the machine has",
            expected=f"at most {inventory.memory_mb} MB",
            got=f"{needs.memory_mb} MB",
        )
    if needs.gpu != "required":
        return None
    fewest, _ = _gpu_range(needs)
    if len(inventory.gpus) < fewest:
        return _impossible(
            node,
            "gpus",
            "this job needs more GPUs than the machine has",
            expected=f"at most {len(inventory.gpus)}",
            got=str(fewest),
        )
    if len(_large_enough(needs, inventory)) < fewest:
        largest = max(gpu.memory_mb for gpu in inventory.gpus)
        return _impossible(
            node,
            "gpu_memory_mb",
            "this job needs more GPU memory than enough cards have",
            expected=f"at most {largest} MB on the largest",
            got=f"{needs.gpu_memory_mb} MB on {fewest}",
        )
    return None


@dataclass(frozen=True, slots=True)
class Demand:
    """What a job asks for on one particular machine.

    A job that asks for more cores than there are gets them all: it runs slower, but it runs. A job
    that prefers a GPU waits for one where the machine has one that fits, and uses none elsewhere.
    """

    cpus: float
    memory_mb: int
    fewest_gpus: int = 0
    most_gpus: int = 0
    gpu_memory_mb: int | None = None
    lease_memory_mb: int | None = None

    @classmethod
    def of(cls, needs: Needs, inventory: Inventory) -> Demand:
        """Needs, cut to what the machine can give."""
        fewest, most = _gpu_range(needs)
        available = len(_large_enough(needs, inventory))
        if needs.gpu == "preferred" and available < fewest:
            fewest = most = 0
        return cls(
            cpus=min(needs.cpus, inventory.cpus),
            memory_mb=needs.memory_mb or 0,
            fewest_gpus=fewest,
            most_gpus=min(most, available),
            gpu_memory_mb=needs.gpu_memory_mb,
            lease_memory_mb=needs.memory_mb,
        )


@dataclass
class _Free:
    """What is not leased. GPU memory by index; a card leased as a whole has none left."""

    cpus: float
    memory_mb: int
    cards: dict[int, Gpu]
    gpu_memory_mb: dict[int, int]
    light_jobs: float
    reserved_gpus: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, inventory: Inventory, leases: Iterable[DeviceLease]) -> _Free:
        free = cls(
            cpus=inventory.cpus,
            memory_mb=inventory.memory_mb,
            cards={gpu.index: gpu for gpu in inventory.gpus},
            gpu_memory_mb={gpu.index: gpu.memory_mb for gpu in inventory.gpus},
            light_jobs=_LIGHT_JOBS + _LIGHT_JOBS_PER_CPU * inventory.cpus,
        )
        for lease in leases:
            free.take(lease)
        return free

    def lease(self, job: JobId, demand: Demand) -> DeviceLease | None:
        """A lease for a job, or None if it does not fit now."""
        if demand.cpus > self.cpus + _CPU_GRAIN or demand.memory_mb > self.memory_mb:
            return None
        if demand.cpus == 0 and self.light_jobs < 1:
            return None
        gpus = self._best_fit(demand)[: demand.most_gpus]
        if len(gpus) < demand.fewest_gpus:
            return None
        return DeviceLease(
            job=job,
            cpus=demand.cpus,
            memory_mb=demand.lease_memory_mb,
            gpus=tuple(sorted(gpus)),
            gpu_memory_mb=demand.gpu_memory_mb if gpus else None,
        )

    def take(self, lease: DeviceLease) -> None:
        """Remove what a lease holds."""
        self.cpus -= lease.cpus
        self.memory_mb -= lease.memory_mb or 0
        self.light_jobs -= lease.cpus == 0
        for index in lease.gpus:
            if index in self.gpu_memory_mb:  # an earlier inventory may have had more
                taken = lease.gpu_memory_mb
                self.gpu_memory_mb[index] -= self.cards[index].memory_mb if taken is None else taken

    def reserve(self, demand: Demand) -> None:
        """Keep for a blocked job what it will need of what is free, and the GPUs it waits for."""
        self.cpus -= min(demand.cpus, max(0.0, self.cpus))
        self.memory_mb -= min(demand.memory_mb, max(0, self.memory_mb))
        needed = demand.gpu_memory_mb or 0
        fitting = [gpu for gpu in self.cards.values() if gpu.memory_mb >= needed]
        nearest = sorted(fitting, key=lambda gpu: (-self.gpu_memory_mb[gpu.index], gpu.index))
        for gpu in nearest[: demand.fewest_gpus]:
            self.reserved_gpus.add(gpu.index)

    def _best_fit(self, demand: Demand) -> list[int]:
        """GPUs that fit, tightest first, so that large ones stay free for large jobs."""
        if not demand.most_gpus:
            return []
        fitting = [
            index
            for index, free_mb in self.gpu_memory_mb.items()
            if index not in self.reserved_gpus and self._fits(demand, index, free_mb)
        ]
        return sorted(fitting, key=lambda index: (self.gpu_memory_mb[index], index))

    def _fits(self, demand: Demand, index: int, free_mb: int) -> bool:
        if demand.gpu_memory_mb is None:
            return free_mb == self.cards[index].memory_mb
        return free_mb >= demand.gpu_memory_mb


def _gpu_range(needs: Needs) -> tuple[int, int]:
    """Fewest and most GPUs; at least one where a GPU is preferred or required."""
    if needs.gpu == "never":
        return 0, 0
    fewest, most = needs.gpus if isinstance(needs.gpus, tuple) else (needs.gpus, needs.gpus)
    return max(1, fewest), max(1, most)


def _large_enough(needs: Needs, inventory: Inventory) -> list[Gpu]:
    return [gpu for gpu in inventory.gpus if gpu.memory_mb >= (needs.gpu_memory_mb or 0)]


def _impossible(node: NodeId, need: str, message: str, *, expected: str, got: str) -> Diagnostic:
    return Diagnostic(
        code="X211",
        message=message,
        place=Place(node=node, setting=f"needs.{need}"),
        expected=expected,
        got=got,
        fix="Lower needs of the node, or run it on a larger machine",
    )
