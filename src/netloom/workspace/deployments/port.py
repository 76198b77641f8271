"""The port of a deployment: one listening socket over all of its processes."""

from __future__ import annotations

import socket

from netloom.serving.sockets import listening_socket
from netloom.tracking.deployment_store import DeploymentRecord
from netloom.workspace.deployments.calls import Endpoint, endpoint
from netloom.workspace.deployments.files import token_of
from netloom.workspace.layout import Layout


class DeploymentPort:
    """Opened for the first process, closed when the deployment ends.

    Its processes inherit the socket. So callers find it open while one revision takes over from another and
    while a process that crashed starts again: they wait a little longer.

    Attributes:
        endpoint: Where the socket is reached; None while it is closed.
    """

    def __init__(self, layout: Layout, host: str) -> None:
        self.endpoint: Endpoint | None = None
        self._layout = layout
        self._host = host
        self._listener: socket.socket | None = None

    def open(self, record: DeploymentRecord) -> tuple[socket.socket, Endpoint]:
        """The socket; a free port if the deployment has none yet.

        Raises:
            Conflict: Another program has the port.
            NotFound: The token that callers must send is lost.
        """
        token = token_of(self._layout, record.id) if record.is_protected else None
        if self._listener is None:
            self._listener = listening_socket(self._host, record.port or 0)
        self.endpoint = endpoint(self._host, self._listener.getsockname()[1], token)
        return self._listener, self.endpoint

    def close(self) -> None:
        """Callers are refused from now on. Idempotent."""
        self.endpoint = None
        if self._listener is not None:
            self._listener.close()
            self._listener = None


def address_of(host: str, record: DeploymentRecord) -> str | None:
    """Where a deployment answers when it runs; None before it ever had a port."""
    return None if record.port is None else endpoint(host, record.port).url
