"""Waiting for predictions: until they are there, it takes too long, or nobody waits any more."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import InvalidData, InvalidInput
from netloom.serving.batching import Submitted
from netloom.serving.messages import Receive
from netloom.serving.refusals import ClientLeft, TimedOut

_PATIENCE_S = 0.02
"""Answers that come so soon are not worth watching the connection for."""


async def predictions_for(
    jobs: Sequence[Submitted], receive: Receive, *, timeout_s: float
) -> list[Any]:
    """The predictions, in the order of the jobs. Jobs that nobody waits for any more are abandoned.

    Raises:
        InvalidData: Something cannot be predicted; of several pieces, with a diagnostic for each.
        PredictionFailed: The model failed.
        TimedOut: It took too long.
        ClientLeft: The client went away.
    """
    try:
        await _wait({job.answer for job in jobs}, receive, timeout_s)
        return _results(jobs)
    finally:
        for job in jobs:
            if not job.answer.done():
                job.is_abandoned = True


async def _wait(waiting: set[asyncio.Future[Any]], receive: Receive, timeout_s: float) -> None:
    _, waiting = await asyncio.wait(waiting, timeout=min(_PATIENCE_S, timeout_s))
    if not waiting:
        return
    rest = asyncio.ensure_future(asyncio.wait(waiting))
    leaving = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait((rest, leaving), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if rest.done():
            return
        if leaving.done():
            raise ClientLeft
        raise TimedOut.of(
            "the answer took too long",
            expected=f"an answer within {timeout_s:g} s",
            fix="Try again later",
        )
    finally:
        for task in (rest, leaving):
            task.cancel()
        await asyncio.gather(rest, leaving, return_exceptions=True)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _results(jobs: Sequence[Submitted]) -> list[Any]:
    if len(jobs) == 1:
        return [jobs[0].answer.result()]
    problems: list[Diagnostic] = []
    results: list[Any] = []
    for number, job in enumerate(jobs):
        try:
            results.append(job.answer.result())
        except InvalidInput as error:
            problems += (
                replace(each, message=f"images.{number}: {each.message}")
                for each in error.diagnostics
            )
    if problems:
        raise InvalidData(*problems)
    return results
