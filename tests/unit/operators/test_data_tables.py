from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netloom.core.errors import InvalidData
from netloom.core.tasks import ImageClassification
from netloom.data.datasets import open_samples
from netloom.data.index import read_index
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.graph.operator import Operator
from netloom.operators.data_tables import image_arrow, image_list, image_parquet


@pytest.fixture
def run(tmp_path: Path) -> RunContext:
    """In a project with four pictures, listed in ``lists/all.csv`` and held by ``all.parquet``."""
    project = tmp_path / "project"
    (project / "lists").mkdir(parents=True)
    (project / "pictures").mkdir()
    contents = []
    for level in range(4):
        path = project / f"pictures/{level}.png"
        cv2.imwrite(str(path), np.full((4, 5, 3), level, np.uint8))
        contents.append(path.read_bytes())
    lines = [f"pictures/{level}.png,{'ab'[level % 2]}" for level in range(4)]
    (project / "lists/all.csv").write_text("\n".join(["file,kind", *lines]))
    table = pa.table({"scan": contents, "kind": ["a", "b"] * 2, "fold": ["train", "test"] * 2})
    pq.write_table(table, project / "all.parquet")
    with pa.ipc.new_file(str(project / "all.arrow"), table.schema) as target:
        target.write_table(table)
    return RunContext.in_process(tmp_path / "run", project=project)


def identity(operator: Operator[Any, Any], run: RunContext, **settings: Any) -> str | None:
    assert operator.identity is not None
    return operator.identity(**dict(operator.settings_type(**settings)), project=run.project)


LIST = {"path": "lists/all.csv", "folder": ".", "label_column": "kind"}


def test_they_are_sources_of_labelled_images() -> None:
    for source in (image_list, image_parquet, image_arrow):
        assert source.is_source
        assert [port.type for port in source.outputs.values()] == [Dataset[ImageClassification]]


def test_a_list_may_lie_elsewhere_than_its_images(run: RunContext) -> None:
    view = image_list(**LIST, run=run)
    assert (view.media, view.labels) == ("path:.", ("a", "b"))
    samples = open_samples(view, run.resolve)
    assert [int(samples.read(place)[0, 0, 0]) for place in range(4)] == [0, 1, 2, 3]
    assert samples.labels_N.tolist() == [0, 1, 0, 1]


def test_a_list_is_checked_before_anything_runs(run: RunContext) -> None:
    before = identity(image_list, run, **LIST)
    assert before == identity(image_list, run, **LIST)
    (run.project / "pictures/2.png").unlink()
    with pytest.raises(InvalidData) as caught:
        identity(image_list, run, **LIST)
    problem = caught.value.diagnostics[0]
    assert (problem.code, problem.place.file, problem.place.line) == ("I342", "lists/all.csv", 4)
    assert identity(image_list, run, **LIST, on_bad="skip") != before
    with pytest.raises(InvalidData, match="There is no column of labels"):
        identity(image_list, run, path="lists/all.csv", folder=".")


@pytest.mark.parametrize(
    ("source", "path"), [(image_parquet, "all.parquet"), (image_arrow, "all.arrow")]
)
def test_columns_of_a_table_can_be_named(
    run: RunContext, source: Operator[Any, Any], path: str
) -> None:
    assert identity(source, run, path=path)
    view = source(path=path, label_column="kind", part_column="fold", run=run)
    table = read_index(run.resolve(view.index))
    assert table["part"].to_pylist() == ["train", "test"] * 2
    assert table["id"].to_pylist() == [f"{path}#{row}" for row in range(4)]
    samples = open_samples(view, run.resolve)
    assert [int(samples.read(place)[0, 0, 0]) for place in range(4)] == [0, 1, 2, 3]
    with pytest.raises(InvalidData, match="There is no column 'image'"):
        source(path=path, image_column="image", label_column="kind", run=run)


def test_a_second_reading_of_a_list_reads_only_what_is_new(
    run: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    from netloom.data.formats import inspection
    from netloom.data.formats.known_images import KnownImages

    monkeypatch.setattr(KnownImages, "_is_settled", lambda self, found: True)
    image_list(**LIST, run=run)
    monkeypatch.setattr(inspection, "inspect_file", lambda path: pytest.fail(f"read {path}"))
    assert image_list(**LIST, run=run).labels == ("a", "b")
