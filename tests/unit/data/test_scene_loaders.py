from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pytest
import torch

from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.data.annotations import Box, ObjectAnnotation
from netloom.data.datasets import Samples, open_samples
from netloom.data.loaders import Loader
from netloom.data.mask_files import png_of_levels
from netloom.data.objects import objects_column
from netloom.data.rasterization import UNKNOWN
from netloom.data.scene_loaders import SceneBatch, SceneLoader
from netloom.data.transforms.blending import MixUp
from netloom.data.transforms.colour import ColorJitter
from netloom.data.transforms.sizing import RandomCrop, Resize
from netloom.data.transforms.spatial import Flip, Rotate
from netloom.data.view import Dataset

Make = Callable[..., Dataset[Any]]
AUGMENT = (Resize(size=(20, 24)), Rotate(degrees=30), Flip(), RandomCrop(size=16), ColorJitter())


def boxes(*sides: tuple[int, int, int, int]) -> list[ObjectAnnotation]:
    return [ObjectAnnotation(box=Box(*side), label="cat") for side in sides]


@pytest.fixture
def samples(make_annotated: Make, resolve: Resolve) -> Samples:
    """Seven pictures with as many boxes as their position says, all augmented."""
    images = [boxes(*[(at, at, at + 5, at + 4) for at in range(count)]) for count in range(7)]
    view = make_annotated(
        "object_detection",
        {"objects": objects_column(images, {"cat": 0})},
        labels=("cat",),
        transforms=AUGMENT,
    )
    return open_samples(view, resolve, part="train")


@pytest.fixture
def masked(make_annotated: Make, resolve: Resolve, tmp_path: Path) -> Samples:
    """Five pictures of which two have no mask, all augmented."""
    rng = np.random.default_rng(0)
    (tmp_path / "pictures").mkdir(exist_ok=True)
    paths: list[str | None] = []
    for number in range(5):
        mask = rng.integers(0, 3, (10, 12), np.uint8)
        (tmp_path / "pictures" / f"mask-{number}.png").write_bytes(png_of_levels(mask))
        paths.append(f"mask-{number}.png" if number < 3 else None)
    view = make_annotated(
        "semantic_segmentation",
        {"mask": pa.array(paths)},
        labels=("a", "b", "c"),
        transforms=AUGMENT,
    )
    return open_samples(view, resolve, part="train", labelled=False)


@pytest.fixture
def opened() -> Iterator[Callable[..., SceneLoader]]:
    """Makes loaders and ends their workers."""
    loaders: list[SceneLoader] = []

    def make(samples: Samples, **settings: Any) -> SceneLoader:
        given = {"batch_size": 3, "shuffle": True, "seed": 7, **settings}
        loaders.append(SceneLoader(samples, **given))
        return loaders[-1]

    yield make
    for loader in loaders:
        loader.close()


def listed(batches: Iterator[SceneBatch]) -> list[Any]:
    return [
        (
            batch.images_NCHW.tolist(),
            batch.indices_N.tolist(),
            batch.is_known_N.tolist(),
            [found.boxes_M4.tolist() for found in batch.objects or ()],
            None if batch.masks_NHW is None else batch.masks_NHW.tolist(),
            [motion.matrix_33.tolist() for motion in batch.motions],
        )
        for batch in batches
    ]


def test_images_and_order_are_those_of_the_plain_loader(samples: Samples, opened: Any) -> None:
    plain = Loader(samples, batch_size=3, shuffle=True, seed=7)
    for epoch in range(2):
        for batch, expected in zip(opened(samples).epoch(epoch), plain.epoch(epoch), strict=True):
            assert torch.equal(batch.images_NCHW, expected.images_NCHW)
            assert torch.equal(batch.indices_N, expected.indices_N)
            assert batch.images_NCHW.is_contiguous(memory_format=torch.channels_last)


def test_objects_are_those_of_the_sample_where_they_are_now(samples: Samples, opened: Any) -> None:
    seen = 0
    for batch in opened(samples, least_visible=0).epoch(0):
        assert (batch.masks_NHW, batch.companions_NCHW, batch.texts) == (None, None, None)
        for index, objects, motion in zip(batch.indices_N.tolist(), batch.objects, batch.motions):
            read = samples.objects(index)
            assert read is not None
            middles = motion.moved((read.boxes_M4[:, :2] + read.boxes_M4[:, 2:]) / 2)
            for middle in middles.tolist():
                if all(0 < side < 16 for side in middle):
                    seen += 1
                    boxes_M4 = objects.boxes_M4
                    inside = (boxes_M4[:, :2] <= middle) & (boxes_M4[:, 2:] >= middle)
                    assert inside.all(axis=1).any()
    assert seen > 5


def test_nothing_depends_on_workers_memory_or_where_an_epoch_is_entered(
    samples: Samples, masked: Samples, opened: Any
) -> None:
    for some in (samples, masked):
        loader = opened(some)
        first = listed(loader.epoch(1))
        assert listed(loader.epoch(2)) != first
        assert listed(loader.epoch(1)) == first
        assert listed(opened(some, cache_mb=0).epoch(1)) == first
        assert listed(opened(some, num_workers=2).epoch(1)) == first
        assert listed(opened(some).epoch(1, start=1)) == first[1:]


