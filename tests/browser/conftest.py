"""A workbench that is served by a program of its own, and people who look at it through Chromium."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

pytestmark = pytest.mark.browser

# Machines that run the tests may be several times slower than ours.
expect.set_options(timeout=20_000)

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-prefers-reduced-motion",
]
# The pages' own mistakes make a test fail; these are what the browser says of refusals we provoke.
EXPECTED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")


@dataclass
class Workbench:
    """``netloom up`` in a folder."""

    folder: Path
    words: tuple[str, ...] = ()
    process: subprocess.Popen[str] | None = None
    url: str = ""
    link: str = ""

    def start(self, *, port: int = 0) -> None:
        """Serve; a port that was used before makes open pages find the server again."""
        words = ["up", "--json", "--port", str(port), *self.words]
        with (self.folder / "server.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "netloom.cli.main", *words],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self.process.stdout is not None
        lines: list[str] = []
        while not lines or lines[-1].rstrip() != "}":
            line = self.process.stdout.readline()
            assert line, (self.folder / "server.log").read_text()
            lines.append(line)
        started = json.loads("".join(lines))
        self.url, self.link = started["url"], started["link"] or ""

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        """kill -9, of the server alone."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self._ended()

    def stop(self) -> None:
        """As Ctrl-C does; whoever does not listen is killed with all its jobs."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self._ended()
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self._ended()

    def _ended(self) -> None:
        assert self.process is not None
        self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def serving(
    folder: Path, *words: str, files: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Workbench]:
    """A workbench in a project of its own, empty but for ``files``."""
    for name, text in {"netloom.toml": "", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    workbench = Workbench(folder, words)
    workbench.start()
    try:
        yield workbench
    finally:
        workbench.stop()


@pytest.fixture(scope="module")
def workbench(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Workbench]:
    """The workbench that the tests of one file share, with its ``FILES`` in the project's folder."""
    files = getattr(request.module, "FILES", {})
    with serving(tmp_path_factory.mktemp("workbench"), files=files) as workbench:
        yield workbench


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("Chromium was not found; name it with CHROMIUM=/path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield browser
        browser.close()


@dataclass
class Visitors:
    """Opens browsers with cookies of their own and notes what their pages complain about."""

    chromium: Browser
    folder: Path
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)
    expected: list[re.Pattern[str]] = field(default_factory=lambda: [EXPECTED])

    def open(self, url: str, **options: Any) -> Page:
        """A page of somebody new."""
        chosen = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", **options}
        context = self.chromium.new_context(**chosen)
        context.set_default_timeout(30_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(url)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        is_expected = any(each.search(message.text) for each in self.expected)
        if message.type in ("error", "warning") and not is_expected:
            self.complaints.append(f"{message.text} ({message.location.get('url')})")

    def expect_complaints(self, pattern: str) -> None:
        """Of what this test provokes: of a server that is killed, say."""
        self.expected.append(re.compile(pattern))

    def keep_pictures(self, name: str) -> None:
        """Of every open page, for whoever looks into a failure."""
        for number, context in enumerate(self.contexts):
            for page in context.pages:
                page.screenshot(path=self.folder / f"{name}-{number}.png")

    def close(self) -> None:
        for context in self.contexts:
            context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


_FAILED = pytest.StashKey[bool]()


@pytest.fixture
def visitors(
    chromium: Browser, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Visitors]:
    visitors = Visitors(chromium, tmp_path)
    yield visitors
    if request.node.stash.get(_FAILED, False):
        visitors.keep_pictures(request.node.name)
        print(f"pictures of the pages: {tmp_path}")
    visitors.close()
    assert visitors.complaints == []


@pytest.fixture(scope="module")
def _state() -> dict[str, Any]:
    return {}


@pytest.fixture
def page(visitors: Visitors, workbench: Workbench, _state: dict[str, Any]) -> Page:
    """The page of this machine's administrator; the link works once, so the cookie is kept."""
    if "cookies" not in _state:
        page = visitors.open(workbench.link, base_url=workbench.url)
        _state["cookies"] = page.context.cookies()
        return page
    known = {"cookies": _state["cookies"], "origins": []}
    return visitors.open(workbench.url, base_url=workbench.url, storage_state=known)


@pytest.fixture(scope="session")
def served() -> Callable[..., Any]:
    """:func:`serving`, for files that cannot import from here."""
    return serving
