"""The random streams of this process, captured and put back: torch, CUDA, numpy and Python."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch
from torch import Tensor


def seed_everything(seed: int) -> None:
    """Start every stream of this process from one seed.

    Example:
        >>> seed_everything(3)
        >>> random.randrange(1000)
        243
    """
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - users' transforms may draw from numpy's global stream
    torch.manual_seed(seed)


def captured_streams(device: torch.device) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The present states as tensors and JSON.

    Example:
        >>> tensors, _ = captured_streams(torch.device("cpu"))
        >>> first = torch.rand(()).item()
        >>> restore_streams(tensors, _, torch.device("cpu"))
        >>> torch.rand(()).item() - first
        0.0
    """
    version, words, gauss = random.getstate()
    name, keys, position, has_gauss, cached = np.random.get_state()  # noqa: NPY002
    tensors = {
        "torch": torch.get_rng_state(),
        "python": torch.tensor(words, dtype=torch.int64),
        "numpy": torch.from_numpy(np.asarray(keys).astype(np.int64)),
    }
    if device.type == "cuda":
        tensors["cuda"] = torch.cuda.get_rng_state(device)
    scalars = {
        "python": [version, gauss],
        "numpy": [str(name), int(position), int(has_gauss), float(cached)],
    }
    return tensors, scalars


def restore_streams(
    tensors: dict[str, Tensor], scalars: dict[str, Any], device: torch.device
) -> None:
    """Inverse of :func:`captured_streams`; a CUDA state is ignored on other devices."""
    torch.set_rng_state(tensors["torch"])
    version, gauss = scalars["python"]
    random.setstate((version, tuple(tensors["python"].tolist()), gauss))
    name, position, has_gauss, cached = scalars["numpy"]
    keys = tensors["numpy"].numpy().astype(np.uint32)
    np.random.set_state((name, keys, position, has_gauss, cached))  # noqa: NPY002
    if device.type == "cuda" and "cuda" in tensors:
        torch.cuda.set_rng_state(tensors["cuda"], device)
