"""The application: a plain ASGI callable, so that little stands between a request and its model.

There are a dozen addresses, so they are looked up in a table; no web framework is needed, neither here nor
where a bundle is served.
"""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Awaitable, Callable

from netloom.core.errors import NetloomError
from netloom.serving import pages
from netloom.serving.aip import FAILED, answer_aip, refusal
from netloom.serving.hosting import Hosting
from netloom.serving.messages import (
    Answer,
    Receive,
    Scope,
    Send,
    header,
    json_answer,
    problem_answer,
    read_body,
    send_answer,
)
from netloom.serving.refusals import (
    Busy,
    ClientLeft,
    NoSuchAddress,
    PredictionFailed,
    TokenNeeded,
    WrongMethod,
    status_of,
)

Route = Callable[["Hosting", Scope, Receive], Awaitable[Answer]]

_MODELS = "/v1/models/"
_PREDICT = "/predict"

log = logging.getLogger(__name__)


class ServingApp:
    """Serves models over HTTP. One to a process."""

    def __init__(self, hosting: Hosting) -> None:
        self.hosting = hosting
        token = hosting.settings.token
        self._credentials = (
            None if token is None else f"Bearer {token}".encode("latin-1", "replace")
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's entry."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._respond(scope, receive, send)
        else:
            raise ValueError(f"no {scope['type']} is served here")

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self.hosting.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.hosting.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        route, model = _place(scope["path"])
        metrics = self.hosting.metrics
        metrics.in_flight += 1
        try:
            answer = await self._answer(scope, receive)
        except ClientLeft:
            return
        except NetloomError as error:
            answer = _refused(error, route)
        except Exception:
            log.exception("%s %s failed", scope["method"], scope["path"])
            defect = PredictionFailed.of("the server failed to answer", code="S213")
            answer = _refused(defect, route)
        finally:
            metrics.in_flight -= 1
        if route in _PREDICTING:
            name = model if model in self.hosting.models else self.hosting.usual.name
            metrics.request(
                route, name, answer.code or answer.status, time.perf_counter() - started
            )
        await send_answer(send, answer, without_body=scope["method"] == "HEAD")

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        route, _ = _place(scope["path"])
        methods = _ROUTES.get(route)
        if methods is None:
            raise NoSuchAddress.of("there is nothing at this address", got=scope["path"][:100])
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        handler = methods.get(method)
        if handler is None:
            raise WrongMethod.of(
                "this address does not take that method",
                expected=", ".join(methods),
                got=scope["method"][:20],
            )
        if route not in _OPEN:
            self._check_token(scope)
        if (
            route in _PREDICTING
            and self.hosting.metrics.in_flight > self.hosting.settings.max_queue
        ):
            raise Busy.of(
                "too many requests are being answered",
                expected=f"at most {self.hosting.settings.max_queue}",
                fix="Try again later",
            )
        return await handler(self.hosting, scope, receive)

    def _check_token(self, scope: Scope) -> None:
        if self._credentials is None:
            return
        given = header(scope, b"authorization").encode("latin-1", "replace")
        if not hmac.compare_digest(given, self._credentials):
            raise TokenNeeded.of(
                "this server needs a token", fix="Send the header Authorization: Bearer TOKEN"
            )


def _place(path: str) -> tuple[str, str]:
    """The address as documented, and the model that it names."""
    if path.startswith(_MODELS) and path.endswith(_PREDICT):
        name = path[len(_MODELS) : -len(_PREDICT)]
        if name and "/" not in name:
            return "/v1/models/{name}/predict", name
    return path, ""


def _refused(error: NetloomError, route: str) -> Answer:
    if route == "/aip" and not isinstance(error, WrongMethod):
        return refusal(error, FAILED, status=status_of(error))
    return problem_answer(error)


async def _predict(hosting: Hosting, scope: Scope, receive: Receive) -> Answer:
    _, name = _place(scope["path"])
    model = hosting.model(name) if name else hosting.usual
    settings = hosting.settings
    body = await read_body(
        scope, receive, limit_bytes=model.limit_bytes(settings), timeout_s=settings.timeout_s
    )
    pieces = model.read(body, header(scope, b"content-type"), settings)
    del body
    predictions = await hosting.predictions(model, pieces, receive)
    return json_answer({"model": model.name, **model.answer(predictions)})


async def _models(hosting: Hosting, scope: Scope, receive: Receive) -> Answer:
    return json_answer({"models": [model.facts for model in hosting.models.values()]})


async def _openapi(hosting: Hosting, scope: Scope, receive: Receive) -> Answer:
    return Answer(200, hosting.openapi)


async def _alive(hosting: Hosting, scope: Scope, receive: Receive) -> Answer:
    return json_answer({"state": "alive"})


async def _ready(hosting: Hosting, scope: Scope, receive: Receive) -> Answer:
    if hosting.is_ready:
        return json_answer({"state": "ready"})
    return json_answer({"state": "stopping"}, 503)


async def _metrics(hosting: Hosting, scope: Scope, receive: Receive) -> Answer:
    text = hosting.metrics.text(hosting.waiting)
    return Answer(200, text.encode(), "text/plain; version=0.0.4; charset=utf-8")


async def _page(hosting: Hosting, scope: Scope, receive: Receive) -> Answer:
    return pages.page(scope["path"])


_ROUTES: dict[str, dict[str, Route]] = {
    "/aip": {"POST": answer_aip},
    "/v1/predict": {"POST": _predict},
    "/v1/models/{name}/predict": {"POST": _predict},
    "/v1/models": {"GET": _models},
    "/openapi.json": {"GET": _openapi},
    "/healthz": {"GET": _alive},
    "/readyz": {"GET": _ready},
    "/metrics": {"GET": _metrics},
    **{path: {"GET": _page} for path in pages.PATHS},
}
_PREDICTING = frozenset(path for path, methods in _ROUTES.items() if "POST" in methods)
_OPEN = frozenset({"/healthz", "/readyz", *pages.PATHS})
"""Addresses that need no token: they tell nothing about the models."""
