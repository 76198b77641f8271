"""Vectors of ids: one table per bucket, looked up once for all features that have one id in each row.

Shape legend: N rows, F features, W ids of a row, V ids of all rows, R rows of a table, D numbers of a vector.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding, embedding_bag

from netloom.models.tabular.feature_input import FeatureInput, IdBagColumn, IdsColumn, IdSpace
from netloom.models.tabular.segments import Axes, Segment


def usual_width(spaces: tuple[IdSpace, ...]) -> int:
    """Numbers in the vectors of a bucket: about twice the fourth root of its largest feature's ids.

    There are only three steps, so that a vocabulary which grows from day to day rarely changes the width, and
    vectors learned yesterday can be taken over.

    Example:
        >>> [usual_width((IdSpace(name="a", offset=0, size=n),)) for n in (3, 16, 17, 256, 10**6)]
        [4, 4, 8, 8, 16]
    """
    largest = max(space.size for space in spaces)
    return 4 if largest <= 16 else 8 if largest <= 256 else 16


class IdVectors(nn.Module):
    """A learned vector for each id.

    The padding of a feature with several ids in a row counts for nothing: its vector is zero and stays zero.

    Args:
        width: D for all buckets; None chooses for each bucket.
        std: Deviation of the fresh vectors; None is 1/√D.
    """

    def __init__(
        self, input: FeatureInput, *, width: int | None = None, std: float | None = None
    ) -> None:
        super().__init__()
        self.columns = tuple(c for c in input.columns if isinstance(c, IdsColumn | IdBagColumn))
        self.widths: dict[str, int] = {}
        self._spaces = {bucket: input.spaces(bucket) for bucket in input.tables}
        for bucket, rows in input.tables.items():
            numbers = width or usual_width(self._spaces[bucket])
            self.widths[bucket] = numbers
            table_RD = nn.Parameter(torch.empty(rows, numbers))
            nn.init.normal_(table_RD, std=numbers**-0.5 if std is None else std)
            self.register_parameter(_table_name(bucket), table_RD)
        with torch.no_grad():
            for column in self.columns:
                if isinstance(column, IdBagColumn):
                    self._table(column)[column.space.nothing] = 0.0

    def forward(self, columns: Mapping[str, Tensor]) -> list[Tensor]:
        """Vectors of each column, ``(N, F, D)``; of a feature with several ids in a row their mean."""
        return [
            embedding(columns[column.name], self._table(column))
            if isinstance(column, IdsColumn)
            else _bag(column, columns, self._table(column)).unsqueeze(1)
            for column in self.columns
        ]

    @property
    def features(self) -> tuple[tuple[str, int], ...]:
        """Name and D of every feature, in the order in which their vectors come."""
        return tuple(
            (name, self.widths[column.bucket])
            for column in self.columns
            for name in (
                [space.name for space in column.features]
                if isinstance(column, IdsColumn)
                else [column.name]
            )
        )

    def axes(self) -> dict[str, Axes]:
        """Rows of the tables by feature."""
        return {
            _table_name(bucket): (
                tuple(Segment("ids", s.name, s.offset, s.size) for s in spaces),
                None,
            )
            for bucket, spaces in self._spaces.items()
        }

    def _table(self, column: IdsColumn | IdBagColumn) -> Tensor:
        return self.get_parameter(_table_name(column.bucket))


def _table_name(bucket: str) -> str:
    return f"{bucket}_ids"  # alone, a bucket's name could be that of a method of modules


def _bag(column: IdBagColumn, columns: Mapping[str, Tensor], table_RD: Tensor) -> Tensor:
    """Mean of each row's vectors, or Σ weight × vector / Σ abs(weight): weights may be negative."""
    ids = columns[column.name]
    weights = (ids != column.space.nothing).to(table_RD.dtype)
    if column.weights is not None:
        weights = weights * columns[column.weights].to(table_RD.dtype)
    if column.width is None:
        offsets_N = columns[f"{column.name}/offsets"]
        sums_ND = embedding_bag(
            ids,
            table_RD,
            offsets_N.to(ids.dtype),
            mode="sum",
            per_sample_weights=weights,
            include_last_offset=True,
        )
        totals_N = sums_of_rows(weights.abs(), offsets_N)
    else:
        sums_ND = _weighted_sums(ids, weights, table_RD)
        totals_N = weights.abs().sum(1)
    return sums_ND / torch.where(totals_N > 0, totals_N, 1.0).unsqueeze(1)


def _weighted_sums(ids_NW: Tensor, weights_NW: Tensor, table_RD: Tensor) -> Tensor:
    if torch.onnx.is_in_onnx_export():  # where the function below becomes a loop over the rows
        return (embedding(ids_NW, table_RD) * weights_NW.unsqueeze(2)).sum(1)
    return embedding_bag(ids_NW, table_RD, mode="sum", per_sample_weights=weights_NW)


def sums_of_rows(values_V: Tensor, offsets_N: Tensor) -> Tensor:
    """Sum of each row's values; 0 where it has none.

    Example:
        >>> sums_of_rows(torch.tensor([1.0, 2.0, 4.0]), torch.tensor([0, 2, 2, 3])).tolist()
        [3.0, 0.0, 4.0]
    """
    sums_N: Tensor = torch.segment_reduce(
        values_V, "sum", offsets=offsets_N.long(), unsafe=True, initial=0
    )
    return sums_N


def with_unknown_ids(
    columns: Mapping[str, Tensor], input: FeatureInput, share: float
) -> dict[str, Tensor]:
    """The same columns, with this share of the ids replaced at random by their feature's unknown one."""
    changed = dict(columns)
    for column in input.columns:
        if not isinstance(column, IdsColumn | IdBagColumn):
            continue
        ids = columns[column.name]
        chosen = torch.rand(ids.shape, device=ids.device) < share
        if isinstance(column, IdsColumn):
            unknown = ids.new_tensor([space.unknown for space in column.features])
            changed[column.name] = torch.where(chosen, unknown, ids)
        else:
            chosen &= ids != column.space.nothing
            changed[column.name] = ids.masked_fill(chosen, column.space.unknown)
    return changed
