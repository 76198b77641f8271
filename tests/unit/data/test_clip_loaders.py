from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pytest
import torch

from netloom.core.errors import InvalidData
from netloom.data.clip_loaders import ClipBatch, ClipLoader
from netloom.data.datasets import Samples, open_samples
from netloom.data.filmstrips import as_filmstrips
from netloom.data.index import index_table, write_index
from netloom.data.transforms.clips import Clips
from netloom.data.transforms.colour import ColorJitter
from netloom.data.transforms.sizing import RandomCrop, Resize
from netloom.data.transforms.spatial import Flip
from netloom.data.view import Dataset

COUNT, LENGTH, SIDE = 7, 10, 8


def samples(folder: Path, *transforms: Any, part: str = "train", augment: bool = True) -> Samples:
    """Folders of frames: all pixels of a frame have the level 20 · video + frame, but for one corner."""
    if not (folder / "index.parquet").exists():
        for video in range(COUNT):
            for frame in range(LENGTH):
                pixels = np.full((SIDE, SIDE), 20 * video + frame, np.uint8)
                pixels[:3, :3] = 255
                path = folder / "media" / str(video) / f"{frame}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
        names = [str(video) for video in range(COUNT)]
        table = index_table(
            ids=names,
            digests=names,
            paths=names,
            labels=[video % 2 for video in range(COUNT)],
            parts=["train"] * COUNT,
            sizes=[(SIDE, SIDE)] * COUNT,
        )
        write_index(
            folder / "index.parquet",
            table.append_column("frames", pa.array([LENGTH] * COUNT, pa.int32())),
        )
    view: Dataset[Any] = Dataset(
        task="video_classification",
        index="work:index.parquet",
        media="work:media",
        media_kind="folder",
        labels=("a", "b"),
        channels=1,
        transforms=transforms,
    )
    opened = open_samples(
        view, lambda place: folder / place.removeprefix("work:"), part="train", augment=augment
    )
    return replace(opened, part=part)


def loader(given: Samples, **settings: Any) -> ClipLoader:
    return ClipLoader(given, **{"batch_size": 3, "shuffle": True, "seed": 5, **settings})


def equal(first: ClipBatch, second: ClipBatch) -> bool:
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def frame_numbers(batch: ClipBatch) -> torch.Tensor:
    """(N, V, T), from the corner that transforms here leave alone."""
    levels = batch.clips_NVTCHW[:, :, :, 0, -1, -1].to(torch.int64)
    return levels - 20 * batch.indices_N.view(-1, 1, 1)


def test_a_batch_holds_the_frames_it_speaks_of(tmp_path: Path) -> None:
    batch = next(loader(samples(tmp_path, Clips(frames=4)), shuffle=False).epoch(0))
    assert batch.clips_NVTCHW.shape == (3, 1, 4, 1, SIDE, SIDE)
    assert batch.clips_NVTCHW.dtype == torch.uint8
    assert (batch.labels_N.tolist(), batch.indices_N.tolist()) == ([0, 1, 0], [0, 1, 2])
    numbers = frame_numbers(batch)
    edges = torch.tensor([0, 2, 5, 7, 10])
    assert ((numbers >= edges[:-1]) & (numbers < edges[1:])).all()


def test_batches_depend_on_seed_and_epoch_alone(tmp_path: Path) -> None:
    given = samples(tmp_path, Clips(frames=3), Flip(), RandomCrop(size=6))
    whole = list(loader(given).epoch(2))
    assert all(map(equal, whole, loader(given).epoch(2)))
    assert all(map(equal, whole[1:], loader(given).epoch(2, start=1)))
    assert not equal(whole[0], next(loader(given).epoch(3)))
    assert not equal(whole[0], next(loader(given, seed=6).epoch(2)))


def test_workers_change_no_value(tmp_path: Path) -> None:
    given = samples(tmp_path, Clips(frames=3), RandomCrop(size=6))
    ahead = loader(given, num_workers=1)
    assert all(map(equal, loader(given).epoch(0), ahead.epoch(0)))
    ahead.close()


def test_ranks_share_an_epoch(tmp_path: Path) -> None:
    given = samples(tmp_path, Clips(frames=2))
    seen = [
        number
        for rank in range(2)
        for batch in loader(given, shuffle=False, rank=rank, world_size=2).epoch(0)
        for number in batch.indices_N.tolist()
    ]
    assert sorted(seen) == list(range(COUNT))


def test_all_frames_of_a_clip_are_changed_alike(tmp_path: Path) -> None:
    jitter = ColorJitter(brightness=0.2)
    given = samples(tmp_path, Clips(frames=5), Flip(vertical=True), RandomCrop(size=6), jitter)
    corners = set()
    for batch in loader(given, batch_size=COUNT).epoch(0):
        for clip in batch.clips_NVTCHW[:, 0, :, 0]:
            places = [torch.nonzero(frame > 180).tolist() for frame in clip]
            assert all(found == places[0] for found in places)
            corners.add(str(places[0]))
    assert len(corners) > 2


def test_outside_training_clips_are_always_the_same(tmp_path: Path) -> None:
    given = samples(tmp_path, Clips(frames=2, views=3), Resize(size=4), augment=False, part="test")
    first, second = (list(loader(given, shuffle=False).epoch(epoch)) for epoch in (0, 1))
    assert all(map(equal, first, second))
    assert frame_numbers(first[0])[0].tolist() == [[0, 5], [2, 7], [4, 9]]
    watched = replace(given, part="valid")
    assert frame_numbers(next(loader(watched, shuffle=False).epoch(0)))[0].tolist() == [[2, 7]]


def test_what_was_kept_in_memory_is_what_is_read(tmp_path: Path) -> None:
    given = samples(tmp_path, Clips(frames=2), augment=False, part="test")
    kept, anew = (loader(given, shuffle=False, cache_mb=size) for size in (1, 0))
    for _ in range(2):
        assert all(map(equal, kept.epoch(0), anew.epoch(0)))


def test_frames_of_several_sizes_are_refused_by_name(tmp_path: Path) -> None:
    given = samples(tmp_path, Clips(frames=2), augment=False, part="test")
    for frame in range(LENGTH):
        small = np.zeros((4, 4), np.uint8)
        path = tmp_path / "media" / "1" / f"{frame}.png"
        path.write_bytes(cv2.imencode(".png", small)[1].tobytes())
    with pytest.raises(InvalidData, match="differ in size") as caught:
        next(loader(given, shuffle=False).epoch(0))
    assert "4×4 (1)" in (caught.value.diagnostics[0].got or "")


def test_a_filmstrip_shows_first_and_last_frames(tmp_path: Path) -> None:
    strip = as_filmstrips(samples(tmp_path)).read(2)
    assert strip.shape == (2 * SIDE + 1, 3 * SIDE + 2, 1)
    levels = [int(strip[y, x, 0]) - 40 for y in (7, 16) for x in (7, 16, 25)]
    assert levels == [0, 2, 4, 5, 7, 9]
