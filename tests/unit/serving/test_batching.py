"""Pictures of many requests go through the model together, and none of them is lost or mixed up."""

from __future__ import annotations

import asyncio
import gc
import math
import threading
from typing import Self

import pytest

from netloom.core.errors import InvalidData
from netloom.serving.batching import BatchingModel, Submitted
from netloom.serving.refusals import Busy, PredictionFailed
from netloom.serving.settings import ServingSettings

from .asgi import serving, until
from .models import Brightness, picture, predictor_of


class Working:
    """A model with its threads; counts the batches it is told of."""

    def __init__(self, settings: ServingSettings) -> None:
        self.network = Brightness()
        self.told: list[int] = []
        self.model = BatchingModel(predictor_of(self.network), settings, self.told.append)

    async def __aenter__(self) -> Self:
        self.model.start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        self.network.gate.set()
        await asyncio.to_thread(self.model.close)

    async def hold(self) -> Submitted:
        """Submit one picture, and keep the model busy with it."""
        self.network.gate.clear()
        (job,) = self.model.submit([picture(0)])
        await until(lambda: self.network.batches)
        return job


def test_whatever_waits_goes_together_when_the_model_is_free() -> None:
    async def scenario() -> None:
        async with Working(ServingSettings(threads=2)) as working:
            first = await working.hold()
            levels = [250 if number % 3 else 5 for number in range(20)]
            jobs = [job for level in levels for job in working.model.submit([picture(level)])]
            await until(lambda: len(working.model._ready) == 20)
            working.network.gate.set()
            answers = [(await job.answer)["label"] for job in jobs]
            assert (await first.answer)["label"] == "dark"
            assert answers == ["bright" if level > 100 else "dark" for level in levels]
            assert working.network.batches == [1, 20]
            assert working.told == [1, 20]

    asyncio.run(scenario())


def test_batches_are_no_larger_than_wanted() -> None:
    async def scenario() -> None:
        async with Working(ServingSettings(threads=2, max_batch=8)) as working:
            await working.hold()
            jobs = working.model.submit([picture(0)] * 20)
            await until(lambda: len(working.model._ready) == 20)
            working.network.gate.set()
            await asyncio.gather(*(job.answer for job in jobs))
            assert working.network.batches == [1, 8, 8, 4]

    asyncio.run(scenario())


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_every_picture_is_answered_once_whatever_the_number_of_threads(threads: int) -> None:
    async def scenario() -> None:
        async with Working(ServingSettings(threads=threads, max_queue=500)) as working:
            levels = [number * 37 % 256 for number in range(300)]
            jobs = working.model.submit([picture(level, side=4) for level in levels])
            answers = await asyncio.gather(*(job.answer for job in jobs))
            shares = [answer["scores"]["bright"] for answer in answers]
            expected = [1 / (1 + math.exp(20 - 40 * n / 255)) for n in levels]
            assert shares == pytest.approx(expected, abs=1e-5)
            assert sum(working.network.batches) == 300
            assert working.model.pending == 0

    asyncio.run(scenario())


def test_a_free_model_can_be_told_to_wait_for_company() -> None:
    async def scenario() -> None:
        settings = ServingSettings(threads=2, max_batch=2, max_wait_ms=5000)
        async with Working(settings) as working:
            (first,) = working.model.submit([picture(0)])
            await asyncio.sleep(0.02)
            (second,) = working.model.submit([picture(255)])
            await asyncio.gather(first.answer, second.answer)
            assert working.network.batches == [2]

    asyncio.run(scenario())


