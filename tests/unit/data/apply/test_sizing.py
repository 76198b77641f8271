from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netloom.core.errors import InvalidData
from netloom.data.apply.compilation import compile_transforms
from netloom.data.apply.sizing import random_piece
from netloom.data.images import Image
from netloom.data.transforms.sizing import CenterCrop, Pad, RandomCrop, RandomResizedCrop, Resize

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


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((10, 20), (5, 10)), ((20, 10), (10, 5)), ((3, 4), (5, 7)), ((9, 9), (5, 5))],
)
def test_the_shorter_side_gets_the_size(shape: tuple[int, int], expected: tuple[int, int]) -> None:
    assert applied(Resize(size=5, fit="shortest"), noise(*shape)).shape[:2] == expected


def test_a_size_of_two_numbers_is_just_covered() -> None:
    wide = Resize(size=(4, 10), fit="shortest")
    assert applied(wide, noise(10, 20)).shape[:2] == (5, 10)
    assert applied(wide, noise(10, 40)).shape[:2] == (4, 16)


@pytest.mark.parametrize("margin", [4, 9])
def test_a_mirror_may_be_larger_than_the_image(margin: int) -> None:
    padded = applied(Pad(margins=margin, border="reflect"), COUNTING)
    margins = ((margin, margin), (margin, margin), (0, 0))
    assert padded.tolist() == np.pad(COUNTING, margins, mode="reflect").tolist()


@pytest.mark.parametrize("border", ["constant", "edge", "reflect"])
def test_random_crops_are_pieces_of_the_padded_image(border: Any) -> None:
    margins = ((5, 5), (5, 5), (0, 0))
    padded = (
        np.pad(COUNTING, margins, mode=border)
        if border != "constant"
        else np.pad(COUNTING, margins)
    )
    crop = compile_transforms([RandomCrop(size=3, padding=5, border=border)], "train")
    rng = np.random.default_rng(0)
    seen = set()
    pieces = {
        padded[row : row + 3, column : column + 3].tobytes()
        for row in range(12)
        for column in range(14)
    }
    for _ in range(500):
        piece = crop(COUNTING, rng)
        assert piece.shape == (3, 3, 1)
        seen.add(piece.tobytes())
    assert seen <= pieces
    assert len(seen) > 0.5 * len(pieces)


def test_random_pieces_have_the_areas_and_proportions_asked_for() -> None:
    rng = np.random.default_rng(0)
    pieces = [random_piece((400, 300), rng, scale=(0.1, 0.5), ratio=(0.5, 2.0)) for _ in range(500)]
    found = [piece for piece in pieces if piece is not None]
    assert len(found) > 490
    areas = np.array([piece.height * piece.width / (400 * 300) for piece in found])
    ratios = np.array([piece.width / piece.height for piece in found])
    assert 0.098 < areas.min() < 0.12
    assert 0.47 < areas.max() < 0.503
    assert areas.mean() == pytest.approx(0.3, abs=0.02)
    assert 0.49 < ratios.min() < 0.55
    assert 1.8 < ratios.max() < 2.03
    assert np.log(ratios).mean() == pytest.approx(0, abs=0.06)
    for piece in found:
        assert 0 <= piece.top <= 400 - piece.height
        assert 0 <= piece.left <= 300 - piece.width


def test_a_piece_that_never_fits_gives_way_to_the_middle() -> None:
    assert random_piece((100, 10), np.random.default_rng(0), scale=(1, 1), ratio=(1, 1)) is None
    image = noise(100, 10)
    crop = applied(RandomResizedCrop(size=10, scale=(1, 1), ratio=(1, 1)), image, "train")
    assert np.array_equal(crop, image[45:55])


def test_outside_training_the_whole_image_is_resized_and_its_middle_kept() -> None:
    image = noise(20, 40)
    cropped = applied(RandomResizedCrop(size=10), image, "valid")
    assert np.array_equal(cropped, applied(Resize(size=10, fit="crop"), image))
