"""Whole-engine cost of jobs and of inline nodes: dispatcher, database, cache and worker included.

Claims: start-to-start of dependent jobs ≤ 40 ms on freshly forked processes, ≤ 5 ms on a reused one;
an inline node ≤ 0.1 ms. The time of a short graph is subtracted from that of a long one.

    python benchmarks/job_chain.py [--repetitions 5]
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
import time
from pathlib import Path

from peers import row

from netloom.workspace.workspace import Workspace

OPERATORS = '''
from netloom import Needs, operator


@operator(group="bench", job=Needs(), preload=("torch",))
def forked(number: int, *, more: int = 1) -> int:
    """A job in a process of its own."""
    return number + more


@operator(group="bench", job=Needs(keep_worker=True), preload=("torch",))
def kept(number: int, *, more: int = 1) -> int:
    """A job in a process that is kept."""
    return number + more


@operator(group="bench")
def inline(number: int, *, more: int = 1) -> int:
    """A node that only describes."""
    return number + more


@operator(group="bench")
def start(*, value: int = 0) -> int:
    """A number."""
    return value
'''


def seconds(workspace: Workspace, kind: str, num_nodes: int, value: int) -> float:
    """Run a chain that nothing is cached of."""
    lines = ["netloom: 1", f"name: {kind}", "nodes:", f"  n0: {{op: bench.start, value: {value}}}"]
    lines += [f"  n{i}: {{op: bench.{kind}, number: n{i - 1}}}" for i in range(1, num_nodes + 1)]
    file = workspace.project / f"{kind}.yaml"
    file.write_text("\n".join(lines) + "\n")
    pipeline = workspace.load(file)
    start = time.perf_counter()
    workspace.run(pipeline).require_success()
    return time.perf_counter() - start


def evaluation_ms(workspace: Workspace, num_nodes: int, values: itertools.count[int]) -> float:
    """Milliseconds per inline node inside the worker that evaluates them, nothing else."""
    file = workspace.project / "inline.yaml"
    seconds(workspace, "inline", num_nodes, next(values))
    result = workspace.run(workspace.load(file, sets=[f"n0.value={next(values)}"]))
    return (result.nodes[f"n{num_nodes}"].seconds or 0.0) / num_nodes * 1e3


def per_node_ms(
    workspace: Workspace, kind: str, num_nodes: int, values: itertools.count[int]
) -> float:
    short = seconds(workspace, kind, 2, next(values))
    long = seconds(workspace, kind, 2 + num_nodes, next(values))
    return (long - short) / num_nodes * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=5)
    repetitions = parser.parse_args().repetitions
    values = itertools.count(int(time.time()) * 1000, 1000)
    with tempfile.TemporaryDirectory() as name:
        project = Path(name)
        (project / "operators").mkdir()
        (project / "operators" / "bench.py").write_text(OPERATORS)
        workspace = Workspace.open(project=project)
        for kind, num_nodes, goal in (
            ("forked", 20, "<= 40"),
            ("kept", 50, "<= 5"),
            ("inline", 500, "<= 0.1"),
        ):
            samples = [per_node_ms(workspace, kind, num_nodes, values) for _ in range(repetitions)]
            print(json.dumps(row(f"one more {kind} node in a run", samples, "ms", goal=goal)))
        samples = [evaluation_ms(workspace, 500, values) for _ in range(repetitions)]
        print(json.dumps(row("evaluation of one inline node", samples, "ms", goal="<= 0.1")))
        workspace.close()


if __name__ == "__main__":
    main()
