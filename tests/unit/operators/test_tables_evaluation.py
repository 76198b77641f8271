"""Operators that measure table models, from a raw table to metrics, reports and tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.core.errors import InvalidData
from netloom.execution.context import RunContext
from netloom.inference.tables.comparison import compare_table_models
from netloom.inference.tables.evaluation import MeasuredRows
from netloom.inference.tables.predictor import TablePredictor
from netloom.models.tabular.network import build_table_network
from netloom.models.tabular.package import TableManifest, save_table_package
from netloom.models.tabular.spec import MLP, Target, TrainedTableModel
from netloom.operators.table_engine import engine_of
from netloom.operators.tables import source
from netloom.operators.tables_evaluation import compare, evaluate, importance
from netloom.operators.tables_features import encode, fit_features
from netloom.tables.features.feature_map import FeatureMap
from netloom.tables.features.settings import Bucket, NumberEncoding
from netloom.tables.table import Table, read_head
from netloom.tasks.tabular.input import feature_input

Job = Callable[[str], RunContext]
ROWS = 400
CLICKED = Target(column="clicked", type="binary", classes=("false", "true"))


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return lambda name: RunContext.in_process(tmp_path / name, project=tmp_path)


@pytest.fixture
def table(tmp_path: Path, job: Job) -> Table:
    """Whether somebody clicked depends on x, more so in the city a; and not at all on y."""
    random = np.random.default_rng(0)
    x, y = random.normal(size=ROWS), random.normal(size=ROWS)
    city = random.choice(["a", "b"], ROWS)
    clicked = x + random.normal(size=ROWS) * np.where(city == "a", 0.3, 3.0) > 0.5
    columns = {"id": np.arange(ROWS), "x": x, "y": y, "city": city, "clicked": clicked}
    part = ["train" if number % 4 == 0 else "test" for number in range(ROWS)]
    (tmp_path / "users").mkdir()
    pq.write_table(pa.table({**columns, "part": part}), tmp_path / "users" / "a.parquet")
    return source(path="users", date="2026-01-31", run=job("source"))


def feature_map(table: Table, run: RunContext, columns: tuple[str, ...]) -> FeatureMap:
    numbers = Bucket(name="n", columns=columns, encoding=NumberEncoding())
    return fit_features(
        table, keys=("id",), labels=("clicked",), buckets=(numbers,), others=None, run=run
    )


def model(
    folder: Path, features: FeatureMap, weights: list[float], *, target: Target = CLICKED
) -> TrainedTableModel:
    """A logistic regression with these weights."""
    import torch

    manifest = TableManifest(
        network=MLP(widths=(), norm="none"),
        input=feature_input(features),
        targets=(target,),
        date="2026-01-30",
    )
    network = build_table_network(manifest.network, manifest.input, (1,), seed=1)
    state = network.state_dict()
    for tensor in state.values():
        tensor.copy_(torch.tensor([weights]) if tensor.ndim == 2 else torch.zeros_like(tensor))
    save_table_package(folder, manifest, state, feature_map=features.to_text())
    return TrainedTableModel(
        network=manifest.network, targets=manifest.targets, package=f"path:{folder.name}"
    )


def test_a_model_is_measured_on_its_part_with_a_report(
    table: Table, tmp_path: Path, job: Job
) -> None:
    features = feature_map(table, job("fit"), ("x", "y"))
    trained = model(tmp_path / "model", features, [1.0, 0.0])
    run = job("evaluate")
    metrics, report = evaluate(trained, table, slices=("city", "y"), bootstrap=50, run=run)
    assert metrics["rows"] == 300
    assert 0.7 < metrics["auc"] < 0.9
    low, high = metrics["intervals"]["auc"]
    assert low < metrics["auc"] < high
    cities = [each["slice"] for each in metrics["slices"] if each["column"] == "city"]
    assert cities == ["b", "a"]
    assert metrics["slices"][0]["slice"] == "b"
    tenths = metrics["tenths"]
    assert sum(each["positives"] for each in tenths) == pytest.approx(metrics["base_rate"] * 300)
    page = run.resolve(report.location).read_text()
    for text in (
        "Evaluation on the test part",
        "Of the 10 % highest scored",
        "city: b",
        "2026-01-30",
    ):
        assert text in page


def test_parts_and_settings_that_do_not_fit_are_refused(
    table: Table, tmp_path: Path, job: Job
) -> None:
    features = feature_map(table, job("fit"), ("x", "y"))
    trained = model(tmp_path / "model", features, [1.0, 0.0])
    with pytest.raises(InvalidData) as caught:
        evaluate(trained, table, part="valid", run=job("a"))
    assert caught.value.diagnostics[0].code == "T351"
    with pytest.raises(InvalidData) as caught:
        evaluate(trained, table, part_column="fold", run=job("b"))
    assert caught.value.diagnostics[0].code == "T352"


def test_what_a_model_looks_at_is_important_and_nothing_else(
    table: Table, tmp_path: Path, job: Job
) -> None:
    features = feature_map(table, job("fit"), ("x", "y"))
    trained = model(tmp_path / "model", features, [1.0, 0.0])
    run = job("importance")
    found, report = importance(trained, table, shuffles=3, most_rows=200, run=run)
    assert (found.keys, found.rows, found.date) == (("target", "feature"), 2, "2026-01-31")
    rows = read_head(found, run.resolve, rows=9).to_pylist()
    assert [(row["feature"], row["rank"], row["metric"]) for row in rows] == [
        ("x", 1, "auc"),
        ("y", 2, "auc"),
    ]
    assert rows[0]["low"] > 0.1
    assert rows[1]["loss"] == 0.0
    assert "clicked depends most on x." in run.resolve(report.location).read_text()


def test_models_are_compared_on_the_same_rows(table: Table, tmp_path: Path, job: Job) -> None:
    features = feature_map(table, job("fit"), ("x", "y"))
    first = model(tmp_path / "first", features, [0.1, 1.0])
    second = model(tmp_path / "second", features, [1.0, 0.1])
    run = job("compare")
    metrics, report = compare(first, second, table, bootstrap=200, run=run)
    assert metrics["better"] == "b"
    assert metrics["statement"].startswith("B is better: B − A is +")
    assert metrics["auc_difference"] > 0.2
    low, high = metrics["targets"]["clicked"]["intervals"]["auc_difference"]
    assert low < metrics["auc_difference"] < high
    assert "Comparison on the test part" in run.resolve(report.location).read_text()
    same, _ = compare(first, first, table, bootstrap=50, run=job("same"))
    assert (same["better"], same["auc_difference"]) == ("unclear", 0.0)


def test_models_with_different_feature_maps_are_matched_by_keys(
    table: Table, tmp_path: Path, job: Job
) -> None:
    both = feature_map(table, job("fit"), ("x", "y"))
    one = feature_map(table, job("other"), ("x",))
    first = model(tmp_path / "first", both, [1.0, 0.0])
    second = model(tmp_path / "second", one, [1.0])
    metrics, _ = compare(first, second, table, bootstrap=50, run=job("compare"))
    scores = metrics["targets"]["clicked"]
    assert scores["a"] == pytest.approx(scores["b"], abs=1e-6)
    assert metrics["better"] == "unclear"


def test_an_encoded_table_does_for_models_with_one_feature_map_only(
    table: Table, tmp_path: Path, job: Job
) -> None:
    both = feature_map(table, job("fit"), ("x", "y"))
    one = feature_map(table, job("other"), ("x",))
    run = job("encode")
    encoded = encode(table, both, run=run)
    encoded = replace(encoded, location=f"path:{run.resolve(encoded.location)}")
    first = model(tmp_path / "first", both, [1.0, 0.0])
    second = model(tmp_path / "second", one, [1.0])
    with pytest.raises(InvalidData) as caught:
        compare(first, second, encoded, run=job("compare"))
    assert [problem.code for problem in caught.value.diagnostics] == ["T461"]
    again = model(tmp_path / "again", both, [1.0, 0.0])
    metrics, _ = compare(first, again, encoded, bootstrap=50, run=job("again"))
    assert metrics["auc_difference"] == 0.0


def test_a_comparison_tells_how_far_it_is(table: Table, tmp_path: Path, job: Job) -> None:
    run = job("compare")
    both = feature_map(table, job("fit"), ("x", "y"))
    one = feature_map(table, job("other"), ("x",))
    models = [model(tmp_path / "a", both, [1.0, 0.0]), model(tmp_path / "b", one, [1.0])]
    told: list[tuple[int, int]] = []
    with engine_of(run) as engine:
        compare_table_models(
            *(TablePredictor.open(run.resolve(each.package)) for each in models),
            table.files(run.resolve),
            MeasuredRows(),
            engine=engine,
            scratch=tmp_path / "scratch",
            bootstrap=0,
            progress=lambda done, total: told.append((done, total)),
        )
    assert told[-1] == (2 * table.rows, 2 * table.rows)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_models_that_predict_something_else_cannot_be_compared(
    table: Table, tmp_path: Path, job: Job
) -> None:
    features = feature_map(table, job("fit"), ("x", "y"))
    first = model(tmp_path / "first", features, [1.0, 0.0])
    other = Target(column="clicked", type="binary", classes=("true", "false"))
    second = model(tmp_path / "second", features, [1.0, 0.0], target=other)
    with pytest.raises(InvalidData) as caught:
        compare(first, second, table, run=job("compare"))
    assert caught.value.diagnostics[0].code == "T355"
