"""Models of tables over HTTP: found beside those of pictures, described by their columns, asked with rows."""

from __future__ import annotations

import io
import json
import shutil
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from table_model_example import make_example

from netloom.core.identifiers import PortName, RunId
from netloom.execution.events import NodeChanged, Output
from netloom.execution.states import RunState
from netloom.models.tabular.package import FILES
from netloom.tasks.tabular.model_summary import SummarisedTableModelCodec
from netloom.tracking.model_store import TABLE_MODEL_MEDIA_TYPE
from netloom.workspace.prediction_process import PredictionProcess
from netloom.workspace.prediction_wire import Message

ROW = {"id": 7, "x": 1.5, "city": "c1", "tags": ["1"]}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_example(tmp_path_factory.mktemp("table")).package


def give_out(place: Any, package: Path, who: str = "ada") -> str:
    """A run of somebody whose first node gave the model of a table out; returns the artifact."""
    workspace, run = place.hosting.bench.workspace, RunId(place.run(who))
    folder = workspace.artifacts.stage()
    for name in FILES:
        shutil.copyfile(package / name, folder / name)
    preview = SummarisedTableModelCodec().preview(folder)
    kept = workspace.artifacts.commit(folder, media_type=TABLE_MODEL_MEDIA_TYPE)
    output = Output(kept.id, TABLE_MODEL_MEDIA_TYPE, kept.manifest.size_bytes, preview)
    node, now = next(iter(workspace.store.nodes(run))), time.time()
    for state in (RunState.QUEUED, RunState.RUNNING):
        workspace.store.emit(NodeChanged(run, node, state, now))
    outputs = {PortName("model"): output}
    workspace.store.emit(NodeChanged(run, node, RunState.SUCCEEDED, now, outputs=outputs))
    return str(kept.id)


@pytest.fixture
def place(new_site: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A site whose predictions are computed here instead of in a process of their own."""
    site = new_site()
    bench = site.hosting.bench
    process = PredictionProcess(bench.workspace.layout.artifacts, bench.workspace.project)
    monkeypatch.setattr(
        bench.predictions,
        "ask",
        lambda document, content=b"": process.answer(Message(json.loads(json.dumps(document)), content)),
    )  # fmt: skip
    return site


def codes(response: Any) -> list[str]:
    return [diagnostic["code"] for diagnostic in response.json()["diagnostics"]]


def test_it_is_listed_with_its_targets_beside_those_of_pictures(place: Any, package: Path) -> None:
    pictures = place.give_out_model(place.run("ada"))
    artifact = give_out(place, package)
    found = place.get("ada", "/models").json()["models"]
    assert {model["id"] for model in found} == {pictures, artifact}
    (model,) = place.get("ada", "/models", params={"task": "tabular"}).json()["models"]
    assert {name: model[name] for name in ("task", "input", "architecture", "num_columns", "date")} == {
        "task": "tabular", "input": None, "architecture": "mlp", "num_columns": 3, "date": None,
    }  # fmt: skip
    assert model["targets"][1] == {"column": "grade", "type": "classes", "classes": ["1", "2", "3"]}
    assert model["parameters"] > 100
    (named,) = place.get("ada", "/models", params={"text": "LIKES"}).json()["models"]
    assert named["id"] == artifact


def test_it_tells_which_columns_it_asks_for_and_is_registered_and_taken_along(
    place: Any, package: Path
) -> None:
    artifact = give_out(place, package)
    made = place.post("ada", "/models", {"artifact": artifact, "name": "clicks"})
    assert made.status_code == 201, made.text
    model = made.json()
    assert [(each["name"], each["type"], each["required"]) for each in model["inputs"]] == [
        ("x", "number", True), ("city", "text", True), ("tags", "list", True), ("id", "integer", False),
    ]  # fmt: skip
    assert model["inputs"][1]["values"] == ["c0", "c1", "c2", "c3"]
    assert model["snippet"] == 'clicks: {op: tables.trained_model, file: "clicks@1"}'
    zipped = place.get("ada", f"/models/{model['id']}/package").content
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        assert set(archive.namelist()) == set(FILES)
    examples = place.get("ada", f"/models/{model['id']}/examples").json()
    assert (examples["examples"], examples["reason"]) == (
        [],
        "A model of tables has no pictures to try.",
    )


def test_pipelines_call_it_by_its_name(place: Any, package: Path) -> None:
    artifact = give_out(place, package)
    place.post("ada", "/models", {"artifact": artifact, "name": "clicks"})
    place.post(
        "ada", "/models", {"artifact": place.give_out_model(place.run("ada")), "name": "birds"}
    )

    def planned(user: str, file: str) -> Any:
        node = f'  frozen: {{op: tables.trained_model, file: "{file}"}}'
        answer = place.post(user, "/text/plan", {"text": f"netloom: 1\nname: a\nnodes:\n{node}\n"})
        if answer.status_code != 200:
            assert answer.status_code == 422, answer.text
            return codes(answer)
        return [node["state"] for node in answer.json()["nodes"]]

    for name in ("clicks", "clicks@1", artifact, f"artifact:{artifact}"):
        assert planned("ada", name) == ["ready"], name
        assert planned("bob", name) == ["W430"], name
    assert planned("ada", "clicks@2") == planned("ada", "birds@1") == ["W430"]
    assert planned("ada", "models/nowhere") == ["T347"]


def test_it_predicts_rows_and_names_every_wrong_cell(place: Any, package: Path) -> None:
    address = f"/models/{give_out(place, package)}/predictions"
    answer = place.post("ada", address, {"rows": [ROW, {**ROW, "id": 8, "x": None}]})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert [row["id"] for row in found["rows"]] == [7, 8]
    assert set(found["rows"][0]) >= {"clicked", "clicked_score", "grade_scores", "price", "likes"}
    assert found["seconds"] > 0
    wrong = place.post("ada", address, {"rows": [{"x": "a", "city": None}]})
    places = [each["place"]["setting"] for each in wrong.json()["diagnostics"]]
    assert (wrong.status_code, codes(wrong)) == (422, ["T441", "T440"])
    assert places == ["rows.0.x", "rows.0.tags"]


def test_what_it_cannot_answer_is_refused(place: Any, package: Path) -> None:
    table, pictures = give_out(place, package), place.give_out_model(place.run("ada"))
    for model, body, code in (
        (table, {"rows": []}, "S110"),
        (table, {"rows": [1]}, "S110"),
        (table, {"rows": [{}] * 1001}, "S110"),
        (table, {"row": []}, "S110"),
        (table, {"examples": [0]}, "T443"),
        (pictures, {"rows": [ROW]}, "T444"),
    ):
        refused = place.post("ada", f"/models/{model}/predictions", body)
        assert (refused.status_code, set(codes(refused))) == (422, {code}), body
    assert place.post("bob", f"/models/{table}/predictions", {"rows": [ROW]}).status_code == 404
