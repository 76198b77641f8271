"""A zip file on its way from a browser to a training: sent, surveyed by a worker, looked at, read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import PIL.Image
import pytest
from starlette.testclient import TestClient

from netloom.accounts.permissions import Role, Scope
from netloom.accounts.users import User
from netloom.core.identifiers import UserName
from netloom.server.app import create_app
from netloom.workspace.signing_in import make_token


@pytest.fixture
def call(project: Any) -> Iterator[Any]:
    """Requests of a member to a workbench that takes runs forward."""
    app = create_app(project.open())
    bench = app.state.hosting.bench
    bench.users.add(User(UserName("ada"), Role.MEMBER, 0.0), None)
    _, secret = make_token(bench, UserName("ada"), name="t", scope=Scope.WRITE, days=1)
    with TestClient(app, headers={"Authorization": f"Bearer {secret}"}) as client:

        def request(method: str, path: str, **options: Any) -> Any:
            answer = client.request(method, f"/api/v1{path}", **options)
            assert answer.is_success, answer.text
            return answer

        yield request


def pictures() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number, (label, level) in enumerate([("dark", 20), ("dark", 30), ("light", 220)]):
            picture = io.BytesIO()
            PIL.Image.new("L", (200, 120 + number), level).save(picture, "PNG")
            archive.writestr(f"{label}/{number}.png", picture.getvalue())
    return target.getvalue()


def test_a_file_is_surveyed_and_read(call: Any, waiting_until: Any) -> None:
    content = pictures()
    announced = {"name": "levels", "file_name": "levels.zip", "size_bytes": len(content)}
    path = f"/datasets/{call('POST', '/datasets', json=announced).json()['id']}"
    call("PUT", f"{path}/content", params={"offset": 0}, content=content)
    assert call("POST", f"{path}/complete").json()["survey_state"] == "queued"

    def ended() -> Any:
        dataset = call("GET", path).json()
        return dataset if dataset["survey_state"] in ("succeeded", "failed") else None

    dataset = waiting_until(ended, what="the survey")
    assert dataset["survey"]["diagnostics"] == []
    assert (dataset["num_images"], dataset["num_classes"]) == (3, 2)
    call("POST", f"{path}/survey")  # its result is in the cache, so it may have ended already
    again = waiting_until(ended, what="the second survey")
    assert again["survey"]["run"] != dataset["survey"]["run"]
    assert again["survey"]["findings"] == dataset["survey"]["findings"]
    page = call("GET", f"{path}/samples", params={"label": "light"}).json()
    (light,) = page["samples"]
    image = call("GET", f"{path}/samples/{light['number']}/image", params={"size": 80})
    assert PIL.Image.open(io.BytesIO(image.content)).size == (80, 49)

    source = dataset["source"]
    node = {"op": source["operator"], **source["settings"]}
    text = f"netloom: 1\nname: levels\nnodes: {{pictures: {node}}}\n"
    run = call("POST", "/runs", json={"text": text}).json()["id"]
    waiting_until(
        lambda: call("GET", f"/runs/{run}").json()["state"] == "succeeded", what="the run"
    )
    preview = call("GET", f"/runs/{run}/nodes/pictures/outputs/out/preview").json()
    assert [(c["name"], c["num_images"]) for c in preview["classes"]] == [("dark", 2), ("light", 1)]
    assert [image["label"] for image in preview["images"]] == ["dark", "light", "dark"]
    small = call("GET", preview["images"][1]["url"].removeprefix("/api/v1"))
    assert PIL.Image.open(io.BytesIO(small.content)).convert("L").getpixel((5, 5)) == 220
