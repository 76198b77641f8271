"""Fitting a feature map and encoding a table with it.

    python benchmarks/encode_table.py [--rows 10000000] [--threads 2] [--memory-gb 1] [--spark] [--repeat 3]

The table is generated: 5 columns of numbers, 10 of categories (100 000 values each, some very frequent), 5
others; 5 % nulls. Peers: the same by SQL written by hand, with a column for each feature instead of lists, on
DuckDB and (``--spark``) on PySpark in local mode; with the transformers of Spark's own library; and Netloom's
own pipeline on Spark. Each is measured in a process of its own, so peak memory is that of one. Rows are JSON.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
from peers import row

from netloom.tables.columns import columns_of
from netloom.tables.engines.engine import open_engine
from netloom.tables.features.codec import MAP_FILE
from netloom.tables.features.encoding import encode_table
from netloom.tables.features.fitting import fit_features
from netloom.tables.features.settings import FeatureSettings
from netloom.tables.table import TableFiles

NUMBERS = [f"n{place}" for place in range(5)]
CATEGORIES = [f"c{place}" for place in range(10)]
VALUES = 100_000
GOALS = {"CPU seconds against DuckDB by hand": 1.3, "peak MB": 2000}
PIECE = 10_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory-gb", type=float, default=1.0)
    parser.add_argument("--spark", action="store_true")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the table is kept for another time")
    parser.add_argument("--only", choices=MEASURES)
    parser.add_argument("--measure", choices=MEASURES, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(MEASURES[chosen.measure](chosen)))
        return
    with tempfile.TemporaryDirectory() as folder:
        chosen.folder = chosen.folder or Path(folder)
        generate(chosen.folder / "table", chosen.rows, chosen.threads)
        measured: dict[str, list[dict[str, float]]] = {}
        for number in range(chosen.repeat):
            # In turns, so that a busy moment of the machine meets all of them.
            for name in [chosen.only] if chosen.only else MEASURES:
                is_of_spark = "spark" in name
                if name == chosen.only or not is_of_spark or (chosen.spark and number == 0):
                    measured.setdefault(name, []).append(in_process(_command(name, chosen)))
        facts = {"rows": chosen.rows, "threads": chosen.threads, "memory_gb": chosen.memory_gb}
        for name, each in measured.items():
            for unit in each[0]:
                print(
                    json.dumps(row(f"{name}: {unit}", [one[unit] for one in each], unit, **facts))
                )
        for other, unit in (
            ("duckdb by hand", "CPU s"),
            ("duckdb by hand", "s"),
            ("pyspark by hand", "s"),
            ("pyspark.ml", "s"),
        ):
            if other in measured and "netloom" in measured:
                pairs = zip(measured["netloom"], measured[other], strict=False)
                shares = [ours[unit] / theirs[unit] for ours, theirs in pairs]
                print(json.dumps(row(f"netloom against {other}, {unit}", shares, "×", goals=GOALS)))


def generate(folder: Path, rows: int, threads: int) -> None:
    """Write the table, once for all who are measured."""
    if folder.exists():
        return
    folder.mkdir(parents=True)
    numbers = [
        f"CASE WHEN hash(i, {k}) % 20 = 0 THEN NULL ELSE (hash(i, {k}, 1) % 1000000) / 1000.0 END AS {name}"
        for k, name in enumerate(NUMBERS)
    ]
    categories = [
        f"CASE WHEN hash(i, {k}, 2) % 20 = 0 THEN NULL ELSE 'value ' || "
        f"CAST(pow((hash(i, {k}, 3) % 1000000) / 1e6, 3) * {VALUES} AS INTEGER) END AS {name}"
        for k, name in enumerate(CATEGORIES)
    ]
    columns = ", ".join(["i AS id", *numbers, *categories, "i % 2 AS label", "i % 7 AS dropped_1",
                         "i % 11 AS dropped_2", "i % 13 AS dropped_3"])  # fmt: skip
    connection = duckdb.connect(config={"threads": threads, "memory_limit": "2GB"})
    for number, start in enumerate(range(0, rows, PIECE)):
        piece = f"range({start}, {min(start + PIECE, rows)})"
        connection.execute(
            f"COPY (SELECT {columns} FROM {piece} t(i)) TO '{folder}/part-{number:05d}.parquet' "
            "(FORMAT parquet, COMPRESSION zstd)"
        )


def in_process(command: Sequence[str]) -> dict[str, float]:
    """What a fresh process measures; it prints one JSON document last."""
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    measured: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return measured


def _command(name: str, chosen: argparse.Namespace) -> list[str]:
    command = [sys.executable, __file__, "--measure", name, "--folder", str(chosen.folder)]
    command += ["--rows", str(chosen.rows), "--threads", str(chosen.threads)]
    return [*command, "--memory-gb", str(chosen.memory_gb)]


def with_engine(chosen: argparse.Namespace, name: Any) -> dict[str, float]:
    """Fit and encode as the operators do."""
    folder = Path(tempfile.mkdtemp(dir=chosen.folder))
    paths = tuple(map(str, sorted((chosen.folder / "table").glob("*.parquet"))))
    schema = duckdb.sql(f"SELECT * FROM read_parquet('{paths[0]}') LIMIT 0").to_arrow_table().schema
    files = TableFiles(paths, columns_of(schema, name="the table"))
    settings = FeatureSettings(keys=("id",), labels=("label",), drop=("dropped_*",))
    memory = int(chosen.memory_gb * 2**30)
    started = time.perf_counter()
    engine = open_engine(
        name, memory_limit=memory, threads=chosen.threads, scratch=folder / "scratch"
    )
    ready = time.perf_counter()
    feature_map = fit_features(engine, files, settings, rows=chosen.rows).feature_map
    fitted = time.perf_counter()
    encode_table(engine, files, feature_map, folder / "out", scratch=folder / "vocabularies")
    done = time.perf_counter()
    engine.close()
    kept = chosen.folder / f"encoded by {name}"
    if not kept.exists():
        (folder / "out").rename(kept)
        (kept / MAP_FILE).write_text(feature_map.to_text())
    return {
        "s": done - ready,
        "start s": ready - started,
        "fit s": fitted - ready,
    } | process_facts()


def by_hand(chosen: argparse.Namespace) -> dict[str, float]:
    """The same in SQL as somebody would write it for this table alone."""
    folder = Path(tempfile.mkdtemp(dir=chosen.folder))
    source = f"read_parquet('{chosen.folder}/table/*.parquet')"
    connection = duckdb.connect(
        config={"threads": chosen.threads, "memory_limit": f"{chosen.memory_gb}GB",
                "temp_directory": str(folder)}
    )  # fmt: skip
    started = time.perf_counter()
    found = connection.execute(moments(source)).fetchone()
    assert found is not None
    for name in CATEGORIES:
        connection.execute(f"CREATE TEMP TABLE v_{name} AS {vocabulary(name, source)}")
    fitted = time.perf_counter()
    connection.execute(
        f"COPY ({encoded(source, found)}) TO '{folder}/out.parquet' "
        "(FORMAT parquet, COMPRESSION zstd)"
    )
    done = time.perf_counter()
    return {"s": done - started, "fit s": fitted - started} | process_facts()


def on_spark_by_hand(chosen: argparse.Namespace) -> dict[str, float]:
    """The same SQL on Spark, with vocabularies kept in memory."""
    folder = Path(tempfile.mkdtemp(dir=chosen.folder))
    source = f"parquet.`{chosen.folder}/table`"
    started = time.perf_counter()
    session = _spark(chosen.threads)
    ready = time.perf_counter()
    found = tuple(session.sql(moments(source)).collect()[0])
    for name in CATEGORIES:
        table = session.sql(vocabulary(name, source)).cache()
        table.count()
        table.createOrReplaceTempView(f"v_{name}")
    fitted = time.perf_counter()
    session.sql(encoded(source, found)).write.parquet(str(folder / "out"))
    done = time.perf_counter()
    session.stop()
    return {"s": done - ready, "start s": ready - started, "fit s": fitted - ready}


def with_spark_ml(chosen: argparse.Namespace) -> dict[str, float]:
    """With what Spark itself has for features: means for nulls, z-scores, ids by frequency."""
    from pyspark.ml import Pipeline
    from pyspark.ml.feature import Imputer, StandardScaler, StringIndexer, VectorAssembler

    folder = Path(tempfile.mkdtemp(dir=chosen.folder))
    started = time.perf_counter()
    session = _spark(chosen.threads)
    ready = time.perf_counter()
    filled = [f"filled_{name}" for name in NUMBERS]
    ids = [f"id_{name}" for name in CATEGORIES]
    stages = [
        Imputer(inputCols=NUMBERS, outputCols=filled),
        VectorAssembler(inputCols=filled, outputCol="assembled"),
        StandardScaler(inputCol="assembled", outputCol="numbers", withMean=True, withStd=True),
        StringIndexer(inputCols=CATEGORIES, outputCols=ids, handleInvalid="keep"),
    ]
    rows = session.read.parquet(str(chosen.folder / "table"))
    model = Pipeline(stages=stages).fit(rows)
    fitted = time.perf_counter()
    encoded = model.transform(rows).select("id", "label", "numbers", *ids)
    encoded.write.parquet(str(folder / "out"))
    done = time.perf_counter()
    session.stop()
    return {"s": done - ready, "start s": ready - started, "fit s": fitted - ready}


def _spark(threads: int) -> Any:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(f"local[{threads}]")
    for key, value in {
        "spark.driver.memory": "4g",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "8",
        "spark.sql.parquet.compression.codec": "zstd",
    }.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def moments(source: str) -> str:
    """A query for means and deviations."""
    chosen = ", ".join(f"avg({name}), stddev_pop({name})" for name in NUMBERS)
    return f"SELECT {chosen} FROM {source}"


def vocabulary(name: str, source: str) -> str:
    """A query for values by frequency with their ids."""
    return (
        f"SELECT {name} AS value, row_number() OVER (ORDER BY count(*) DESC, {name}) + 1 AS id "
        f"FROM {source} WHERE {name} IS NOT NULL GROUP BY {name}"
    )


def encoded(source: str, found: Sequence[float]) -> str:
    """A query that encodes, one column for each feature."""
    numbers = ", ".join(
        f"CAST((COALESCE({name}, {found[2 * k]}) - {found[2 * k]}) / {found[2 * k + 1]} AS FLOAT) AS {name}"
        for k, name in enumerate(NUMBERS)
    )
    ids = ", ".join(
        f"CAST(CASE WHEN t.{name} IS NULL THEN 1 ELSE COALESCE(v_{name}.id, 0) END AS INTEGER) AS {name}"
        for name in CATEGORIES
    )
    joins = " ".join(f"LEFT JOIN v_{name} ON v_{name}.value = t.{name}" for name in CATEGORIES)
    return f"SELECT t.id, t.label, {numbers}, {ids} FROM {source} t {joins}"


def process_facts() -> dict[str, float]:
    """What this process took so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"peak MB": used.ru_maxrss / 1024, "CPU s": used.ru_utime + used.ru_stime}


MEASURES: dict[str, Callable[[argparse.Namespace], dict[str, float]]] = {
    "netloom": lambda chosen: with_engine(chosen, "duckdb"),
    "duckdb by hand": by_hand,
    "pyspark by hand": on_spark_by_hand,
    "pyspark.ml": with_spark_ml,
    "netloom on spark": lambda chosen: with_engine(chosen, "spark"),
}


if __name__ == "__main__":
    main()
