"""``POST /aip``: what the manual promises, and what comes of requests that are wrong."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import struct
import zlib
from typing import Any

import pytest

from netloom.serving.settings import ServingSettings

from .asgi import Client, serving
from .models import picture


def asked(image: Any, **extra: Any) -> bytes:
    return json.dumps({"image": image, **extra}).encode()


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def png_of(width: int, height: int) -> bytes:
    """A black picture of one bit per pixel, far smaller as a file than decoded."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content))
            + name
            + content
            + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1 + (width + 7) // 8) * height, 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def test_a_picture_is_predicted_in_the_form_of_the_manual() -> None:
    async def scenario() -> None:
        async with serving() as client:
            reply = await client.aip(picture(250))
            answer = reply.json
            assert reply.status == 200
            assert [*answer] == ["code", "message", "data", "time"]
            assert (answer["code"], answer["message"]) == (200, "success")
            assert answer["data"]["label"] == "bright"
            assert sum(answer["data"]["scores"].values()) == pytest.approx(1)
            assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", answer["time"])

    asyncio.run(scenario())


PNG = picture(10)
JPEG = picture(10, kind=".jpg", side=64)
LINES = "\n".join(re.findall(".{1,20}", encoded(PNG)))

GOOD = {
    "plain": encoded(PNG),
    "data URL": f"data:image/png;base64,{encoded(PNG)}",
    "data URL without a type": f"data:;base64,{encoded(PNG)}",
    "in lines": LINES,
    "without padding": encoded(PNG).rstrip("="),
    "for addresses": base64.urlsafe_b64encode(PNG).decode(),
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_base64_as_people_write_it(text: str) -> None:
    async def scenario() -> None:
        async with serving() as client:
            reply = await client.send("POST", "/aip", asked(text))
            assert (reply.json["code"], reply.json["data"]["label"]) == (200, "dark")

    asyncio.run(scenario())


BAD = {
    "nothing": (b"", "not what this address takes"),
    "no JSON": (b"image=x", "JSON is malformed"),
    "cut short": (asked(encoded(PNG))[:-5], "truncated"),
    "a list": (b"[]", "Expected `object`"),
    "no field": (b"{}", "missing required field `image`"),
    "another field": (asked(encoded(PNG), size=3), "unknown field `size`"),
    "a number": (asked(7), "Expected `str`, got `int`"),
    "null": (asked(None), "Expected `str`, got `null`"),
    "half a character": (b'{"image": "\\ud800"}', "not what this address takes"),
    "no UTF-8": (b'{"image": "\xff\xfe"}', "not what this address takes"),
    "no base64": (asked("not base64!"), "is no base64"),
    "other letters": (asked("图片"), "is no base64"),
    "empty": (asked(""), "mage is empty"),
    "a data URL of text": (asked("data:text/plain,hello"), "is no base64"),
    "no picture": (asked(encoded(b"hello world, this is text")), "no image"),
    "half a JPEG": (asked(encoded(JPEG[:-40])), "cut short"),
    "the head of a JPEG": (asked(encoded(JPEG[:8])), "cut short"),
    "100 megapixels": (asked(encoded(png_of(10_000, 10_000))), "10000 × 10000 pixels"),
    "more than can be decoded": (asked(encoded(png_of(100_000, 90_000))), "9000"),
}


@pytest.mark.parametrize(("body", "said"), BAD.values(), ids=BAD.keys())
def test_what_is_wrong_with_a_request_is_said(body: bytes, said: str) -> None:
    async def scenario() -> None:
        async with serving() as client:
            reply = await client.send("POST", "/aip", body)
            answer = reply.json
            assert (reply.status, answer["code"], answer["data"]) == (200, 400, None)
            assert said in answer["message"]
            assert client.network.batches == []

    asyncio.run(scenario())


def test_a_picture_may_have_four_mebibytes_and_no_byte_more() -> None:
    limit = 4 << 20
    padding = PNG + bytes(limit - len(PNG))  # what follows the end of a PNG is ignored

    async def scenario() -> None:
        async with serving() as client:
            assert (await client.aip(padding)).json["code"] == 200
            refused = (await client.aip(padding + b"\0")).json
            assert (refused["code"], refused["data"]) == (400, None)
            assert "at most 4 MiB" in refused["message"]

    asyncio.run(scenario())


def test_a_request_without_end_is_not_kept_in_memory() -> None:
    taken = 0

    def endless() -> Any:
        nonlocal taken
        while True:
            taken += 1
            yield bytes(1 << 20)

    async def scenario() -> None:
        async with serving() as client:
            reply = await client.send("POST", "/aip", endless())
            assert (reply.status, reply.json["code"]) == (200, 400)
            assert reply.headers["connection"] == "close"

    asyncio.run(scenario())
    assert taken < 60


def test_a_request_that_says_it_is_far_too_long_is_not_read() -> None:
    async def scenario() -> None:
        async with serving() as client:
            reply = await client.send("POST", "/aip", b"{", content_length=str(1 << 40))
            assert (reply.status, reply.json["code"]) == (200, 400)
            assert "too long" in reply.json["message"]

    asyncio.run(scenario())


def test_a_request_that_never_ends_is_given_up() -> None:
    async def scenario(client: Client) -> None:
        reply = await client.send("POST", "/aip", iter([b"{"]))
        assert (reply.status, reply.json["code"]) == (408, 401)

    async def whole() -> None:
        async with serving(ServingSettings(timeout_s=0.05)) as client:
            await scenario(client)

    asyncio.run(whole())


def test_a_prediction_that_fails_has_the_manuals_code_for_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scenario() -> None:
        async with serving() as client:
            client.network.fails = lambda images: True
            reply = await client.aip(PNG)
            assert (reply.status, reply.json["code"], reply.json["data"]) == (200, 401, None)
            assert "broke" not in reply.json["message"]  # what is inside is for the log
            client.network.fails = lambda images: False
            assert (await client.aip(PNG)).json["code"] == 200

    asyncio.run(scenario())
    assert "the network broke" in caplog.text


def test_another_method_is_a_problem() -> None:
    async def scenario() -> None:
        async with serving() as client:
            assert (await client.get("/aip")).status == 405

    asyncio.run(scenario())
