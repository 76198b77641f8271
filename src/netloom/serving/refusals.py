"""Why a request is not answered, and what HTTP calls that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import NetloomError, NotFound

PROBLEM_TYPE = "application/problem+json"


class Refused(NetloomError):
    """A request that is not answered; the subclass says how HTTP calls it.

    Attributes:
        status: Status of the answer.
        headers: What else the answer says.
    """

    status: ClassVar[int] = 400
    headers: ClassVar[Sequence[tuple[str, str]]] = ()


class NotUnderstood(Refused):
    """The request is not what the address takes."""

    default_code = "S200"


class TokenNeeded(Refused):
    """The request does not come with the token."""

    default_code = "S201"
    status = 401
    headers = (("www-authenticate", 'Bearer realm="netloom"'),)


class NoSuchAddress(Refused):
    """There is nothing at the address, or not with this method."""

    default_code = "S202"
    status = 404


class WrongMethod(NoSuchAddress):
    """The address does not take the method."""

    default_code = "S203"
    status = 405


class TooSlowlySent(Refused):
    """The request did not arrive in time."""

    default_code = "S204"
    status = 408
    headers = (("connection", "close"),)


class TooLong(Refused):
    """The request or a picture in it is too long."""

    default_code = "S205"
    status = 413


class FarTooLong(TooLong):
    """So long that it is not even read to its end."""

    headers = (("connection", "close"),)


class WrongMedia(Refused):
    """The request has a media type that is not taken."""

    default_code = "S206"
    status = 415


class Busy(Refused):
    """Too many requests wait already."""

    default_code = "S207"
    status = 429
    headers = (("retry-after", "1"),)


class PredictionFailed(Refused):
    """The model failed; the log says how."""

    default_code = "S208"
    status = 500


class NotReady(Refused):
    """The server is starting or stopping."""

    default_code = "S209"
    status = 503
    headers = (("retry-after", "2"),)


class TimedOut(Refused):
    """The answer took too long."""

    default_code = "S210"
    status = 504


class ClientLeft(Exception):
    """Nobody waits for the answer any more."""


def status_of(error: NetloomError) -> int:
    """HTTP status of an error.

    Example:
        >>> status_of(Busy()), status_of(NotFound())
        (429, 404)
    """
    if isinstance(error, Refused):
        return error.status
    return 404 if isinstance(error, NotFound) else 422


def problem_of(error: NetloomError) -> dict[str, Any]:
    """The error as a problem document (RFC 9457) with its diagnostics.

    Example:
        >>> problem_of(Busy.of("too many requests wait"))["type"]
        'urn:netloom:problem:busy'
    """
    status = status_of(error)
    kind = re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()
    return {
        "type": f"urn:netloom:problem:{kind}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": message_of(error.diagnostics),
        "diagnostics": [printable(each.to_json()) for each in error.diagnostics],
    }


def message_of(diagnostics: Sequence[Diagnostic]) -> str:
    """All that is wrong, in sentences."""
    text = " ".join(str(each) for each in diagnostics)
    return text.encode("utf-8", "replace").decode()


def printable(value: Any) -> Any:
    """The value with texts that can be sent: what clients sent may hold half of a character."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: printable(item) for key, item in value.items()}
    return value
