"""What every network for tables is: a module from columns to outputs, and the order of its blocks."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn


class Body(nn.Module):
    """Gives the outputs of all targets side by side, ``(N, K)``."""

    def forward(self, columns: Mapping[str, Tensor]) -> Tensor:
        """Outputs of a batch of N rows."""
        raise NotImplementedError

    def blocks(self) -> tuple[str, ...]:
        """Names of consecutive modules from input to output; the last one is the head.

        Every parameter lies below exactly one of them.
        """
        raise NotImplementedError
