"""The random streams of this process, captured and put back: torch, CUDA, numpy and Python."""

from __future__ import annotations

import math
import random

import numpy as np
import torch
from torch import Tensor


def seed_everything(seed: int, *, rank: int = 0) -> None:
    """Start every stream of this process from one seed.

    Args:
        rank: Processes that train together draw different numbers (for dropout), each its own.

    Example:
        >>> seed_everything(3)
        >>> random.randrange(1000)
        243
    """
    if rank:
        seed = int(np.random.SeedSequence((seed, rank)).generate_state(1)[0])
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - users' transforms may draw from numpy's global stream
    torch.manual_seed(seed)


def captured_streams(device: torch.device) -> dict[str, Tensor]:
    """The present states as tensors on the CPU, always of the same shapes.

    Example:
        >>> tensors = captured_streams(torch.device("cpu"))
        >>> first = torch.rand(()).item()
        >>> restore_streams(tensors, torch.device("cpu"))
        >>> torch.rand(()).item() - first
        0.0
    """
    _, words, python_gauss = random.getstate()
    _, keys, position, has_gauss, numpy_gauss = np.random.get_state()  # noqa: NPY002
    gauss = (math.nan if python_gauss is None else python_gauss, float(has_gauss), numpy_gauss)
    tensors = {
        "torch": torch.get_rng_state(),
        "python": torch.tensor(words, dtype=torch.int64),
        "numpy": torch.tensor([*map(int, keys), int(position)], dtype=torch.int64),
        "gauss": torch.tensor(gauss, dtype=torch.float64),
    }
    if device.type == "cuda":
        tensors["cuda"] = torch.cuda.get_rng_state(device)
    return tensors


def restore_streams(tensors: dict[str, Tensor], device: torch.device) -> None:
    """Inverse of :func:`captured_streams`; a CUDA state is ignored on other devices."""
    python_gauss, has_gauss, numpy_gauss = tensors["gauss"].tolist()
    torch.set_rng_state(tensors["torch"])
    version = random.getstate()[0]
    random.setstate(
        (
            version,
            tuple(tensors["python"].tolist()),
            None if math.isnan(python_gauss) else python_gauss,
        )
    )
    *keys, position = tensors["numpy"].tolist()
    state = ("MT19937", np.array(keys, np.uint32), position, int(has_gauss), numpy_gauss)
    np.random.set_state(state)  # noqa: NPY002
    if device.type == "cuda" and "cuda" in tensors:
        torch.cuda.set_rng_state(tensors["cuda"], device)
