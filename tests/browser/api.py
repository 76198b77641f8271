"""What programs can do, with the cookies of a page: to prepare things, and to look behind the pages."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

PATIENCE_S = 60.0


class Api:
    """The API under ``/api/v1``, as the person whose page it is."""

    def __init__(self, page: Page) -> None:
        self.page = page
        parts = urlsplit(page.url)
        self.url = f"{parts.scheme}://{parts.netloc}"

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer; a refusal fails the test."""
        token = self.page.request.get(f"{self.url}/api/v1/session").json()["csrf_token"]
        answer = self.page.request.fetch(
            f"{self.url}/api/v1{path}",
            method=method,
            data=body,
            headers={"X-CSRF-Token": token, **headers},
        )
        assert answer.ok, f"{method} {path}: {answer.status} {answer.text()}"
        return answer.json() if answer.body() else None

    def new_pipeline(self, text: str) -> str:
        return str(self.call("POST", "/pipelines", {"text": text})["id"])

    def draft(self, pipeline: str) -> str:
        return str(self.call("GET", f"/pipelines/{pipeline}")["text"])

    def add_person(self, name: str, password: str, role: str = "member") -> None:
        self.call(
            "POST",
            "/users",
            {"name": name, "password": password, "role": role, "display_name": ""},
        )


def wait_until(is_so: Callable[[], bool], *, what: str) -> None:
    """For what no page shows."""
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, f"waited {PATIENCE_S:.0f} s for {what}"
        time.sleep(0.05)
