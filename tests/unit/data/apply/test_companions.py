from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from netloom.data.apply.companions import Companion, turning
from netloom.data.apply.geometry import Filling, Framed, Geometry, Mirrored, Scaled, Warped
from netloom.data.apply.spatial import about_middle, corners_moved

FILLING = Filling("edge", 7)


def normals_of(*vectors: tuple[float, float, float]) -> Companion:
    return Companion("normals", np.array([vectors], np.float32))


def moved(companion: Companion, geometry: Geometry) -> Any:
    return companion.moved(geometry, FILLING).pixels


def test_depths_are_never_averaged_and_free_room_is_unknown() -> None:
    depth = np.random.default_rng(0).choice(np.array([0, 1, 9], np.float32), (30, 40, 1))
    companion = Companion("depth", depth)
    geometries = (
        Scaled(17, 90, "cubic"),
        Scaled(7, 9, "area"),
        about_middle((30, 40), degrees=20, scale=1.3),
        Warped(corners_moved((30, 40), np.full((4, 2), 0.1))),
    )
    for geometry in geometries:
        found = moved(companion, geometry)
        assert found.dtype == np.float32
        assert set(np.unique(found).tolist()) == {0, 1, 9}
    framed = moved(companion, Framed(-1, -1, 32, 42))
    assert not framed[0].any()
    assert np.array_equal(framed[1:-1, 1:-1], depth)


def test_target_pictures_are_filled_like_the_image() -> None:
    pixels = np.full((2, 2, 3), 9, np.uint8)
    found = Companion("picture", pixels).moved(Framed(-1, 0, 3, 2), Filling("constant", 4)).pixels
    assert found[:, 0, 0].tolist() == [4, 9, 9]


@pytest.mark.parametrize("degrees", [0, 30, 90, -120, 180])
def test_normals_turn_with_the_picture(degrees: float) -> None:
    # A surface that faces right in the picture faces where the picture's right has turned to.
    right = np.zeros((21, 21, 3), np.float32)
    right[:, :] = (0.6, 0, 0.8)
    turned = moved(Companion("normals", right), about_middle((21, 21), degrees=degrees))
    angle = math.radians(degrees)
    expected = (0.6 * math.cos(angle), 0.6 * math.sin(angle), 0.8)  # y goes up
    assert turned[10, 10] == pytest.approx(expected, abs=1e-6)


def test_normals_are_mirrored_with_the_picture() -> None:
    companion = normals_of((0.6, 0.0, 0.8), (0.0, 0.6, 0.8))
    across = moved(companion, Mirrored(across=True, down=False))
    assert across[0].tolist() == np.float32([[0, 0.6, 0.8], [-0.6, 0, 0.8]]).tolist()
    down = moved(companion, Mirrored(across=False, down=True))
    assert down[0] == pytest.approx(np.array([[0.6, 0, 0.8], [0, -0.6, 0.8]]))
    twice = Companion("normals", across).moved(Mirrored(across=True, down=False), FILLING)
    assert twice.pixels == pytest.approx(companion.pixels)


@pytest.mark.parametrize("geometry", [Scaled(2, 6), Scaled(1, 1, "nearest"), Framed(0, 0, 1, 2)])
def test_scaling_and_cropping_do_not_turn_a_surface(geometry: Geometry) -> None:
    vectors = moved(normals_of((0.6, 0, 0.8), (0.6, 0, 0.8)), geometry)
    assert vectors == pytest.approx(np.broadcast_to([0.6, 0, 0.8], vectors.shape))


def test_normals_are_averaged_among_known_ones_only() -> None:
    companion = normals_of((0, 0, 1), (0, 0, 0), (0, 0, 0), (0, 0, 0), (1, 0, 0), (-1, 0, 0))
    found = moved(companion, Scaled(1, 3))
    # Half known: the known one. Nothing known: unknown. Opposite ones: nobody can say.
    assert found[0].tolist() == [[0, 0, 1], [0, 0, 0], [0, 0, 0]]
    room = moved(companion, Framed(-1, 0, 2, 6))
    assert not room[0].any()


def test_what_turns_and_mirrors_is_orthogonal() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        matrix = about_middle(
            (30, 40),
            degrees=rng.uniform(-180, 180),
            scale=rng.uniform(0.2, 3),
            shear=tuple(rng.uniform(-1, 1, 2)),
        ).matrix_33
        turn = turning(matrix @ Mirrored(across=True, down=False).matrix((30, 40)), (30, 40))
        assert turn @ turn.T == pytest.approx(np.eye(2))
        sheared = np.linalg.det(matrix[:2, :2])
        assert np.sign(np.linalg.det(turn)) == -np.sign(sheared)


def test_looking_from_the_side_turns_by_what_it_does_in_the_middle() -> None:
    even = np.array([[0.1, 0.1]] * 4)
    assert turning(corners_moved((30, 40), even), (30, 40)) == pytest.approx(np.eye(2), abs=1e-6)
