from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.core.errors import InvalidData
from netloom.execution.context import RunContext
from netloom.models.tabular.network import build_table_network
from netloom.models.tabular.package import TableManifest, save_table_package
from netloom.models.tabular.spec import MLP, Target, TrainedTableModel
from netloom.operators.tables import source
from netloom.operators.tables_features import encode, fit_features
from netloom.operators.tables_prediction import predict
from netloom.tables.table import Table, read_head
from netloom.tasks.tabular.input import feature_input

Job = Callable[[str], RunContext]
ROWS = 20


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return lambda name: RunContext.in_process(tmp_path / name, project=tmp_path)


@pytest.fixture
def table(tmp_path: Path, job: Job) -> Table:
    columns = {"id": range(ROWS), "x": [n / 3 for n in range(ROWS)], "city": ["a", "b"] * 10}
    rows = pa.table({**columns, "clicked": [n % 3 == 0 for n in range(ROWS)]})
    (tmp_path / "users").mkdir()
    pq.write_table(rows, tmp_path / "users" / "a.parquet", row_group_size=6)
    return source(path="users", date="2026-01-31", run=job("source"))


@pytest.fixture
def model(tmp_path: Path, table: Table, job: Job) -> TrainedTableModel:
    features = fit_features(table, keys=("id",), labels=("clicked",), run=job("fit"))
    targets = (Target(column="clicked", type="binary", classes=("false", "true")),)
    manifest = TableManifest(
        network=MLP(widths=(4,)), input=feature_input(features), targets=targets, date="2026-01-30"
    )
    network = build_table_network(manifest.network, manifest.input, (1,), seed=1)
    save_table_package(
        tmp_path / "model", manifest, network.state_dict(), feature_map=features.to_text()
    )
    return TrainedTableModel(network=manifest.network, targets=targets, package="path:model")


def rows(table: Table, run: RunContext) -> list[dict[str, Any]]:
    return sorted(
        read_head(table, run.resolve, rows=99).to_pylist(), key=lambda row: int(row["id"])
    )


def test_raw_and_encoded_tables_give_the_same_table_of_predictions(
    table: Table, model: TrainedTableModel, tmp_path: Path, job: Job
) -> None:
    run = job("raw")
    raw = predict(model, table, rows_per_partition=6, run=run)
    assert [(column.name, column.type) for column in raw.columns] == [
        ("id", "integer"),
        ("clicked", "boolean"),
        ("clicked_score", "number"),
    ]
    assert (raw.rows, raw.date) == (ROWS, "2026-01-31")
    assert len(list(run.resolve("work:rows").glob("*.parquet"))) == 4
    features = fit_features(table, keys=("id",), labels=("clicked",), run=job("again"))
    encoding = job("encode")
    encoded = encode(table, features, run=encoding)
    # A table of one job is an artifact for the next one; here its folder simply stays.
    encoded = replace(encoded, location=f"path:{encoding.resolve(encoded.location)}")
    again = job("encoded")
    assert rows(predict(model, encoded, run=again), again) == [
        {**row, "clicked_score": pytest.approx(row["clicked_score"], abs=1e-6)}
        for row in rows(raw, run)
    ]
    found = rows(raw, run)
    assert [row["clicked"] for row in found] == [row["clicked_score"] >= 0.5 for row in found]


def test_a_run_that_is_tried_again_goes_on_where_it_was(
    table: Table, model: TrainedTableModel, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    from netloom.inference.tables.predictor import TablePredictor

    answered = TablePredictor.answer
    calls: list[int] = []

    def answer(self: TablePredictor, batch: Any, columns: Any) -> Any:
        calls.append(batch.num_rows)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return answered(self, batch, columns)

    monkeypatch.setattr(TablePredictor, "answer", answer)
    with pytest.raises(KeyboardInterrupt):
        predict(model, table, rows_per_partition=6, run=job("run"))
    run = job("run")
    found = predict(model, table, rows_per_partition=6, run=run)
    assert calls == [6, 6, 6, 6, 2]
    assert [row["id"] for row in rows(found, run)] == list(range(ROWS))


def test_labels_need_not_exist_and_problems_are_told_before_anything_is_computed(
    table: Table, model: TrainedTableModel, tmp_path: Path, job: Job
) -> None:
    without = pq.read_table(tmp_path / "users" / "a.parquet").drop_columns(["clicked"])
    (tmp_path / "new").mkdir()
    pq.write_table(without, tmp_path / "new" / "a.parquet")
    new = source(path="new", run=job("new"))
    run = job("unlabelled")
    kept = predict(model, new, keep=("city",), outputs=("score",), run=run)
    assert list(rows(kept, run)[0]) == ["id", "city", "clicked_score"]
    pq.write_table(without.drop_columns(["x"]), tmp_path / "new" / "a.parquet")
    short = source(path="new", run=job("short"))
    with pytest.raises(InvalidData) as caught:
        predict(model, short, run=job("refused"))
    assert [each.code for each in caught.value.diagnostics] == ["T311"]
    with pytest.raises(InvalidData) as caught:
        predict(model, table, keep=("clicked", "town"), run=job("unknown"))
    assert [each.code for each in caught.value.diagnostics] == ["T103"]
