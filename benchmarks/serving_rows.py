"""Serving a table model over HTTP: rows in JSON, against a service written by hand with FastAPI.

The table has 5 numbers and 10 texts with vocabularies of 10 000 values, the network is a small MLP. The other
service encodes with dictionaries and NumPy and checks rows with pydantic. Ours encodes with the SQL of
`tables.predict`, so that nothing has to be written twice; the claim is one row within 15 ms.

    python benchmarks/serving_rows.py [--seconds 3] [--repetitions 3] [--clients 1 32] [--rows 1 100]

Servers take turns; `cpu_ms` is the server's processor time per request, children included.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from serving import HERE, free_port, load, report, wait_for

from netloom.models.tabular.network import build_table_network
from netloom.models.tabular.package import TableManifest, save_table_package
from netloom.models.tabular.spec import MLP, Target
from netloom.tables.columns import columns_of
from netloom.tables.engines.engine import open_engine
from netloom.tables.features.fitting import fit_features
from netloom.tables.features.settings import FeatureSettings
from netloom.tables.table import TableFiles
from netloom.tasks.tabular.input import feature_input

ROWS, VALUES = 40_000, 10_000
OURS, BY_HAND = "netloom", "fastapi"
_ASKED = ("--path", "/v1/predict", "--expected", "clicked_score")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 32])
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 100])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = example_table()
        package = made_package(table, folder)
        with served(OURS, package) as ours, served(BY_HAND, package) as other:
            for rows in options.rows:
                body = folder / f"{rows}.json"
                taken = table.drop_columns(["clicked"]).slice(0, rows).to_pylist()
                body.write_text(json.dumps({"rows": taken}))
                for clients in options.clients:
                    compare({OURS: ours, BY_HAND: other}, body, rows, clients, options)


def compare(
    servers: dict[str, tuple[int, psutil.Process]],
    body: Path,
    rows: int,
    clients: int,
    options: Any,
) -> None:
    """Both in turns."""
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in servers}
    for _ in range(options.repetitions):
        for name, (port, process) in servers.items():
            measured[name].append(load(port, process, body, clients, options.seconds, *_ASKED))
    report(BY_HAND, f"{rows} rows, {clients} clients", measured, unit="rows/s", each=rows)


@contextmanager
def served(kind: str, package: Path) -> Iterator[tuple[int, psutil.Process]]:
    """A service of the package, ready, with its port."""
    port = free_port()
    command = [sys.executable, "-m", "netloom.serving", "serve", str(package), "--port", str(port)]
    if kind == BY_HAND:
        program = HERE / "http_peers" / "rows_by_hand.py"
        command = [sys.executable, str(program), str(package), str(port)]
    process = psutil.Popen(command)
    try:
        wait_for(port, process)
        yield port, process
    finally:
        if process.is_running():
            process.terminate()
        process.wait(20)


def example_table() -> pa.Table:
    chance = random.Random(0)
    numbers = {f"n{k}": [chance.gauss(0, 1) for _ in range(ROWS)] for k in range(5)}
    texts = {f"t{k}": [f"v{chance.randrange(VALUES)}" for _ in range(ROWS)] for k in range(10)}
    return pa.table({**numbers, **texts, "clicked": [n % 3 == 0 for n in range(ROWS)]})


def made_package(table: pa.Table, folder: Path) -> Path:
    pq.write_table(table, folder / "rows.parquet")
    files = TableFiles((str(folder / "rows.parquet"),), columns_of(table.schema, name="rows"))
    engine = open_engine(memory_limit=None, threads=2, scratch=folder / "scratch")
    fitted = fit_features(engine, files, FeatureSettings(labels=("clicked",)), rows=ROWS)
    engine.close()
    target = Target(column="clicked", type="binary", classes=("false", "true"))
    manifest = TableManifest(
        network=MLP(widths=(64, 32)), input=feature_input(fitted.feature_map), targets=(target,)
    )
    network = build_table_network(manifest.network, manifest.input, manifest.outputs, seed=0)
    text = fitted.feature_map.to_text()
    save_table_package(folder / "model", manifest, network.state_dict(), feature_map=text)
    return folder / "model"


if __name__ == "__main__":
    main()
