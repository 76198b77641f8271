"""A workbench without a network: its application called in this process, by several people."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from netloom.accounts.permissions import Role, Scope
from netloom.accounts.users import User
from netloom.core.identifiers import NodeId, PortName, RunId, UserName
from netloom.execution.events import NodeChanged, NodeMetrics, Output, RunChanged
from netloom.execution.metric_buffer import pack_points
from netloom.execution.states import RunState
from netloom.server.app import create_app
from netloom.server.hosting import Hosting
from netloom.server.identity import COOKIE
from netloom.server.settings import ServerSettings
from netloom.tracking.model_store import MODEL_MEDIA_TYPE
from netloom.workspace.bundles.desk import BundleDesk
from netloom.workspace.signing_in import make_token, open_session
from netloom.workspace.workspace import Workspace

OPERATORS = '''
"""Operators for tests."""

from netloom import Needs, operator


@operator(group="small", job=Needs(cpus=0))
def number(*, value: int = 1) -> int:
    """A number."""
    return value


@operator(group="small", job=Needs(cpus=0))
def double(given: int, *, times: int = 1) -> int:
    """Twice a number.

    Args:
        given: What is doubled.
        times: How often.
    """
    return given * 2 ** times
'''
TEXT = """\
netloom: 1
name: doubled
nodes:
  first: {op: small.number, value: 3}  # three
  second: {op: small.double, given: first}
