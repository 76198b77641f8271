"""A fully cached graph of 100 jobs, from a cold process, against Hamilton's cache hits.

Claims: `netloom run` < 0.5 s wall; `import netloom` < 0.3 s without torch; ≤ 0.2 ms per cached node.

    python benchmarks/cached_graph.py [--repetitions 5]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from peers import peer_json, peer_python, row

NUM_NODES = 100
HAMILTON = "sf-hamilton==1.90.0"

OPERATORS = '''
from netloom import Needs, operator


@operator(group="bench", job=Needs(cpus=0, keep_worker=True))
def start(*, value: int = 0) -> int:
    """A number."""
    return value


@operator(group="bench", job=Needs(cpus=0, keep_worker=True))
def add(number: int, *, more: int = 1) -> int:
    """A larger number."""
    return number + more
'''

HAMILTON_RUN = """
import json, sys, tempfile, time, types
from hamilton import driver

num_nodes, folder = int(sys.argv[1]), sys.argv[2]
source = ["def n0() -> int:\\n    return 0\\n"]
source += [f"def n{i}(n{i-1}: int) -> int:\\n    return n{i-1} + 1\\n" for i in range(1, num_nodes)]
module = types.ModuleType("chain")
exec("".join(source), module.__dict__)
for value in vars(module).values():
    if callable(value):
        value.__module__ = "chain"
import inspect, linecache
linecache.cache["chain.py"] = (len(source), None, "".join(source).splitlines(True), "chain.py")
path = tempfile.mkdtemp() + "/chain.py"
open(path, "w").write("".join(source))
sys.path.insert(0, path.rpartition("/")[0])
import importlib
module = importlib.import_module("chain")

def run():
    made = driver.Builder().with_modules(module).with_cache(path=folder).build()
    start = time.perf_counter()
    made.execute([f"n{num_nodes - 1}"])
    return time.perf_counter() - start

run()
print(json.dumps(run() / num_nodes))
"""


def pipeline_text() -> str:
    lines = ["netloom: 1", "name: chain", "nodes:", "  n0: {op: bench.start}"]
    lines += [f"  n{i}: {{op: bench.add, number: n{i - 1}}}" for i in range(1, NUM_NODES)]
    return "\n".join(lines) + "\n"


def make_project(folder: Path) -> Path:
    (folder / "operators").mkdir()
    (folder / "operators" / "bench.py").write_text(OPERATORS)
    (folder / "chain.yaml").write_text(pipeline_text())
    return folder / "chain.yaml"


def wall_s(*command: str) -> float:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False, env=environment)
    if done.returncode:
        raise SystemExit(done.stderr.decode())
    return time.perf_counter() - start


def engine_ms_per_node(file: Path) -> tuple[float, float]:
    """Milliseconds per cached node, of planning alone and of a whole recorded run."""
    from netloom.workspace.workspace import Workspace

    workspace = Workspace.open(project=file)
    pipeline = workspace.load(file)
    workspace.plan(pipeline)
    start = time.perf_counter()
    workspace.plan(pipeline)
    planned = time.perf_counter()
    workspace.run(pipeline)
    ran = time.perf_counter()
    workspace.close()
    return (planned - start) / NUM_NODES * 1e3, (ran - planned) / NUM_NODES * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=5)
    repetitions = parser.parse_args().repetitions
    netloom = str(Path(sys.executable).with_name("netloom"))
    python = peer_python(HAMILTON)
    commands, imports, plans, runs, peer = [], [], [], [], []
    with tempfile.TemporaryDirectory() as name:
        file = make_project(Path(name))
        wall_s(netloom, "run", str(file), "--json")
        wall_s(netloom, "run", str(file), "--json")
        for _ in range(repetitions):
            commands.append(wall_s(netloom, "run", str(file), "--json"))
            bare = wall_s(sys.executable, "-c", "pass")
            imports.append(wall_s(sys.executable, "-c", "import netloom") - bare)
            plan_ms, run_ms = engine_ms_per_node(file)
            plans.append(plan_ms)
            runs.append(run_ms)
            with tempfile.TemporaryDirectory() as cache:
                peer.append(peer_json(python, HAMILTON_RUN, str(NUM_NODES), cache) * 1e3)
    rows = [
        row("cached run of 100 nodes, whole command", commands, "s", goal="< 0.5"),
        row("import netloom", imports, "s", goal="< 0.3"),
        row("per cached node, planning", plans, "ms", goal="<= 0.2"),
        row("per cached node, recorded run", runs, "ms", goal="<= 0.2"),
        row(f"per cached node, {HAMILTON}", peer, "ms"),
    ]
    for result in rows:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
