"""A model from its training to a prediction in the browser, and back into another pipeline."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from starlette.testclient import TestClient

import netloom
from netloom.accounts.permissions import Role, Scope
from netloom.accounts.users import User
from netloom.core.identifiers import UserName
from netloom.server.app import create_app
from netloom.workspace.results import RunResult
from netloom.workspace.signing_in import make_token

NODES = """\
digits:   {op: data.digits}
parts:    {op: data.split, dataset: digits}
resized:  {op: image.resize, images: parts, size: 12}
model:    {op: models.image_classifier, backbone: {type: perceptron, widths: [64]}}
fit: {op: train, model: model, dataset: resized, epochs: 4, optimizer: {type: adamw, learning_rate: 0.02}}
score:    {op: evaluate, model: fit.model, dataset: resized, bootstrap: 0}
"""


@pytest.fixture(scope="module")
def trained(shared_project: Any) -> RunResult:
    shared_project.pipeline(NODES, name="digits")
    result: RunResult = shared_project.run("digits")
    return result.require_success()


@pytest.fixture(scope="module")
def client(shared_project: Any, trained: RunResult) -> Iterator[TestClient]:
    app = create_app(shared_project.open(), serves_runs=False)
    bench = app.state.hosting.bench
    bench.users.add(User(UserName("root"), Role.ADMIN, 0.0), None)
    _, secret = make_token(bench, UserName("root"), name="t", scope=Scope.ADMIN, days=1)
    headers = {"Authorization": f"Bearer {secret}"}
    with TestClient(app, base_url="http://test/", headers=headers) as opened:
        yield opened


@pytest.fixture(scope="module")
def model(client: TestClient) -> Any:
    (found,) = client.get("/api/v1/models").json()["models"]
    return client.get(f"/api/v1/models/{found['id']}").json()


def predict(client: TestClient, model: Any, content: bytes, **query: Any) -> Any:
    answer = client.post(
        f"/api/v1/models/{model['id']}/predictions",
        content=content,
        headers={"Content-Type": "image/png"},
        params=query,
    )
    return answer.status_code, answer.json()


def test_a_trained_model_tells_how_it_was_made(model: Any, trained: RunResult) -> None:
    assert (model["run"], model["node"], model["operator"]) == (trained.run, "fit", "train")
    assert model["input"] == {"width": 12, "height": 12, "channels": 1}
    assert model["parameters"] == 144 * 64 + 64 + 64 * 10 + 10
    assert (model["settings"]["epochs"], model["settings"]["batch_size"]) == (4, 64)
    assert [(source["node"], source["samples"]) for source in model["sources"]] == [
        ("digits", 1797)
    ]
    assert model["trained_on"] == {
        "node": "parts",
        "samples": 1797,
        "parts": {"train": 1258, "valid": 180, "test": 359},
    }
    assert model["metrics"]["score.accuracy"] == trained.nodes["score"].metrics["accuracy"]
    assert model["metrics"]["fit.valid/accuracy"] == trained.nodes["fit"].metrics["valid/accuracy"]


def test_examples_are_predicted_as_by_the_model_in_python(
    client: TestClient, model: Any, trained: RunResult
) -> None:
    examples = client.get(f"/api/v1/models/{model['id']}/examples", params={"count": 8}).json()
    assert (examples["part"], examples["num_samples"], examples["reason"]) == ("test", 359, None)
    numbers = [example["number"] for example in examples["examples"]]
    assert (len(numbers), numbers[0], numbers[-1]) == (8, 0, 358)

    pictures = [client.get(example["url"]) for example in examples["examples"]]
    assert {picture.headers["content-type"] for picture in pictures} == {"image/png"}
    expected = netloom.load(trained.path("fit.model")).predict([p.content for p in pictures])

    answer = client.post(
        f"/api/v1/models/{model['id']}/predictions", json={"examples": numbers}, params={"top": 10}
    ).json()
    assert [each["example"] for each in answer["predictions"]] == numbers
    for each, prediction, example in zip(
        answer["predictions"], expected, examples["examples"], strict=True
    ):
        assert each["label"] == example["label"]
        assert (each["width"], each["height"]) == (8, 8)
        scores = {score["label"]: score["score"] for score in each["top"]}
        assert scores == pytest.approx(prediction["scores"], abs=1e-5)
        assert list(scores.values()) == sorted(scores.values(), reverse=True)
    right = [each["top"][0]["label"] == each["label"] for each in answer["predictions"]]
    assert sum(right) >= 6


def test_a_picture_that_is_sent_is_brought_to_the_form_of_the_model(
    client: TestClient, model: Any
) -> None:
    (_, example) = client.get(f"/api/v1/models/{model['id']}/examples", params={"count": 2}).json()[
        "examples"
    ]
    digit = cv2.imdecode(
        np.frombuffer(client.get(example["url"]).content, np.uint8), cv2.IMREAD_GRAYSCALE
    )
    colour = cv2.cvtColor(cv2.resize(digit, (40, 30)), cv2.COLOR_GRAY2BGR)
    status, answer = predict(client, model, cv2.imencode(".png", colour)[1].tobytes(), top=3)
    assert status == 200
    (prediction,) = answer["predictions"]
    assert (prediction["width"], prediction["height"], prediction["example"]) == (40, 30, None)
    assert len(prediction["top"]) == 3
    assert 0 < sum(score["score"] for score in prediction["top"]) <= 1
    assert answer["seconds"] > 0


def test_what_is_no_picture_is_refused(client: TestClient, model: Any) -> None:
    for content in (b"", b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"\0" * 50):
        status, problem = predict(client, model, content)
        assert (status, [d["code"] for d in problem["diagnostics"]]) == (422, ["I010"])
    answer = client.post(f"/api/v1/models/{model['id']}/predictions", json={"examples": [359]})
    assert answer.status_code == 404


def test_the_package_predicts_elsewhere(client: TestClient, model: Any, tmp_path: Path) -> None:
    package = client.get(f"/api/v1/models/{model['id']}/package").content
    zipfile.ZipFile(io.BytesIO(package)).extractall(tmp_path)
    (prediction,) = netloom.load(tmp_path).predict(np.zeros((8, 8), np.uint8))
    assert set(prediction["scores"]) == set(model["classes"])


def test_the_snippet_brings_the_same_model_into_another_pipeline(
    shared_project: Any, client: TestClient, model: Any
) -> None:
    registered = client.post("/api/v1/models", json={"artifact": model["id"], "name": "Digits 12"})
    snippet = registered.json()["snippet"]
    assert snippet.partition(":")[0] == "digits_12"
    shared_project.pipeline(
        f"{snippet}\nnumbers: {{op: data.digits}}\nparts: {{op: data.split, dataset: numbers}}\n"
        "again: {op: evaluate, model: digits_12, dataset: parts, bootstrap: 0}",
        name="again",
    )
    result = shared_project.run("again").require_success()
    assert result.output("digits_12").artifact == model["artifact"]
    assert result.nodes["again"].metrics["accuracy"] == model["metrics"]["score.accuracy"]
    again = client.get(f"/api/v1/models/{model['artifact']}").json()
    assert (again["run"], again["operator"]) == (model["run"], "train")  # still who made it
