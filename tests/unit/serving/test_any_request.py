"""Whatever is sent, an answer comes back that says what it is; nothing breaks, nothing is left behind."""

from __future__ import annotations

import asyncio
import base64
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from .asgi import Client, Reply, serving
from .models import picture

PNG = picture(128)
TEXT = base64.b64encode(PNG).decode()

pieces = st.sampled_from(
    ["{", "}", "[", '"image"', '"images"', ":", ",", f'"{TEXT}"', "null", "1e9"]
)
values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20) | st.just(TEXT),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
documents = st.fixed_dictionaries({}, optional={"image": values, "images": values, "other": values})
damaged = st.builds(
    lambda at, byte: PNG[:at] + bytes([byte]) + PNG[at + 1 :],
    st.integers(0, len(PNG) - 1),
    st.integers(0, 255),
)
bodies = (
    st.binary(max_size=200)
    | st.lists(pieces, max_size=8).map(lambda parts: "".join(parts).encode())
    | documents.map(lambda document: json.dumps(document).encode())
    | damaged
    | damaged.map(
        lambda content: json.dumps({"image": base64.b64encode(content).decode()}).encode()
    )
)
media_types = st.sampled_from(
    [
        "",
        "application/json",
        "image/png",
        "multipart/form-data; boundary=b",
        'multipart/form-data; boundary="',
        "x/y",
    ]
)
paths = st.sampled_from(
    ["/aip", "/v1/predict", "/v1/models/light/predict", "/v1/models//predict", "/", "/é"]
)
methods = st.sampled_from(["POST", "POST", "POST", "GET", "PUT", "HEAD"])


def check(reply: Reply, path: str, method: str) -> None:
    assert reply.status in (200, 400, 404, 405, 413, 415, 422)
    if method == "HEAD":
        return
    if path == "/aip" and reply.status == 200:
        assert reply.json["code"] in (200, 400)
        assert (reply.json["data"] is None) == (reply.json["code"] != 200)
    if reply.status != 200:
        assert reply.json["status"] == reply.status
        assert reply.json["diagnostics"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(methods, paths, media_types, bodies), min_size=1, max_size=10))
def test_any_requests_at_once_are_answered(
    requests: list[tuple[str, str, str, bytes]],
) -> None:
    async def one(client: Client, method: str, path: str, media_type: str, body: bytes) -> None:
        reply = await client.send(method, path, body, content_type=media_type)
        check(reply, path, method)

    async def scenario() -> None:
        async with serving() as client:
            await asyncio.gather(*(one(client, *request) for request in requests))
            assert client.app.hosting.waiting == {"light": 0}
            assert client.app.hosting.metrics.in_flight == 0

    asyncio.run(scenario())
