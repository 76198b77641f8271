"""Allowance: how much of a machine jobs may use. It can change while jobs run."""

from __future__ import annotations

from dataclasses import dataclass

from netloom.execution.devices import Inventory


@dataclass(frozen=True, slots=True)
class Allowance:
    """What of a machine is offered to jobs; None is all there is.

    Attributes:
        cpus: Cores, positive.
        memory_mb: Main memory in MiB, positive.
        gpus: Indices of the GPUs; empty for none.
    """

    cpus: float | None = None
    memory_mb: int | None = None
    gpus: tuple[int, ...] | None = None

    def of(self, machine: Inventory) -> Inventory:
        """The part of a machine that is offered. Jobs that hold more keep it until they end."""
        return Inventory(
            cpus=min(machine.cpus, machine.cpus if self.cpus is None else self.cpus),
            memory_mb=min(
                machine.memory_mb, machine.memory_mb if self.memory_mb is None else self.memory_mb
            ),
            gpus=tuple(gpu for gpu in machine.gpus if self.gpus is None or gpu.index in self.gpus),
        )
