from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.data.datasets import open_samples
from netloom.data.transforms.normalization import Normalize
from netloom.data.transforms.sizing import RandomCrop, Resize
from netloom.data.transforms.spatial import Flip
from netloom.data.view import Dataset

MakeView = Callable[..., Dataset[Any]]


def test_a_part_holds_its_samples_in_index_order(make_array: MakeView, resolve: Resolve) -> None:
    view = make_array(5, parts=["test", "train", None, "train", "test"], labels=[0, 1, 0, 0, 1])
    samples = open_samples(view, resolve, part="train")
    assert samples.ids == ["image-1", "image-3"]
    assert samples.labels_N.tolist() == [1, 0]
    assert samples.labels_N.dtype == np.int64
    assert [int(samples.read(position)[0, 0, 0]) for position in range(len(samples))] == [1, 3]
    assert samples.num_per_class() == {"even": 1, "odd": 1}
    assert len(samples.digests[0]) == 64
    assert open_samples(view, resolve, part="valid").ids == []
    assert len(open_samples(view, resolve, part=None)) == 5


def test_an_unknown_part_is_refused(make_array: MakeView, resolve: Resolve) -> None:
    with pytest.raises(InvalidData) as caught:
        open_samples(make_array(2), resolve, part="vaild")
    assert caught.value.diagnostics[0].fix == "Did you mean 'valid'?"


def test_missing_labels_are_refused_where_labels_are_needed(
    make_array: MakeView, resolve: Resolve
) -> None:
    view = make_array(3, labels=[0, None, None])
    with pytest.raises(InvalidData) as caught:
        open_samples(view, resolve, part=None)
    assert caught.value.diagnostics[0].code == "I015"
    assert "2 of 3 samples" in caught.value.diagnostics[0].message
    assert "image-1" in caught.value.diagnostics[0].message
    assert open_samples(view, resolve, part=None, labelled=False).labels_N.tolist() == [0, -1, -1]


def test_a_label_outside_the_label_space_is_refused(make_array: MakeView, resolve: Resolve) -> None:
    with pytest.raises(InvalidData) as caught:
        open_samples(make_array(2, labels=[0, 2]), resolve, part=None)
    assert (caught.value.diagnostics[0].code, caught.value.diagnostics[0].got) == ("I021", "2")


@pytest.mark.parametrize(
    ("part", "augment", "is_augmented"),
    [
        ("train", True, True),
        ("train", False, False),
        ("valid", True, False),
        ("test", True, False),
        (None, True, False),
    ],
)
def test_only_the_training_part_is_augmented_and_only_if_asked(
    make_array: MakeView, resolve: Resolve, part: str | None, augment: bool, is_augmented: bool
) -> None:
    view = make_array(3, transforms=(Resize(size=6), Flip(), Resize(size=4)))
    samples = open_samples(view, resolve, part=part, augment=augment)
    fixed, drawing = samples.stages()
    assert fixed is not None
    assert (drawing is not None) == is_augmented
    size = 6 if is_augmented else 4
    assert fixed(samples.read(0), None).shape == (size, size, 1) if len(samples) else True


def test_what_never_changes_ends_at_the_first_random_transform(
    make_array: MakeView, resolve: Resolve
) -> None:
    view = make_array(
        2, parts=["train", "train"], transforms=(RandomCrop(size=2), Resize(size=6), Normalize())
    )
    fixed, drawing = open_samples(view, resolve, part="train").stages()
    assert fixed is None
    assert drawing is not None
    image = drawing(np.zeros((4, 4, 1), np.uint8), np.random.default_rng(0))
    assert image.shape == (6, 6, 1)


def test_grey_and_colour_follow_the_view(make_folder: MakeView, resolve: Resolve) -> None:
    view = make_folder([(5, 4)])
    assert open_samples(view, resolve, part=None).read(0).shape == (4, 5, 3)
    grey = open_samples(view.with_channels(1), resolve, part=None)
    assert grey.read(0).shape == (4, 5, 1)
    mean, std = grey.normalization
    assert (mean.tolist(), std.tolist()) == ([0.0], [1.0])
