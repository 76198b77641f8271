"""Predicting an encoded table with a small network, against a bare loop and Ray Data.

    python benchmarks/predict_table.py [--rows 4000000] [--repeat 5] [--threads 2] [--ray] [--folder FOLDER]

The table is that of ``encode_table.py``: 5 numbers and 10 ids a row; the network is an MLP of 64 and 32 units
over vectors of 4 numbers. All write keys, answers and probabilities as Parquet. The bare loop is one that
somebody would write for this table: batches of Arrow, the network, a Parquet writer; nothing can be resumed.
Ray Data (``--ray``) reads, predicts with one actor per core, and writes, in an environment of its own that
takes PyTorch and Arrow from this one. Each is measured in a process of its own, in turns; starting Python,
PyTorch and Ray is not counted. Rows are JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from encode_table import in_process, process_facts
from feed_table import ENCODED, encode
from peers import peer_python, row

from netloom.inference.tables.partitions import plan_partitions
from netloom.inference.tables.predicting import here, job_digest, predict_partitions
from netloom.inference.tables.prediction_columns import PredictionColumns
from netloom.inference.tables.predictor import TablePredictor
from netloom.inference.tables.resuming import PredictionFiles
from netloom.models.tabular.network import build_table_network
from netloom.models.tabular.package import TableManifest, open_table_package, save_table_package
from netloom.models.tabular.spec import MLP, Target
from netloom.tables.columns import columns_of
from netloom.tables.engines.engine import open_engine
from netloom.tables.features.codec import read_feature_map
from netloom.tables.table import TableFiles
from netloom.tasks.tabular.input import feature_input

RAY = "ray[data]==2.60.0"
BATCH = 8192
GOALS = {"of the bare loop": 0.8, "times Ray Data": 4}
Measure = Callable[[argparse.Namespace, Path], None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=4_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--ray", action="store_true")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--measure", choices=MEASURES, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(measured(MEASURES[chosen.measure], chosen)))
        return
    with tempfile.TemporaryDirectory() as folder:
        chosen.folder = chosen.folder or Path(folder)
        if not (chosen.folder / ENCODED).exists():
            encode(chosen.folder, chosen.rows)
        save_model(chosen.folder)
        names = [name for name in MEASURES if chosen.ray or "Ray" not in name]
        found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
        for _ in range(chosen.repeat):
            for name in names:
                found[name].append(in_process(command(name, chosen)))
    for name, each in found.items():
        for unit in each[0]:
            print(json.dumps(row(f"{name}: {unit}", [one[unit] for one in each], unit)))
    for other in names:
        for unit in found[other][0] if other != "netloom" else ():
            shares = [a[unit] / b[unit] for a, b in zip(found["netloom"], found[other])]
            print(json.dumps(row(f"netloom against {other}, {unit}", shares, "×", goals=GOALS)))


def command(name: str, chosen: argparse.Namespace) -> list[str]:
    """What runs a measure: here, or with Ray beside what is installed here."""
    python = [sys.executable]
    if "Ray" in name:
        here_too = [sysconfig.get_path("purelib"), *(p for p in sys.path if p.endswith("src"))]
        python = ["env", f"PYTHONPATH={os.pathsep.join(here_too)}", str(peer_python(RAY))]
    options = ["--measure", name, "--folder", str(chosen.folder), "--threads", str(chosen.threads)]
    return [*python, __file__, *options]


def save_model(folder: Path) -> None:
    """A network that nobody trained predicts as fast as one that somebody did."""
    feature_map = read_feature_map(folder / ENCODED)
    target = Target(column="label", type="binary", classes=("0", "1"))
    manifest = TableManifest(
        network=MLP(widths=(64, 32), embedding=4),
        input=feature_input(feature_map),
        targets=(target,),
    )
    network = build_table_network(manifest.network, manifest.input, (1,), seed=0)
    save_table_package(
        folder / "model", manifest, network.state_dict(), feature_map=feature_map.to_text()
    )


def measured(measure: Measure, chosen: argparse.Namespace) -> dict[str, float]:
    """One pass after a first one, which finds the files in the memory of the system."""
    import torch

    torch.set_num_threads(chosen.threads)
    out = Path(tempfile.mkdtemp(dir=chosen.folder))
    try:
        measure(chosen, out / "first")
        started, cpu = time.perf_counter(), process_facts()["CPU s"]
        measure(chosen, out / "second")
        wall, cpu = time.perf_counter() - started, process_facts()["CPU s"] - cpu
        rows = sum(_rows(path) for path in (out / "second").rglob("*.parquet"))
    finally:
        shutil.rmtree(out)
    facts = {"rows/s": rows / wall, "peak MB": process_facts()["peak MB"]}
    # Those of Ray's actors are not known here.
    return facts if "Ray" in chosen.measure else {**facts, "rows per CPU s": rows / cpu}


def _rows(path: Path) -> int:
    import pyarrow.parquet as pq

    return int(pq.read_metadata(path).num_rows)


def table_of(chosen: argparse.Namespace) -> TableFiles:
    """The encoded table."""
    import pyarrow.parquet as pq

    folder = chosen.folder / ENCODED
    paths = tuple(sorted(map(str, folder.glob("*.parquet"))))
    columns = columns_of(pq.read_schema(paths[0]), name="the table")
    return TableFiles(paths, columns, folder=str(folder))


def netloom(chosen: argparse.Namespace, out: Path) -> None:
    """As the operator and the command line do it."""
    predictor = TablePredictor.open(chosen.folder / "model", batch_size=BATCH)
    table = table_of(chosen)
    columns = predictor.columns(table)
    engine = open_engine(memory_limit=1 << 30, threads=chosen.threads, scratch=out / "scratch")
    predicting = here(predictor, table, columns, engine=engine, scratch=out / "vocabularies")
    _predict(table, columns, predictor.digest, predicting, out)
    engine.close()


def netloom_on_ray(chosen: argparse.Namespace, out: Path) -> None:
    """The same, by actors of Ray."""
    from netloom.inference.tables.ray_data import RayWork, on_ray

    _start_ray(chosen)
    predictor = TablePredictor.open(chosen.folder / "model", batch_size=BATCH)
    table = table_of(chosen)
    columns = predictor.columns(table)
    work = RayWork(package=chosen.folder / "model", table=table, columns=columns, batch_size=BATCH)
    _predict(table, columns, predictor.digest, on_ray(work, workers=chosen.threads), out)


def _predict(
    table: TableFiles, columns: PredictionColumns, digest: str, predicting: Any, out: Path
) -> None:
    files = PredictionFiles(out / "predicted", job_digest(digest, columns), digest)
    predict_partitions(plan_partitions(table), files, predicting, progress=lambda done, total: None)


def bare(chosen: argparse.Namespace, out: Path) -> None:
    """A loop as somebody would write it who wants this table predicted once."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    import torch

    network = open_table_package(chosen.folder / "model").network
    out.mkdir()
    schema = pa.schema([("id", pa.int64()), ("label", pa.int64()), ("score", pa.float32())])
    names = ["default_numbers", "default_ids"]
    with (
        pq.ParquetWriter(out / "0.parquet", schema, compression="zstd") as writer,
        torch.inference_mode(),
    ):
        for path in table_of(chosen).paths:
            done = []
            for batch in pq.ParquetFile(path).iter_batches(BATCH, columns=["id", *names]):
                inputs = {
                    name: torch.from_numpy(
                        batch[name].flatten().to_numpy().reshape(batch.num_rows, -1).copy()
                    )
                    for name in names
                }
                scores = torch.sigmoid(network(inputs)[0][:, 0]).numpy()
                labels = (scores >= 0.5).astype("int64")
                done.append(pa.record_batch([batch["id"], labels, scores], schema=schema))
                if len(done) == 15:
                    writer.write_table(pa.Table.from_batches(done))
                    done = []
            if done:
                writer.write_table(pa.Table.from_batches(done))


