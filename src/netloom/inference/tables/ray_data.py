"""Predicting on Ray Data: actors that open the model once and then predict partition after partition.

What flows through Ray are descriptions of partitions, not rows: every actor reads its rows from the table and
writes their predictions itself. So the folders of both must be reachable from all machines.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from netloom.core.errors import (
    InvalidData,
    NetloomError,
    NotFound,
    StorageFailed,
    raise_refusal,
    refusal,
)
from netloom.inference.tables.partitions import Partition
from netloom.inference.tables.predicting import PredictsPartitions, here
from netloom.inference.tables.prediction_columns import PredictionColumns
from netloom.inference.tables.predictor import TablePredictor
from netloom.inference.tables.resuming import PredictionFiles
from netloom.tables.engines.engine import open_engine
from netloom.tables.table import TableFiles

_Rows = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class RayWork:
    """What every actor needs to know.

    Attributes:
        package: Folder of the model.
        gpu: Give every actor a whole GPU.
        memory_limit: Bytes that encoding may use in each actor; None: a share of the machine's memory.
    """

    package: Path
    table: TableFiles
    columns: PredictionColumns
    batch_size: int
    gpu: bool = False
    memory_limit: int | None = None


@contextmanager
def ray_session(workers: int) -> Iterator[None]:
    """A session of Ray, with a core for each worker; one that is started here ends here."""
    import ray
    import ray.data

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
    is_ours = not ray.is_initialized()
    if is_ours:
        cores = {} if os.environ.get("RAY_ADDRESS") else {"num_cpus": workers}
        ray.init(include_dashboard=False, log_to_driver=False, logging_level="error", **cores)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    try:
        yield
    finally:
        if is_ours:
            ray.shutdown()


def on_ray(work: RayWork, *, workers: int) -> PredictsPartitions:
    """Predict on Ray, on the cluster that ``RAY_ADDRESS`` names, or on one started here.

    Args:
        workers: How many actors, with one core each.

    Raises:
        NotFound: Ray is not installed.
    """
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise NotFound.of(
            "Ray is not installed",
            code="T366",
            fix="Install netloom[ray], or predict without it",
        ) from error

    def predicting(partitions: tuple[Partition, ...], files: PredictionFiles) -> Iterator[int]:
        if not partitions:
            return
        with ray_session(workers):
            described = [{"partition": json.dumps(each.to_json())} for each in partitions]
            answers = ray.data.from_items(
                described, override_num_blocks=len(described)
            ).map_batches(
                PartitionActor,
                fn_constructor_args=(work, files),
                batch_size=1,
                batch_format="numpy",
                compute=ray.data.ActorPoolStrategy(size=min(workers, len(partitions))),
                num_cpus=1,
                num_gpus=1 if work.gpu else 0,
            )
            for answer in answers.iter_rows():
                raise_refusal(json.loads(answer["problem"]), InvalidData, NotFound, StorageFailed)
                yield int(answer["rows"])

    return predicting


class PartitionActor:
    """Predicts one partition after another in a process of Ray's."""

    def __init__(self, work: RayWork, files: PredictionFiles) -> None:
        self._work = work
        self._files = files
        self._scratch = tempfile.TemporaryDirectory(prefix="netloom-")

    @cached_property
    def _predicting(self) -> PredictsPartitions:
        """Opened at the first partition: only what goes wrong then comes back as it is."""
        work, scratch = self._work, Path(self._scratch.name)
        device = "cuda:0" if work.gpu else "cpu"
        predictor = TablePredictor.open(work.package, device=device, batch_size=work.batch_size)
        engine = open_engine(memory_limit=work.memory_limit, threads=1, scratch=scratch / "engine")
        return here(predictor, work.table, work.columns, engine=engine, scratch=scratch)

    def __call__(self, batch: _Rows) -> _Rows:
        import numpy as np

        rows, problems = [], []
        for text in batch["partition"]:
            done, problem = self._one(Partition.from_json(json.loads(str(text))))
            rows.append(done)
            problems.append(json.dumps(problem))
        return {"rows": np.array(rows, np.int64), "problem": np.array(problems, dtype=str)}

    def _one(self, partition: Partition) -> tuple[int, dict[str, Any]]:
        try:
            return sum(self._predicting((partition,), self._files)), {}
        except NetloomError as error:
            return 0, refusal(error)
