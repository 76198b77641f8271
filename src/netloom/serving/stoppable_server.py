"""The one loop that answers requests, of the workbench and of served models: uvicorn, with a clean end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

KEEP_ALIVE_S = 75
"""How long an idle connection stays open: longer than what proxies in front (60 s) and clients keep theirs,
so that it is they who close one, and no request meets a connection that closes at the same moment."""

_LINGER_S = 0.2
"""Uvicorn would close connections without a request at once; so a caller who is told nothing else would be
cut off between connecting and asking, whenever one process takes over from another at the same socket."""


class StoppableServer(uvicorn.Server):
    """Uvicorn's server, which says when it serves, and for which being stopped is not an error.

    Args:
        on_started: Called once requests are answered.
        on_stop: Called when it is asked to stop; a second time if it is asked again.
    """

    def __init__(
        self,
        settings: uvicorn.Config,
        *,
        on_started: Callable[[], None],
        on_stop: Callable[[], None],
    ) -> None:
        super().__init__(settings)
        self._on_started = on_started
        self._on_stop = on_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no new connections; those that have just come may still send what they came for."""
        for server in self.servers:
            server.close()
        if not self.force_exit:
            await asyncio.sleep(_LINGER_S)
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Unlike uvicorn's, it does not raise the signal again at the end; a second one waits for nothing."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self._on_stop()
