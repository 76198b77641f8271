"""A trained table model ready to predict: one code path for notebooks, batch jobs, Ray and Spark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from numpy.typing import NDArray

from netloom.core.digests import digest_of_json
from netloom.core.errors import InvalidData
from netloom.inference.tables.encoded import StoredRows, ahead, encoded_batch
from netloom.inference.tables.partitions import plan_partitions
from netloom.inference.tables.prediction_columns import PredictionColumns, prediction_columns
from netloom.inference.tables.wanted import Wanted
from netloom.models.tabular.package import (
    OpenedTableModel,
    TableManifest,
    open_table_package,
    read_table_manifest,
)
from netloom.tables.columns import columns_of
from netloom.tables.features.codec import read_feature_map
from netloom.tables.features.feature_map import FeatureMap
from netloom.tables.feed import EncodedBatch
from netloom.tables.table import TableFiles

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_SIZE = 8192


class TablePredictor:
    """A table model that answers rows. Thread-safe.

    Attributes:
        manifest: What the model is.
        feature_map: How tables become what it takes.
        batch_size: Rows per forward pass.
    """

    def __init__(
        self,
        opened: OpenedTableModel,
        feature_map: FeatureMap,
        *,
        device: str = "cpu",
        batch_size: int = BATCH_SIZE,
    ) -> None:
        import torch

        try:
            self._device = torch.device(device)
            self._network = opened.network.to(self._device).eval()
        except (RuntimeError, AssertionError) as error:
            raise InvalidData.of(
                f"there is no device {device!r}",
                code="T364",
                expected="cpu, or cuda:0 and so on where there are GPUs",
            ) from error
        self.manifest = opened.manifest
        self.feature_map = feature_map
        self.batch_size = batch_size
        self._outputs = feature_map.outputs()

    @classmethod
    def open(cls, folder: Path, *, device: str = "cpu", batch_size: int = BATCH_SIZE) -> Self:
        """The model of a package.

        Args:
            device: Where to compute, e.g. ``cpu`` or ``cuda:0``.

        Raises:
            NotFound: The folder is not the package of a table model.
            InvalidData: Something in it is damaged, or there is no such device.
        """
        opened = open_table_package(folder)
        return cls(opened, read_feature_map(folder), device=device, batch_size=batch_size)

    @property
    def digest(self) -> str:
        """Of everything in the package that decides the predictions."""
        return digest_of_manifest(self.manifest)

    def predict(self, batch: EncodedBatch) -> dict[str, NDArray[Any]]:
        """Scores by target: see :func:`netloom.tasks.tabular.objective.scores`."""
        import torch

        from netloom.tasks.tabular.objective import scores
        from netloom.tasks.tabular.tensors import column_tensors

        with torch.inference_mode():
            tensors = {
                name: tensor.to(self._device) for name, tensor in column_tensors(batch).items()
            }
            return scores(self.manifest.targets, self._network(tensors))

    def answer(self, rows: pa.RecordBatch, columns: PredictionColumns) -> pa.RecordBatch:
        """Kept columns and predictions of encoded rows; one forward pass."""
        return columns.rows(rows, self.predict(encoded_batch(rows, self._outputs)))

    def columns(self, files: TableFiles, wanted: Wanted | None = None) -> PredictionColumns:
        """The columns of predictions on a table.

        Raises:
            InvalidData: As :func:`netloom.inference.tables.prediction_columns.prediction_columns`.
        """
        return prediction_columns(
            self.manifest.targets, self.feature_map, files.columns, wanted or Wanted()
        )

    def stream(
        self, paths: Sequence[str], wanted: Wanted | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Predictions on the Parquet files of an encoded table, batch by batch; nothing is written.

        Raises:
            InvalidData: The files were encoded with another map, or one is damaged.
        """
        import pyarrow.parquet as pq

        if not paths:
            return
        found = columns_of(pq.read_schema(paths[0]), name=paths[0])
        files = TableFiles(tuple(paths), found)
        columns = self.columns(files, wanted)
        rows = StoredRows(files, self.feature_map, [column.name for column in columns.kept])
        for partition in plan_partitions(files):
            yield from predict_batches(self, ahead(rows.batches(partition)), columns)


def predict_batches(
    model: TablePredictor | Path,
    batches: Iterable[pa.RecordBatch],
    columns: PredictionColumns,
) -> Iterator[pa.RecordBatch]:
    """Predictions on batches of encoded rows: what this process, workers of Ray and of Spark all do.

    Args:
        model: A model, or the folder of its package, which is opened here.
    """
    predictor = TablePredictor.open(model) if isinstance(model, Path) else model
    for batch in batches:
        for start in range(0, batch.num_rows, predictor.batch_size):
            yield predictor.answer(batch.slice(start, predictor.batch_size), columns)


def digest_of_manifest(manifest: TableManifest) -> str:
    """Digest of a model: of its manifest, which has those of its weights and of its feature map."""
    return digest_of_json(manifest.model_dump(mode="json"))


def digest_of_package(folder: Path) -> str:
    """Digest of a model without opening it."""
    return digest_of_manifest(read_table_manifest(folder))
