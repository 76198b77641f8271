"""In which language the server answers a request, and the texts of answers that go by it.

Stored texts are English. They are translated where an answer is made: diagnostics in their wire form,
sentences in every field declared :data:`Worded`, so that no route has to think of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Annotated, Any
from urllib.parse import parse_qs

from pydantic import AfterValidator
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from netloom.core.diagnostics import Diagnostic
from netloom.server.phrasebook import ENGLISH, Phrasebook, phrasebook
from netloom.server.translation import language_of

_language: ContextVar[str] = ContextVar("reader_language", default="en")


def phrases() -> Phrasebook:
    """What is said in the language of the request that is being answered."""
    return phrasebook(_language.get())


def _said(english: str) -> str:
    return phrases().said(english)


Worded = Annotated[str, AfterValidator(_said)]
"""A sentence of ours about somebody's work; given in English, answered in the reader's language."""


def worded_diagnostic(english: Mapping[str, Any]) -> dict[str, Any]:
    """The wire form of a diagnostic, in the reader's language."""
    if phrases() is ENGLISH:
        return dict(english)
    return phrases().diagnostic(Diagnostic.from_json(dict(english))).to_json()


def worded_event(english: Mapping[str, Any]) -> dict[str, Any]:
    """The wire form of an event, in the reader's language."""
    event, said = dict(english), phrases()
    if said is ENGLISH:
        return event
    for name in ("why", "message"):
        if event.get(name):
            event[name] = said.said(event[name])
    if event.get("diagnostics"):
        event["diagnostics"] = [worded_diagnostic(each) for each in event["diagnostics"]]
    return event


class ReaderLanguage:
    """Middleware that finds out the language: ``lang`` of the query, else what the header accepts."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            # Never reset: a request has a context of its own, and an answer may be made later than here,
            # where a defect is reported or a stream goes on.
            _language.set(_wanted(scope))
        await self._app(scope, receive, send)


def _wanted(scope: Scope) -> str:
    query: bytes = scope["query_string"]
    if b"lang=" in query:  # a browser lets no page say in which language it wants a stream
        asked = parse_qs(query.decode("latin-1")).get("lang", [""])[-1]
        return language_of(asked)
    return language_of(Headers(scope=scope).get("accept-language", ""))
