"""Models of tables over HTTP: rows go in and come back, whatever is wrong is told; bundles hold all of it."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_model_example import make_example

from netloom.core.errors import InvalidData
from netloom.inference.bundle import read_bundle, verify_bundle
from netloom.serving.bundle_writing import BundleLabel, graph_folder_of, write_bundle
from netloom.serving.runtime_wheel import TABLES, pinned_requirements, runtime_modules
from netloom.serving.served import open_model, opened
from netloom.serving.settings import ServingSettings

from .asgi import Client, Reply, serving_models
from .models import Brightness, picture, served

ROW = {"id": 7, "x": 1.5, "city": "c1", "tags": ["1", None, "new"]}
ANSWERED = [
    "clicked", "clicked_score", "grade", "grade_score", "grade_scores",
    "price", "likes", "likes_score", "likes_scores",
]  # fmt: skip


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_example(tmp_path_factory.mktemp("table")).package


@pytest.fixture(scope="module")
def bundle(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundled") / "clicks"
    graph_folder_of(package, folder)
    write_bundle(folder, BundleLabel(name="clicks", created=0.0, run="r"))
    return folder


@asynccontextmanager
async def serving(
    package: Path, limits: ServingSettings = ServingSettings()
) -> AsyncIterator[Client]:
    """A client of the model of tables, and of one of pictures beside it."""
    network = Brightness()
    table = open_model(package, limits, name="clicks")
    async with serving_models([table, served("light", network)], limits) as app:
        yield Client(app, network)


async def ask(client: Client, *rows: Any, path: str = "/v1/predict") -> Reply:
    body = json.dumps({"rows": rows}).encode()
    return await client.send("POST", path, body, content_type="application/json")


def codes(reply: Reply) -> list[str]:
    return [each["code"] for each in reply.json["diagnostics"]]


def test_rows_come_back_with_their_keys_and_what_the_model_says(package: Path) -> None:
    async def scenario() -> None:
        async with serving(package) as client:
            empty = {"x": None, "city": None, "tags": None, "other": 1}
            reply = await ask(client, ROW, empty)
            assert reply.status == 200, reply.body
            assert reply.json["model"] == "clicks"
            first, second = reply.json["rows"]
            assert (list(first), list(second)) == (["id", *ANSWERED], ANSWERED)
            assert (first["id"], first["clicked"]) == (7, first["clicked_score"] >= 0.5)
            assert sum(first["grade_scores"]) == pytest.approx(1)
            named = await ask(client, ROW, path="/v1/models/clicks/predict")
            assert named.json["rows"][0]["grade"] == first["grade"]

    asyncio.run(scenario())


def test_it_says_what_it_takes_and_answers(package: Path) -> None:
    async def scenario() -> None:
        async with serving(package) as client:
            facts, other = (await client.get("/v1/models")).json["models"]
            assert (facts["task"], facts["input"], facts["labels"]) == ("tabular", None, [])
            assert [column["name"] for column in facts["inputs"]] == ["x", "city", "tags", "id"]
            assert facts["targets"][1] == {
                "column": "grade", "type": "classes", "classes": ["1", "2", "3"],
            }  # fmt: skip
            assert (other["inputs"], other["targets"]) == (None, [])
            document = (await client.get("/openapi.json")).json
            assert "/aip" not in document["paths"]
            asked = document["paths"]["/v1/models/clicks/predict"]["post"]["requestBody"]
            body = asked["content"]["application/json"]
            jsonschema.validate(body["example"], body["schema"])
            jsonschema.validate({"rows": [ROW, dict.fromkeys(ROW)]}, body["schema"])
            with pytest.raises(jsonschema.ValidationError, match="'city' is a required property"):
                jsonschema.validate({"rows": [{"x": 1, "tags": []}]}, body["schema"])
            answer = document["components"]["schemas"]["Prediction_clicks"]
            reply = await ask(client, *body["example"]["rows"], ROW)
            for row in reply.json["rows"]:
                jsonschema.validate(row, answer)

    asyncio.run(scenario())


def test_every_wrong_cell_is_told(package: Path) -> None:
    async def scenario() -> None:
        async with serving(package) as client:
            reply = await ask(
                client, {**ROW, "x": "a", "id": "b"}, {"x": 1, "city": 3, "tags": [1]}
            )
            told = {(d["code"], d["place"]["setting"]) for d in reply.json["diagnostics"]}
            assert (reply.status, told) == (
                422,
                {
                    ("T441", "rows.0.x"),
                    ("T441", "rows.0.id"),
                    ("T441", "rows.1.city"),
                    ("T441", "rows.1.tags"),
                },
            )

    asyncio.run(scenario())


def test_what_is_no_request_for_rows_is_refused(package: Path) -> None:
    async def scenario() -> None:
        async with serving(package, ServingSettings(max_rows=2, max_rows_bytes=500)) as client:
            for body, kind, status, code in (
                (picture(1), "image/png", 415, "S206"),
                (b'{"rows": []}', "application/json", 400, "S200"),
                (b'{"rows": [1]}', "application/json", 400, "S200"),
                (b'{"image": "aGk="}', "application/json", 400, "S200"),
                (b'{"rows": [{}, {}, {}]}', "application/json", 413, "S205"),
                (b" " * 501, "application/json", 413, "S205"),
            ):
                reply = await client.send("POST", "/v1/predict", body, content_type=kind)
                assert (reply.status, codes(reply)) == (status, [code]), reply.body
            assert (await client.aip(picture(1))).json["code"] == 400
            rows = await ask(client, ROW, path="/v1/models/light/predict")
            assert (rows.status, codes(rows)) == (400, ["S200"])

    asyncio.run(scenario())


def test_rows_of_many_requests_go_together_and_come_back_to_who_asked(package: Path) -> None:
    async def scenario() -> None:
        async with serving(package, ServingSettings(threads=2)) as client:
            asked = [
                [{**ROW, "id": 10 * n + k, "x": n - k} for k in range(n + 1)] for n in range(8)
            ]
            replies = await asyncio.gather(*(ask(client, *rows) for rows in asked))
            for rows, reply in zip(asked, replies, strict=True):
                assert [row["id"] for row in reply.json["rows"]] == [row["id"] for row in rows]
            wrong, right = await asyncio.gather(ask(client, {"x": 1}), ask(client, ROW))
            assert (wrong.status, right.status) == (422, 200)

    asyncio.run(scenario())


TABLE: dict[Path, Any] = {}
cells = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
rows = st.dictionaries(st.sampled_from([*ROW, "other"]), cells | st.lists(cells, max_size=3))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(rows, max_size=4) | cells)
def test_whatever_rows_hold_they_are_answered_or_told_what_is_wrong(
    package: Path, asked: Any
) -> None:
    async def scenario() -> Reply:
        async with serving_models([TABLE[package]]) as app:
            body = json.dumps({"rows": asked}).encode()
            client = Client(app, Brightness())
            return await client.send("POST", "/v1/predict", body, content_type="application/json")

    if package not in TABLE:
        TABLE[package] = open_model(package, ServingSettings(), name="clicks")
    reply = asyncio.run(scenario())
    assert reply.status in (200, 400, 422), reply.body
    if reply.status == 200:
        assert len(reply.json["rows"]) == len(asked)


def test_a_bundle_holds_the_model_its_columns_and_a_sample(bundle: Path) -> None:
    about, graph = verify_bundle(bundle)
    (model,) = about.models.values()
    assert (model.task, model.runtime, graph.models[0].task) == ("tabular", "torch", "tabular")
    assert model.inputs is not None
    assert [column["name"] for column in model.inputs] == ["x", "city", "tags", "id"]
    assert [target["column"] for target in model.targets] == ["clicked", "grade", "price", "likes"]
    readme = (bundle / "README.md").read_text()
    assert '| `tags` | list<text> | yes | `["0"]` |' in readme
    sample = json.loads((bundle / "sample" / "request.json").read_text())
    with opened([(None, bundle)], ServingSettings()) as (table,):
        assert table.name == "clicks"
        pieces = table.read(json.dumps(sample).encode(), "application/json", ServingSettings())
        predicts = table.predicts(ServingSettings())
        found = table.answer(predicts.predict_prepared([predicts.prepare(each) for each in pieces]))
    assert found == json.loads((bundle / "sample" / "response.json").read_text())


def test_a_changed_feature_map_is_refused(bundle: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(bundle, copy)
    (path,) = copy.glob("models/*/feature_map.json")
    path.write_text(path.read_text().replace("c1", "c9"))
    with pytest.raises(InvalidData) as caught, opened([(None, copy)], ServingSettings()):
        pass
    assert [problem.code for problem in caught.value.diagnostics] == ["I493"]
    assert read_bundle(copy).name == "clicks"


def test_a_sample_picture_is_of_no_use(package: Path, tmp_path: Path) -> None:
    graph_folder_of(package, tmp_path / "b")
    with pytest.raises(InvalidData, match="no use for a sample picture"):
        write_bundle(tmp_path / "b", BundleLabel(name="b", created=0.0), sample=picture(1))


def test_its_runtime_is_one_of_tables() -> None:
    packages = {name.split(".")[1] for name in runtime_modules(TABLES) if "." in name}
    assert packages == {"core", "data", "inference", "models", "serving", "tables", "tasks"}
    names = {line.split("==")[0] for line in pinned_requirements(TABLES)}
    assert {"torch", "duckdb", "pyarrow", "safetensors"} <= names
    assert not {"onnxruntime", "transformers"} & names
