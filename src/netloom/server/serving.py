"""Serving: one process that answers requests and takes runs forward, until it is asked to stop."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from netloom.server.hosting import Hosting
from netloom.serving.stoppable_server import KEEP_ALIVE_S, StoppableServer

_GRACE_S = 5
"""How long requests in progress may take when the server is to stop."""


def start_link(app: FastAPI, url: str) -> str | None:
    """The link that signs its first visitor in; None if there is none."""
    hosting: Hosting = app.state.hosting
    return f"{url}/start?token={hosting.link.secret}" if hosting.link else None


def serve(app: FastAPI, listener: socket.socket, *, on_started: Callable[[], None]) -> None:
    """Answer requests until SIGTERM or SIGINT; a second one does not wait for jobs and requests."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    settings = uvicorn.Config(
        app,
        loop="asyncio",  # the workbench waits for its disk and database, not for the parsing of requests
        http="h11",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
        lifespan="on",
        ws="none",
    )
    hosting: Hosting = app.state.hosting
    # Streams of events never end by themselves.
    server = StoppableServer(settings, on_started=on_started, on_stop=hosting.hub.close)
    server.run(sockets=[listener])
