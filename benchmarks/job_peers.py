"""Start-to-start time of steps that do nothing, in Metaflow and in Dagster.

The peers of `job_latency.py`: a chain of steps, each in a process of its own, as both do by default.

    python benchmarks/job_peers.py [--repetitions 3] [--steps 10]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from peers import peer_python, row

METAFLOW = "metaflow==2.19.39"
DAGSTER = "dagster==1.13.27"

METAFLOW_HEAD = """
from metaflow import FlowSpec, step


class Chain(FlowSpec):
    @step
    def start(self):
        self.next(self.s0)
"""
METAFLOW_TAIL = """
    @step
    def end(self):
        pass


if __name__ == "__main__":
    Chain()
"""

DAGSTER_JOBS = """
from dagster import job, multiprocess_executor, op

one_at_a_time = multiprocess_executor.configured({"max_concurrent": 1})


@op
def first():
    return 0


@op
def nothing(value):
    return value


def connect(num_steps):
    value = first()
    for number in range(num_steps - 1):
        value = nothing.alias(f"nothing_{number}")(value)


@job(executor_def=one_at_a_time)
def short():
    connect(2)


@job(executor_def=one_at_a_time)
def long():
    connect(2 + EXTRA)
"""

DAGSTER_RUN = """
import sys
import chain
from dagster import DagsterInstance, execute_job, reconstructable

if __name__ == "__main__":
    with DagsterInstance.local_temp() as instance:
        if sys.argv[1] == "short":
            target = reconstructable(chain.short)
        else:
            target = reconstructable(chain.long)
        assert execute_job(target, instance=instance).success
"""


def metaflow_text(num_steps: int) -> str:
    steps = [
        f"\n    @step\n    def s{i}(self):\n        self.next(self.{next_name(i, num_steps)})\n"
        for i in range(num_steps)
    ]
    return METAFLOW_HEAD + "".join(steps) + METAFLOW_TAIL


def next_name(index: int, num_steps: int) -> str:
    return f"s{index + 1}" if index + 1 < num_steps else "end"


def seconds(command: list[str], folder: Path) -> float:
    environment = {**os.environ, "METAFLOW_USER": "bench", "HOME": str(folder)}
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=folder, env=environment)
    return time.perf_counter() - start


def per_step_ms(short: float, long: float, extra_steps: int) -> float:
    """Start-up cancels out: the same flow with more steps, minus the flow with few."""
    return (long - short) / extra_steps * 1e3


def metaflow_ms(extra_steps: int) -> float:
    python = str(peer_python(METAFLOW))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "short.py").write_text(metaflow_text(1))
        (folder / "long.py").write_text(metaflow_text(1 + extra_steps))
        short = seconds([python, "short.py", "run"], folder)
        long = seconds([python, "long.py", "run"], folder)
    return per_step_ms(short, long, extra_steps)


def dagster_ms(extra_steps: int) -> float:
    python = str(peer_python(DAGSTER))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "chain.py").write_text(DAGSTER_JOBS.replace("EXTRA", str(extra_steps)))
        (folder / "run.py").write_text(DAGSTER_RUN)
        short = seconds([python, "run.py", "short"], folder)
        long = seconds([python, "run.py", "long"], folder)
    return per_step_ms(short, long, extra_steps)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--steps", type=int, default=10)
    options = parser.parse_args()
    for name, measure in ((METAFLOW, metaflow_ms), (DAGSTER, dagster_ms)):
        samples = [measure(options.steps) for _ in range(options.repetitions)]
        print(json.dumps(row(f"step that does nothing, {name}", samples, "ms")))


if __name__ == "__main__":
    main()
