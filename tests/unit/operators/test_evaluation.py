from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from netloom.core.digests import canonical_json
from netloom.core.values import File, TableFile
from netloom.execution.context import RunContext
from netloom.models.spec import TrainedModel
from netloom.operators.evaluation import compare, evaluate, predict
from netloom.training.train import train_model
from netloom.training.training import Training


@pytest.fixture
def training(make_training: Callable[..., Training]) -> Training:
    training = make_training(epochs=4)
    train_model(training)
    return training


@pytest.fixture
def model(training: Training) -> TrainedModel[Any]:
    return TrainedModel(
        task="image_classification",
        backbone=training.model.backbone,
        labels=training.dataset.labels,
        package=f"path:{training.package}",
    )


@pytest.fixture
def run(tmp_path: Path) -> RunContext:
    return RunContext.in_process(tmp_path / "job", project=tmp_path)


def test_an_evaluation_gives_metrics_and_a_page(
    training: Training, model: TrainedModel[Any], run: RunContext
) -> None:
    found = evaluate(model, training.dataset, bootstrap=40, run=run)
    canonical_json(found.metrics)
    assert found.metrics["samples"] == 24
    page = run.resolve(found.report.location).read_text()
    assert "Evaluation on the test part" in page
    whole = evaluate(model, training.dataset, part=None, bootstrap=0, run=run)
    assert whole.metrics["samples"] == 102
    assert "Evaluation on all samples" in run.resolve(whole.report.location).read_text()


def test_a_comparison_gives_a_verdict_and_a_page(
    training: Training, model: TrainedModel[Any], run: RunContext
) -> None:
    found = compare(model, model, training.dataset, bootstrap=40, run=run)
    canonical_json(found.metrics)
    assert found.metrics["better"] == "unclear"
    page = run.resolve(found.report.location).read_text()
    assert "A and B predict the same class for every sample." in page


def test_predictions_are_written_in_the_format_asked_for(
    training: Training, model: TrainedModel[Any], run: RunContext
) -> None:
    table = predict(model, training.dataset, part="test", run=run)
    assert table == TableFile("work:predictions.parquet")
    rows = pq.read_table(run.resolve(table.location)).to_pylist()
    assert list(rows[0]) == ["id", "path", "truth", "label", "score", "scores"]
    lines = predict(model, training.dataset, part="test", format="jsonl", run=run)
    assert lines == File("work:predictions.jsonl", "application/jsonl")
    read = run.resolve(lines.location).read_text().splitlines()
    assert [json.loads(line) for line in read] == rows
    sheet = predict(model, training.dataset, part="test", format="csv", run=run)
    header = run.resolve(sheet.location).read_text().splitlines()[0]
    assert header == "id,path,truth,label,score,scores.upright,scores.lying,scores.slanted"