def test_small_data_sets_are_read_once(
    samples: Samples, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader = opened(samples)
    first = listed(loader.epoch(0))

    def forbidden(self: Samples, position: int) -> Any:
        raise AssertionError("read again")

    monkeypatch.setattr(Samples, "read", forbidden)
    assert listed(loader.epoch(0)) == first


def test_of_large_data_sets_a_part_is_kept(
    samples: Samples, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    original = Samples.read
    monkeypatch.setattr(
        Samples, "read", lambda self, position: (read.append(position), original(self, position))[1]
    )
    loader = opened(samples, shuffle=False)
    scene_bytes = 20 * 24 * 3
    loader._feed.source._kept._left_bytes = 4 * scene_bytes + 5
    list(loader.epoch(0))
    read.clear()
    list(loader.epoch(1))
    assert read == [4, 5, 6]


def test_ranks_share_an_epoch(samples: Samples, opened: Any) -> None:
    shares = [
        [index for batch in opened(samples, rank=rank, world_size=2).epoch(0) for index in batch[2]]
        for rank in range(2)
    ]
    assert sorted({int(index) for share in shares for index in share}) == list(range(7))
    assert [len(share) for share in shares] == [4, 4]


def test_samples_can_be_drawn_by_weight(samples: Samples, opened: Any) -> None:
    weights_N = np.zeros(7)
    weights_N[4] = 1
    batches = list(opened(samples, weights_N=weights_N).epoch(0))
    assert [batch.indices_N.tolist() for batch in batches] == [[4] * 3, [4] * 3, [4]]
    assert not torch.equal(batches[0].images_NCHW[0], batches[0].images_NCHW[1])


def test_masks_are_stacked_and_unknown_where_there_is_none(masked: Samples, opened: Any) -> None:
    (batch,) = opened(masked, batch_size=5, shuffle=False).epoch(0)
    assert (tuple(batch.masks_NHW.shape), batch.masks_NHW.dtype) == ((5, 16, 16), torch.uint8)
    assert batch.is_known_N.tolist() == [True, True, True, False, False]
    assert (batch.masks_NHW[3:] == UNKNOWN).all()
    assert (batch.masks_NHW[:3] < 3).float().mean() > 0.6
    assert batch.objects is None


def test_companions_are_stacked(
    make_annotated: Make, resolve: Resolve, tmp_path: Path, opened: Any
) -> None:
    (tmp_path / "pictures").mkdir(exist_ok=True)
    depth = np.full((10, 12), 3000, np.uint16)
    cv2.imwrite(str(tmp_path / "pictures" / "depth.png"), depth)
    of_depth = make_annotated(
        "depth_estimation",
        {"target": pa.array(["depth.png"] * 2), "unit": pa.array([0.001] * 2)},
        transforms=(Resize(size=8),),
    )
    (batch,) = opened(open_samples(of_depth, resolve, part="train")).epoch(0)
    assert batch.companions_NCHW.tolist() == np.full((2, 1, 8, 8), np.float32(3)).tolist()
    enhanced = make_annotated(
        "image_enhancement", {"target": pa.array(["0.png", "1.png"])}, transforms=AUGMENT[:-1]
    )
    (batch,) = opened(open_samples(enhanced, resolve, part="train")).epoch(0)
    assert torch.equal(batch.companions_NCHW, batch.images_NCHW)


def test_texts_come_along(make_annotated: Make, resolve: Resolve, opened: Any) -> None:
    view = make_annotated("text_recognition", {"text": pa.array(["one", "two"])})
    (batch,) = opened(open_samples(view, resolve), shuffle=False).epoch(0)
    assert batch.texts == ("one", "two")
    assert batch.is_known_N.tolist() == [True, True]


def test_blending_does_not_act(make_annotated: Make, resolve: Resolve, opened: Any) -> None:
    view = make_annotated(
        "object_detection", {"objects": objects_column([boxes()] * 2, {})}, transforms=(MixUp(),)
    )
    samples = open_samples(view, resolve, part="train")
    (batch,) = opened(samples, shuffle=False).epoch(0)
    assert batch.images_NCHW[0].permute(1, 2, 0).tolist() == samples.read(0).tolist()


def test_images_of_several_sizes_ask_for_a_resize(
    make_folder: Make, resolve: Resolve, opened: Any
) -> None:
    samples = open_samples(make_folder([(9, 8), (5, 4)]), resolve, part="train")
    with pytest.raises(InvalidData) as caught:
        list(opened(samples, shuffle=False).epoch(0))
    assert caught.value.diagnostics[0].code == "I011"
    assert "image.resize" in (caught.value.diagnostics[0].fix or "")


def test_batches_can_be_made_in_fresh_processes(samples: Samples, opened: Any) -> None:
    source = opened(samples, least_visible=0.5)._feed.source
    again = pickle.loads(pickle.dumps(source))
    (first, *_) = opened(samples)._epochs.requests(3)
    assert listed(iter([again.batch(first)])) == listed(iter([source.batch(first)]))
