"""A whole run as one predictor: bound to its models, assembled into a folder, used on files."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from netloom.core.errors import Conflict, InvalidPipeline, NotFound
from netloom.inference.graph_predictor import GraphPredictor
from netloom.workspace.results import RunResult
from netloom.workspace.run_inference import Assembled, assemble, bound
from netloom.workspace.workspace import Workspace

NODES = """\
digits:   {op: data.digits}
parts:    {op: data.split, dataset: digits}
resized:  {op: image.resize, images: parts, size: 12}
model:    {op: models.image_classifier, backbone: {type: perceptron, widths: [16]}}
fit:      {op: train, model: model, dataset: resized, epochs: 1}
longer:   {op: train, model: model, dataset: resized, start_from: fit.model, epochs: 1, seed: 1}
mobile:   {op: export, model: longer.model}
score:    {op: evaluate, model: longer.model, dataset: resized, bootstrap: 0}
"""
RIVALS = NODES + "other: {op: train, model: model, dataset: parts, epochs: 1}\n"


@pytest.fixture(scope="module")
def trained(shared_project: Any) -> RunResult:
    shared_project.pipeline(NODES, name="digits")
    result: RunResult = shared_project.run("digits")
    return result.require_success()


@pytest.fixture(scope="module")
def workspace(shared_project: Any, trained: RunResult) -> Workspace:
    opened: Workspace = shared_project.open()
    return opened


@pytest.fixture(scope="module")
def assembled(
    workspace: Workspace, trained: RunResult, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Assembled]:
    folder = tmp_path_factory.mktemp("bundle") / "both"
    return folder, assemble(workspace, trained.run, folder, outputs=["fit", "longer"])


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine pictures of other sizes than the model's."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    for number in range(9):
        pixels = rng.integers(0, 256, (8 + number, 10, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), pixels)
    return folder


def test_a_run_is_about_the_last_model_of_a_line_and_takes_the_exported_one(
    workspace: Workspace, trained: RunResult
) -> None:
    found = bound(workspace, trained.run)

    (model,) = found.models
    assert [(step.id, step.type) for step in found.graph.steps] == [("longer", "model")]
    assert model.package == trained.path("longer.model")
    assert model.exported == model.preferred == trained.path("mobile.model")
    assert (model.task, len(model.labels)) == ("image_classification", 10)


def test_assembling_exports_what_the_run_did_not(
    assembled: tuple[Path, Assembled], trained: RunResult
) -> None:
    folder, told = assembled

    assert [(model.step, model.runtime, model.reason) for model in told.models] == [
        ("fit", "onnx", None),
        ("longer", "onnx", None),
    ]
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert files == [
        "graph.json",
        "models/fit/model.json",
        "models/fit/model.onnx",
        "models/longer/model.json",
        "models/longer/model.onnx",
    ]
    own = (trained.path("mobile.model") / "model.onnx").read_bytes()
    assert (folder / "models/longer/model.onnx").read_bytes() == own


def test_an_assembled_run_predicts_what_its_models_predict(
    assembled: tuple[Path, Assembled], trained: RunResult, pictures: Path
) -> None:
    files = sorted(pictures.iterdir())
    alone = {
        node: GraphPredictor.open(trained.path(f"{node}.model")).predict(files)
        for node in ("fit", "longer")
    }

    for number, answer in enumerate(GraphPredictor.open(assembled[0]).predict(files)):
        assert list(answer) == ["fit", "longer"]
        for node, said in answer.items():
            assert said["scores"] == pytest.approx(alone[node][number]["scores"], abs=1e-5)


def test_a_folder_with_files_is_left_alone(
    workspace: Workspace, trained: RunResult, pictures: Path
) -> None:
    before = sorted(pictures.iterdir())
    with pytest.raises(Conflict):
        assemble(workspace, trained.run, pictures)
    assert sorted(pictures.iterdir()) == before


def test_the_command_line_predicts_with_a_run_and_with_a_folder(
    shared_project: Any, assembled: tuple[Path, Assembled], trained: RunResult, pictures: Path
) -> None:
    told = shared_project.call("predict", trained.run, str(pictures), "-o", "found.csv")
    with (shared_project.folder / "found.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert (told["model"], told["predicted"], told["resumed"]) == (trained.run, 9, 0)
    assert [Path(row["path"]).name for row in rows] == [f"{number}.png" for number in range(9)]

    shown = shared_project.call("predict", str(assembled[0]), str(pictures / "3.png"))
    (answer,) = shown["predictions"]
    assert answer["longer"]["label"] == rows[3]["label"]
    assert answer["longer"]["score"] == pytest.approx(float(rows[3]["score"]), abs=1e-5)


def test_competing_models_ask_for_a_choice_and_a_choice_is_enough(shared_project: Any) -> None:
    shared_project.pipeline(RIVALS, name="rivals")
    run = shared_project.run("rivals").require_success().run
    with pytest.raises(InvalidPipeline) as caught:
        bound(shared_project.open(), run)
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.fix) == ("W422", "Name what you want: --outputs longer")

    found = bound(shared_project.open(), run, outputs=["other"])
    assert [step.id for step in found.graph.steps] == ["other"]


def test_a_model_that_a_run_has_not_made_is_named(shared_project: Any) -> None:
    shared_project.pipeline(NODES, name="digits")
    run = shared_project.run("digits", to=["parts"]).run
    with pytest.raises(NotFound) as caught:
        bound(shared_project.open(), run)
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.place.node) == ("W420", "longer")


def test_an_inference_graph_is_written_as_plain_json(assembled: tuple[Path, Assembled]) -> None:
    document = json.loads((assembled[0] / "graph.json").read_bytes())
    assert document == {
        "format": 1,
        "steps": [
            {
                "id": node,
                "input": None,
                "type": "model",
                "task": "image_classification",
                "package": node,
            }
            for node in ("fit", "longer")
        ],
    }