def test_one_picture_does_not_spoil_the_others(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with Working(ServingSettings(threads=1)) as working:
            working.network.fails = lambda images: bool((images == 77).any())
            await working.hold()
            levels = [0, 77, 255]
            jobs = [job for level in levels for job in working.model.submit([picture(level)])]
            (damaged,) = working.model.submit([b"no picture"])
            working.network.gate.set()
            results = await asyncio.gather(
                *(job.answer for job in (*jobs, damaged)), return_exceptions=True
            )
            assert [isinstance(each, dict) for each in results] == [True, False, True, False]
            assert isinstance(results[1], PredictionFailed)
            assert isinstance(results[3], InvalidData)

    asyncio.run(scenario())


def test_the_queue_is_bounded() -> None:
    async def scenario() -> None:
        async with Working(ServingSettings(threads=1, max_queue=3)) as working:
            await working.hold()
            working.model.submit([picture(0)] * 2)
            with pytest.raises(Busy):
                working.model.submit([picture(0)])
            working.network.gate.set()
            await until(lambda: working.model.pending == 0)
            (job,) = working.model.submit([picture(255)])
            assert (await job.answer)["label"] == "bright"

    asyncio.run(scenario())


def test_what_nobody_waits_for_is_not_computed() -> None:
    async def scenario() -> None:
        async with Working(ServingSettings(threads=1)) as working:
            first = await working.hold()
            jobs = working.model.submit([picture(0)] * 5)
            for job in jobs[:4]:
                job.is_abandoned = True
            working.network.gate.set()
            await asyncio.gather(first.answer, jobs[4].answer)
            await until(lambda: working.model.pending == 0)
            assert working.network.batches == [1, 1]
            assert all(job.answer.cancelled() for job in jobs[:4])

    asyncio.run(scenario())


def test_closing_finishes_what_was_submitted() -> None:
    async def scenario() -> None:
        async with Working(ServingSettings(threads=3)) as working:
            jobs = working.model.submit([picture(0)] * 30)
        answers = await asyncio.gather(*(job.answer for job in jobs))
        assert len(answers) == 30

    asyncio.run(scenario())


def test_clients_that_leave_are_dropped_from_the_queue() -> None:
    async def scenario() -> None:
        async with serving(ServingSettings(threads=1)) as client:
            client.network.gate.clear()
            held = asyncio.create_task(client.aip(picture(0)))
            await until(lambda: client.network.batches)
            leaves = asyncio.Event()
            headers = {"content_type": "image/png"}
            gone = [
                asyncio.create_task(
                    client.send("POST", "/v1/predict", picture(0), leaves=leaves, **headers)
                )
                for _ in range(4)
            ]
            await until(lambda: client.app.hosting.waiting == {"light": 5})
            leaves.set()
            assert [reply.status for reply in await asyncio.gather(*gone)] == [0] * 4
            client.network.gate.set()
            assert (await held).json["code"] == 200
            await until(lambda: client.app.hosting.waiting == {"light": 0})
            assert client.network.batches == [1]
            assert client.app.hosting.metrics.in_flight == 0

    asyncio.run(scenario())


def test_too_many_requests_and_too_slow_answers_have_their_status() -> None:
    async def scenario() -> None:
        settings = ServingSettings(threads=1, max_queue=2, timeout_s=0.1)
        async with serving(settings) as client:
            client.network.gate.clear()
            slow = [asyncio.create_task(client.aip(picture(0))) for _ in range(2)]
            await until(lambda: client.app.hosting.waiting == {"light": 2})
            busy = await client.aip(picture(0))
            assert (busy.status, busy.json["code"]) == (429, 401)
            assert busy.headers["retry-after"] == "1"
            for reply in await asyncio.gather(*slow):
                assert (reply.status, reply.json["code"], reply.json["data"]) == (504, 401, None)

    asyncio.run(scenario())


def test_nothing_is_left_of_a_server_that_ended() -> None:
    async def scenario() -> None:
        async with serving(ServingSettings(threads=3)) as client:
            await asyncio.gather(*(client.aip(picture(0)) for _ in range(50)))
        assert len(asyncio.all_tasks()) == 1

    before = threading.active_count()
    asyncio.run(scenario())
    assert threading.active_count() == before


def test_memory_stays_flat() -> None:
    async def scenario() -> None:
        async with serving(ServingSettings(threads=2)) as client:
            pictures = [picture(level, side=16 + level) for level in range(0, 250, 10)]

            async def some(count: int) -> int:
                for number in range(count):
                    await client.aip(pictures[number % len(pictures)])
                gc.collect()
                return len(gc.get_objects())

            await some(300)
            first = await some(50)
            assert await some(1000) - first < 200

    asyncio.run(scenario())
