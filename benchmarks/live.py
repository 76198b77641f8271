"""Work while the server serves: how fast points of metrics come in, how soon a training learns.

    python benchmarks/live.py [--points 100000] [--repeat 5]

Starts ``netloom up`` in a project of its own. A job logs as fast as it can while somebody asks for the
table of runs again and again: points that the database keeps, per second from the job's first one to the
end of the run. Then a pipeline on the bundled digits is submitted with another seed
each time: the time from the request to the first loss that the training logs, after its tenth step, by
its time stamp and with a warm worker. Rows are JSON.
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
from pathlib import Path
from typing import Any

import httpx2
from server import read_document

OPERATORS = '''
"""One job that logs as fast as it can."""
from netloom import Needs, RunContext, operator


@operator(group="bench", job=Needs(cpus=0))
def pour(*, steps: int, run: RunContext) -> int:
    """Log ten metrics per step."""
    for step in range(steps):
        run.log(step, {f"m{index}": step / (index + 1) for index in range(10)})
    return steps
'''
METRICS = 10
POUR = "netloom: 1\nname: pour\nnodes: {{pour: {{op: bench.pour, steps: {steps}}}}}\n"
DIGITS = """netloom: 1
name: digits
nodes:
  digits: {{op: data.digits}}
  parts: {{op: data.split, dataset: digits}}
  network: {{op: models.image_classifier}}
  fit: {{op: train, model: network, dataset: parts, epochs: 2, seed: {seed}}}
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "netloom.toml").write_text("")
        (project / "operators").mkdir()
        (project / "operators" / "bench.py").write_text(OPERATORS)
        process = subprocess.Popen(
            [sys.executable, "-m", "netloom.cli.main", "up", "--port", "0", "--json"],
            cwd=project,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            measure(read_document(process), chosen)
        finally:
            process.terminate()
            process.wait(20)


def measure(started: dict[str, Any], chosen: argparse.Namespace) -> None:
    with httpx2.Client(base_url=started["url"], timeout=60) as client:
        client.get(started["link"])
        client.headers["X-CSRF-Token"] = client.get("/api/v1/session").json()["csrf_token"]
        ingestion(client, chosen.points)
        first_steps(client, chosen.repeat)


def ingestion(client: httpx2.Client, points: int) -> None:
    run = submitted(client, POUR.format(steps=points // METRICS))
    asked: list[float] = []
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            began = time.perf_counter()
            client.get("/api/v1/runs?limit=50").raise_for_status()
            asked.append(time.perf_counter() - began)

    asking = threading.Thread(target=ask)
    asking.start()
    finished(client, run)
    ended_at = time.time()
    ended.set()
    asking.join()
    curves = [series(client, run, "pour", f"m{index}") for index in range(METRICS)]
    kept = sum(curve["num_points"] for curve in curves)
    assert kept == points, f"{kept} of {points} points are left"
    took = ended_at - min(curve["times"][0] for curve in curves)
    row("metric points per second while serving", points / took, goal=5000, points=points)
    row("meanwhile, an answer takes, median ms", statistics.median(asked) * 1e3, n=len(asked))


def first_steps(client: httpx2.Client, repeat: int) -> None:
    delays = []
    for seed in range(repeat + 1):
        began = time.time()
        run = submitted(client, DIGITS.format(seed=seed))
        finished(client, run)
        names = [
            found["name"] for found in client.get(f"/api/v1/runs/{run}/metrics").json()["metrics"]
        ]
        name = next(name for name in names if name.endswith("loss") and "valid" not in name)
        curve = series(client, run, "fit", name)
        delays.append(curve["times"][0] - began)
    row(
        "submit to tenth training step, warm, s",
        statistics.median(delays[1:]),
        goal=1,
        cold=delays[0],
    )


def submitted(client: httpx2.Client, text: str) -> str:
    run: str = client.post("/api/v1/runs", json={"text": text}).raise_for_status().json()["id"]
    return run


def finished(client: httpx2.Client, run: str) -> None:
    while (state := client.get(f"/api/v1/runs/{run}").json()["state"]) not in {
        "succeeded",
        "failed",
    }:
        time.sleep(0.1)
    assert state == "succeeded"


def series(client: httpx2.Client, run: str, node: str, name: str) -> dict[str, Any]:
    query = {"node": node, "name": name, "max_points": 1000}
    found: dict[str, Any] = client.get(f"/api/v1/runs/{run}/metrics/curve", params=query).json()
    return found


def row(what: str, value: float, **more: Any) -> None:
    shown = {name: round(v, 2) if isinstance(v, float) else v for name, v in more.items()}
    document = {"benchmark": "live", "what": what, "value": round(value, 2), **shown}
    print(json.dumps(document, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
