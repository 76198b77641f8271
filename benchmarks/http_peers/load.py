"""A load of HTTP clients that cannot be the bottleneck: one process, raw sockets, requests made beforehand.

    python benchmarks/http_peers/load.py --port 10086 --path /aip --body request.json --clients 8 --seconds 3

Each client sends its next request when it has the answer to the last one. Prints one JSON document.
"""

from __future__ import annotations

import argparse
import json
import selectors
import socket
import time
from pathlib import Path


class Client:
    """One connection with a request on its way."""

    def __init__(self, port: int, request: bytes, *, expected: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = request
        self._expected = expected
        self._received = bytearray()
        self._length = -1
        self._sent = 0.0

    def send(self) -> None:
        self._received.clear()
        self._length = -1
        self._sent = time.perf_counter()
        self.socket.sendall(self._request)

    def receive(self) -> float | None:
        """Seconds since the request was sent, if the answer is complete."""
        chunk = self.socket.recv(1 << 18)
        if not chunk:
            raise ConnectionError("the server hung up")
        self._received += chunk
        if self._length < 0:
            self._read_head()
        if self._length < 0 or len(self._received) < self._length:
            return None
        if self._expected not in self._received:
            raise ValueError(self._received[:400].decode("latin-1"))
        return time.perf_counter() - self._sent

    def _read_head(self) -> None:
        head = self._received.find(b"\r\n\r\n")
        if head < 0:
            return
        if not self._received.startswith(b"HTTP/1.1 20"):
            raise ValueError(self._received[:400].decode("latin-1"))
        for line in self._received[:head].lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                self._length = head + 4 + int(line.partition(b":")[2])


def load(
    port: int, path: str, body: bytes, *, clients: int, seconds: float, expected: bytes
) -> list[float]:
    """Latencies in seconds of all answers within a time."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    latencies: list[float] = []
    with selectors.DefaultSelector() as selector:
        several = [Client(port, request, expected=expected) for _ in range(clients)]
        for client in several:
            selector.register(client.socket, selectors.EVENT_READ, client)
            client.send()
        end = time.perf_counter() + seconds
        while (now := time.perf_counter()) < end:
            for key, _ in selector.select(end - now):
                took = key.data.receive()
                if took is not None:
                    latencies.append(took)
                    key.data.send()
        for client in several:
            client.socket.close()
    return latencies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", default="/aip")
    parser.add_argument("--body", type=Path, required=True)
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--expected", default="label", help="text that every good answer holds")
    options = parser.parse_args()
    latencies = load(
        options.port,
        options.path,
        options.body.read_bytes(),
        clients=options.clients,
        seconds=options.seconds,
        expected=options.expected.encode(),
    )
    ordered = sorted(latencies)
    document = {
        "answers": len(ordered),
        "per_s": len(ordered) / options.seconds,
        "p50_ms": 1000 * ordered[len(ordered) // 2],
        "p99_ms": 1000 * ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))],
    }
    print(json.dumps(document))


if __name__ == "__main__":
    main()