class RayPredictor:
    """What a user of Ray Data writes: a class that is called with batches."""

    def __init__(self, package: Path) -> None:
        import torch

        torch.set_num_threads(1)
        self.network = open_table_package(package).network

    def __call__(self, batch: Any) -> Any:
        import pyarrow as pa
        import torch

        inputs = {
            name: torch.from_numpy(
                batch[name].combine_chunks().flatten().to_numpy().reshape(len(batch), -1).copy()
            )
            for name in ("default_numbers", "default_ids")
        }
        with torch.inference_mode():
            scores = torch.sigmoid(self.network(inputs)[0][:, 0]).numpy()
        labels = (scores >= 0.5).astype("int64")
        return pa.table({"id": batch["id"], "label": labels, "score": scores})


def ray_data(chosen: argparse.Namespace, out: Path) -> None:
    """Ray Data from end to end."""
    import ray

    _start_ray(chosen)
    names = ["id", "default_numbers", "default_ids"]
    rows = ray.data.read_parquet(list(table_of(chosen).paths)).select_columns(names)
    rows.map_batches(
        RayPredictor,
        fn_constructor_args=(chosen.folder / "model",),
        batch_size=BATCH,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(size=chosen.threads),
    ).write_parquet(str(out))


def _start_ray(chosen: argparse.Namespace) -> None:
    """Once in a process; the first pass pays for it."""
    import ray

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if not ray.is_initialized():
        # Actors import this file under its own name.
        path = [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        ray.init(
            num_cpus=chosen.threads + 1,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="error",
            runtime_env={"env_vars": {"PYTHONPATH": os.pathsep.join(path)}},
        )


MEASURES: dict[str, Measure] = {
    "bare loop": bare,
    "netloom": netloom,
    "Ray Data": ray_data,
    "netloom on Ray": netloom_on_ray,
}


if __name__ == "__main__":
    main()
