"""What a training would need, told before it runs."""

from __future__ import annotations

from typing import Any

PIPELINE = """\
digits: {op: data.digits}
parts:  {op: data.split, dataset: digits, valid: 0.1, test: 0.2, seed: 7}
model:  {op: models.image_classifier, backbone: {type: convnet, widths: [8, 8]}}
fit:    {op: train, model: model, dataset: parts, epochs: 3, batch_size: 128}
score:  {op: evaluate, model: fit.model, dataset: parts}
"""


def test_a_forecast_runs_what_training_needs_and_nothing_else(project: Any) -> None:
    project.pipeline(PIPELINE)
    told = project.call("forecast", "main.yaml", "--set", "fit.epochs=40")
    assert (told["node"], told["epochs"], told["steps_per_epoch"]) == ("fit", 40, 10)
    assert told["seconds"] > 40 * told["validation_s"] > 0
    assert told["memory_bytes"] > 50e6
    document = project.call("show", "last")
    assert {name: node["operator"] for name, node in document["nodes"].items()} == {
        "digits": "data.digits",
        "parts": "data.split",
        "model": "models.image_classifier",
        "fit": "training.forecast",
    }
    plan = project.call("plan", "main.yaml")
    assert plan["nodes"]["fit"]["why"] == "it never ran"
    assert project.call("runs")["runs"] == []  # a trial run is not listed
