"""The columns of a table as one wide input: numbers first, then the vectors of ids.

Shape legend: N rows, n numbers, D numbers of a vector, I width of the input.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from netloom.models.tabular.feature_input import FeatureInput, NumberListColumn, NumbersColumn
from netloom.models.tabular.id_vectors import IdVectors, sums_of_rows
from netloom.models.tabular.segments import Axes, Segment, length, shifted

_OF_A_LIST = 2
"""Numbers that a list of varying length becomes: its mean, and the logarithm of one more than its length."""


class Numbers(nn.Module):
    """All numbers of a row side by side; it has nothing to learn.

    Attributes:
        segments: Where those of each column are.
        width: How many they are.
    """

    def __init__(self, input: FeatureInput) -> None:
        super().__init__()
        self._columns = tuple(
            column
            for column in input.columns
            if isinstance(column, NumbersColumn | NumberListColumn)
        )
        segments: list[Segment] = []
        for column in self._columns:
            width = column.width if isinstance(column, NumbersColumn) else _OF_A_LIST
            segments.append(Segment("numbers", column.name, length(segments), width))
        self.segments = tuple(segments)
        self.width = length(segments)

    def forward(self, columns: Mapping[str, Tensor]) -> list[Tensor]:
        """``(N, n)`` of each column; none if there are no numbers."""
        return [
            columns[column.name]
            if isinstance(column, NumbersColumn)
            else _of_lists(columns[column.name], columns[f"{column.name}/offsets"])
            for column in self._columns
        ]


def _of_lists(values_V: Tensor, offsets_N: Tensor) -> Tensor:
    counts_N = offsets_N.diff().to(values_V.dtype)
    means_N = sums_of_rows(values_V, offsets_N) / counts_N.clamp(min=1)
    return torch.stack((means_N, counts_N.log1p()), dim=1)


class DenseInput(nn.Module):
    """Numbers and vectors of ids, ``(N, I)``.

    Attributes:
        segments: Where those of each column and feature are.
        width: I.
    """

    def __init__(self, input: FeatureInput, *, embedding: int | None) -> None:
        super().__init__()
        self.numbers = Numbers(input)
        self.vectors = IdVectors(input, width=embedding)
        vectors: list[Segment] = []
        for name, width in self.vectors.features:
            vectors.append(Segment("vector", name, length(vectors), width))
        self.segments = (*self.numbers.segments, *shifted(vectors, self.numbers.width))
        self.width = length(self.segments)

    def forward(self, columns: Mapping[str, Tensor]) -> Tensor:
        """The input of fully connected layers."""
        vectors = [vectors_NFD.flatten(1) for vectors_NFD in self.vectors(columns)]
        return torch.cat((*self.numbers(columns), *vectors), dim=1)


class NumberVectors(nn.Module):
    """Each number as a vector: number × weight + bias, ``(N, n, D)``.

    Args:
        std: Deviation of the fresh weights.
    """

    def __init__(self, numbers: Numbers, *, width: int, std: float) -> None:
        super().__init__()
        self._segments = numbers.segments
        self.weight = nn.Parameter(torch.empty(numbers.width, width))
        self.bias = nn.Parameter(torch.zeros(numbers.width, width))
        nn.init.normal_(self.weight, std=std)

    def forward(self, numbers_Nn: Tensor) -> Tensor:
        """A vector for each number."""
        return numbers_Nn.unsqueeze(2) * self.weight + self.bias

    def axes(self) -> dict[str, Axes]:
        """Rows by column of numbers."""
        return {"weight": (self._segments, None), "bias": (self._segments, None)}
