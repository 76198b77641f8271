from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netloom.data.apply.compilation import acting, compile_transforms
from netloom.data.images import Image
from netloom.data.transforms.blending import CutMix, MixUp
from netloom.data.transforms.catalogue import RandomApply, RandomChoice, RandomOrder
from netloom.data.transforms.colour import Invert, Posterize, Solarize
from netloom.data.transforms.normalization import Normalize
from netloom.data.transforms.sizing import CenterCrop, Pad, RandomCrop, Resize
from netloom.data.transforms.spatial import Flip, Rotate

INVERT, FLIP = Invert(random=False), Flip(p=1)


def noise(height: int, width: int, channels: int = 3) -> Image:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (height, width, channels), dtype=np.uint8)


@pytest.mark.parametrize("part", ["valid", "test", None])
def test_augmentation_acts_on_the_training_part_only(part: str | None) -> None:
    augment = [Rotate(degrees=30), Flip(p=1.0), RandomCrop(size=(4, 6), padding=2)]
    image = noise(4, 6)
    assert np.array_equal(compile_transforms(augment, part)(image, None), image)
    changed = compile_transforms(augment, "train")(image, np.random.default_rng(0))
    assert not np.array_equal(changed, image)


@pytest.mark.parametrize("channels", [1, 3])
def test_no_transform_changes_its_input_or_loses_the_channel_axis(channels: int) -> None:
    image = noise(9, 9, channels)
    before = image.copy()
    chain = [
        Resize(size=12),
        Pad(margins=1),
        Rotate(degrees=10),
        Flip(p=1.0, vertical=True),
        RandomCrop(size=8),
        CenterCrop(size=6),
        Normalize(),
    ]
    result = compile_transforms(chain, "train")(image, np.random.default_rng(0))
    assert (result.shape, result.dtype) == ((6, 6, channels), np.uint8)
    assert np.array_equal(image, before)


def test_order_matters_and_is_kept() -> None:
    image = noise(8, 8)
    pad, crop = Pad(margins=2), CenterCrop(size=4)
    assert compile_transforms([pad, crop], None)(image, None).shape[:2] == (4, 4)
    assert compile_transforms([crop, pad], None)(image, None).shape[:2] == (8, 8)


def test_what_is_done_for_whole_batches_does_not_act_on_images() -> None:
    assert acting([MixUp(), Resize(size=4), Normalize(), CutMix()], "train") == (Resize(size=4),)


def shares(transform: Any, image: Image, *candidates: Image) -> list[float]:
    """How often each candidate comes out."""
    function = compile_transforms([transform], "train")
    rng = np.random.default_rng(0)
    results = [function(image, rng).tobytes() for _ in range(2000)]
    return [results.count(candidate.tobytes()) / 2000 for candidate in candidates]


def test_some_transforms_are_applied_together_or_not_at_all() -> None:
    image = noise(4, 5)
    both = RandomApply(transforms=(INVERT, FLIP), p=0.3)
    assert shares(both, image, image, 255 - image[:, ::-1]) == pytest.approx([0.7, 0.3], abs=0.03)


def test_one_is_chosen_as_often_as_its_weight_says() -> None:
    image = noise(4, 5)
    even = RandomChoice(transforms=(INVERT, FLIP))
    candidates = (255 - image, image[:, ::-1])
    assert shares(even, image, *candidates) == pytest.approx([0.5, 0.5], abs=0.03)
    uneven = RandomChoice(transforms=(INVERT, FLIP), weights=(1, 3))
    assert shares(uneven, image, *candidates) == pytest.approx([0.25, 0.75], abs=0.03)


def test_all_are_applied_in_an_order_drawn_evenly() -> None:
    image = np.array([[[100], [200]]], np.uint8)
    # Posterise then solarise, or the other way round: 64 → 64, 192 → 63; 100 → 64, 55 → 0.
    order = RandomOrder(
        transforms=(Posterize(bits=2, random=False), Solarize(threshold=128, random=False))
    )
    candidates = (np.array([[[64], [63]]], np.uint8), np.array([[[64], [0]]], np.uint8))
    assert shares(order, image, *candidates) == pytest.approx([0.5, 0.5], abs=0.03)


def test_fixed_transforms_inside_random_ones_act_in_training_only() -> None:
    image = noise(4, 5)
    chosen = RandomChoice(transforms=(INVERT,))
    assert np.array_equal(
        compile_transforms([chosen], "train")(image, np.random.default_rng(0)), 255 - image
    )
    assert compile_transforms([chosen], "test")(image, None) is image
