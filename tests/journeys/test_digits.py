"""Handwritten digits from a file to a model that is used elsewhere, and what is not done twice."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import netloom
from netloom.workspace.results import RunResult

PIPELINE = """\
netloom: 1
name: digits
nodes:
  digits:   {op: data.digits}
  parts:    {op: data.split, dataset: digits, valid: 0.1, test: 0.2, seed: 7}
  resized:  {op: image.resize, images: parts, size: 16}
  images:   {op: image.rotate, images: resized, degrees: 10}
  model:    {op: models.image_classifier, backbone: {type: convnet}}
  fit:      {op: train, model: model, dataset: images, epochs: 6}
  score:    {op: evaluate, model: fit.model, dataset: images}
  labels:   {op: predict, model: fit.model, dataset: images, part: test}
"""
ALL = ["digits", "parts", "resized", "images", "model", "fit", "score", "labels"]


@pytest.fixture(scope="module")
def first(shared_project: Any) -> RunResult:
    """The first run; every test below starts from its results."""
    shared_project.write("digits.yaml", PIPELINE)
    result: RunResult = shared_project.run("digits")
    return result.require_success()


def ran(result: RunResult) -> set[str]:
    """Nodes that were computed rather than reused."""
    assert all(node.state.has_outputs for node in result.nodes.values()), result.diagnostics
    return {name for name, node in result.nodes.items() if node.state == "succeeded"}


def test_the_classifier_is_good_on_digits_it_never_saw(first: RunResult) -> None:
    metrics = first.value("score.metrics")
    assert metrics["accuracy"] >= 0.97
    assert first.nodes["score"].metrics["accuracy"] == metrics["accuracy"]
    assert first.nodes["fit"].metrics["valid/accuracy"] >= 0.95


def test_the_report_needs_nothing_from_elsewhere(first: RunResult) -> None:
    page = (first.path("score.report") / "report.html").read_text()
    assert page.lstrip().lower().startswith("<!doctype html>")
    links = re.findall(r"""(?:src|href)\s*=\s*["']?([^"'>\s]+)|url\(([^)]+)\)|@import""", page)
    assert not [
        link for pair in links for link in pair if link and not link.startswith(("#", "data:"))
    ]
    assert f"{first.value('score.metrics')['accuracy']:.1%}"[:4] in page


def test_there_is_one_prediction_for_each_test_image(first: RunResult) -> None:
    table = pq.read_table(first.path("labels") / "predictions.parquet")
    index = pq.read_table(first.path("parts") / "index.parquet")
    in_test = [
        i for i, part in zip(index["id"].to_pylist(), index["part"].to_pylist()) if part == "test"
    ]
    assert table["id"].to_pylist() == in_test
    assert len(in_test) == pytest.approx(1797 * 0.2, abs=10)
    right = np.mean([a == b for a, b in zip(*(table[n].to_pylist() for n in ("truth", "label")))])
    assert right == pytest.approx(first.value("score.metrics")["accuracy"], abs=1e-9)


def test_the_model_elsewhere_predicts_what_the_pipeline_predicted(
    first: RunResult, tmp_path: Path
) -> None:
    import shutil

    from sklearn.datasets import load_digits

    elsewhere = shutil.copytree(first.path("fit.model"), tmp_path / "elsewhere")
    package = next(path.parent for path in elsewhere.rglob("*.safetensors"))
    predictor = netloom.load(package)
    table = pq.read_table(first.path("labels") / "predictions.parquet").to_pylist()[:12]
    pixels = load_digits().images
    for row in table:
        picture = np.round(pixels[_number(row["id"])] * 255 / 16).astype(np.uint8)
        (alone,) = predictor.predict(picture)
        assert alone["label"] == row["label"]
        assert alone["score"] == pytest.approx(row["score"], abs=1e-5)


def _number(sample: str) -> int:
    return int(re.sub(r"\D", "", sample))


def test_nothing_runs_a_second_time(first: RunResult, shared_project: Any) -> None:
    second = shared_project.run("digits")
    assert ran(second) == set()
    assert second.seconds < 1
    assert {n: r.outputs for n, r in second.nodes.items()} == {
        n: r.outputs for n, r in first.nodes.items()
    }
    assert second.nodes["score"].metrics == first.nodes["score"].metrics


def test_more_epochs_only_train_and_use_again(first: RunResult, shared_project: Any) -> None:
    changed = shared_project.run("digits", sets=["fit.epochs=1"])
    assert ran(changed) == {"fit", "score", "labels"}
    assert changed.nodes["fit"].why == "epochs changed from 6 to 1"
    assert "input model changed" in changed.nodes["score"].why
    comparison = shared_project.open().diff(first.run, changed.run).to_json()
    assert [
        (change["kind"], change["name"], change["before"], change["after"])
        for change in comparison["nodes"]["fit"]["changes"]
    ] == [("setting", "epochs", 6, 1)]
    assert set(comparison["nodes"]) == {"fit", "score", "labels"}
    assert {"name", "first", "second", "difference"} <= set(
        comparison["nodes"]["score"]["metrics"][0]
    )


def test_comments_layout_and_notes_change_nothing(first: RunResult, shared_project: Any) -> None:
    text = PIPELINE.replace("epochs: 6}", "epochs: 6, note: six are enough}  # a remark")
    lines = text.splitlines()
    nodes = [line for line in lines if line.startswith("  ")]
    others = [line for line in lines if not line.startswith("  ")]
    layout = ["layout:", *(f"  {name}: {{x: {n}, y: 2}}" for n, name in enumerate(ALL))]
    shared_project.write("moved.yaml", "\n".join(["# moved about", *others, *nodes[::-1], *layout]))
    assert ran(shared_project.run("moved")) == set()


def test_parts_of_the_graph_can_be_run(first: RunResult, shared_project: Any) -> None:
    to = shared_project.run("digits", to=["parts"])
    assert set(to.nodes) == {"digits", "parts"}

    start = shared_project.run("digits", start=["labels"])
    assert set(start.nodes) == {*ALL} - {"score"}
    assert ran(start) == set()

    forced = shared_project.run("digits", force=["parts"])
    assert ran(forced) == {"parts"}  # what it feeds is still valid: the new output is the old one
    assert forced.nodes["parts"].why == "forced"
    assert forced.output("score.metrics") == first.output("score.metrics")


def test_a_repetition_is_equal_to_the_last_bit(first: RunResult, shared_project: Any) -> None:
    again = shared_project.open().reproduce(first.run)
    document = again.to_json()
    assert document["equal"] is True
    assert all(value["equal"] for value in document["values"])
    assert {(v["node"], v["name"]) for v in document["values"] if v["kind"] == "output"} == {
        ("digits", "out"),
        ("parts", "out"),
        ("fit", "model"),
        ("fit", "history"),
        ("fit", "report"),
        ("score", "metrics"),
        ("score", "report"),
        ("labels", "out"),
    }
    assert {"loss", "valid/accuracy"} <= {
        value["name"] for value in document["values"] if value["kind"] == "metric"
    }
    assert ran(again.result) >= {"digits", "parts", "fit", "score", "labels"}
    assert again.result.record.request.retried_from == first.run
