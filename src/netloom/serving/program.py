"""Serving as a program: from a socket to a clean end."""

from __future__ import annotations

import gc
import logging
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn

from netloom.serving.app import ServingApp

_SWITCH_S = 0.0005
"""How long a thread may keep others from Python. The usual 5 ms are longer than most answers take."""
_GRACE_S = 2
_KEEP_ALIVE_S = 75
"""Longer than what proxies in front (60 s) keep an idle connection, so that it is they who close it."""


def serve(app: ServingApp, listener: socket.socket, *, on_started: Callable[[], None]) -> None:
    """Answer requests until SIGTERM or SIGINT, then those that have come; a second signal ends at once."""
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    sys.setswitchinterval(_SWITCH_S)
    gc.collect()
    gc.freeze()  # what is loaded by now stays; looking through it again and again costs requests their time
    settings = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=int(app.hosting.settings.timeout_s) + _GRACE_S,
        lifespan="on",
        ws="none",
    )
    _Server(settings, app, on_started).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Uvicorn's server, which says when it serves, and for which being stopped is not an error."""

    def __init__(
        self, settings: uvicorn.Config, app: ServingApp, on_started: Callable[[], None]
    ) -> None:
        super().__init__(settings)
        self._app = app
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Unlike uvicorn's, it does not raise the signal again at the end."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self._app.hosting.drain()


def start_document(app: ServingApp, url: str, pid: int) -> dict[str, Any]:
    """What programs that start a server are told once it serves."""
    return {"url": url, "pid": pid, "models": list(app.hosting.models)}
