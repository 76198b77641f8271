from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.data.datasets import Samples, open_samples
from netloom.data.loaders import Batch, Loader
from netloom.data.mixing import MixedBatch
from netloom.data.transforms.blending import CutMix, MixUp
from netloom.data.transforms.sizing import RandomCrop, Resize
from netloom.data.transforms.spatial import Flip, Rotate
from netloom.data.view import Dataset

MakeView = Callable[..., Dataset[Any]]
AUGMENT = (Resize(size=12), Rotate(degrees=30), Flip(), RandomCrop(size=10))


@pytest.fixture
def samples(make_folder: MakeView, resolve: Resolve) -> Samples:
    """Eleven noise images in the training part, all augmented."""
    view = make_folder([(9 + number % 3, 9) for number in range(11)], transforms=AUGMENT)
    return open_samples(view, resolve, part="train")


@pytest.fixture
def opened() -> Iterator[Callable[..., Loader]]:
    """Makes loaders and ends their workers."""
    loaders: list[Loader] = []

    def make(samples: Samples, **settings: Any) -> Loader:
        loader = Loader(samples, **{"batch_size": 4, "shuffle": True, "seed": 7, **settings})
        loaders.append(loader)
        return loader

    yield make
    for loader in loaders:
        loader.close()


def contents(batches: Iterator[Batch]) -> dict[int, bytes]:
    """Pixels of each sample by its index."""
    return {
        int(index): image.numpy().tobytes()
        for batch in batches
        for index, image in zip(batch.indices_N, batch.images_NCHW)
    }


def listed(batches: Iterator[Batch]) -> list[Any]:
    return [[part.tolist() for part in batch] for batch in batches]


def test_batches_are_bytes_labels_and_indices(samples: Samples, opened: Any) -> None:
    loader = opened(samples)
    batches = list(loader.epoch(0))
    assert [tuple(batch.images_NCHW.shape) for batch in batches] == [
        (4, 3, 10, 10),
        (4, 3, 10, 10),
        (3, 3, 10, 10),
    ]
    assert batches[0].images_NCHW.dtype == torch.uint8
    assert batches[0].images_NCHW.is_contiguous(memory_format=torch.channels_last)
    assert (batches[0].labels_N.dtype, batches[0].indices_N.dtype) == (torch.int64, torch.int64)
    assert sorted(torch.cat([batch.indices_N for batch in batches]).tolist()) == list(range(11))
    assert len(loader) == 3


def test_pixels_keep_their_place(make_array: MakeView, resolve: Resolve, opened: Any) -> None:
    image = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    view = make_array(1, channels=3)
    np.save(resolve(view.media), image[None])
    (batch,) = opened(open_samples(view, resolve, part=None)).epoch(0)
    assert batch.images_NCHW[0].tolist() == image.transpose(2, 0, 1).tolist()


def test_an_epoch_depends_on_seed_and_number_only(samples: Samples, opened: Any) -> None:
    loader = opened(samples)
    first = listed(loader.epoch(1))
    assert listed(loader.epoch(2)) != first
    assert listed(loader.epoch(1)) == first
    assert listed(opened(samples, cache_mb=0).epoch(1)) == first
    assert listed(opened(samples, seed=8).epoch(1)) != first


def test_augmentation_does_not_depend_on_batches_or_order(samples: Samples, opened: Any) -> None:
    expected = contents(opened(samples).epoch(3))
    assert contents(opened(samples, batch_size=3).epoch(3)) == expected
    assert contents(opened(samples, shuffle=False).epoch(3)) == expected
    assert contents(opened(samples).epoch(4)) != expected


def test_workers_change_nothing(samples: Samples, opened: Any) -> None:
    cv2.resize(np.zeros((2000, 2000, 3), np.uint8), (500, 500))  # starts OpenCV's threads here
    alone, helped = opened(samples), opened(samples, num_workers=2)
    state = torch.get_rng_state()
    for epoch in (0, 1):
        assert listed(helped.epoch(epoch)) == listed(alone.epoch(epoch))
    assert torch.equal(torch.get_rng_state(), state)
    next(helped.epoch(2))  # left early
    assert listed(helped.epoch(3, start=1)) == listed(alone.epoch(3))[1:]


