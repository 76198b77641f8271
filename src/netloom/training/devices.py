"""What a training computes on: one device, or several that share every batch, and the precision."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

from lightning_fabric import Fabric
from lightning_fabric.plugins.environments.cluster_environment import ClusterEnvironment
from lightning_fabric.strategies.ddp import DDPStrategy

from netloom.training.recipe import Precision

if TYPE_CHECKING:
    from netloom.training.ranks import Rank


def num_ranks(devices: int, *, batch_size: int) -> int:
    """Processes that share a batch equally: at most as many as there are devices.

    A batch has the same number of samples however many devices there are, so that the result does not
    depend on their number; it is shared by the largest number that divides it.

    Example:
        >>> num_ranks(4, batch_size=10)
        2
    """
    return next(count for count in range(devices, 0, -1) if batch_size % count == 0)


def build_fabric(
    gpus: tuple[int, ...],
    precision: Precision,
    *,
    rank: Rank | None = None,
    note: Callable[[str], None] = lambda message: None,
) -> Fabric:
    """Devices and precision for one process.

    Args:
        gpus: CUDA devices granted; empty computes on the CPU.
        rank: Which of several processes this is, already connected; None for one on its own.
    """
    if not gpus and precision == "16-mixed":
        note("16-mixed needs a GPU; on the CPU bf16-mixed is used instead")
        precision = "bf16-mixed"
    count = 1 if rank is None else rank.count
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fabric = Fabric(
            accelerator="cuda" if gpus else "cpu",
            devices=list(gpus[:count]) if gpus else count,
            strategy="auto" if rank is None else _strategy("nccl" if gpus else "gloo"),
            precision=precision,
            # Named, or Fabric would look for a cluster's environment and follow its variables.
            plugins=[_Environment(rank)],
        )
        if rank is not None:
            fabric.launch()
    return fabric


def _strategy(backend: str) -> DDPStrategy:
    return DDPStrategy(process_group_backend=backend)


class _Environment(ClusterEnvironment):
    """Tells Fabric which rank this is. The processes exist and are connected already."""

    def __init__(self, rank: Rank | None) -> None:
        self._index, self._count = (0, 1) if rank is None else (rank.index, rank.count)

    @property
    def creates_processes_externally(self) -> bool:
        return True

    @property
    def main_address(self) -> str:
        return "127.0.0.1"

    @property
    def main_port(self) -> int:
        return 0

    @staticmethod
    def detect() -> bool:
        return False

    def world_size(self) -> int:
        return self._count

    def set_world_size(self, size: int) -> None: ...

    def global_rank(self) -> int:
        return self._index

    def set_global_rank(self, rank: int) -> None: ...

    def local_rank(self) -> int:
        return self._index

    def node_rank(self) -> int:
        return 0
