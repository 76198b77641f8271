"""A table much larger than memory: generated, fitted, encoded, and fed for one epoch.

    python benchmarks/stream_table.py [--rows 100000000] [--limit-gb 4] [--threads 2] [--folder FOLDER]

Each step is a process whose data segment the system limits (``RLIMIT_DATA``): a step that needs more fails.
The table is that of ``encode_table.py``; a hundred million rows take about 12 GB of disk. Rows are JSON,
one for each step as it ends.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from encode_table import generate, in_process, process_facts, with_engine
from feed_table import ENCODED, shuffled

from netloom.tables.features.codec import read_feature_map


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--limit-gb", type=float, default=4.0)
    parser.add_argument("--memory-gb", type=float, default=1.0, help="what DuckDB may use itself")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.step:
        limit = int(chosen.limit_gb * 2**30)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        print(json.dumps(STEPS[chosen.step](chosen)))
        return
    with tempfile.TemporaryDirectory() as folder:
        chosen.folder = chosen.folder or Path(folder)
        facts = {"rows": chosen.rows, "limit_gb": chosen.limit_gb, "threads": chosen.threads}
        for step in STEPS:
            command = [sys.executable, __file__, "--step", step, "--folder", str(chosen.folder)]
            for name in ("rows", "limit_gb", "memory_gb", "threads"):
                command += [f"--{name.replace('_', '-')}", str(getattr(chosen, name))]
            found = in_process(command)
            rate = chosen.rows / found["s"]
            print(json.dumps({"claim": step, **facts, **found, "rows/s": round(rate)}), flush=True)


def _generated(chosen: argparse.Namespace) -> dict[str, float]:
    started = time.perf_counter()
    generate(chosen.folder / "table", chosen.rows, chosen.threads)
    return _facts(started, chosen.folder / "table")


def _encoded(chosen: argparse.Namespace) -> dict[str, float]:
    started = time.perf_counter()
    found = with_engine(chosen, "duckdb")
    return _facts(started, chosen.folder / ENCODED) | {"fit s": found["fit s"]}


def _fed(chosen: argparse.Namespace) -> dict[str, float]:
    import torch

    torch.set_num_threads(1)
    started = time.perf_counter()
    folder = chosen.folder / ENCODED
    rows = sum(shuffled(folder, read_feature_map(folder)))
    if rows != chosen.rows:
        raise SystemExit(f"{rows} rows were fed, of {chosen.rows}")
    return _facts(started, folder)


def _facts(started: float, folder: Path) -> dict[str, float]:
    size = sum(file.stat().st_size for file in folder.iterdir())
    seconds = time.perf_counter() - started
    return {"s": seconds, **process_facts(), "disk MB": size / 2**20}


STEPS: dict[str, Callable[[argparse.Namespace], dict[str, float]]] = {
    "generate": _generated,
    "fit and encode": _encoded,
    "feed one shuffled epoch": _fed,
}


if __name__ == "__main__":
    main()
