"""Start-to-start latency of no-op jobs that depend on each other: fresh fork, and a kept worker.

Claim: at most 40 ms on a freshly forked process with torch preloaded, at most 5 ms on a reused one. Each
sample is submit → final event, so it holds everything a dispatcher pays between two jobs except its own
book-keeping: fork, catalogue, check of the code, call, saving the output, exit.

    python benchmarks/job_latency.py [--jobs 50] [--json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from netloom.core.identifiers import NodeId, OperatorId, RunId, new_job_id
from netloom.execution.events import JobEnded, JobSucceeded
from netloom.execution.jobs import DeviceLease, JobSpec, Step
from netloom.execution.local.local_executor import LocalExecutor
from netloom.graph.catalogue import Catalogue
from netloom.graph.fingerprint import operator_code_hash
from netloom.graph.operator import Needs, operator

PRELOAD = ("torch",)


@operator(group="bench", job=True)
def nothing(*, value: int = 0) -> int:
    """A job that does nothing."""
    return value


def catalogue(files: Any = ()) -> Catalogue:
    return Catalogue([nothing])


def job(folder: Path, number: int, *, keep_worker: bool) -> JobSpec:
    return JobSpec(
        id=new_job_id(),
        run=RunId("bench"),
        node=NodeId("nothing"),
        attempt=1,
        steps=(Step(NodeId("nothing"), OperatorId("bench.nothing"), {"value": number}, {}),),
        catalogue="job_latency:catalogue",
        code=operator_code_hash(nothing),
        workspace=str(folder),
        folder=str(folder / str(number)),
        project="",
        needs=Needs(),
        preload=PRELOAD,
        keep_worker=keep_worker,
    )


def seconds_of_job(executor: LocalExecutor, spec: JobSpec) -> float:
    start = time.perf_counter()
    executor.submit(spec, DeviceLease(spec.id, cpus=1.0))
    while True:
        for event in executor.poll(10.0):
            if isinstance(event, JobEnded):
                raise SystemExit("\n".join(map(str, event.diagnostics)))
            if isinstance(event, JobSucceeded):
                return time.perf_counter() - start


def samples(num_jobs: int, *, keep_worker: bool) -> Iterator[float]:
    with tempfile.TemporaryDirectory() as name:
        executor = LocalExecutor()
        try:
            for number in range(num_jobs + 2):
                spec = job(Path(name), number, keep_worker=keep_worker)
                seconds = seconds_of_job(executor, spec)
                if number >= 2:  # the first waits for torch, once
                    yield seconds
        finally:
            executor.close()


def new_interpreter(num_jobs: int) -> Iterator[float]:
    """What a job costs where every process imports torch for itself."""
    for _ in range(num_jobs):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import torch"], check=True)
        yield time.perf_counter() - start


def summary(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "median_ms": round(1e3 * statistics.median(ordered), 2),
        "p95_ms": round(1e3 * ordered[int(0.95 * (len(ordered) - 1))], 2),
        "jobs": len(ordered),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parent))  # workers import this file
    results = {
        "fresh fork, torch preloaded": summary(list(samples(options.jobs, keep_worker=False))),
        "kept worker": summary(list(samples(options.jobs, keep_worker=True))),
        "new interpreter importing torch": summary(list(new_interpreter(3))),
    }
    if options.json:
        print(json.dumps(results))
        return
    for name, result in results.items():
        print(f"{name:34} median {result['median_ms']:8.2f} ms   p95 {result['p95_ms']:8.2f} ms")


if __name__ == "__main__":
    main()
