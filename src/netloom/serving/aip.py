"""``POST /aip``: one picture in JSON, with the status inside the answer, as older clients expect it."""

from __future__ import annotations

import time
from typing import Any

from netloom.core.errors import InvalidInput, NetloomError
from netloom.serving.hosting import Hosting
from netloom.serving.messages import Answer, Receive, Scope, encode, read_body
from netloom.serving.refusals import (
    NotUnderstood,
    PredictionFailed,
    Refused,
    TooLong,
    message_of,
)

OK, WRONG, FAILED = 200, 400, 401


async def answer_aip(hosting: Hosting, scope: Scope, receive: Receive) -> Answer:
    """Predict the picture of a request.

    Raises:
        Refused: For reasons that ``code`` has no number for: the answer then has that status.
        ClientLeft: Nobody waits for the answer any more.
    """
    settings = hosting.settings
    try:
        body = await read_body(
            scope, receive, limit_bytes=settings.max_encoded_bytes, timeout_s=settings.timeout_s
        )
        picture = hosting.usual.read_aip(body, settings)
        (prediction,) = await hosting.predictions(hosting.usual, [picture], receive)
    except (NotUnderstood, TooLong, InvalidInput) as error:
        return refusal(error, WRONG)
    except PredictionFailed as error:
        return refusal(error, FAILED)
    return _envelope(OK, "success", prediction)


def refusal(error: NetloomError, code: int, *, status: int = 200) -> Answer:
    """Why there is no prediction, in the form of the answer."""
    headers = error.headers if isinstance(error, Refused) else ()
    return _envelope(code, message_of(error.diagnostics), None)._replace(
        status=status, headers=headers
    )


def _envelope(code: int, message: str, data: Any) -> Answer:
    now = time.strftime("%Y-%m-%d %H:%M:%S")
    body = encode({"code": code, "message": message, "data": data, "time": now})
    return Answer(200, body, code=code)
