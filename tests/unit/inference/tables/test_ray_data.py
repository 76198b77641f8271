from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from table_model_example import Example

from netloom.core.errors import InvalidData, NotFound
from netloom.inference.tables.partitions import plan_partitions
from netloom.inference.tables.predicting import here, predict_partitions
from netloom.inference.tables.predictor import TablePredictor
from netloom.inference.tables.ray_data import RayWork, on_ray, ray_session
from netloom.inference.tables.resuming import PredictionFiles
from netloom.inference.tables.wanted import Wanted
from netloom.tables.engines.engine import TableEngine

HAS_RAY = find_spec("ray") is not None


def rows_in(files: PredictionFiles) -> list[dict[str, Any]]:
    found = [row for path in files.folder.iterdir() for row in pq.read_table(path).to_pylist()]
    return sorted(found, key=lambda row: row["id"])


@pytest.fixture(scope="module")
def ray() -> Iterator[None]:
    if not HAS_RAY:
        pytest.skip("Ray is in `make test-engines` only")
    with warnings.catch_warnings(action="ignore"), ray_session(workers=2):
        yield


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("ray")
def test_ray_predicts_what_this_process_predicts_and_goes_on_where_it_stopped(
    example: Example, predictor: TablePredictor, engine: TableEngine, tmp_path: Path
) -> None:
    columns = predictor.columns(example.raw, Wanted(prefix="p_"))
    partitions = plan_partitions(example.raw, rows_per_partition=8)
    local = PredictionFiles(tmp_path / "local", "j", predictor.digest)
    alone = here(predictor, example.raw, columns, engine=engine, scratch=tmp_path / "v")
    predict_partitions(partitions, local, alone, progress=lambda done, total: None)
    work = RayWork(package=example.package, table=example.raw, columns=columns, batch_size=5)
    files = PredictionFiles(tmp_path / "ray", "j", predictor.digest)
    files.remaining(partitions)
    files.file(1).write_bytes(local.file(1).read_bytes())
    seen: list[int] = []
    done = predict_partitions(
        partitions,
        files,
        on_ray(work, workers=2),
        progress=lambda done, total: seen.append(done),
    )
    assert (done.rows, done.resumed) == (30, partitions[1].rows)
    assert seen[-1] == 30
    assert rows_in(files) == rows_in(local)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("ray")
def test_a_file_that_changed_since_the_plan_is_refused_in_ray(
    example: Example, predictor: TablePredictor, tmp_path: Path
) -> None:
    shutil.copytree(example.raw.folder, tmp_path / "t")
    paths = tuple(map(str, sorted((tmp_path / "t").rglob("*.parquet"))))
    table = replace(example.raw, paths=paths, folder=str(tmp_path / "t"))
    columns = predictor.columns(table, Wanted(prefix="p_"))
    partitions = plan_partitions(table, rows_per_partition=30)
    Path(paths[1]).touch()
    work = RayWork(package=example.package, table=table, columns=columns, batch_size=5)
    files = PredictionFiles(tmp_path / "ray", "j", predictor.digest)
    with pytest.raises(InvalidData, match="changed since the table was looked at") as caught:
        predict_partitions(
            partitions, files, on_ray(work, workers=1), progress=lambda done, total: None
        )
    assert caught.value.diagnostics[-1].code == "T365"


@pytest.mark.skipif(HAS_RAY, reason="Ray is installed")
def test_without_ray_the_error_says_what_to_install(
    example: Example, predictor: TablePredictor
) -> None:
    columns = predictor.columns(example.raw, Wanted(prefix="p_"))
    work = RayWork(package=example.package, table=example.raw, columns=columns, batch_size=5)
    with pytest.raises(NotFound, match="Ray is not installed"):
        on_ray(work, workers=1)
