from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from netloom.core.errors import InvalidData, StorageFailed
from netloom.core.locations import Resolve
from netloom.core.reporter import SilentReporter
from netloom.data.annotations import Box, ObjectAnnotation
from netloom.data.datasets import open_samples
from netloom.data.index import index_schema, read_index, write_index
from netloom.data.loaders import Loader
from netloom.data.objects import ObjectColumn, objects_column
from netloom.data.prepared import divided, write_prepared
from netloom.data.scene_loaders import SceneLoader
from netloom.data.transforms.blending import MixUp
from netloom.data.transforms.colour import ColorJitter, Equalize
from netloom.data.transforms.normalization import Normalize
from netloom.data.transforms.sizing import CenterCrop, Pad, RandomCrop, Resize
from netloom.data.transforms.spatial import Flip, Rotate
from netloom.data.view import Dataset

MakeView = Callable[..., Dataset[Any]]
CHAIN = (
    Normalize(),
    Resize(size=12, fit="pad", fill=9),
    Equalize(random=False),
    MixUp(),
    CenterCrop(size=(10, 11)),
    Flip(),
    RandomCrop(size=8),
    Pad(margins=1),
    ColorJitter(),
)


@pytest.fixture
def prepare(tmp_path: Path, resolve: Resolve) -> Callable[..., Dataset[Any]]:
    def prepared(view: Dataset[Any], *, threads: int = 1) -> Dataset[Any]:
        reporter = SilentReporter(tmp_path)
        return write_prepared(view, tmp_path, resolve=resolve, reporter=reporter, threads=threads)

    return prepared


def contents(view: Dataset[Any], resolve: Resolve, part: str | None) -> list[Any]:
    samples = open_samples(view, resolve, part=part)
    loader = Loader(samples, batch_size=4, shuffle=part == "train", seed=3)
    return [
        [tensor.tolist() for tensor in batch] for epoch in (0, 1) for batch in loader.epoch(epoch)
    ]


def test_everything_before_the_first_random_transform_is_fixed() -> None:
    fixed, left = divided(CHAIN)
    assert fixed == (
        Resize(size=12, fit="pad", fill=9),
        Equalize(random=False),
        CenterCrop(size=(10, 11)),
    )
    assert left == (Normalize(), MixUp(), *CHAIN[5:])
    assert divided([Rotate(random=False)]) == ((Rotate(random=False),), ())
    assert divided([Rotate(), Resize(size=4)]) == ((), (Rotate(), Resize(size=4)))


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_same_images_come_out_in_every_part_and_epoch(
    make_folder: MakeView, resolve: Resolve, prepare: Any, channels: Any, threads: int
) -> None:
    view = make_folder(
        [(9 + n % 3, 14 - n % 2) for n in range(11)], transforms=CHAIN, channels=channels
    )
    table = read_index(resolve(view.index))
    parts = pa.array(["valid" if n % 4 == 0 else "train" for n in range(11)])
    write_index(
        resolve(view.index), table.set_column(table.schema.get_field_index("part"), "part", parts)
    )
    prepared = prepare(view, threads=threads)
    assert (prepared.applied, prepared.transforms) == divided(CHAIN)
    assert (prepared.media_kind, prepared.channels) == ("array", channels)
    for part in ("train", "valid", None):
        assert contents(prepared, resolve, part) == contents(view, resolve, part)
    assert np.load(resolve(prepared.media), mmap_mode="r").shape == (11, 10, 11, channels)


def test_what_identifies_samples_stays(
    make_folder: MakeView, resolve: Resolve, prepare: Any
) -> None:
    view = make_folder([(9, 9), (8, 7)], transforms=(Resize(size=4),))
    table = read_index(resolve(view.index))
    extra = table.append_column("parent", pa.array(["a", "b"]))
    write_index(resolve(view.index), extra)
    kept = read_index(resolve(prepare(view).index))
    assert kept["row"].to_pylist() == [0, 1]
    assert kept["path"].to_pylist() == [None, None]
    assert kept.schema.field("path").type == index_schema().field("path").type
    names = [name for name in extra.column_names if name not in ("row", "path")]
    assert kept.select(names).to_pydict() == extra.select(names).to_pydict()


def test_preparing_again_adds_to_what_was_applied(
    make_folder: MakeView, resolve: Resolve, prepare: Any, tmp_path: Path
) -> None:
    once = prepare(make_folder([(9, 9), (8, 7)], transforms=(Resize(size=6),)))
    again = write_prepared(
        once.with_transform(CenterCrop(size=4)),
        tmp_path / "again",
        resolve=resolve,
        reporter=SilentReporter(tmp_path),
    )
    assert again.applied == (Resize(size=6), CenterCrop(size=4))


def test_pixels_that_are_kept_already_are_not_copied(make_array: MakeView, prepare: Any) -> None:
    view = make_array(3).with_transform(Flip())
    assert prepare(view) is view


