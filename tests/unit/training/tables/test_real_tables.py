"""Wines of three growers and the course of diabetes, against linear models on the same rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sklearn import datasets, linear_model, pipeline, preprocessing
from sklearn.metrics import accuracy_score, r2_score

from netloom.models.tabular.package import open_table_package
from netloom.models.tabular.spec import MLP, TableModel, Target
from netloom.tables.feed import EncodedFeed
from netloom.tasks.tabular.objective import scores
from netloom.tasks.tabular.tensors import column_tensors
from netloom.training.tables.train import train_table_model


def learned(bench: Any, known: Any, target: Target, **recipe: Any) -> tuple[Any, Any, Any]:
    """Labels of the test part, what a network says of them, and what a linear model does."""
    parts = np.random.default_rng(5).choice(["train", "valid", "test"], len(known.target))
    parts = np.where(parts == "valid", np.where(np.arange(len(parts)) % 2, "valid", "train"), parts)
    numbers = {f"x{place}": column for place, column in enumerate(known.data.T)}
    columns = {"id": np.arange(len(parts)), "y": known.target, "part": parts, **numbers}
    encoded = bench.encode(columns)
    model = TableModel(network=MLP(widths=(32,)), targets=(target,))
    training = bench.training(encoded, model=model, recipe=recipe, window_rows=None)
    result = train_table_model(training)
    feed = EncodedFeed(
        encoded[0].files(bench.resolve).paths, encoded[1], batch_size=1000, kept=["y", "part"]
    )
    (batch,) = feed.epoch(0)
    network = open_table_package(training.package).network
    with torch.inference_mode():
        found = scores(result.manifest.targets, network(column_tensors(batch)))["y"]
    is_test, is_train = parts == "test", parts == "train"
    linear = (
        linear_model.RidgeCV() if target.type == "number" else linear_model.LogisticRegression()
    )
    peer = pipeline.make_pipeline(preprocessing.StandardScaler(), linear)
    peer.fit(known.data[is_train], known.target[is_train])
    return known.target[is_test], found[is_test], peer.predict(known.data[is_test])


def test_wines_are_told_apart_as_well_as_by_a_linear_model(bench: Any) -> None:
    target = Target(column="y", type="classes", class_weights="balanced")
    truth, found, peer = learned(bench, datasets.load_wine(), target, epochs=15)
    assert found.sum(axis=1) == pytest.approx(np.ones(len(truth)), rel=1e-5)
    assert accuracy_score(truth, found.argmax(axis=1)) >= accuracy_score(truth, peer) - 0.04 > 0.9


def test_the_course_of_diabetes_is_foretold_as_well_as_by_a_linear_model(bench: Any) -> None:
    target = Target(column="y", type="number")
    truth, found, peer = learned(bench, datasets.load_diabetes(), target, epochs=15)
    assert r2_score(truth, found) >= r2_score(truth, peer) - 0.03 > 0.35
