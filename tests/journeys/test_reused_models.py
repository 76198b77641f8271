"""A training that is switched to a trained model: named, pinned, checked against its data, and predicting."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netloom.core.errors import InvalidPipeline, NetloomError
from netloom.core.identifiers import NodeId
from netloom.execution.states import RunState
from netloom.workspace.results import RunResult
from netloom.workspace.run_inference import bound, opened
from netloom.workspace.workspace import Workspace

TRAINED = """\
digits:   {op: data.digits}
parts:    {op: data.split, dataset: digits}
few:      {op: data.select, dataset: parts, labels: ["0", "1", "2", "3"]}
model:    {op: models.image_classifier, backbone: {type: perceptron, widths: [16]}}
fit:      {op: train, model: model, dataset: few, epochs: 1}
"""
USING = """\
digits:   {op: data.digits}
parts:    {op: data.split, dataset: digits}
few:      {op: data.select, dataset: parts, labels: ["2", "1"]}
fit:      {op: train, dataset: few, reuse: "%s"}
score:    {op: evaluate, model: fit.model, dataset: few, bootstrap: 0}
"""


@pytest.fixture(scope="module")
def trained(shared_project: Any) -> RunResult:
    shared_project.pipeline(TRAINED, name="trained")
    result: RunResult = shared_project.run("trained")
    return result.require_success()


@pytest.fixture(scope="module")
def used(shared_project: Any, trained: RunResult) -> RunResult:
    shared_project.pipeline(USING % f"{trained.run}:fit.model", name="using")
    result: RunResult = shared_project.run("using")
    return result.require_success()


def plan_of(workspace: Workspace, project: Any, text: str, name: str = "using") -> dict[str, Any]:
    path = project.pipeline(text, name=name)
    return workspace.plan(workspace.load(path)).to_json()["nodes"]


def test_a_node_with_reuse_gives_the_very_model_and_trains_nothing(
    trained: RunResult, used: RunResult
) -> None:
    assert used.value("fit.model") == trained.value("fit.model")
    assert used.nodes[NodeId("fit")].operator == "models.reuse"
    assert list(used.nodes[NodeId("fit")].outputs) == ["model"]
    assert 0.0 <= used.value("score.metrics")["accuracy"] <= 1.0


def test_the_plan_says_which_model_and_knows_that_nothing_changed(
    shared_project: Any, trained: RunResult, used: RunResult
) -> None:
    text = USING % f"{trained.run}:fit.model"
    fit = plan_of(shared_project.open(), shared_project, text)["fit"]

    assert fit["state"] == "cached"
    assert fit["why"].startswith(f"uses the trained model {trained.run}:fit.model; unchanged since")


def test_the_run_remembers_the_artifact_whatever_the_name_means_later(
    trained: RunResult, used: RunResult
) -> None:
    graph = used.record.request.graph
    artifact = trained.output("fit.model").artifact
    (fit,) = (node for node in graph["nodes"] if node["id"] == "fit")
    assert fit["reuse"] == f"artifact:{artifact}"


def test_a_run_with_a_reused_model_predicts(shared_project: Any, used: RunResult) -> None:
    workspace = shared_project.open()
    found = bound(workspace, used.run)
    assert [(step.id, step.type) for step in found.graph.steps] == [("fit", "model")]
    predictor = opened(found, device="cpu", batch_size=4, project=workspace.project)
    (answer,) = predictor.predict(np.zeros((8, 8), np.uint8))
    assert set(answer["scores"]) == {"0", "1", "2", "3"}


def test_a_folder_is_a_model_too_and_equal_content_is_the_same_result(
    shared_project: Any, trained: RunResult, used: RunResult
) -> None:
    folder = Path(shared_project.folder) / "kept"
    folder.mkdir()
    for name in ("model.json", "weights.safetensors"):
        shutil.copy(trained.path("fit.model") / name, folder / name)
    shared_project.pipeline(USING % "kept", name="from_folder")

    result = shared_project.run("from_folder").require_success()

    assert result.value("fit.model").labels == ("0", "1", "2", "3")
    assert result.nodes[NodeId("score")].state is RunState.SUCCEEDED


@pytest.mark.parametrize("name", ["robins@3", "robins", "last:few", "nowhere/model", "0" * 64])
def test_a_model_that_is_not_there_is_told_at_the_key_before_anything_runs(
    shared_project: Any, used: RunResult, name: str
) -> None:
    workspace = shared_project.open()
    path = shared_project.pipeline(USING % name, name="wrong")
    before = len(workspace.runs())
    with pytest.raises(NetloomError) as caught:
        workspace.run(workspace.load(path))
    (problem,) = caught.value.diagnostics
    assert (problem.place.node, len(workspace.runs())) == ("fit", before)


def test_a_model_of_another_task_is_told_at_the_key_before_anything_runs(
    shared_project: Any, trained: RunResult
) -> None:
    text = (
        "boxes: {op: data.detection, path: scenes}\n"
        f'fit:   {{op: train, dataset: boxes, reuse: "{trained.run}:fit.model"}}\n'
    )
    workspace = shared_project.open()
    loaded = workspace.load(shared_project.pipeline(text, name="boxes"))
    with pytest.raises(InvalidPipeline) as caught:
        workspace.plan(loaded)
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.place.node, problem.place.setting) == ("I490", "fit", "reuse")
    assert (problem.expected, problem.got) == ("object_detection", "image_classification")


def test_data_with_classes_that_the_model_does_not_know_fail_with_their_names(
    shared_project: Any, trained: RunResult
) -> None:
    text = (USING % f"{trained.run}:fit.model").replace('["2", "1"]', '["2", "7", "9"]')
    shared_project.pipeline(text, name="unknown")

    result = shared_project.run("unknown")

    (problem,) = result.nodes[NodeId("fit")].diagnostics
    assert (problem.code, problem.expected, problem.got) == ("I491", "0, 1, 2, 3", "7, 9")
    assert result.nodes[NodeId("score")].state is RunState.SKIPPED


def test_what_only_training_gives_cannot_be_connected(shared_project: Any) -> None:
    text = (
        USING % "last:fit.model" + "curve: {op: models.profile, model: fit.report, dataset: few}\n"
    )
    workspace = shared_project.open()
    loaded = workspace.load(shared_project.pipeline(text, name="curve"))
    with pytest.raises(InvalidPipeline) as caught:
        loaded.checked.require_valid()
    assert [(d.code, d.place.node, d.place.port) for d in caught.value.diagnostics] == [
        ("G145", "curve", "model")
    ]
