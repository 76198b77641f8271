"""Long JSON answers travel compressed; everything else as it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from netloom.server.compression import SHORTEST_BYTES, Compression

LONG = {"words": ["many"] * 500}
SHORT = {"words": []}
HUGE = {"words": ["more"] * 50_000}
ANSWERS: dict[str, Any] = {
    "/long": lambda: JSONResponse(LONG),
    "/huge": lambda: JSONResponse(HUGE),
    "/short": lambda: JSONResponse(SHORT),
    "/problem": lambda: JSONResponse(LONG, 422, media_type="application/problem+json"),
    "/events": lambda: StreamingResponse(
        iter([b"data: 1\n\n"] * 1000), media_type="text/event-stream"
    ),
    "/pieces": lambda: StreamingResponse(
        iter([b"[", b"1," * 900, b"2]"]), media_type="application/json"
    ),
    "/picture": lambda: Response(b"\0" * 5000, media_type="image/png"),
    "/file": lambda: JSONResponse(
        LONG, headers={"Content-Disposition": 'attachment; filename="a.json"'}
    ),
    "/nothing": lambda: Response(status_code=204),
}


@pytest.fixture(scope="module")
def client() -> TestClient:
    routes = [Route(path, lambda request: ANSWERS[request.url.path]()) for path in ANSWERS]
    app = Starlette(routes=routes)
    app.add_middleware(Compression)
    return TestClient(app)


@pytest.mark.parametrize(
    ("path", "content"), [("/long", LONG), ("/huge", HUGE), ("/problem", LONG)]
)
def test_long_json_is_compressed(client: TestClient, path: str, content: Any) -> None:
    answer = client.get(path)
    plain = len(json.dumps(content, separators=(",", ":")))
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < plain / 10
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.json() == content


@pytest.mark.parametrize("path", ["/short", "/events", "/pieces", "/picture", "/file", "/nothing"])
def test_everything_else_is_not(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert "content-encoding" not in answer.headers
    expected = ANSWERS[path]()
    if not isinstance(expected, StreamingResponse):
        assert (answer.content, answer.status_code) == (expected.body, expected.status_code)


def test_who_does_not_ask_for_it_gets_it_plain(client: TestClient) -> None:
    answer = client.get("/long", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert answer.json() == LONG


def test_the_interface_compresses(site: Any) -> None:
    answer = site.get("ada", "/operators")
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(answer.content) / 3
    assert len(answer.content) > SHORTEST_BYTES
    assert "content-encoding" not in site.get("ada", "/session").headers
