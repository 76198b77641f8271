from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pytest

from netloom.core.errors import InvalidData, StorageFailed
from netloom.core.locations import Resolve
from netloom.core.reporter import SilentReporter
from netloom.data.annotations import Box, ObjectAnnotation
from netloom.data.codec import DatasetCodec
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


WITH_PLACES = (
    CenterCrop(size=(8, 10)),
    Resize(size=(12, 15)),
    Rotate(random=False, degrees=20),
    Flip(),
    RandomCrop(size=9),
)


def scene_batches(view: Dataset[Any], resolve: Resolve, part: str | None = "train") -> list[Any]:
    samples = open_samples(view, resolve, part=part, labelled=False)
    loader = SceneLoader(samples, batch_size=2, shuffle=part == "train", seed=1)
    return [
        (
            batch.images_NCHW.tolist(),
            batch.is_known_N.tolist(),
            None if batch.masks_NHW is None else batch.masks_NHW.tolist(),
            None if batch.companions_NCHW is None else batch.companions_NCHW.tolist(),
        )
        for epoch in (0, 1)
        for batch in loader.epoch(epoch)
    ]


@pytest.fixture
def make_paired(make_annotated: MakeView, tmp_path: Path) -> Callable[..., Dataset[Any]]:
    """Three pictures, of the last of which nobody knows anything."""

    def make(task: str, column: str, levels: Any, **changes: Any) -> Dataset[Any]:
        paths = [f"{column}-{number}.png" for number in range(2)]
        labels = ("background", "cat", "dog") if column == "mask" else ()
        view = make_annotated(
            task, {column: pa.array([*paths, None], pa.string())}, labels=labels, **changes
        )
        for number, path in enumerate(paths):
            picture = levels(np.random.default_rng(number))
            (tmp_path / "pictures" / path).write_bytes(cv2.imencode(".png", picture)[1].tobytes())
        return view

    return make


PAIRS: list[tuple[str, str, Any, str]] = [
    ("semantic_segmentation", "mask", lambda r: r.choice([0, 1, 2, 255], (10, 12)).astype(np.uint8), "|u1"),
    ("image_enhancement", "target", lambda r: r.integers(0, 256, (10, 12, 3), np.uint8), "|u1"),
    ("depth_estimation", "target", lambda r: r.integers(0, 9000, (10, 12)).astype(np.uint16), "<f4"),
    ("normal_estimation", "target", lambda r: r.integers(0, 256, (10, 12, 3), np.uint8), "<f4"),
]  # fmt: skip


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: str(pair[0]))
def test_masks_and_targets_come_out_the_same_in_every_batch(
    make_paired: MakeView,
    resolve: Resolve,
    prepare: Any,
    pair: tuple[str, str, Any, str],
    threads: int,
) -> None:
    task, column, levels, dtype = pair
    view = make_paired(task, column, levels, transforms=WITH_PLACES)
    prepared = prepare(view, threads=threads)
    assert (prepared.media_kind, prepared.transforms) == ("array", WITH_PLACES[3:])
    expected = scene_batches(view, resolve)
    assert scene_batches(prepared, resolve) == expected
    assert scene_batches(prepared, resolve, None) == scene_batches(view, resolve, None)
    stored = np.load(resolve("work:companions.npy"))
    assert (stored.dtype.str, stored.shape[:3]) == (dtype, (3, 12, 15))
    index = read_index(resolve(prepared.index))
    assert (index["width"].to_pylist(), index["height"].to_pylist()) == ([15] * 3, [12] * 3)
    assert index[column].is_null().to_pylist() == [False, False, True]


def test_masks_are_prepared_without_any_transform(
    make_paired: MakeView, resolve: Resolve, prepare: Any
) -> None:
    task, column, levels, _ = PAIRS[0]
    view = make_paired(task, column, levels)
    assert scene_batches(prepare(view), resolve) == scene_batches(view, resolve)


def test_outlines_become_the_masks_that_they_would_have_become(
    make_annotated: MakeView, resolve: Resolve, prepare: Any
) -> None:
    triangle = ObjectAnnotation(
        box=Box(2, 1, 10, 9), label="cat", outlines=(((2, 1), (10, 1), (6, 9)),)
    )
    view = make_annotated(
        "semantic_segmentation",
        {"objects": objects_column([[triangle], None, []], {"cat": 1})},
        labels=("background", "cat"),
        transforms=WITH_PLACES,
    )
    prepared = prepare(view)
    assert scene_batches(prepared, resolve) == scene_batches(view, resolve)
    index = read_index(resolve(prepared.index))
    assert index["mask"].to_pylist() == ["0.png", None, "2.png"]
    assert "objects" not in index.column_names


def test_prepared_masks_can_be_prepared_again(
    make_paired: MakeView, resolve: Resolve, prepare: Any, tmp_path: Path
) -> None:
    task, column, levels, _ = PAIRS[0]
    view = make_paired(task, column, levels, transforms=(Resize(size=(9, 8)),))
    once = prepare(view).with_transform(CenterCrop(size=6))
    whole = view.with_transform(CenterCrop(size=6))
    expected = scene_batches(whole, resolve)
    again = write_prepared(
        once, tmp_path / "again", resolve=resolve, reporter=SilentReporter(tmp_path)
    )
    there = replace(again, index="work:again/index.parquet", media="work:again/media.npy")
    assert scene_batches(there, resolve) == expected


def test_an_artifact_keeps_masks_beside_its_pixels(
    make_paired: MakeView, resolve: Resolve, prepare: Any, tmp_path: Path
) -> None:
    task, column, levels, _ = PAIRS[0]
    view = make_paired(task, column, levels, transforms=WITH_PLACES)
    prepared, folder = prepare(view), tmp_path / "artifact"
    folder.mkdir()
    DatasetCodec().save(prepared, folder, workdir=tmp_path)
    names = ["companions.npy", "index.parquet", "media.npy", "view.json"]
    assert sorted(path.name for path in folder.iterdir()) == names
    there = replace(prepared, index="work:artifact/index.parquet", media="work:artifact/media.npy")
    assert scene_batches(there, resolve) == scene_batches(view, resolve)


def test_masks_that_were_lost_are_told(
    make_paired: MakeView, resolve: Resolve, prepare: Any
) -> None:
    task, column, levels, _ = PAIRS[0]
    prepared = prepare(make_paired(task, column, levels))
    resolve("work:companions.npy").write_bytes(b"cut short")
    with pytest.raises(InvalidData) as caught:
        scene_batches(prepared, resolve)
    assert caught.value.diagnostics[0].code == "I431"
    resolve("work:companions.npy").unlink()
    with pytest.raises(InvalidData) as caught:
        scene_batches(prepared, resolve)
    assert caught.value.diagnostics[0].code == "I434"


def test_images_of_which_nobody_knows_anything_are_prepared_alone(
    make_annotated: MakeView, prepare: Any, tmp_path: Path
) -> None:
    unknown = make_annotated("image_enhancement", {"target": pa.array([None, None], pa.string())})
    assert prepare(unknown.with_transform(Resize(size=4))).media_kind == "array"
    assert not (tmp_path / "companions.npy").exists()
