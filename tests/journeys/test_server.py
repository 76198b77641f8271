"""``netloom up`` as a program of its own: served, watched, stopped, killed."""

from __future__ import annotations

import json
import os
import signal
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

OPERATORS = '''
"""Jobs that leave a trace and wait for permission."""

import json
import time
from pathlib import Path

from netloom import Needs, RunContext, operator

LIGHT = Needs(cpus=0)


@operator(group="shared", job=LIGHT)
def careful(*, name: str, run: RunContext) -> list[int]:
    """Remember which attempts there were."""
    memory = run.checkpoints / "attempts.json"
    attempts = json.loads(memory.read_text()) if memory.exists() else []
    attempts.append(run.attempt)
    memory.write_text(json.dumps(attempts))
    Path(f"{name}-{run.attempt}").touch()
    deadline = time.monotonic() + 60
    while not Path("go").exists():
        if time.monotonic() > deadline:
            raise TimeoutError(name)
        time.sleep(0.01)
    run.log(1, {"loss": 0.5})
    return attempts
'''


class Browser:
    """Somebody with a browser: keeps the cookie, sends the CSRF token."""

    def __init__(self, url: str, cookie: str = "") -> None:
        self.url = url
        self.cookie = cookie
        self.token = ""

    def open_link(self, link: str) -> None:
        opener = urllib.request.build_opener(_NoRedirect)
        with pytest.raises(urllib.error.HTTPError) as redirected:
            opener.open(link)
        redirected.value.close()
        assert redirected.value.code == 303
        self.cookie = redirected.value.headers["Set-Cookie"].partition(";")[0]

    def sign_in_again(self) -> None:
        """Learn the session's CSRF token."""
        self.token = self.call("GET", "/session")["csrf_token"]

    def request(self, method: str, path: str, body: Any = None) -> urllib.request.Request:
        headers = {"Cookie": self.cookie, "X-CSRF-Token": self.token}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        return urllib.request.Request(
            f"{self.url}/api/v1{path}", data=data, headers=headers, method=method
        )

    def call(self, method: str, path: str, body: Any = None) -> Any:
        with urllib.request.urlopen(self.request(method, path, body), timeout=90) as response:
            return json.loads(response.read() or "null")

    def events(self, path: str) -> Iterator[tuple[str, Any]]:
        """Kind and data of each event of a stream."""
        with urllib.request.urlopen(self.request("GET", path), timeout=120) as response:
            kind = ""
            for line in response:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "event":
                    kind = value
                elif name == "data":
                    yield kind, json.loads(value)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@pytest.fixture
def project(project: Any) -> Any:
    project.write("operators/shared.py", OPERATORS)
    return project


def start(project: Any, *words: str) -> tuple[Any, dict[str, Any]]:
    program = project.start("up", "--port", "0", "--json", *words)
    lines = []
    while not lines or lines[-1] != "}":
        line = program.process.stdout.readline()
        assert line, program.process.stderr.read()
        lines.append(line.rstrip("\n"))
    return program, json.loads("\n".join(lines))


def text(name: str) -> str:
    return f"netloom: 1\nname: {name}\nnodes:\n  careful: {{op: shared.careful, name: {name}}}\n"


def visitor(started: dict[str, Any]) -> Browser:
    browser = Browser(started["url"])
    browser.open_link(started["link"])
    browser.sign_in_again()
    return browser


def test_a_run_is_watched_to_its_end_and_the_server_stops_when_asked(project: Any) -> None:
    program, started = start(project)
    browser = visitor(started)
    run = browser.call("POST", "/runs", {"text": text("watched")})["id"]
    seen: list[tuple[str, Any]] = []

    def watch() -> None:
        for kind, data in browser.events(f"/runs/{run}/events?after=0"):
            seen.append((kind, data.get("state") or data.get("values")))
            if (kind, data.get("state")) == ("run_changed", "succeeded"):
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    project.wait_for("watched-1")
    project.write("go", "")
    watcher.join(120)
    assert seen[0][0] == "hello"
    assert [event for event in seen[1:] if event[0] != "node_metrics"] == [
        ("run_changed", "running"),
        ("node_changed", "queued"),
        ("node_changed", "running"),
        ("node_changed", "succeeded"),
        ("run_changed", "succeeded"),
    ]
    assert ("node_metrics", [0.5]) in seen
    os.kill(program.process.pid, signal.SIGTERM)
    program.process.communicate(timeout=90)
    assert program.process.returncode == 0


def test_a_killed_server_goes_on_with_its_queue_and_its_jobs(
    project: Any, waiting_until: Callable[..., Any]
) -> None:
    program, started = start(project)
    browser = visitor(started)
    run = browser.call("POST", "/runs", {"text": text("first")})["id"]
    project.wait_for("first-1")
    program.kill()
    waiting_until(lambda: not project.processes(), what="its processes to end", timeout_s=60)

    again, started = start(project)
    browser = Browser(started["url"], browser.cookie)  # still signed in
    browser.sign_in_again()
    project.wait_for("first-2")
    project.write("go", "")
    waiting_until(
        lambda: browser.call("GET", f"/runs/{run}")["state"] == "succeeded", what="the run to end"
    )
    (node,) = browser.call("GET", f"/runs/{run}")["nodes"]
    assert node["outputs"]["out"]["preview"] == {"value": [1, 2]}
    again.interrupt()
    again.process.communicate(timeout=90)
    assert again.process.returncode == 0


def test_others_are_let_near_only_with_an_administrator(project: Any) -> None:
    refused = project.start("up", "--port", "0", "--host", "0.0.0.0", "--json").document(code=4)
    assert refused["error"]["diagnostics"][0]["code"] == "S118"
