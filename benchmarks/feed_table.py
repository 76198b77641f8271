"""Feeding an encoded table to a training, against a bare loop over Arrow.

    python benchmarks/feed_table.py [--rows 4000000] [--repeat 5] [--folder FOLDER]

The table is that of ``encode_table.py``: 5 numbers and 10 ids a row, and a label. Batches become tensors.
The bare loop reads batches of the same size with one thread, in the order in which they are stored, and
makes tensors without a copy. Two others also shuffle, within windows of as many rows as Netloom: by Arrow and
by torch. Each is measured in a process of its own, in turns. Rows are JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from encode_table import in_process, process_facts
from peers import row

from netloom.tables.features.codec import read_feature_map
from netloom.tables.features.feature_map import FeatureMap
from netloom.tables.feed import EncodedFeed, good_window

Loop = Callable[[Path, FeatureMap], Iterator[int]]
BATCH = 4096
ENCODED = "encoded by duckdb"
GOALS = {"rows/s": 1e6, "of the bare loop": 0.9}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=4_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--measure", choices=MEASURES, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(measured(MEASURES[chosen.measure], chosen.folder / ENCODED)))
        return
    with tempfile.TemporaryDirectory() as folder:
        chosen.folder = chosen.folder or Path(folder)
        if not (chosen.folder / ENCODED).exists():
            encode(chosen.folder, chosen.rows)
        found: dict[str, list[dict[str, float]]] = {name: [] for name in MEASURES}
        for _ in range(chosen.repeat):
            for name in MEASURES:
                command = [sys.executable, __file__, "--measure", name]
                found[name].append(in_process([*command, "--folder", str(chosen.folder)]))
    for name, each in found.items():
        for unit in each[0]:
            print(json.dumps(row(f"{name}: {unit}", [one[unit] for one in each], unit)))
    for name, peer in AGAINST:
        for unit in ("rows/s", "rows per CPU s"):
            shares = [one[unit] / bare[unit] for one, bare in zip(found[name], found[peer])]
            print(json.dumps(row(f"{name} against {peer}, {unit}", shares, "×", goals=GOALS)))


def encode(folder: Path, rows: int) -> None:
    """Generate a table, fit a map and encode."""
    script = Path(__file__).with_name("encode_table.py")
    command = [sys.executable, str(script), "--rows", str(rows), "--folder", str(folder)]
    subprocess.run([*command, "--only", "netloom", "--repeat", "1"], check=True, stdout=sys.stderr)


def measured(loop: Loop, folder: Path) -> dict[str, float]:
    """An epoch after a first one, which finds the files in the memory of the system."""
    import torch

    torch.set_num_threads(1)
    feature_map = read_feature_map(folder)
    sum(loop(folder, feature_map))
    started, cpu = time.perf_counter(), process_facts()["CPU s"]
    rows = sum(loop(folder, feature_map))
    wall, cpu = time.perf_counter() - started, process_facts()["CPU s"] - cpu
    return {
        "rows/s": rows / wall,
        "rows per CPU s": rows / cpu,
        "peak MB": process_facts()["peak MB"],
    }


def shuffled(folder: Path, feature_map: FeatureMap) -> Iterator[int]:
    """An epoch in a new order."""
    return _fed(folder, feature_map, shuffle=True)


def stored(folder: Path, feature_map: FeatureMap) -> Iterator[int]:
    """An epoch in the order in which rows are stored."""
    return _fed(folder, feature_map, shuffle=False)


def _fed(folder: Path, feature_map: FeatureMap, *, shuffle: bool) -> Iterator[int]:
    import torch

    paths = sorted(map(str, folder.glob("*.parquet")))
    feed = EncodedFeed(paths, feature_map, batch_size=BATCH, kept=["label"], shuffle=shuffle)
    for batch in feed.epoch(0):
        tensors = [torch.from_numpy(array) for array in batch.fixed.values()]
        labels = batch.kept["label"].to_numpy()
        tensors.append(torch.from_numpy(labels if labels.flags.writeable else labels.copy()))
        yield len(tensors[0])
    feed.close()


def bare(folder: Path, feature_map: FeatureMap) -> Iterator[int]:
    """A loop as somebody would write it who wants no more than tensors."""
    import pyarrow.parquet as pq
    import torch

    # torch says once that it will not notice if an array that Arrow owns is written to.
    warnings.simplefilter("ignore")
    columns = ["label", *(output.name for output in feature_map.outputs())]
    for path in sorted(folder.glob("*.parquet")):
        file = pq.ParquetFile(path, pre_buffer=True)
        for batch in file.iter_batches(BATCH, columns=columns, use_threads=False):
            tensors = []
            for column in batch.columns:
                flat = column.flatten() if hasattr(column, "flatten") else column
                tensors.append(torch.from_numpy(flat.to_numpy()))
            yield len(tensors[0])


def bare_arrow_shuffle(folder: Path, feature_map: FeatureMap) -> Iterator[int]:
    """The same that mixes as many rows at a time, as Arrow does it."""
    import numpy as np
    import pyarrow as pa

    warnings.simplefilter("ignore")
    rng = np.random.default_rng()
    for table in _windows(folder, feature_map):
        mixed = table.combine_chunks().take(pa.array(rng.permutation(table.num_rows)))
        for batch in mixed.to_batches(BATCH):
            tensors = []
            for column in batch.columns:
                flat = column.flatten() if hasattr(column, "flatten") else column
                tensors.append(torch_of(flat))
            yield len(tensors[0])


def bare_torch_shuffle(folder: Path, feature_map: FeatureMap) -> Iterator[int]:
    """The same, mixed by torch."""
    import torch

    warnings.simplefilter("ignore")
    for table in _windows(folder, feature_map):
        rows = table.num_rows
        whole = []
        for column in table.combine_chunks().columns:
            array = column.chunk(0)
            flat = array.flatten() if hasattr(array, "flatten") else array
            whole.append(torch_of(flat).view(rows, -1))
        order = torch.randperm(rows)
        for start in range(0, rows, BATCH):
            picked = order[start : start + BATCH]
            tensors = [column.index_select(0, picked) for column in whole]
            yield len(tensors[0])


def _windows(folder: Path, feature_map: FeatureMap) -> Iterator[Any]:
    """Row groups in random order, of no more rows together than the feed has in a window."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = ["label", *(output.name for output in feature_map.outputs())]
    files = [pq.ParquetFile(path, pre_buffer=True) for path in sorted(folder.glob("*.parquet"))]
    groups = [(file, number) for file in files for number in range(file.num_row_groups)]
    random.shuffle(groups)
    pool: list[Any] = []
    for file, number in groups:
        table = file.read_row_group(number, columns=columns, use_threads=False)
        if pool and sum(map(len, pool)) + len(table) > good_window(feature_map.outputs()):
            yield pa.concat_tables(pool)
            pool = []
        pool.append(table)
    yield pa.concat_tables(pool)


def torch_of(values: Any) -> Any:
    """A tensor that shares Arrow's memory."""
    import torch

    return torch.from_numpy(values.to_numpy())


MEASURES: dict[str, Loop] = {
    "bare loop": bare,
    "stored order": stored,
    "bare loop, shuffled by Arrow": bare_arrow_shuffle,
    "bare loop, shuffled by torch": bare_torch_shuffle,
    "shuffled": shuffled,
}
AGAINST = (
    ("stored order", "bare loop"),
    ("shuffled", "bare loop"),
    ("shuffled", "bare loop, shuffled by Arrow"),
    ("shuffled", "bare loop, shuffled by torch"),
)


if __name__ == "__main__":
    main()
