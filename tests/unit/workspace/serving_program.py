"""A program that stands in for the process of a deployment: it starts in milliseconds.

It does what its bundle says, which is JSON: ``{"does": "serve" | "refuse" | "die" | "hang", …}``.
"""

import json
import os
import select
import signal
import socket
import sys
import threading


def main() -> None:
    listen_fd, life_fd, source = int(sys.argv[2]), int(sys.argv[4]), sys.argv[5]
    name, _, file = source.partition("=")
    with open(file) as stream:  # noqa: PTH123 - pathlib takes longer than all the rest
        bundle = json.load(stream)
    threading.Thread(target=end_with, args=(life_fd,), daemon=True).start()
    if bundle["does"] == "refuse":
        sys.exit("error I493: the bundle was changed")
    if bundle["does"] == "die":
        os._exit(9)
    if bundle["does"] == "hang":
        signal.pause()
    listener = socket.socket(fileno=listen_fd)
    listener.setblocking(False)
    woken, wake = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: os.write(wake, b"."))
    print(json.dumps({"url": "here", "pid": os.getpid(), "models": [name]}), flush=True)
    print("serving", file=sys.stderr, flush=True)
    while woken not in select.select([listener, woken], [], [])[0]:
        try:
            connection, _ = listener.accept()
        except BlockingIOError:  # another process was faster
            continue
        answer_one(connection, name, bundle)


def end_with(descriptor: int) -> None:
    while os.read(descriptor, 1):
        pass
    os._exit(0)


def answer_one(connection: socket.socket, name: str, bundle: dict) -> None:
    connection.setblocking(True)
    with connection, connection.makefile("rb") as stream:
        _, path, _ = stream.readline().decode().split(" ", 2)
        headers = {}
        while (line := stream.readline().strip()) != b"":
            key, _, value = line.decode().partition(":")
            headers[key.lower()] = value.strip()
        stream.read(int(headers.get("content-length", 0)))
        token = os.environ.get("NETLOOM_TOKEN")
        if token and headers.get("authorization") != f"Bearer {token}":
            reply(connection, 401, {"diagnostics": [{"code": "S201", "message": "no token"}]})
        elif path == "/metrics":
            text = f'netloom_requests_total{{route="/aip",model="{name}",code="200"}} 7\n'
            reply(connection, 200, text + "process_start_time_seconds 5.0\n")
        elif "refusal" in bundle:
            reply(connection, 422, {"diagnostics": [bundle["refusal"]]})
        else:
            prediction = bundle.get("prediction", {"pid": os.getpid()})
            reply(connection, 200, {"model": name, "predictions": [prediction]})


def reply(connection: socket.socket, status: int, content: object) -> None:
    body = (content if isinstance(content, str) else json.dumps(content)).encode()
    head = f"HTTP/1.1 {status} Said\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    connection.sendall(head.encode() + body)


main()
