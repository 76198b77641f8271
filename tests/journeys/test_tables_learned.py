"""Real tables from a file to a trained model: tumours that are benign or not, on two days."""

from __future__ import annotations

import shutil
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn import datasets, metrics

from netloom.models.tabular.package import open_table_package

PIPELINE = """
rows:     {op: tables.source, path: "cancer/day={date}", date: "2026-01-30"}
parts:    {op: tables.split, table: rows, keys: [id], valid: 0.2, test: 0.25}
known:    {op: tables.query, tables: [parts], query: {sql: "SELECT * FROM rows WHERE part = 'train'"}}
features: {op: tables.fit_features, table: known, keys: [id], labels: [benign, part]}
encoded:  {op: tables.encode, table: parts, features: features}
net:      {op: tables.dcn_v2, targets: [{column: benign, type: binary}], widths: [32]}
fit:      {op: tables.train, model: net, table: encoded, features: features, epochs: 25, batch_size: 16}
tested:   {op: tables.evaluate, model: fit.model, table: parts, bootstrap: 0}
"""
NEXT_DAY = """
before:   {op: tables.trained_model, file: yesterday}
frozen:   {op: tables.feature_map, file: yesterday}
rows:     {op: tables.source, path: "cancer/day={date}", date: "2026-01-31"}
parts:    {op: tables.split, table: rows, keys: [id], valid: 0.2, test: 0.25}
encoded:  {op: tables.encode, table: parts, features: frozen}
net:      {op: tables.dcn_v2, targets: [{column: benign, type: binary}], widths: [32]}
fit:      {op: tables.train, model: net, table: encoded, features: frozen, start_from: before, epochs: 1}
scored:   {op: tables.predict, model: fit.model, table: rows}
"""


@pytest.fixture
def tumours(project: Any) -> Any:
    """Two days of measured tumours; a place is made of one of the numbers, and some numbers are missing."""
    known = datasets.load_breast_cancer()
    columns: dict[str, Any] = {
        name.replace(" ", "_"): column
        for name, column in zip(known.feature_names, known.data.T, strict=True)
    }
    random = np.random.default_rng(0)
    texture = columns["mean_texture"]
    columns["grain"] = np.array(["fine", "middle", "coarse"])[np.digitize(texture, (16.0, 20.0))]
    is_missing = random.random(len(texture)) < 0.1
    columns["mean_texture"] = [None if no else x for no, x in zip(is_missing, texture, strict=True)]
    rows = pa.table({"id": np.arange(len(texture)), "benign": known.target == 1, **columns})
    for day, chosen in (("2026-01-30", slice(0, 480)), ("2026-01-31", slice(100, None))):
        (project.folder / "cancer" / f"day={day}").mkdir(parents=True)
        places = np.arange(len(texture))[chosen]
        pq.write_table(rows.take(places), project.folder / "cancer" / f"day={day}" / "a.parquet")
    return project


def test_tumours_are_told_apart_and_the_next_day_goes_on_from_the_model(tumours: Any) -> None:
    tumours.pipeline(PIPELINE)
    first = tumours.run().require_success()
    assert first.value("tested.metrics")["auc"] > 0.98
    report = first.value("fit.report")
    assert report["dates"] == {"features": "2026-01-30", "data": "2026-01-30"}
    assert sum(report["rows"].values()) == 480

    shutil.copytree(first.path("fit.model"), tumours.folder / "yesterday")
    tumours.pipeline(NEXT_DAY, name="next")
    second = tumours.run("next").require_success()
    report = second.value("fit.report")
    assert report["dates"] == {"features": "2026-01-30", "data": "2026-01-31"}
    assert report["start"]["source"] == "the model of 2026-01-30"
    assert report["start"]["fresh"] == report["start"]["adapted"] == []
    scored = pq.read_table(second.path("scored") / "rows").sort_by("id")
    assert scored["id"].to_pylist() == list(range(100, 569))
    truth = datasets.load_breast_cancer().target[100:]
    assert metrics.roc_auc_score(truth, scored["benign_score"].to_numpy()) > 0.98
    manifest = open_table_package(second.path("fit.model")).manifest
    earlier = open_table_package(first.path("fit.model")).manifest
    assert manifest.started_from == earlier.weights_sha256
    workspace = tumours.open()
    plan = workspace.plan(workspace.load(tumours.folder / "next.yaml")).to_json()["nodes"]
    assert {plan[name]["state"] for name in ("before", "frozen", "fit", "scored")} == {"cached"}
