"""Modules without ONNX form, and what computes the same with one.

Shape legend: N samples, C channels, H height, W width, h w height and width after pooling.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


class MatrixPooling(nn.Module):
    """Adaptive average pooling as two products with matrices.

    The exporter knows adaptive pooling only where windows are equal. For pictures of a fixed size
    each output is an average over fixed rows and columns, so pooling is linear in either direction.

    Args:
        size: Height and width after pooling.

    Example:
        >>> maps = torch.rand(1, 2, 5, 3)
        >>> pooled = MatrixPooling((2, 2))(maps)
        >>> bool(torch.allclose(pooled, nn.functional.adaptive_avg_pool2d(maps, 2))), pooled.numel()
        (True, 8)
    """

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self.size = size

    def forward(self, maps_NCHW: Tensor) -> Tensor:
        """Averages, ``(N, C, h, w)``."""
        rows_hH = averaging_matrix(int(maps_NCHW.shape[2]), self.size[0])
        columns_wW = averaging_matrix(int(maps_NCHW.shape[3]), self.size[1])
        return rows_hH.to(maps_NCHW) @ maps_NCHW @ columns_wW.T.to(maps_NCHW)


def averaging_matrix(length: int, target: int) -> Tensor:
    """Weights ``(target, length)`` of adaptive average pooling along one axis.

    Output ``i`` averages the inputs from ``⌊i·length/target⌋`` up to ``⌈(i+1)·length/target⌉``.

    Example:
        >>> averaging_matrix(3, 2).tolist()
        [[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]]
    """
    matrix = torch.zeros(target, length)
    for place in range(target):
        start, end = place * length // target, -(-(place + 1) * length // target)
        matrix[place, start:end] = 1.0 / (end - start)
    return matrix


@contextmanager
def exportable(network: nn.Module) -> Iterator[nn.Module]:
    """The network with modules that have an ONNX form; afterwards it is as it was."""
    replaced = [
        (parent, name, child)
        for parent in network.modules()
        for name, child in parent.named_children()
        if isinstance(child, nn.AdaptiveAvgPool2d) and _size(child) != (1, 1)
    ]
    for parent, name, child in replaced:
        setattr(parent, name, MatrixPooling(_size(child)))
    try:
        yield network
    finally:
        for parent, name, child in replaced:
            setattr(parent, name, child)


def _size(pooling: nn.AdaptiveAvgPool2d) -> tuple[int, int]:
    size: Any = pooling.output_size
    height, width = (size, size) if isinstance(size, int) else size
    # None would keep a side as it is; no network here asks for that.
    return int(height), int(width)
