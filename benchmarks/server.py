"""The server: start, memory, the table of runs, a long curve, the way of an event to a listener.

    python benchmarks/server.py [--runs 1000] [--metrics 50] [--points 1000000]

Starts ``netloom up`` in a project of its own, fills its database, and asks over HTTP. Each figure is the
median of several; rows are JSON. Bare peers tell what the machine does at the moment: encoding the table's
JSON, and reading the curve from the database without a server.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import psutil

from netloom.core.identifiers import NodeId, RunId
from netloom.execution.events import NodeChanged, NodeMetrics, RunChanged
from netloom.execution.states import RunState
from netloom.tracking.records import RunRequest
from netloom.workspace.workspace import Workspace

OPERATORS = '''
"""One job that says when it began to speak."""
import time

from netloom import Needs, RunContext, operator


@operator(group="bench", job=Needs(cpus=0))
def speak(*, times: int, run: RunContext) -> int:
    """Report the time, again and again."""
    for step in range(times):
        run.log(step, {"now": time.time()})
        time.sleep(0.12)
    return times
'''


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--metrics", type=int, default=50)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=7)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "netloom.toml").write_text("")
        (project / "operators").mkdir()
        (project / "operators" / "bench.py").write_text(OPERATORS)
        workspace = Workspace.open(project=project)
        fill(workspace, chosen.runs, chosen.metrics, chosen.points)
        measure(workspace, project, chosen)
        workspace.close()


def measure(workspace: Workspace, project: Path, chosen: argparse.Namespace) -> None:
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "netloom.cli.main", "up", "--port", "0", "--json"],
        cwd=project,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        started = read_document(process)
        row("up, s", time.perf_counter() - began, goal=3)
        with httpx2.Client(base_url=started["url"], timeout=60) as client:
            client.get(started["link"])
            client.headers["X-CSRF-Token"] = client.get("/api/v1/session").json()["csrf_token"]
            row("rss before the first job, MB", rss_mb(process.pid), goal=250)
            table(client, chosen)
            curve(client, workspace, chosen.repeat)
            row("rss after, MB", rss_mb(process.pid))
            event(client, started["url"])
    finally:
        process.terminate()
        process.wait(20)


def table(client: httpx2.Client, chosen: argparse.Namespace) -> None:
    url = f"/api/v1/runs?limit={chosen.runs}"
    first = seconds(lambda: client.get(url))
    took, document = median(lambda: client.get(url), chosen.repeat)
    page = document.json()
    assert len(page["runs"]) == chosen.runs
    encode, _ = median(lambda: json.dumps(page), chosen.repeat)
    name = f"table of {chosen.runs} runs x {chosen.metrics} metrics, ms"
    row(name, took * 1e3, goal=100, first=first * 1e3, bare_json_ms=encode * 1e3)
    small, _ = median(lambda: client.get("/api/v1/runs?limit=50"), chosen.repeat)
    row("its first 50 rows, ms", small * 1e3)


def curve(client: httpx2.Client, workspace: Workspace, repeat: int) -> None:
    url = "/api/v1/runs/long/metrics/curve?node=fit&name=loss&max_points=2000"
    first = seconds(lambda: client.get(url))
    took, answer = median(lambda: client.get(url), repeat)
    assert answer.json()["num_points"] >= 1000
    bare = seconds(lambda: workspace.metrics("long", "fit", "loss", max_points=2000))
    name = "curve of 1 M points, looked at again, ms"
    row(name, took * 1e3, goal=150, first=first * 1e3, first_without_server_ms=bare * 1e3)
    zoom = url + "&from_step=400000&to_step=500000"
    row("a tenth of it, ms", median(lambda: client.get(zoom), repeat)[0] * 1e3)


def event(client: httpx2.Client, url: str) -> None:
    text = "netloom: 1\nname: speaking\nnodes: {speak: {op: bench.speak, times: 40}}\n"
    run = client.post("/api/v1/runs", json={"text": text}).json()["id"]
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    request = urllib.request.Request(
        f"{url}/api/v1/runs/{run}/events?after=0", headers={"Cookie": cookie}
    )
    delays: list[float] = []

    def listen() -> None:
        with urllib.request.urlopen(request, timeout=120) as response:
            for line in response:
                if line.startswith(b'data: {"kind": "node_metrics"'):
                    delays.append(time.time() - json.loads(line[6:])["values"][-1])
                if b'"kind": "run_changed"' in line and b"succeeded" in line:
                    return

    listener = threading.Thread(target=listen)
    listener.start()
    listener.join(120)
    row("worker to listener, median ms", statistics.median(delays) * 1e3, goal=100, n=len(delays))


def fill(workspace: Workspace, runs: int, metrics: int, points: int) -> None:
    store = workspace.store
    for number in range(runs):
        run = RunId(f"20260101-000000-{number:06x}")
        add_run(store, run, f"loss{number % 7}")
        now = time.time()
        names = [f"metric_{index}" for index in range(metrics)]
        values = {name: number + index / 7 for index, name in enumerate(names)}
        store.emit(
            NodeChanged(run, NodeId("fit"), RunState.CACHED, now, metrics=values),
            *(
                NodeChanged(run, NodeId(node), RunState.CACHED, now)
                for node in ("digits", "parts", "images", "model", "score")
            ),
            RunChanged(run, RunState.SUCCEEDED, now),
        )
    long = RunId("long")
    add_run(store, long, "long", scratch=True)
    steps = np.arange(points, dtype="<i8")
    curve = np.sin(steps / 1e4) + np.random.default_rng(0).normal(size=points)
    for begin in range(0, points, 20_000):
        piece = slice(begin, begin + 20_000)
        times = steps[piece].astype("<f8")
        columns = (column.tobytes() for column in (steps[piece], curve[piece], times))
        store.emit(NodeMetrics(long, NodeId("fit"), 1, "loss", *columns))


def add_run(store: Any, run: RunId, note: str, *, scratch: bool = False) -> None:
    nodes = [
        {"id": "digits", "op": "data.digits", "settings": {}, "inputs": {}},
        {"id": "parts", "op": "data.split", "settings": {"seed": 7}, "inputs": {}},
        {"id": "images", "op": "image.rotate", "settings": {"degrees": 10}, "inputs": {}},
        {"id": "model", "op": "models.image_classifier", "settings": {}, "inputs": {}},
        {"id": "fit", "op": "train", "settings": {"epochs": 3, "note": note}, "inputs": {}},
        {"id": "score", "op": "evaluate", "settings": {}, "inputs": {}},
    ]
    request = RunRequest("digits", {"nodes": nodes, "components": {}}, "/p", scratch=scratch)
    operators = {NodeId(node["id"]): node["op"] for node in nodes}
    store.create_run(run, request, operators, created=time.time())


def read_document(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or lines[-1] != "}\n":
        lines.append(process.stdout.readline())
        assert lines[-1], "the server did not start"
    return json.loads("".join(lines))


def rss_mb(pid: int) -> float:
    return psutil.Process(pid).memory_info().rss / 1e6


def seconds(action: Callable[[], Any]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def median(action: Callable[[], Any], repeat: int) -> tuple[float, Any]:
    times, result = [], None
    for _ in range(repeat):
        began = time.perf_counter()
        result = action()
        times.append(time.perf_counter() - began)
    return statistics.median(times), result


def row(name: str, value: float, **more: float) -> None:
    facts = {key: round(number, 1) for key, number in more.items()}
    print(json.dumps({"benchmark": "server", "what": name, "value": round(value, 2), **facts}))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
