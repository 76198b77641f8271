from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netloom.data.apply.compilation import compile_transforms
from netloom.data.apply.geometry import Filling
from netloom.data.apply.spatial import about_middle, affine_moving, corners_moved
from netloom.data.images import Image
from netloom.data.transforms.spatial import Affine, Flip, Perspective, Rotate


def noise(height: int, width: int, channels: int = 3) -> Image:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (height, width, channels), dtype=np.uint8)


def applied(transform: Any, image: Image, part: str | None = None, seed: int = 0) -> Image:
    return compile_transforms([transform], part)(image, np.random.default_rng(seed))


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


def test_affine_moves_stay_within_their_ranges() -> None:
    spec = Affine(degrees=20, translate=0.25, scale=(0.5, 1.5), shear=0)
    rng = np.random.default_rng(0)
    matrices = np.array([affine_moving(spec)((101, 81), rng).matrix((101, 81)) for _ in range(400)])
    scales = np.sqrt(np.linalg.det(matrices))
    angles = np.degrees(np.arctan2(matrices[:, 0, 1], matrices[:, 0, 0]))
    middles = matrices @ np.array([40.0, 50.0, 1.0]) - [40.0, 50.0, 1.0]
    for values, (low, high) in (
        (scales, (0.5, 1.5)),
        (angles, (-20, 20)),
        (middles[:, 0], (-0.25 * 81, 0.25 * 81)),
        (middles[:, 1], (-0.25 * 101, 0.25 * 101)),
    ):
        span = high - low
        assert low - 1e-9 <= values.min() < low + 0.05 * span
        assert high - 0.05 * span < values.max() <= high + 1e-9


def test_shear_is_an_angle() -> None:
    spec = Affine(degrees=0, translate=0, scale=(1, 1), shear=45)
    rng = np.random.default_rng(0)
    slants = [affine_moving(spec)((9, 9), rng).matrix((9, 9))[0, 1] for _ in range(400)]
    assert -1 <= min(slants) < -0.9
    assert 0.9 < max(slants) <= 1


def test_whole_pixels_are_moved_without_interpolation() -> None:
    image = noise(7, 9)
    moved = about_middle((7, 9), move=(2.0, -1.0)).pixels(image, Filling(level=5))
    expected = np.full_like(image, 5)
    expected[:-1, 2:] = image[1:, :-2]
    assert np.array_equal(moved, expected)


def test_shear_turn_and_scale_follow_one_another_about_the_middle() -> None:
    geometry = about_middle((11, 21), degrees=90, scale=2.0, shear=(0.5, 0.0))
    # Two pixels below the middle: sheared one to the right, turned counter-clockwise, doubled.
    moved = geometry.matrix((11, 21)) @ np.array([10.0, 5.0 + 2.0, 1.0])
    assert moved[:2].tolist() == pytest.approx([10.0 + 2 * 2.0, 5.0 - 2 * 1.0])


def test_corners_go_where_they_are_sent() -> None:
    shares = np.array([[0.1, 0.2], [0.0, 0.3], [0.25, 0.0], [0.05, 0.15]])
    matrix = corners_moved((40, 60), shares)
    corners = np.array([[-0.5, -0.5, 1], [59.5, -0.5, 1], [59.5, 39.5, 1], [-0.5, 39.5, 1]])
    moved = corners @ matrix.T
    inwards = shares * [[60, 40], [-60, 40], [-60, -40], [60, -40]]
    assert moved[:, :2] / moved[:, 2:] == pytest.approx(corners[:, :2] + inwards, abs=1e-4)


def test_perspective_never_folds_an_image() -> None:
    """The corners keep their sense of rotation whatever is drawn, also in the worst case."""
    for worst in range(16):
        shares = np.array([[bool(worst & 1 << corner)] * 2 for corner in range(4)]) * 0.33
        shares[:, worst % 2] = 0.33
        matrix = corners_moved((50, 50), shares)
        x, y = np.meshgrid([-0.5, 24.5, 49.5], [-0.5, 24.5, 49.5])
        depth = np.column_stack([x.ravel(), y.ravel(), np.ones(9)]) @ matrix[2]
        assert (depth > 0).all()
        assert np.linalg.det(matrix) > 0


def test_perspective_comes_as_often_as_asked() -> None:
    image = noise(12, 12)
    view = compile_transforms([Perspective(p=0.25)], "train")
    rng = np.random.default_rng(0)
    changed = [not np.array_equal(view(image, rng), image) for _ in range(1000)]
    assert np.mean(changed) == pytest.approx(0.25, abs=0.04)