def test_images_of_several_sizes_ask_for_a_resize(
    make_folder: MakeView, prepare: Any, tmp_path: Path
) -> None:
    with pytest.raises(InvalidData) as caught:
        prepare(make_folder([(9, 8), (9, 8), (5, 4)]))
    problem = caught.value.diagnostics[0]
    assert (problem.code, problem.got) == ("I361", "9×8 (0.png) and 5×4 (2.png)")
    assert not list(tmp_path.glob("*media*"))


def test_an_empty_data_set_is_refused(make_folder: MakeView, prepare: Any) -> None:
    with pytest.raises(InvalidData) as caught:
        prepare(make_folder([]))
    assert caught.value.diagnostics[0].code == "I360"


def test_a_full_disk_is_known_before_the_work_begins(
    make_folder: MakeView, prepare: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def full(descriptor: int, offset: int, size: int) -> None:
        asked.append(size)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(StorageFailed, match="the disk is full"):
        prepare(make_folder([(9, 9)] * 3, transforms=(Resize(size=8),)))
    assert asked == [128 + 3 * 8 * 8 * 3]
    assert not list(tmp_path.glob("*media*"))


def test_channels_are_chosen_before_preparing(make_folder: MakeView, prepare: Any) -> None:
    prepared = prepare(make_folder([(9, 9)] * 2, transforms=(Resize(size=4),)))
    assert prepared.with_channels(3) == prepared
    with pytest.raises(InvalidData) as caught:
        prepared.with_channels(1)
    assert caught.value.diagnostics[0].code == "I362"


def test_progress_is_told(
    make_folder: MakeView, resolve: Resolve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter, seen = SilentReporter(tmp_path), []
    monkeypatch.setattr(reporter, "progress", lambda done, total, unit: seen.append((done, total)))
    monkeypatch.setattr("netloom.data.prepared._BLOCK", 2)
    view = make_folder([(9, 9)] * 5, transforms=(Resize(size=4),))
    write_prepared(view, tmp_path, resolve=resolve, reporter=reporter)
    assert seen == [(3, 5), (5, 5)]


def test_objects_are_kept_where_they_are_in_the_prepared_image(
    make_annotated: MakeView, resolve: Resolve, prepare: Any
) -> None:
    def cat(*sides: float, **more: Any) -> ObjectAnnotation:
        return ObjectAnnotation(box=Box(*sides), label="cat", **more)

    lost, whole = cat(0, 0, 3, 3), cat(4, 4, 8, 8, attributes={"fur": "long"}, text="Tom")
    shaped = cat(4, 5, 10, 9, outlines=(((4, 5), (10, 5), (4, 9)),), is_crowd=True)
    view = make_annotated(
        "object_detection",
        {"objects": objects_column([[lost, whole], None, [shaped], []], {"cat": 0})},
        labels=("cat",),
        transforms=(CenterCrop(size=(6, 8)), Resize(size=(12, 16)), Flip(), RandomCrop(size=10)),
    )
    prepared = prepare(view, threads=2)
    assert prepared.transforms == (Flip(), RandomCrop(size=10))
    index = read_index(resolve(prepared.index))
    assert (index["width"].to_pylist(), index["height"].to_pylist()) == ([16] * 4, [12] * 4)
    assert index["objects"].is_null().to_pylist() == [False, True, False, False]
    column = ObjectColumn(index["objects"])
    first = column.at(0)
    assert first.boxes_M4.tolist() == [[4, 4, 12, 12]]
    assert (first.texts, column.attributes(0)) == (("Tom",), [{"fur": "long"}])
    third = column.at(2)
    assert third.outlines[0][0].tolist() == [[4, 12], [4, 6], [16, 6], [7, 12]]  # cut off below
    assert third.crowd_M.tolist() == [True]

    def seen(of: Dataset[Any]) -> list[Any]:
        samples = open_samples(of, resolve, part="train", labelled=False)
        loader = SceneLoader(samples, batch_size=2, shuffle=True, seed=1)
        return [
            (batch.images_NCHW.tolist(), [found.boxes_M4.tolist() for found in batch.objects or ()])
            for batch in loader.epoch(0)
        ]

    assert seen(prepared) == seen(view)


def test_images_with_masks_or_targets_are_not_prepared(
    make_annotated: MakeView, prepare: Any, tmp_path: Path
) -> None:
    view = make_annotated("image_enhancement", {"target": pa.array(["1.png", None])})
    with pytest.raises(InvalidData) as caught:
        prepare(view.with_transform(Resize(size=4)))
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.got) == ("I435", "1 of 2 with a target picture")
    unknown = make_annotated("image_enhancement", {"target": pa.array([None, None], pa.string())})
    assert prepare(unknown.with_transform(Resize(size=4))).media_kind == "array"
