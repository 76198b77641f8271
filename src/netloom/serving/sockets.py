"""Listening sockets, opened before anything heavy is loaded: a port that is taken is told at once."""

from __future__ import annotations

import socket

from netloom.core.errors import Conflict, InvalidInput


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that listens at an address; port 0 takes a free one.

    Raises:
        Conflict: Another program listens there, or the port is not ours to take.
        InvalidInput: There is no such address.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, OverflowError, UnicodeError) as error:
        raise InvalidInput.of(
            f"there is no address {host}:{port}", code="S110", got=str(error)
        ) from error
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise Conflict.of(
            f"the server cannot listen at {host}:{port}: {error.strerror}",
            code="S122",
            fix="Stop the other program, or choose another --port; 0 takes a free one",
        ) from error
    return listener


def url_of(listener: socket.socket) -> str:
    """Where a browser on this machine finds the server."""
    host, port = listener.getsockname()[:2]
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - translated away
    return f"http://{f'[{name}]' if ':' in name and '[' not in name else name}:{port}"
