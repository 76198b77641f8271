"""Calling the processes of deployments over HTTP, as any of their clients would."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import InvalidData, NetloomError
from netloom.workspace.prediction_desk import PredictionUnavailable

_PATIENCE_S = 40.0
"""A little more than the process itself gives a request."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the process of a deployment answers.

    Attributes:
        token: What it wants to see; None if it serves everybody.
    """

    host: str
    port: int
    token: str | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The beginning of its addresses."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def endpoint(host: str, port: int, token: str | None = None) -> Endpoint:
    """Where this machine reaches what listens at an address.

    Example:
        >>> endpoint("0.0.0.0", 8080).url
        'http://127.0.0.1:8080'
    """
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - translated away
    return Endpoint(reached, port, token)


def predict(target: Endpoint, content: bytes, media_type: str) -> dict[str, Any]:
    """The answer of ``POST /v1/predict``: ``{"model", "predictions"}``, or ``{"model", "rows"}`` of tables.

    Raises:
        InvalidData: It was refused, for instance because the content is no picture.
        PredictionUnavailable: Nobody answered, or there is too much to do.
    """
    status, body = _called(target, "POST", "/v1/predict", content, {"Content-Type": media_type})
    document = _json(body)
    if status == 200:
        return document
    problems = [Diagnostic.from_json(each) for each in document.get("diagnostics", ())]
    if not problems:
        problems = [Diagnostic("S152", f"the deployment answered with status {status}")]
    kind: type[NetloomError] = (
        InvalidData if status < 500 and status != 429 else PredictionUnavailable
    )
    raise kind(*problems)


def metrics(target: Endpoint, *, timeout_s: float = 2.0) -> str:
    """The text of ``GET /metrics``. Raises PredictionUnavailable if it does not come."""
    status, body = _called(target, "GET", "/metrics", None, {}, timeout_s=timeout_s)
    if status != 200:
        raise PredictionUnavailable.of(f"the deployment answered with status {status}", code="S152")
    return body.decode("utf-8", "replace")


def _called(
    target: Endpoint,
    method: str,
    path: str,
    content: bytes | None,
    headers: Mapping[str, str],
    *,
    timeout_s: float = _PATIENCE_S,
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(target.host, target.port, timeout=timeout_s)
    credentials = {} if target.token is None else {"Authorization": f"Bearer {target.token}"}
    try:
        connection.request(method, path, content, {**headers, **credentials, "Connection": "close"})
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        raise PredictionUnavailable.of(
            "the deployment does not answer",
            code="S152",
            got=str(error) or type(error).__name__,
            fix="Its log may say why",
        ) from error
    finally:
        connection.close()


def _json(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
