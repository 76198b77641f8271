from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netloom.core.errors import InvalidData
from netloom.data.apply import compile_transforms, normalization
from netloom.data.images import Image
from netloom.data.transforms import (
    CenterCrop,
    Flip,
    Normalize,
    Pad,
    RandomCrop,
    Resize,
    Rotate,
)

COUNTING = np.arange(4 * 6, dtype=np.uint8).reshape(4, 6, 1)


def noise(height: int, width: int, channels: int = 3) -> Image:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (height, width, channels), dtype=np.uint8)


def applied(transform: Any, image: Image, part: str | None = None, seed: int = 0) -> Image:
    return compile_transforms([transform], part)(image, np.random.default_rng(seed))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("fit", ["stretch", "pad", "crop"])
@pytest.mark.parametrize("shape", [(9, 5), (5, 9), (30, 7), (12, 16), (1, 1)])
def test_resized_images_have_the_size_asked_for(
    fit: Any, shape: tuple[int, int], channels: int
) -> None:
    resized = applied(Resize(size=(12, 16), fit=fit), noise(*shape, channels))
    assert (resized.shape, resized.dtype) == ((12, 16, channels), np.uint8)


def test_shrinking_averages_areas() -> None:
    image = np.array([[0, 100], [100, 200]], np.uint8).repeat(2, 0).repeat(2, 1)[:, :, None]
    assert applied(Resize(size=2), image)[:, :, 0].tolist() == [[0, 100], [100, 200]]
    assert applied(Resize(size=1), image)[:, :, 0].tolist() == [[100]]


def test_padding_to_a_size_keeps_proportions_and_centres() -> None:
    wide = np.full((2, 4, 1), 9, np.uint8)
    padded = applied(Resize(size=4, fit="pad", fill=5), wide)
    assert padded[:, :, 0].tolist() == [[5] * 4, [9] * 4, [9] * 4, [5] * 4]


def test_cropping_to_a_size_keeps_the_middle() -> None:
    columns = np.tile(np.array([1, 2, 3, 4], np.uint8), (2, 1))[:, :, None]
    assert applied(Resize(size=2, fit="crop"), columns)[:, :, 0].tolist() == [[2, 3], [2, 3]]


def test_center_crop_keeps_the_middle() -> None:
    assert applied(CenterCrop(size=(2, 4)), COUNTING).tolist() == COUNTING[1:3, 1:5].tolist()


def test_a_crop_larger_than_the_image_names_both_sizes() -> None:
    with pytest.raises(InvalidData) as caught:
        applied(CenterCrop(size=(5, 5)), COUNTING)
    problem = caught.value.diagnostics[0]
    assert (problem.code, problem.expected) == ("I013", "at least 5×5 (width×height)")
    assert "6×4" in problem.message


def test_random_crops_reach_every_place_in_training_and_the_middle_elsewhere() -> None:
    crop = compile_transforms([RandomCrop(size=(2, 4))], "train")
    rng = np.random.default_rng(0)
    corners = {int(crop(COUNTING, rng)[0, 0, 0]) for _ in range(200)}
    assert corners == {6 * row + column for row in range(3) for column in range(3)}
    outside = applied(RandomCrop(size=(2, 4), padding=3), COUNTING, "valid")
    assert outside.tolist() == applied(CenterCrop(size=(2, 4)), COUNTING).tolist()


def test_margins_go_top_right_bottom_left() -> None:
    padded = applied(Pad(margins=(1, 2, 0, 3), fill=77), COUNTING)
    expected = np.pad(COUNTING, ((1, 0), (3, 2), (0, 0)), constant_values=77)
    assert padded.tolist() == expected.tolist()


@pytest.mark.parametrize("border", ["edge", "reflect"])
def test_borders_agree_with_numpy(border: Any) -> None:
    padded = applied(Pad(margins=2, border=border), COUNTING)
    assert padded.tolist() == np.pad(COUNTING, ((2, 2), (2, 2), (0, 0)), mode=border).tolist()


def test_a_mirror_larger_than_the_image_is_refused() -> None:
    with pytest.raises(InvalidData, match="too small to be mirrored"):
        applied(Pad(margins=4, border="reflect"), COUNTING)


@pytest.mark.parametrize(("degrees", "turns"), [(90.0, 1), (180.0, 2), (-90.0, 3)])
def test_fixed_rotation_turns_counter_clockwise_in_every_part(degrees: float, turns: int) -> None:
    image = noise(7, 7)
    for part in ("train", "test", None):
        turned = applied(Rotate(degrees=degrees, random=False), image, part)
        assert turned.tolist() == np.rot90(image, turns).tolist()


def test_random_rotation_stays_within_its_range() -> None:
    line = np.zeros((101, 101, 1), np.uint8)
    line[50, 60:100] = 255
    rotate = compile_transforms([Rotate(degrees=20)], "train")
    rng = np.random.default_rng(0)
    angles = []
    for _ in range(200):
        rows, columns = np.nonzero(rotate(line, rng)[:, :, 0])
        angles.append(np.degrees(np.arctan2(50 - rows.mean(), columns.mean() - 50)))
    assert -20.5 < min(angles) < -15
    assert 15 < max(angles) < 20.5


def test_flips_come_as_often_as_asked() -> None:
    image = noise(3, 5)
    both = compile_transforms([Flip(vertical=True, p=0.25)], "train")
    rng = np.random.default_rng(0)
    seen = [both(image, rng) for _ in range(2000)]
    shares = [
        np.mean([np.array_equal(flipped, expected) for flipped in seen])
        for expected in (image, image[:, ::-1], image[::-1], image[::-1, ::-1])
    ]
    assert shares == pytest.approx([9 / 16, 3 / 16, 3 / 16, 1 / 16], abs=0.03)


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


def test_normalization_defaults_to_plain_units() -> None:
    mean, std = normalization([Resize(size=4)], 3)
    assert (mean.tolist(), std.tolist(), mean.dtype) == ([0, 0, 0], [1, 1, 1], np.float32)
    mean, std = normalization([Normalize(), Resize(size=4)], 1)
    assert (mean.tolist(), std.tolist()) == ([0.5], [0.5])


@pytest.mark.parametrize(
    "transforms", [[Normalize(), Normalize()], [Normalize(mean=(0.1, 0.2, 0.3))]]
)
def test_contradictory_normalization_is_refused(transforms: list[Normalize]) -> None:
    with pytest.raises(InvalidData) as caught:
        normalization(transforms, 1)
    assert caught.value.diagnostics[0].code == "I012"
