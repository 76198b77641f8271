"""Training on a table and its forecast as operators: both take the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.execution.context import RunContext
from netloom.models.tabular.package import open_table_package
from netloom.models.tabular.spec import MLP, TableModel, Target
from netloom.operators.tables import source
from netloom.operators.tables_features import encode, fit_features
from netloom.operators.tables_training import train, training_forecast
from netloom.tables.features.feature_map import FeatureMap
from netloom.tables.table import Table

MODEL = TableModel(
    network=MLP(widths=(4,), norm="none"), targets=(Target(column="y", type="binary"),)
)


@pytest.fixture
def encoded(tmp_path: Path) -> tuple[Table, FeatureMap]:
    """Rows whose label is the sign of a number, with a column that says their part."""
    rows = 160
    numbers = [((n * 37) % 101) / 50 - 1 for n in range(rows)]
    columns = {
        "id": list(range(rows)),
        "x": numbers,
        "y": [int(x > 0) for x in numbers],
        "part": ["valid" if n % 5 == 0 else "train" for n in range(rows)],
    }
    pq.write_table(pa.table(columns), tmp_path / "rows.parquet")
    run = RunContext.in_process(tmp_path / "encode", project=tmp_path)
    table = source(path="rows.parquet", run=run)
    features = fit_features(table, keys=("id",), labels=("y",), run=run)
    made = encode(table, features, run=run)
    return replace(made, location=f"path:{run.resolve(made.location)}"), features


def test_a_forecast_takes_what_a_training_takes_and_trains_nothing(
    encoded: tuple[Table, FeatureMap], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert training_forecast.setting_names == train.setting_names
    run = RunContext.in_process(tmp_path / "forecast", project=tmp_path)
    told = training_forecast(MODEL, *encoded, epochs=30, batch_size=16, run=run)
    assert (told["epochs"], told["steps_per_epoch"]) == (30, 8)
    assert told["disk_bytes"] > 0
    assert "MB on disk" in capsys.readouterr().out
    assert not run.resolve("work:model").exists()


def test_a_training_tells_the_size_of_a_batch_that_it_chose(
    encoded: tuple[Table, FeatureMap], tmp_path: Path
) -> None:
    run = RunContext.in_process(tmp_path / "train", project=tmp_path)
    trained = train(MODEL, *encoded, epochs=2, batch_size="auto", clip_value=0.5, run=run)
    assert (trained.report["batch_size"], trained.report["steps"]) == (32, 8)
    assert trained.report["rows"] == {"train": 128, "valid": 32, "others": 0, "dropped": 0}
    opened = open_table_package(run.resolve(trained.model.package))
    assert opened.manifest.targets[0].classes == ("0", "1")
