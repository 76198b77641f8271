"""Rows of an encoded table as tensors, sharing memory where they can."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

    from netloom.tables.feed import EncodedBatch, Ragged

OFFSETS = "offsets"
"""A list of varying length ``x`` comes as its elements, ``x``, and as where rows begin, ``x/offsets``."""


def column_tensors(batch: EncodedBatch) -> dict[str, Tensor]:
    """What a network for tables takes of a batch.

    Example:
        >>> import numpy as np, pyarrow as pa
        >>> from netloom.tables.feed import EncodedBatch
        >>> numbers = np.ones((2, 3), np.float32)
        >>> batch = EncodedBatch({"b_numbers": numbers}, {}, pa.table({}))
        >>> column_tensors(batch)["b_numbers"].shape
        torch.Size([2, 3])
    """
    fixed: Mapping[str, NDArray[Any]] = batch.fixed
    ragged: Mapping[str, Ragged] = batch.ragged
    tensors = {name: tensor_of(array) for name, array in fixed.items()}
    for name, (values, offsets) in ragged.items():
        tensors[name] = tensor_of(values)
        tensors[f"{name}/{OFFSETS}"] = tensor_of(offsets)
    return tensors


def tensor_of(array: NDArray[Any]) -> Tensor:
    """The array as a tensor; copied only if it may not be written to, which torch does not know."""
    import torch

    return torch.from_numpy(array if array.flags.writeable else array.copy())
