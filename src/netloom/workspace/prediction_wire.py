"""How the server and its prediction process talk: messages of a JSON document and bytes, on one socket.

    4 bytes   length of the document          4 bytes   length of what follows it
    document, UTF-8 JSON                      bytes, such as a picture

Nothing else is ever read from the socket, and nothing is unpickled.
"""

from __future__ import annotations

import json
import socket
import struct
from typing import Any, NamedTuple

_LENGTHS = struct.Struct(">II")


class Message(NamedTuple):
    """What is sent in either direction."""

    document: dict[str, Any]
    content: bytes = b""


def send(connection: socket.socket, message: Message) -> None:
    """Send a whole message. Raises OSError if nobody is there any more."""
    text = json.dumps(message.document).encode()
    connection.sendall(_LENGTHS.pack(len(text), len(message.content)) + text + message.content)


def receive(connection: socket.socket) -> Message:
    """The next message.

    Raises:
        OSError: Nobody is there any more, or it took longer than the socket waits.
        EOFError: The other end closed the connection.
    """
    text_length, length = _LENGTHS.unpack(_exactly(connection, _LENGTHS.size))
    document = json.loads(_exactly(connection, text_length))
    return Message(document, bytes(_exactly(connection, length)))


def _exactly(connection: socket.socket, length: int) -> bytearray:
    received = bytearray(length)
    view, filled = memoryview(received), 0
    while filled < length:
        count = connection.recv_into(view[filled:])
        if not count:
            raise EOFError("the connection was closed")
        filled += count
    return received
