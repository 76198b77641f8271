"""The typed interface: every way to send pictures, and every way to be refused."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import jsonschema
import pytest

from netloom.serving.settings import ServingSettings

from .asgi import Client, Reply, serving
from .models import picture

DARK, BRIGHT = picture(10), picture(240)


def form(*files: bytes, boundary: str = "xyz") -> tuple[bytes, str]:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="f{number}"; filename="a b;.png"\r\n'
        "Content-Type: image/png\r\n\r\n".encode()
        + content
        + b"\r\n"
        for number, content in enumerate(files)
    ]
    field = f'--{boundary}\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'.encode()
    body = field + b"".join(parts) + f"--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def labels(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.body
    return [prediction["label"] for prediction in reply.json["predictions"]]


async def predict(client: Client, body: bytes, media_type: str, path: str = "/v1/predict") -> Reply:
    return await client.send("POST", path, body, content_type=media_type)


def test_pictures_can_be_sent_in_every_usual_way() -> None:
    async def scenario() -> None:
        async with serving() as client:
            one = json.dumps({"image": encoded(DARK)}).encode()
            several = json.dumps({"images": [encoded(DARK), encoded(BRIGHT)]}).encode()
            assert labels(await predict(client, one, "application/json; charset=utf-8")) == ["dark"]
            assert labels(await predict(client, several, "application/json")) == ["dark", "bright"]
            assert labels(await predict(client, BRIGHT, "image/png")) == ["bright"]
            assert labels(await predict(client, DARK, "application/octet-stream")) == ["dark"]
            assert labels(await predict(client, *form(BRIGHT, DARK))) == ["bright", "dark"]

    asyncio.run(scenario())


def test_a_file_in_a_form_may_hold_anything() -> None:
    async def scenario() -> None:
        async with serving() as client:
            strange = BRIGHT + b"\r\n--xy\r\n\n--xyz\r"
            assert labels(await predict(client, *form(strange))) == ["bright"]

    asyncio.run(scenario())


def test_several_models_are_told_apart_by_name() -> None:
    async def scenario() -> None:
        async with serving(names=("first", "second")) as client:
            named = await predict(client, DARK, "image/png", "/v1/models/second/predict")
            usual = await predict(client, DARK, "image/png")
            assert (named.json["model"], usual.json["model"]) == ("second", "first")
            models = (await client.get("/v1/models")).json["models"]
            assert [model["name"] for model in models] == ["first", "second"]
            assert models[0]["labels"] == ["dark", "bright"]
            assert models[0]["input"] == {"width": 8, "height": 8, "channels": 1}

    asyncio.run(scenario())


JSON = "application/json"
MANY = json.dumps({"images": [encoded(DARK)] * 33}).encode()
REFUSED: dict[str, tuple[bytes, str, int, str]] = {
    "no media type": (DARK, "", 415, "S206"),
    "text": (b"hello", "text/plain", 415, "S206"),
    "no JSON": (b"{", JSON, 400, "S200"),
    "neither field": (b"{}", JSON, 400, "S200"),
    "both fields": (json.dumps({"image": "", "images": []}).encode(), JSON, 400, "S200"),
    "no pictures": (b'{"images": []}', JSON, 400, "S200"),
    "another field": (b'{"picture": ""}', JSON, 400, "S200"),
    "no base64": (b'{"images": ["?"]}', JSON, 400, "S200"),
    "too many": (MANY, JSON, 413, "S205"),
    "an empty body": (b"", "image/png", 400, "S200"),
    "no picture": (b"hello", "image/png", 422, "I010"),
    "a form without boundary": (b"x", "multipart/form-data", 400, "S200"),
    "a form cut short": (form(DARK)[0][:-6], form(DARK)[1], 400, "S200"),
    "a form without files": (form()[0], form()[1], 400, "S200"),
    "a form with an empty file": (*form(b""), 400, "S200"),
    "too large": (DARK + bytes(4 << 20), "image/png", 413, "S205"),
}


@pytest.mark.parametrize(("body", "media_type", "status", "code"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_is_a_problem_document(
    body: bytes, media_type: str, status: int, code: str
) -> None:
    async def scenario() -> None:
        async with serving() as client:
            reply = await predict(client, body, media_type)
            assert (reply.status, reply.headers["content-type"]) == (
                status,
                "application/problem+json",
            )
            assert reply.json["status"] == status
            assert [each["code"] for each in reply.json["diagnostics"]] == [code]
            assert client.network.batches == []

    asyncio.run(scenario())


def test_every_bad_picture_of_a_request_is_named() -> None:
    async def scenario() -> None:
        async with serving() as client:
            reply = await predict(client, *form(b"bad", DARK, DARK[:20]))
            assert reply.status == 422
            names = [each["message"].split(":")[0] for each in reply.json["diagnostics"]]
            assert names == ["images.0", "images.2"]

    asyncio.run(scenario())


def test_addresses_and_methods_that_do_not_exist() -> None:
    async def scenario() -> None:
        async with serving() as client:
            assert (await client.get("/nothing")).status == 404
            assert (await client.get("/v1/predict")).status == 405
            assert (await client.send("DELETE", "/v1/models")).status == 405
            reply = await predict(client, DARK, "image/png", "/v1/models/third/predict")
            assert (reply.status, reply.json["diagnostics"][0]["expected"]) == (404, "light")

    asyncio.run(scenario())


def test_with_a_token_only_those_who_have_it_are_answered() -> None:
    async def scenario() -> None:
        async with serving(ServingSettings(token="sécret")) as client:
            refused = await client.get("/v1/models")
            assert (refused.status, refused.headers["www-authenticate"]) == (
                401,
                'Bearer realm="netloom"',
            )
            assert (await client.aip(DARK)).status == 401
            assert (await client.get("/v1/models", authorization="Bearer wrong")).status == 401
            scope_header = "Bearer sécret"
            sent = await client.get("/v1/models", authorization=scope_header)
            assert sent.status in (200, 401)  # letters beyond ASCII have no agreed encoding
            for path in ("/healthz", "/readyz", "/"):
                assert (await client.get(path)).status == 200
        async with serving(ServingSettings(token="secret")) as client:
            assert (await client.get("/v1/models", authorization="Bearer secret")).status == 200

    asyncio.run(scenario())


def test_a_server_that_stops_says_that_it_is_not_ready() -> None:
    async def scenario() -> None:
        async with serving() as client:
            assert (
                (await client.get("/readyz")).status,
                (await client.get("/healthz")).status,
            ) == (
                200,
                200,
            )
            client.app.hosting.drain()
            assert (await client.get("/readyz")).status == 503
            assert (await client.aip(DARK)).json["code"] == 200  # who comes is still answered

    asyncio.run(scenario())


def test_the_numbers_count_what_happened() -> None:
    async def scenario() -> None:
        async with serving() as client:
            for _ in range(3):
                await client.aip(DARK)
            await client.aip(b"bad")
            await predict(client, BRIGHT, "image/png")
            reply = await client.get("/metrics")
            lines = reply.body.decode().splitlines()
            assert 'netloom_requests_total{route="/aip",model="light",code="200"} 3' in lines
            assert 'netloom_requests_total{route="/aip",model="light",code="400"} 1' in lines
            assert 'netloom_requests_total{route="/v1/predict",model="light",code="200"} 1' in lines
            assert 'netloom_request_seconds_count{model="light"} 5' in lines
            assert 'netloom_batch_pictures_sum{model="light"} 4' in lines
            assert 'netloom_waiting_pictures{model="light"} 0' in lines
            named = {line.split()[2] for line in lines if line.startswith("# TYPE")}
            used = {line.split("{")[0].split()[0] for line in lines if not line.startswith("#")}
            suffixes = ("_bucket", "_sum", "_count")
            bare = {next((u[: -len(s)] for s in suffixes if u.endswith(s)), u) for u in used}
            assert bare <= named

    asyncio.run(scenario())


def test_the_description_describes_the_answers() -> None:
    async def scenario() -> None:
        async with serving(names=("a", "b-2")) as client:
            document = (await client.get("/openapi.json")).json
            assert {"/aip", "/v1/predict", "/v1/models/b-2/predict"} <= set(document["paths"])
            schema = _with_parts(document, "/aip")
            for content in (DARK, b"bad"):
                jsonschema.validate((await client.aip(content)).json, schema)
            answer = (await predict(client, *form(DARK, BRIGHT))).json
            jsonschema.validate(answer, _with_parts(document, "/v1/predict"))
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(
                    {"model": "a", "predictions": [{}]}, _with_parts(document, "/v1/predict")
                )

    asyncio.run(scenario())


def _with_parts(document: dict[str, Any], path: str) -> dict[str, Any]:
    answer = document["paths"][path]["post"]["responses"]["200"]
    return {
        **answer["content"]["application/json"]["schema"],
        "components": document["components"],
    }


def test_the_page_takes_nothing_from_elsewhere() -> None:
    async def scenario() -> None:
        async with serving() as client:
            page = await client.get("/")
            assert "default-src 'none'" in page.headers["content-security-policy"]
            for path in ("/", "/try.js", "/try.css"):
                text = (await client.get(path)).body.decode()
                assert "http://" not in text
                assert "https://" not in text
            head = await client.send("HEAD", "/")
            assert (head.status, head.body) == (200, b"")
            assert head.headers["content-length"] == str(len(page.body))

    asyncio.run(scenario())
