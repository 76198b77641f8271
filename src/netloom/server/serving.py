"""Serving: one process that answers requests and takes runs forward, until it is asked to stop."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from netloom.core.errors import Conflict, InvalidInput
from netloom.server.hosting import Hosting
from netloom.server.settings import ServerSettings

_GRACE_S = 5
"""How long requests in progress may take when the server is to stop."""


def listening_socket(settings: ServerSettings) -> socket.socket:
    """A socket that listens where the settings say.

    Raises:
        Conflict: Another program listens there, or the port is not ours to take.
        InvalidInput: There is no such address.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, OverflowError, UnicodeError) as error:
        raise InvalidInput.of(
            f"there is no address {settings.host}:{settings.port}", code="S110", got=str(error)
        ) from error
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise Conflict.of(
            f"the server cannot listen at {settings.host}:{settings.port}: {error.strerror}",
            code="S122",
            fix="Stop the other program, or choose another --port; 0 takes a free one",
        ) from error
    return listener


def url_of(listener: socket.socket) -> str:
    """Where a browser on this machine finds the server."""
    host, port = listener.getsockname()[:2]
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - translated away
    return f"http://{f'[{name}]' if ':' in name and '[' not in name else name}:{port}"


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