"""
BASE = "/api/v1"
_HEADER = json.dumps({"head.weight": {"shape": [2, 5]}, "head.bias": {"shape": [2]}}).encode()
WEIGHTS = struct.pack("<Q", len(_HEADER)) + _HEADER
PEOPLE = {
    "root": Role.ADMIN,
    "ada": Role.MEMBER,
    "bob": Role.MEMBER,
    "vera": Role.VIEWER,
}


@dataclass
class Site:
    """An application and the people who use it."""

    client: TestClient
    hosting: Hosting
    _headers: dict[str, dict[str, str]] = field(default_factory=dict)

    def call(self, who: str | None, method: str, path: str, **options: Any) -> Any:
        """A request as somebody; None is nobody, ``ada/run`` comes with a token of that scope."""
        headers = {**self.headers_of(who), **options.pop("headers", {})}
        self.client.cookies.clear()
        return self.client.request(method, BASE + path, headers=headers, **options)

    def get(self, who: str | None, path: str, **options: Any) -> Any:
        return self.call(who, "GET", path, **options)

    def post(self, who: str | None, path: str, json: Any = None, **options: Any) -> Any:
        return self.call(who, "POST", path, json={} if json is None else json, **options)

    def put(self, who: str | None, path: str, json: Any, **options: Any) -> Any:
        return self.call(who, "PUT", path, json=json, **options)

    def headers_of(self, who: str | None) -> dict[str, str]:
        if who is None:
            return {}
        if who not in self._headers:
            name, _, scope = who.partition("/")
            bench = self.hosting.bench
            if scope:
                _, secret = make_token(bench, UserName(name), name="t", scope=Scope(scope), days=1)
                self._headers[who] = {"Authorization": f"Bearer {secret}"}
            else:
                _, secret = open_session(bench, UserName(name), days=1)
                cookie = {"Cookie": f"{COOKIE}={secret}"}
                token = self.client.get(f"{BASE}/session", headers=cookie).json()["csrf_token"]
                self._headers[who] = {**cookie, "X-CSRF-Token": token}
        return self._headers[who]

    def forget(self, who: str | None) -> None:
        """Their session or token has ended."""
        self._headers.pop(who or "", None)

    def pipeline(self, who: str = "ada", text: str = TEXT) -> Any:
        """A stored pipeline of somebody."""
        made = self.post(who, "/pipelines", {"text": text})
        assert made.status_code == 201, made.text
        return made.json()

    def dataset(self, who: str = "ada", **more: Any) -> str:
        """A file that somebody has announced."""
        body = {"name": "three", "file_name": "three.zip", "size_bytes": 3, **more}
        made = self.post(who, "/datasets", body)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def run(self, who: str = "ada", text: str = TEXT, **more: Any) -> str:
        """A queued run of somebody."""
        made = self.post(who, "/runs", {"text": text, **more})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def give_out_model(self, run: str, **manifest: Any) -> str:
        """Let the first node of a run give a model package out; returns the artifact."""
        workspace = self.hosting.bench.workspace
        folder = workspace.artifacts.stage()
        described = {"task": "image_classification", "labels": ["cat", "dog"], **manifest}
        (folder / "model.json").write_text(json.dumps(described))
        (folder / "weights.safetensors").write_bytes(WEIGHTS)
        artifact = workspace.artifacts.commit(folder, media_type=MODEL_MEDIA_TYPE)
        preview = {**described, "backbone": {"type": "convnet"}, "input": [3, 16, 32]}
        output = Output(artifact.id, MODEL_MEDIA_TYPE, artifact.manifest.size_bytes, preview)
        node, now = next(iter(workspace.store.nodes(RunId(run)))), time.time()
        workspace.store.emit(
            NodeChanged(RunId(run), node, RunState.QUEUED, now),
            NodeChanged(RunId(run), node, RunState.RUNNING, now),
            NodeChanged(
                RunId(run), node, RunState.SUCCEEDED, now, outputs={PortName("model"): output}
            ),
        )
        return artifact.id

    def model(self, who: str = "ada", *, name: str = "pets", run: str | None = None) -> str:
        """A registered model of somebody."""
        artifact = self.give_out_model(run or self.run(who))
        made = self.post(who, "/models", {"artifact": artifact, "name": name})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def deployment(self, who: str = "ada", *, run: str | None = None, **more: Any) -> str:
        """A deployment of somebody, which nothing takes forward."""
        body = {"name": f"pets {time.monotonic_ns()}", "run": run or self.run(who), **more}
        made = self.post(who, "/deployments", body)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def finish(self, run: str, state: RunState = RunState.SUCCEEDED, **metrics: float) -> None:
        """Let a run end, as a dispatcher would record it."""
        store = self.hosting.bench.workspace.store
        now = time.time()
        events: list[Any] = [RunChanged(RunId(run), RunState.RUNNING, now)]
        for node in store.nodes(RunId(run)):
            events += _events_of(RunId(run), node, state, now, metrics)
        store.emit(*events, RunChanged(RunId(run), state, now))


def _events_of(
    run: RunId, node: NodeId, state: RunState, now: float, metrics: dict[str, float]
) -> Iterator[Any]:
    yield NodeChanged(run, node, RunState.QUEUED, now)
    yield NodeChanged(run, node, RunState.RUNNING, now, attempt=1)
    for name, value in metrics.items():
        steps, values, times = pack_points([1, 2], [0.0, value], [now, now])
        yield NodeMetrics(run, node, 1, name, steps, values, times)
    yield NodeChanged(run, node, state, now, seconds=1.0)


def open_site(folder: Path, **settings: Any) -> Iterator[Site]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "netloom.toml").write_text("")
    (folder / "operators").mkdir(exist_ok=True)
    (folder / "operators" / "small.py").write_text(OPERATORS)
    workspace = Workspace.open(project=folder)
    app = create_app(workspace, ServerSettings(**settings), serves_runs=False)
    hosting: Hosting = app.state.hosting
    # Making a real bundle takes PyTorch and seconds; here it fails at once.
    hosting.bench.bundles = BundleDesk(workspace.layout, workspace.project, program=["true"])
    for name, role in PEOPLE.items():
        hosting.bench.users.add(User(UserName(name), role, 0.0), None)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Site(client, hosting)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A workbench that the tests of one file share."""
    yield from open_site(tmp_path_factory.mktemp("site"))


@pytest.fixture
def new_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Makes workbenches of a test's own."""
    opened: list[Iterator[Site]] = []

    def make(**settings: Any) -> Site:
        opened.append(open_site(tmp_path / str(len(opened)), **settings))
        return next(opened[-1])

    yield make
    for each in opened:
        next(each, None)
