"""Serving: one process that answers requests and takes runs forward, until it is asked to stop."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from netloom.server.hosting import Hosting

_GRACE_S = 5
"""How long requests in progress may take when the server is to stop."""
_KEEP_ALIVE_S = 75
"""How long an idle connection stays open: longer than what proxies in front (60 s) and clients keep theirs,
so that it is they who close one, and no request meets a connection that closes at the same moment."""


def start_link(app: FastAPI, url: str) -> str | None:
    """The link that signs its first visitor in; None if there is none."""
    hosting: Hosting = app.state.hosting
    return f"{url}/start?token={hosting.link.secret}" if hosting.link else None


def serve(app: FastAPI, listener: socket.socket, *, on_started: Callable[[], None]) -> None:
    """Answer requests until SIGTERM or SIGINT; a second one does not wait for jobs and requests."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    settings = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
        lifespan="on",
        ws="none",
    )
    _Server(settings, app.state.hosting, on_started).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Uvicorn's server, with streams that end when it is to stop, and a clean exit then."""

    def __init__(
        self, settings: uvicorn.Config, hosting: Hosting, on_started: Callable[[], None]
    ) -> None:
        super().__init__(settings)
        self._hosting = hosting
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Unlike uvicorn's, it does not raise the signal again at the end: being stopped is not an error."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self._hosting.hub.close()
