"""The processes that train together, one for each device, and what they have to agree on.

Whatever decides how a training goes on (stop, save, end) is decided by rank 0 and told to the others, so
that no two processes ever wait for different things.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

if TYPE_CHECKING:
    from lightning_fabric import Fabric


class Verdict(NamedTuple):
    """What happens after an update or an epoch.

    Attributes:
        cancels: A stop was asked for: save and leave.
        ends: The training is over early.
        saves: A checkpoint is due.
        holds: … and stays for good.
    """

    cancels: bool = False
    ends: bool = False
    saves: bool = False
    holds: bool = False


class Peers:
    """One process on its own: it agrees with itself.

    Example:
        >>> Peers().mean(torch.tensor(3.0)).item()
        3.0
    """

    rank = 0
    count = 1

    def mean(self, value: Tensor) -> Tensor:
        """Mean over all processes; every one of them must ask."""
        return value

    def agreed(self, verdict: Verdict) -> Verdict:
        """What rank 0 thinks; every process must ask."""
        return verdict

    def gathered(self, tensors: Mapping[str, Tensor]) -> list[dict[str, Tensor]]:
        """Everyone's tensors by rank. All must have the same names, shapes and types, on the CPU."""
        return [dict(tensors)]


class ConnectedPeers(Peers):
    """Several processes that reach each other through ``torch.distributed``."""

    def __init__(self, fabric: Fabric) -> None:
        self._device = fabric.device
        self.rank = fabric.global_rank
        self.count = fabric.world_size

    def mean(self, value: Tensor) -> Tensor:
        """See :class:`Peers`."""
        total = value.detach().to(self._device, copy=True)
        torch.distributed.all_reduce(total)
        return total / self.count

    def agreed(self, verdict: Verdict) -> Verdict:
        """See :class:`Peers`. Costs one small message; waits for the device."""
        flags = torch.tensor(verdict, dtype=torch.uint8, device=self._device)
        torch.distributed.broadcast(flags, src=0)
        return Verdict(*map(bool, flags.tolist()))

    def gathered(self, tensors: Mapping[str, Tensor]) -> list[dict[str, Tensor]]:
        """See :class:`Peers`."""
        everyone: list[dict[str, Tensor]] = [{} for _ in range(self.count)]
        for name in sorted(tensors):
            own = tensors[name].to(self._device)
            others = [torch.empty_like(own) for _ in range(self.count)]
            torch.distributed.all_gather(others, own)
            for rank, tensor in enumerate(others):
                everyone[rank][name] = tensor.cpu()
        return everyone
