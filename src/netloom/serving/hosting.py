"""What one serving process consists of: models with their threads, limits, numbers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cached_property, partial
from typing import Any

from netloom.core.version import own_version
from netloom.serving.answers import predictions_for
from netloom.serving.batching import BatchingModel
from netloom.serving.messages import Receive, encode
from netloom.serving.metrics import ServingMetrics
from netloom.serving.openapi import document
from netloom.serving.refusals import NoSuchAddress
from netloom.serving.served import Served
from netloom.serving.settings import ServingSettings


class Hosting:
    """The models of a process, ready for requests between :meth:`start` and :meth:`close`.

    Args:
        models: The first one answers where no model is named.

    Attributes:
        is_ready: Whether new requests should come here.
    """

    def __init__(self, models: Sequence[Served], settings: ServingSettings) -> None:
        self.models = {model.name: model for model in models}
        self.usual = models[0]
        self.settings = settings
        self.metrics = ServingMetrics(own_version())
        self.is_ready = False
        self._working = {
            model.name: BatchingModel(
                model.predicts(settings), settings, partial(self.metrics.batch, model.name)
            )
            for model in models
        }

    def start(self) -> None:
        """Start the threads; called in the event loop."""
        for working in self._working.values():
            working.start()
        self.is_ready = True

    def drain(self) -> None:
        """From now on tell load balancers to send nobody here; whoever comes is still answered."""
        self.is_ready = False

    async def close(self) -> None:
        """Finish what was submitted, and end the threads."""
        self.is_ready = False
        for working in self._working.values():
            await asyncio.to_thread(working.close)

    @property
    def waiting(self) -> dict[str, int]:
        """Pictures and other pieces of requests that wait or are worked on, by model."""
        return {name: working.pending for name, working in self._working.items()}

    def model(self, name: str) -> Served:
        """The model of a name. Raises NoSuchAddress."""
        try:
            return self.models[name]
        except KeyError:
            raise NoSuchAddress.of(
                f"no model is called {name!r}", expected=", ".join(self.models)
            ) from None

    async def predictions(
        self, model: Served, pieces: Sequence[Any], receive: Receive
    ) -> list[Any]:
        """Answers to the pieces of a request; see :func:`netloom.serving.answers.predictions_for`.

        Raises:
            Busy: Too many wait already.
        """
        jobs = self._working[model.name].submit(pieces)
        return await predictions_for(jobs, receive, timeout_s=self.settings.timeout_s)

    @cached_property
    def openapi(self) -> bytes:
        """The OpenAPI document."""
        return encode(document([*self.models.values()], self.settings, own_version()))
