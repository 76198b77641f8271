"""Batches of an encoded table with their labels as tensors, for the training loop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from netloom.models.tabular.spec import Target
from netloom.tables.features.feature_map import FeatureMap
from netloom.tables.feed import EncodedBatch, EncodedFeed
from netloom.tasks.tabular.objective import TableBatch
from netloom.tasks.tabular.targets import label_arrays
from netloom.tasks.tabular.tensors import column_tensors, tensor_of
from netloom.training.tables.rows import Part


class TableBatches:
    """See :class:`netloom.tasks.protocol.Batches`.

    Args:
        rows: Which rows of each file.
        learns: Rows come in a new order in each epoch; otherwise as they are stored.
        rank: Which of ``world_size`` processes this is; each takes an equal share of the rows.
    """

    def __init__(
        self,
        paths: Sequence[str],
        feature_map: FeatureMap,
        rows: Part,
        targets: Sequence[Target],
        *,
        batch_size: int,
        learns: bool,
        seed: int = 0,
        window_rows: int | None = None,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        self._targets = tuple(targets)
        self._feed = EncodedFeed(
            paths,
            feature_map,
            batch_size=batch_size,
            kept=[target.column for target in targets],
            shuffle=learns,
            seed=seed,
            window_rows=window_rows,
            rank=rank,
            world_size=world_size,
            chosen=rows.chosen,
        )

    def __len__(self) -> int:
        """Batches per epoch."""
        return len(self._feed)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[TableBatch]:
        """The batches of an epoch from the ``start``-th on."""
        for batch in self._feed.epoch(epoch, start):
            yield table_batch(batch, self._targets)


def table_batch(batch: EncodedBatch, targets: Sequence[Target]) -> TableBatch:
    """Rows and their labels as tensors; numbers to be predicted on their target's scale."""
    labels = label_arrays(targets, batch.kept)
    return TableBatch(
        columns=column_tensors(batch),
        labels=tuple(map(_label_tensor, targets, labels)),
    )


def _label_tensor(target: Target, labels: NDArray[Any]) -> Tensor:
    if target.type != "number":
        return tensor_of(labels)
    scale = target.scale
    scaled = labels if scale is None else (labels - scale.mean) / scale.std
    return tensor_of(scaled.astype(np.float32))
