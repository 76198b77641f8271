"""Serving as a program: from a socket to a clean end."""

from __future__ import annotations

import gc
import logging
import socket
import sys
from collections.abc import Callable
from typing import Any

import uvicorn

from netloom.serving.app import ServingApp
from netloom.serving.stoppable_server import KEEP_ALIVE_S, StoppableServer

_SWITCH_S = 0.0005
"""How long a thread may keep others from Python. The usual 5 ms are longer than most answers take."""
_GRACE_S = 2


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
        loop="auto",  # uvloop and httptools, where they are installed
        http="auto",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=int(app.hosting.settings.timeout_s) + _GRACE_S,
        lifespan="on",
        ws="none",
    )
    server = StoppableServer(settings, on_started=on_started, on_stop=app.hosting.drain)
    server.run(sockets=[listener])


def start_document(app: ServingApp, url: str, pid: int) -> dict[str, Any]:
    """What programs that start a server are told once it serves."""
    hosting = app.hosting
    return {"url": url, "pid": pid, "models": list(hosting.models), "aip": hosting.usual.takes_aip}
