"""A network in PyTorch, on a device and ready to compute: what prediction calls."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from netloom.models.network import Outputs


class TorchNetwork:
    """A network in evaluation mode that takes arrays or tensors. Thread-safe.

    Args:
        device: Where to compute, e.g. ``cpu`` or ``cuda:0``.

    Example:
        >>> import numpy as np
        >>> network = TorchNetwork(nn.Flatten())
        >>> tuple(network(np.zeros((2, 3, 4), np.float32)).shape)
        (2, 12)
    """

    def __init__(self, network: nn.Module, *, device: str = "cpu") -> None:
        self._device = torch.device(device)
        self._network = network.to(self._device).eval()

    def __call__(self, *inputs: Any) -> Outputs:
        """Outputs for a batch, on the device."""
        with torch.inference_mode():
            return self._network(*(torch.as_tensor(given).to(self._device) for given in inputs))
