"""What one running server consists of, and how a route gets hold of it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends, Request

from netloom.accounts.credentials import equal_secrets, new_secret
from netloom.server.event_hub import EventHub
from netloom.server.settings import ServerSettings
from netloom.workspace.workbench import Workbench


class StartLink:
    """The link that is printed at start; who opens it first is signed in as this machine's administrator."""

    def __init__(self) -> None:
        self.secret = new_secret()
        self._is_used = False
        self._lock = threading.Lock()

    def take(self, secret: str) -> bool:
        """Whether this is the link's secret and nobody has come with it before; from now on somebody has."""
        with self._lock:
            if self._is_used or not equal_secrets(secret, self.secret):
                return False
            self._is_used = True
            return True


@dataclass
class Hosting:
    """Everything the routes share.

    Attributes:
        link: None where the link is not offered: the server can be reached from elsewhere.
    """

    bench: Workbench
    settings: ServerSettings
    hub: EventHub
    link: StartLink | None
    started: float
    address: str = field(default="")


def hosting_of(request: Request) -> Hosting:
    """The running server a request came to."""
    return cast("Hosting", request.app.state.hosting)


def bench_of(request: Request) -> Workbench:
    """The workbench of the running server."""
    return hosting_of(request).bench


Host = Annotated[Hosting, Depends(hosting_of)]
Bench = Annotated[Workbench, Depends(bench_of)]