def test_an_epoch_can_be_entered_anywhere_without_reading_what_is_skipped(
    samples: Samples, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = listed(opened(samples).epoch(5))
    read: list[int] = []
    original = Samples.read
    monkeypatch.setattr(
        Samples, "read", lambda self, position: (read.append(position), original(self, position))[1]
    )
    assert listed(opened(samples).epoch(5, start=2)) == whole[2:]
    assert read == whole[2][2]
    assert listed(opened(samples).epoch(5, start=3)) == []


def test_small_data_sets_are_decoded_once(
    samples: Samples, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader = opened(samples)
    first = listed(loader.epoch(0))

    def forbidden(self: Samples, position: int) -> Any:
        raise AssertionError("read again")

    monkeypatch.setattr(Samples, "read", forbidden)
    assert listed(loader.epoch(0)) == first


def test_kept_images_are_not_handed_out_twice(
    make_array: MakeView, resolve: Resolve, opened: Any
) -> None:
    loader = opened(open_samples(make_array(3), resolve, part=None), shuffle=False)
    next(loader.epoch(0)).images_NCHW.zero_()
    assert next(loader.epoch(1)).images_NCHW[:, 0, 0, 0].tolist() == [0, 1, 2]


@pytest.mark.parametrize("num_workers", [0, 1])
@pytest.mark.parametrize("cache_mb", [0, 256])
def test_images_of_several_sizes_ask_for_a_resize(
    make_folder: MakeView, resolve: Resolve, opened: Any, num_workers: int, cache_mb: int
) -> None:
    samples = open_samples(make_folder([(9, 8), (9, 8), (5, 4)]), resolve, part="train")
    loader = opened(samples, shuffle=False, num_workers=num_workers, cache_mb=cache_mb)
    with pytest.raises(InvalidData) as caught:
        list(loader.epoch(0))
    problem = caught.value.diagnostics[0]
    assert (problem.code, problem.got) == ("I011", "9×8 (0.png) and 5×4 (2.png)")
    assert "image.resize" in (problem.fix or "")


def test_sizes_that_a_random_crop_makes_equal_are_fine(
    make_folder: MakeView, resolve: Resolve, opened: Any
) -> None:
    view = make_folder([(9, 8), (7, 8), (5, 4)], transforms=(RandomCrop(size=4),))
    (batch,) = opened(open_samples(view, resolve, part="train")).epoch(0)
    assert batch.images_NCHW.shape == (3, 3, 4, 4)


@pytest.mark.parametrize("num_workers", [0, 1])
def test_an_image_that_became_unreadable_is_named(
    samples: Samples, resolve: Resolve, opened: Any, num_workers: int
) -> None:
    resolve("work:pictures/5.png").write_bytes(b"")
    with pytest.raises(InvalidData) as caught:
        list(opened(samples, num_workers=num_workers).epoch(0))
    assert caught.value.diagnostics[0].code == "I010"
    assert "pictures/5.png: the file is empty" in caught.value.diagnostics[0].message


def test_a_last_batch_that_is_not_full_can_be_left_out(samples: Samples, opened: Any) -> None:
    loader = opened(samples, drop_last=True)
    assert [len(batch.labels_N) for batch in loader.epoch(0)] == [4, 4]
    assert len(loader) == 2


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("num_samples", [8, 10, 2])
def test_ranks_share_an_epoch(
    make_array: MakeView, resolve: Resolve, opened: Any, shuffle: bool, num_samples: int
) -> None:
    samples = open_samples(make_array(num_samples), resolve, part=None)
    loaders = [
        opened(samples, shuffle=shuffle, rank=rank, world_size=3, batch_size=2) for rank in range(3)
    ]
    shares = [
        [index for batch in loader.epoch(1) for index in batch.indices_N.tolist()]
        for loader in loaders
    ]
    seen = sorted(index for share in shares for index in share)
    assert sorted(set(seen)) == list(range(num_samples))
    if shuffle:
        assert len({len(share) for share in shares}) == 1
        assert len(seen) < num_samples + 3
    else:
        assert len(seen) == num_samples
    assert [len(loader) for loader in loaders] == [-(-len(share) // 2) for share in shares]


def test_an_empty_part_has_no_batches(make_array: MakeView, resolve: Resolve, opened: Any) -> None:
    loader = opened(open_samples(make_array(3), resolve, part="valid"))
    assert (len(loader), list(loader.epoch(0))) == (0, [])


def test_unlabelled_samples_carry_minus_one(
    make_array: MakeView, resolve: Resolve, opened: Any
) -> None:
    view = make_array(2, labels=[None, 1])
    samples = open_samples(view, resolve, part=None, labelled=False)
    (batch,) = opened(samples, shuffle=False).epoch(0)
    assert batch.labels_N.tolist() == [-1, 1]


def test_a_sample_drawn_again_is_augmented_otherwise(samples: Samples, opened: Any) -> None:
    weights_N = np.zeros(11)
    weights_N[4] = 1.0
    loader = opened(samples, weights_N=weights_N)
    batches = listed(loader.epoch(0))
    assert [batch[2] for batch in batches] == [[4] * 4, [4] * 4, [4] * 3]
    images = [image for batch in batches for image in batch[0]]
    assert sum(image == images[0] for image in images[1:]) < 3
    assert listed(loader.epoch(0, start=1)) == batches[1:]
    halves = [opened(samples, weights_N=weights_N, rank=rank, world_size=2) for rank in range(2)]
    shared = [image for half in halves for batch in listed(half.epoch(0)) for image in batch[0]]
    assert all(image in shared for image in images)


@pytest.fixture
def mixed(make_folder: MakeView, resolve: Resolve) -> Samples:
    """Eleven images of three classes, augmented and blended."""
    view = make_folder(
        [(9 + number % 3, 9) for number in range(11)],
        transforms=(MixUp(alpha=1.0), *AUGMENT, CutMix()),
        labels=("a", "b", "c"),
    )
    samples = open_samples(view, resolve, part="train")
    return replace(samples, labels_N=np.arange(11) % 3)


def test_blended_batches_name_both_labels_and_the_share(mixed: Samples, opened: Any) -> None:
    plain = replace(mixed, transforms=AUGMENT)
    for batch, unmixed in zip(opened(mixed).epoch(2), opened(plain).epoch(2)):
        assert isinstance(batch, MixedBatch)
        assert batch.images_NCHW.shape == unmixed.images_NCHW.shape
        assert torch.equal(batch.labels_N, unmixed.labels_N)
        assert torch.equal(batch.indices_N, unmixed.indices_N)
        assert torch.equal(batch.partner_labels_N, unmixed.labels_N.roll(1))
        assert (batch.partner_labels_N.dtype, batch.weights_N.dtype) == (torch.int64, torch.float32)
        assert ((batch.weights_N >= 0) & (batch.weights_N <= 1)).all()
        assert not torch.equal(batch.images_NCHW, unmixed.images_NCHW)
        own = batch.weights_N > 0.999
        assert torch.equal(batch.images_NCHW[own], unmixed.images_NCHW[own])


def test_blending_depends_on_seed_epoch_and_batch_only(mixed: Samples, opened: Any) -> None:
    whole = listed(opened(mixed).epoch(1))
    assert listed(opened(mixed).epoch(1, start=1)) == whole[1:]
    assert listed(opened(mixed, num_workers=2).epoch(1)) == whole
    assert listed(opened(mixed, cache_mb=0).epoch(1)) == whole
    assert listed(opened(mixed).epoch(2)) != whole
    assert listed(opened(mixed, seed=8).epoch(1)) != whole


def test_samples_that_are_not_augmented_are_not_blended(
    make_folder: MakeView, resolve: Resolve, opened: Any
) -> None:
    view = make_folder([(9, 9)] * 4, transforms=(MixUp(),))
    for samples in (
        open_samples(view, resolve, part=None),
        open_samples(view, resolve, part="train", augment=False),
    ):
        assert all(type(batch) is Batch for batch in opened(samples).epoch(0))


def test_kept_images_are_not_blended_twice(
    make_array: MakeView, resolve: Resolve, opened: Any
) -> None:
    view = make_array(8, parts=["train"] * 8, transforms=(Resize(size=3), MixUp(alpha=1.0)))
    loader = opened(open_samples(view, resolve, part="train"))
    first = listed(loader.epoch(0))
    list(loader.epoch(1))
    assert listed(loader.epoch(0)) == first


@pytest.mark.parametrize(("stored", "channels"), [(1, 1), (3, 3), (1, 3), (3, 1)])
def test_arrays_are_read_a_batch_at_a_time(
    make_array: MakeView, resolve: Resolve, opened: Any, stored: int, channels: int
) -> None:
    samples = open_samples(replace(make_array(9, channels=stored), channels=channels), resolve)
    for batch in opened(samples).epoch(0):
        for image, index in zip(batch.images_NCHW, batch.indices_N.tolist()):
            assert np.array_equal(image.permute(1, 2, 0).numpy(), samples.read(index))


def test_nothing_is_read_one_by_one_if_it_can_be_read_at_once(
    make_array: MakeView, resolve: Resolve, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(Samples, "read")
    assert len(listed(opened(open_samples(make_array(9), resolve)).epoch(0))) == 3
