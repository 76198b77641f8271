"""Predictions for a whole data set as a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from netloom.core.files import writing
from netloom.data.datasets import Samples
from netloom.tasks.protocol import Prediction


def write_predictions(
    path: Path, samples: Samples, predictions: Sequence[Prediction], labels: Sequence[str]
) -> None:
    """Write a Parquet file: ``id``, ``path``, ``truth`` (null if unlabelled), then the prediction's fields.

    Scores by label become one struct column. Equal predictions give equal bytes.

    Args:
        labels: The label space that ``samples.labels_N`` counts in.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    truths = [labels[number] if number >= 0 else None for number in samples.labels_N.tolist()]
    columns = {
        "id": pa.array(list(samples.ids), pa.string()),
        "path": pa.array(list(samples.paths), pa.string()),
        "truth": pa.array(truths, pa.string()),
    }
    for name in predictions[0] if predictions else ():
        columns[name] = pa.array([prediction[name] for prediction in predictions])
    with writing(path) as stream:
        pq.write_table(pa.table(columns), stream, compression="zstd", store_schema=False)
