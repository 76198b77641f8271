"""Trained models over HTTP: found, registered, shared, taken away.

Predictions are tried out in ``tests/journeys/test_models.py``.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from netloom.core.identifiers import RunId
from netloom.execution.events import RunChanged
from netloom.execution.states import RunState
from netloom.workspace.prediction_desk import PredictionUnavailable


@pytest.fixture
def place(new_site: Any) -> Any:
    return new_site()


def codes(response: Any) -> list[str]:
    return [diagnostic["code"] for diagnostic in response.json()["diagnostics"]]


def names(response: Any) -> list[str]:
    return [model["name"] for model in response.json()["models"]]


def test_a_model_that_a_run_gave_out_is_listed_for_whoever_may_see_the_run(place: Any) -> None:
    run = place.run("ada")
    artifact = place.give_out_model(run)
    (model,) = place.get("ada", "/models").json()["models"]
    created, size = model.pop("created"), model.pop("size_bytes")
    assert model == {
        "id": artifact,
        "artifact": artifact,
        "name": "doubled · first",
        "version": None,
        "reference": f"{run}:first.model",
        "description": "",
        "is_registered": False,
        "task": "image_classification",
        "classes": ["cat", "dog"],
        "input": {"width": 32, "height": 16, "channels": 3},
        "targets": [],
        "num_columns": None,
        "date": None,
        "architecture": "convnet",
        "parameters": 12,
        "metrics": {},
        "run": run,
        "node": "first",
        "pipeline": "doubled",
        "owner": "ada",
        "visibility": "private",
        "right": "own",
    }
    assert size == sum(
        file["size_bytes"] for file in place.get("ada", f"/models/{artifact}").json()["files"]
    )
    assert created > 1e9
    assert names(place.get("bob", "/models")) == []
    assert place.get("bob", f"/models/{artifact}").status_code == 404
    place.put("ada", f"/runs/{run}/access", {"visibility": "shared", "shares": {"bob": "read"}})
    (shared,) = place.get("bob", "/models").json()["models"]
    assert (shared["right"], shared["owner"], shared["visibility"]) == ("read", "ada", "shared")
    refused = place.post("bob", f"/models/{artifact}/predictions", {"examples": [0]})
    assert (refused.status_code, codes(refused)) == (403, ["S104"])


def test_the_same_package_of_several_runs_is_one_model_with_the_strongest_right(place: Any) -> None:
    mine, theirs = place.run("bob"), place.run("ada")
    assert place.give_out_model(theirs) == place.give_out_model(mine)
    assert [(m["run"], m["right"]) for m in place.get("bob", "/models").json()["models"]] == [
        (mine, "own")
    ]
    place.put("ada", f"/runs/{theirs}/access", {"visibility": "public"})
    (model,) = place.get("bob", "/models").json()["models"]
    assert (model["run"], model["right"]) == (mine, "own")


def test_registering_gives_names_and_counts_versions_that_inherit_who_may_use_them(
    place: Any,
) -> None:
    first = place.model("ada")
    place.put("ada", f"/models/{first}/access", {"visibility": "shared", "shares": {"bob": "run"}})
    run = place.run("ada")
    place.give_out_model(run, labels=["cat", "dog", "hen"])
    body = {"run": run, "node": "first", "name": "pets", "description": "with hens"}
    made = place.post("ada", "/models", body)
    assert made.status_code == 201
    assert made.headers["Location"] == f"/api/v1/models/{made.json()['id']}"
    second = made.json()
    assert (second["name"], second["version"], second["description"]) == ("pets", 2, "with hens")
    assert second["snippet"] == (
        f"pets: {{op: models.load, path: .netloom/artifacts/{second['artifact'][:2]}/"
        f"{second['artifact']}}}"
    )
    seen = place.get("bob", "/models").json()["models"]
    assert [(model["version"], model["right"]) for model in seen] == [(2, "run"), (1, "run")]
    assert place.get("bob", f"/models/{second['id']}").json()["run_right"] is None
    assert second["run_right"] == "own"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"text": "HEN"}, ["birds"]),
        ({"text": "pets"}, ["pets"]),
        ({"text": "doubled"}, ["doubled · first", "birds", "pets"]),
        ({"registered": True}, ["birds", "pets"]),
        ({"registered": False}, ["doubled · first"]),
        ({"task": "image_classification", "limit": 1, "offset": 1}, ["birds"]),
        ({"task": "segmentation"}, []),
    ],
)
def test_models_are_filtered_and_paged(site: Any, query: dict[str, Any], found: list[str]) -> None:
    if not names(site.get("ada", "/models")):
        site.model("ada", name="pets")
        run = site.run("ada")
        artifact = site.give_out_model(run, labels=["hen", "cock"])
        site.post("ada", "/models", {"artifact": artifact, "name": "birds"})
        site.give_out_model(site.run("ada"), labels=["oak", "elm"])
    answer = site.get("ada", "/models", params=query)
    assert names(answer) == found
    assert answer.json()["total"] == (3 if "limit" in query else len(found))


def test_only_who_may_share_a_run_may_register_its_model(place: Any) -> None:
    run = place.run("ada")
    artifact = place.give_out_model(run)
    place.put("ada", f"/runs/{run}/access", {"visibility": "shared", "shares": {"bob": "write"}})
    for body in ({"artifact": artifact}, {"run": run, "node": "first"}):
        refused = place.post("bob", "/models", {"name": "mine", **body})
        assert (refused.status_code, codes(refused)) == (403, ["S104"])
    assert names(place.get("bob", "/models")) == ["doubled · first"]


def test_what_to_register_is_one_thing_that_exists(place: Any) -> None:
    run = place.run("ada")
    for body, code in (
        ({}, "S110"),
        ({"artifact": "0" * 64, "run": run, "node": "first"}, "S110"),
        ({"run": run}, "S110"),
        ({"artifact": "../etc"}, "S110"),
        ({"artifact": "0" * 64}, "W404"),
        ({"run": run, "node": "first"}, "W404"),
        ({"run": "none", "node": "first"}, "W404"),
    ):
        assert codes(place.post("ada", "/models", {"name": "m", **body})) == [code], body


def test_a_model_is_renamed_described_and_unregistered(place: Any) -> None:
    run = place.run("ada")
    model = place.model("ada", run=run)
    other = place.model("ada", name="animals")
    renamed = place.call(
        "ada", "PATCH", f"/models/{model}", json={"name": "animals", "description": "both"}
    ).json()
    assert (renamed["name"], renamed["version"], renamed["description"]) == ("animals", 2, "both")
    assert place.call("ada", "DELETE", f"/models/{model}").status_code == 204
    assert place.get("ada", f"/models/{model}").status_code == 404
    assert place.call("ada", "DELETE", f"/models/{other}").status_code == 204
    assert names(place.get("ada", "/models")) == ["doubled · first"]


def test_a_model_without_a_name_is_neither_changed_nor_shared(place: Any) -> None:
    artifact = place.give_out_model(place.run("ada"))
    path = f"/models/{artifact}"
    refused = [
        place.call("ada", "PATCH", path, json={"name": "x"}),
        place.call("ada", "DELETE", path),
        place.put("ada", f"{path}/access", {"visibility": "public"}),
    ]
    assert [(answer.status_code, codes(answer)) for answer in refused] == [(409, ["S140"])] * 3


def test_a_registered_model_outlives_its_run_and_is_kept(place: Any) -> None:
    run, lost = place.run("ada"), place.run("ada")
    model = place.model("ada", run=run)
    forgotten = place.give_out_model(lost, labels=["x", "y"])
    store = place.hosting.bench.workspace.store
    for each in (run, lost):
        for state in (RunState.RUNNING, RunState.CANCELLED):
            store.emit(RunChanged(RunId(each), state, 1.0))
        assert place.call("ada", "DELETE", f"/runs/{each}").status_code == 204
    report = place.hosting.bench.workspace.gc(keep_runs=0, delete=True)
    assert [item.id for item in report.items if item.kind == "artifact"] == [forgotten]
    kept = place.get("ada", f"/models/{model}").json()
    assert (kept["run"], kept["run_right"], kept["operator"]) == (run, None, "small.number")
    assert [file["path"] for file in kept["files"]] == ["model.json", "weights.safetensors"]
    assert place.get("ada", f"/models/{forgotten}").status_code == 404
    assert place.get("ada", f"/models/{model}/package").status_code == 200


def test_the_package_is_a_zip_file_of_known_length(place: Any) -> None:
    model = place.model("ada")
    answer = place.get("ada", f"/models/{model}/package")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="pets-1.zip"'
    assert int(answer.headers["content-length"]) == len(answer.content)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["model.json", "weights.safetensors"]
        assert archive.testzip() is None


def test_there_are_no_examples_of_data_nobody_knows(place: Any) -> None:
    model = place.model("ada")
    assert place.get("ada", f"/models/{model}/examples").json() == {
        "examples": [],
        "part": None,
        "num_samples": 0,
        "reason": "Nothing is known of the data this model was trained with.",
    }
    assert place.get("ada", f"/models/{model}/examples/0").status_code == 404
    assert place.hosting.bench.predictions.pid is None  # no process was needed to say so


def test_who_may_use_a_model_does_not_thereby_see_its_data(place: Any) -> None:
    run = place.run("ada")
    model = place.model("ada", run=run)
    place.put("ada", f"/models/{model}/access", {"visibility": "public"})

    def reason(who: str) -> str:
        return str(place.get(who, f"/models/{model}/examples").json()["reason"])

    assert reason("bob") == "The data belong to a run that is not shared with you."
    assert place.post("bob", f"/models/{model}/predictions", {"examples": [0]}).status_code == 404
    assert reason("ada").startswith("Nothing is known")
    place.put("ada", f"/runs/{run}/access", {"visibility": "shared", "shares": {"bob": "read"}})
    assert reason("bob").startswith("Nothing is known")


def test_what_is_sent_to_be_predicted_has_a_form_and_a_limit(new_site: Any) -> None:
    place = new_site(max_picture_bytes=10)
    model = place.model("ada")

    def sent(content: bytes, media_type: str) -> tuple[int, list[str]]:
        answer = place.call(
            "ada",
            "POST",
            f"/models/{model}/predictions",
            content=content,
            headers={"Content-Type": media_type},
        )
        return answer.status_code, codes(answer)

    assert sent(b"x", "text/plain") == (415, ["S116"])
    assert sent(b"x" * 11, "image/png") == (413, ["S115"])
    assert sent(b"{", "application/json") == (422, ["S110"])
    assert sent(b'{"a":1}', "application/json") == (422, ["S110", "S110"])


def test_predictions_that_are_impossible_now_may_be_tried_again(
    place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = place.model("ada")

    def refuse(document: Any, content: bytes = b"") -> Any:
        raise PredictionUnavailable.of("too many predictions are waiting")

    monkeypatch.setattr(place.hosting.bench.predictions, "ask", refuse)
    answer = place.call(
        "ada",
        "POST",
        f"/models/{model}/predictions",
        content=b"x",
        headers={"Content-Type": "image/png"},
    )
    assert (answer.status_code, codes(answer), answer.headers["Retry-After"]) == (
        503, ["S143"], "2",
    )  # fmt: skip


def test_predicting_leaves_nothing_in_the_audit_log(place: Any) -> None:
    model = place.model("ada")
    place.post("ada", f"/models/{model}/predictions", {"examples": [0]})
    entries = place.get("root", "/audit").json()["entries"]
    assert [entry["action"] for entry in entries if "odel" in entry["action"]] == ["createModel"]
