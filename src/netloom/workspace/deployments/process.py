"""The process of a deployment: serves bundles at a socket of the server's, and ends with the server.

    python -m netloom.workspace.deployments.process --listen-fd N --life-fd N NAME=FILE…

The socket listens already and is the server's: while one revision takes over from another, both accept from
it, so no caller finds the port closed. Nothing is ever written to the other descriptor; that it ends means
that the server has, whatever became of it. ``NETLOOM_TOKEN`` is what callers must send. Prints
``{"url", "pid", "models"}`` once it serves.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import sys
import threading
from typing import Any

from netloom.core.errors import NetloomError
from netloom.serving.options import TOKEN_VARIABLE, serve_at, source_of
from netloom.serving.settings import ServingSettings

_LAST_ANSWERS_S = 5.0
"""How long requests may take once the server has ended."""


def main() -> int:
    """Entry point; problems are told in a line each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen-fd", type=int, required=True)
    parser.add_argument("--life-fd", type=int, required=True)
    parser.add_argument("sources", nargs="+")
    given = parser.parse_args()
    end_with(given.life_fd)
    try:
        serve_at(
            socket.socket(fileno=given.listen_fd),
            [source_of(text) for text in given.sources],
            ServingSettings(token=os.environ.get(TOKEN_VARIABLE) or None),
            device="cpu",  # GPUs are for jobs, which count on their memory
            announce=announce,
        )
    except NetloomError as error:
        for diagnostic in error.diagnostics:
            sys.stderr.write(f"error {diagnostic.code}: {diagnostic}\n")
        return 1
    return 0


def announce(document: dict[str, Any]) -> None:
    """Say that requests are answered."""
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def end_with(descriptor: int) -> None:
    """End this process when the other end of a pipe is closed, which happens at the latest with its owner."""

    def watch() -> None:
        while os.read(descriptor, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)  # answers what has come, if it serves already
        timer = threading.Timer(_LAST_ANSWERS_S, os._exit, (1,))
        timer.daemon = True
        timer.start()

    threading.Thread(target=watch, name="end-with", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
