"""The loop that answers requests ends without cutting anybody off."""

from __future__ import annotations

import http.client
import threading
from typing import Any

import pytest
import uvicorn

from netloom.serving.sockets import listening_socket
from netloom.serving.stoppable_server import StoppableServer


async def answer(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


def test_who_has_connected_may_still_ask_when_it_is_to_stop() -> None:
    started, stopped = threading.Event(), threading.Event()
    settings = uvicorn.Config(answer, log_config=None, lifespan="off", ws="none")
    server = StoppableServer(settings, on_started=started.set, on_stop=stopped.set)
    with listening_socket("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        serving = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        serving.start()
        assert started.wait(20)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.connect()
        server.handle_exit(15, None)
        assert stopped.is_set()
        while server.servers[0].is_serving():
            pass
        connection.request("GET", "/")
        assert connection.getresponse().status == 204
        connection.close()
        serving.join(20)
    assert not serving.is_alive()
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection("127.0.0.1", port, timeout=20).connect()
