"""The options of serving: the same for ``netloom serve`` and ``netloom-runtime serve``."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from netloom.core.errors import NotFound
from netloom.serving.settings import MEBIBYTE, ServingSettings
from netloom.serving.sockets import listening_socket, url_of

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Source = tuple[str | None, Path]
"""A name, if one was given, and a place."""

TOKEN_VARIABLE = "NETLOOM_TOKEN"  # noqa: S105 - the name, not the token
_USUAL = ServingSettings()

_OPTIONS = (
    click.option(
        "--host",
        default="127.0.0.1",
        show_default=True,
        metavar="ADDRESS",
        help="Where to listen; 0.0.0.0 lets other machines in.",
    ),
    click.option(
        "--port",
        type=click.IntRange(0, 65535),
        default=10086,
        show_default=True,
        help="0 takes a free one.",
    ),
    click.option(
        "--token",
        envvar=TOKEN_VARIABLE,
        metavar="TOKEN",
        help=f"Callers must send it as Authorization: Bearer TOKEN. Better given as {TOKEN_VARIABLE}.",
    ),
    click.option(
        "--device",
        default="auto",
        show_default=True,
        help="Where to compute: auto (a GPU if ONNX Runtime has one), cpu, cuda:0 …",
    ),
    click.option(
        "--max-batch",
        type=click.IntRange(min=1),
        default=_USUAL.max_batch,
        show_default=True,
        help="Pictures that go through a model together, at most.",
    ),
    click.option(
        "--max-wait-ms",
        type=click.FloatRange(min=0),
        default=_USUAL.max_wait_ms,
        show_default=True,
        help="How long a free model waits for more pictures.",
    ),
    click.option(
        "--max-queue",
        type=click.IntRange(min=1),
        default=_USUAL.max_queue,
        show_default=True,
        help="Requests that may wait; more get 429.",
    ),
    click.option(
        "--timeout",
        "timeout_s",
        type=click.FloatRange(min=0, min_open=True),
        default=_USUAL.timeout_s,
        show_default=True,
        metavar="SECONDS",
        help="After so long a request is given up with 504.",
    ),
    click.option(
        "--threads",
        type=click.IntRange(min=1),
        help="Threads of each model.  [default: one more than cores, up to 4]",
    ),
    click.option(
        "--intra-op-threads",
        type=click.IntRange(min=1),
        help="Cores that one call of a model uses.  [default: chosen by ONNX Runtime]",
    ),
    click.option(
        "--max-image-mb",
        type=click.FloatRange(min=0, min_open=True),
        default=_USUAL.max_image_bytes / MEBIBYTE,
        show_default=True,
        help="Of an encoded picture, in MiB.",
    ),
)


def serving_options(function: Decorated) -> Decorated:
    """Give a command all options of serving; it hands them on to :func:`serve_sources`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def serve_sources(
    sources: Sequence[Source],
    *,
    announce: Callable[[dict[str, Any]], None],
    host: str,
    port: int,
    device: str,
    max_image_mb: float,
    **limits: Any,
) -> None:
    """Serve until stopped.

    Args:
        announce: Told ``{"url", "pid", "models", "aip"}`` once it serves; ``aip``: whether ``/aip`` answers.
        limits: Those of :class:`ServingSettings` that have the same name there.

    Raises:
        NetloomError: The port is taken, or a model cannot be opened.
    """
    settings = ServingSettings(max_image_bytes=max(1, round(max_image_mb * MEBIBYTE)), **limits)
    with listening_socket(host, port) as listener:
        serve_at(listener, sources, settings, device=device, announce=announce)


def serve_at(
    listener: socket.socket,
    sources: Sequence[Source],
    settings: ServingSettings,
    *,
    device: str = "auto",
    announce: Callable[[dict[str, Any]], None],
) -> None:
    """Serve at a socket that listens already, until stopped.

    Raises:
        NetloomError: A model cannot be opened.
    """
    from netloom.serving.app import ServingApp
    from netloom.serving.hosting import Hosting
    from netloom.serving.program import serve, start_document
    from netloom.serving.served import opened

    with opened(sources, settings, device=device) as models:
        app = ServingApp(Hosting(models, settings))
        document = start_document(app, url_of(listener), os.getpid())
        serve(app, listener, on_started=lambda: announce(document))


def source_of(text: str) -> Source:
    """``PATH`` or ``NAME=PATH``.

    Raises:
        NotFound: Nothing lies there.
    """
    name, equals, place = text.partition("=")
    path = Path(text if not equals or Path(text).exists() else place).expanduser()
    if not path.exists():
        raise NotFound.of(
            f"there is no model {text!r}",
            code="S214",
            expected="a folder of a model or bundle, or a bundle's zip file",
        )
    return (name if equals and not Path(text).exists() else None), path


def tell(document: dict[str, Any]) -> None:
    """Say to people where what is served."""
    url = document["url"]
    names = ", ".join(document["models"])
    aip = f"  POST {url}/aip          one picture as JSON\n" if document["aip"] else ""
    sys.stderr.write(
        f"Serving {names} at {url}\n"
        f"{aip}"
        f"  POST {url}/v1/predict   see {url}/openapi.json\n"
        f"  {url}/                  try it. Ctrl-C stops\n"
    )
    sys.stderr.flush()
