"""Talking to an application without a network: requests as ASGI sends them."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from netloom.serving.app import ServingApp
from netloom.serving.hosting import Hosting
from netloom.serving.served import Served
from netloom.serving.settings import ServingSettings

from .models import Brightness, served


@dataclass
class Reply:
    """An answer; ``status`` 0 means that nothing was sent."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    app: ServingApp
    network: Brightness

    async def send(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] = b"",
        *,
        leaves: asyncio.Event | None = None,
        **headers: str,
    ) -> Reply:
        """Send a request; ``leaves`` is when the client hangs up."""
        chunks = [body] if isinstance(body, bytes) else body
        incoming = iter(chunks)
        reply = Reply()

        async def receive() -> dict[str, Any]:
            chunk = next(incoming, None)
            if chunk is None:
                await (leaves or asyncio.Event()).wait()
                return {"type": "http.disconnect"}
            is_last = isinstance(chunks, list) and chunk is chunks[-1]
            return {"type": "http.request", "body": chunk, "more_body": not is_last}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                reply.status = message["status"]
                reply.headers = {k.decode(): v.decode() for k, v in message["headers"]}
            else:
                reply.body += message["body"]

        names = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
        scope = {"type": "http", "method": method, "path": path, "headers": [*names.items()]}
        await self.app(scope, receive, send)
        return reply

    async def aip(self, content: bytes, **extra: Any) -> Reply:
        document = {"image": base64.b64encode(content).decode(), **extra}
        return await self.send("POST", "/aip", json.dumps(document).encode())

    async def get(self, path: str, **headers: str) -> Reply:
        return await self.send("GET", path, **headers)


@asynccontextmanager
async def serving(
    settings: ServingSettings = ServingSettings(), *, names: tuple[str, ...] = ("light",)
) -> AsyncIterator[Client]:
    """A client of an application that is up; all models share one network."""
    network = Brightness()
    async with serving_models([served(name, network) for name in names], settings) as app:
        try:
            yield Client(app, network)
        finally:
            network.gate.set()


@asynccontextmanager
async def serving_models(
    models: Sequence[Served], settings: ServingSettings = ServingSettings()
) -> AsyncIterator[ServingApp]:
    """An application that is up."""
    app = ServingApp(Hosting(models, settings))
    events: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    sent: asyncio.Queue[Any] = asyncio.Queue()
    life = asyncio.create_task(app({"type": "lifespan"}, events.get, sent.put))
    await events.put({"type": "lifespan.startup"})
    assert (await sent.get())["type"] == "lifespan.startup.complete"
    try:
        yield app
    finally:
        await events.put({"type": "lifespan.shutdown"})
        await life


async def until(condition: Any) -> None:
    """Let others work until something holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is awaited happens in threads
            await asyncio.sleep(0.001)
