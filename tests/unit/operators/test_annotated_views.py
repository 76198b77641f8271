"""Operators of data and images keep, and understand, what is known about places."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pytest

from netloom.core.errors import InvalidData
from netloom.data.annotations import Box, ObjectAnnotation
from netloom.data.datasets import open_samples
from netloom.data.index import index_table, read_index, write_index
from netloom.data.objects import objects_column
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.operators.data import split
from netloom.operators.data_selection import select
from netloom.operators.data_statistics import statistics
from netloom.operators.image import cache, grayscale, resize
from netloom.operators.image_augmentation import flip

POSITIONS = {"cat": 0, "dog": 1}


@pytest.fixture
def run(tmp_path: Path) -> RunContext:
    return RunContext.in_process(tmp_path)


def written(
    folder: Path, images: Sequence[Sequence[str] | None], task: str = "object_detection"
) -> Dataset[Any]:
    """A detection data set with an object for each name, and whatever columns a source may add."""
    ids = [f"{number}.png" for number in range(len(images))]
    (folder / "pictures").mkdir()
    for number, name in enumerate(ids):
        noise = np.random.default_rng(number).integers(0, 256, (20, 24, 3), dtype=np.uint8)
        (folder / "pictures" / name).write_bytes(cv2.imencode(".png", noise)[1].tobytes())
    objects = [
        None
        if names is None
        else [ObjectAnnotation(box=Box(2, 4, 12, 14), label=name, text=name) for name in names]
        for names in images
    ]
    table = index_table(ids=ids, digests=ids, paths=ids, sizes=[(24, 20)] * len(ids))
    table = table.append_column("objects", objects_column(objects, POSITIONS))
    table = table.append_column("source", pa.array(ids))
    write_index(folder / "listed.parquet", table)
    return Dataset(
        task=task,
        index="work:listed.parquet",
        media="work:pictures",
        media_kind="folder",
        labels=tuple(POSITIONS),
    )


def test_splitting_gives_every_part_what_is_rare_and_keeps_columns(run: RunContext) -> None:
    source = written(run.workdir, [["cat"]] * 16 + [["cat", "dog"]] * 4)
    parts = split(source, valid=0.0, test=0.25, seed=0, run=run)
    index = read_index(run.resolve(parts.index))
    assert index.drop(["part"]).equals(read_index(run.resolve(source.index)).drop(["part"]))
    test = open_samples(parts, run.resolve, part="test")
    shown = [sorted(test.objects(at).labels_M.tolist()) for at in range(len(test))]  # type: ignore[union-attr]
    assert sorted(map(len, shown)) == [1, 1, 1, 1, 2]
    assert parts.remarks == ()


def test_splitting_tells_which_classes_a_part_lacks(run: RunContext) -> None:
    source = written(run.workdir, [["cat"]] * 9 + [["dog"]])
    assert split(source, valid=0.0, test=0.2, run=run).remarks == ("no sample of dog in part test",)


def test_splitting_says_nothing_about_classes_that_nobody_can_know(run: RunContext) -> None:
    source = written(run.workdir, [None] * 8, task="semantic_segmentation")
    assert split(source, valid=0.0, test=0.25, run=run).remarks == ()


def test_selecting_keeps_the_objects_of_the_chosen_classes(run: RunContext) -> None:
    source = written(run.workdir, [["cat"], ["dog", "cat"], [], None])
    chosen = select(source, labels=("dog",), run=run)
    samples = open_samples(chosen, run.resolve)
    assert (chosen.labels, list(samples.ids)) == (("dog",), ["1.png"])
    found = samples.objects(0)
    assert found is not None
    assert (found.labels_M.tolist(), found.texts) == ([0], ("dog",))


def test_selecting_by_class_where_there_are_none_is_refused(run: RunContext) -> None:
    source = written(run.workdir, [None] * 2)
    plain: Dataset[Any] = Dataset.from_json(
        {**source.to_json(), "labels": [], "task": "text_recognition"}
    )
    with pytest.raises(InvalidData) as caught:
        select(plain, per_class=1, run=run)
    assert caught.value.diagnostics[0].code == "I436"


def test_prepared_images_have_their_objects_where_they_are(run: RunContext) -> None:
    source = written(run.workdir, [["cat"], [], None])
    prepared = cache(flip(resize(grayscale(source), size=(40, 48))), run=run)
    samples = open_samples(prepared, run.resolve, labelled=False)
    assert samples.read(0).shape == (40, 48, 1)
    boxes = [None if (o := samples.objects(at)) is None else o.boxes_M4.tolist() for at in range(3)]
    assert boxes == [[[4, 8, 24, 28]], [], None]
    index = read_index(run.resolve(prepared.index))
    assert index["source"].to_pylist() == ["0.png", "1.png", "2.png"]


def test_statistics_count_what_samples_show(run: RunContext) -> None:
    source = written(run.workdir, [["cat"], ["dog", "cat"], [], None])
    metrics = statistics(source, run=run).metrics
    assert {name: counts["all"] for name, counts in metrics["per_class"].items()} == {
        "cat": 2,
        "dog": 1,
    }
    assert metrics["unlabelled"] == 1
