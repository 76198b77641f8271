from __future__ import annotations

import numpy as np
import pytest

from netloom.data.apply.geometry import Framed, Geometry, Mirrored, Scaled, Warped
from netloom.data.apply.motion import Motion, between_corners, between_middles
from netloom.data.apply.spatial import about_middle, corners_moved

EXTENT = (40, 60)


def after(*geometries: Geometry) -> Motion:
    motion = Motion(EXTENT)
    for geometry in geometries:
        motion = motion.then(geometry)
    return motion


def test_corners_of_the_picture_go_to_corners_of_the_result() -> None:
    corners = np.array([[0.0, 0.0], [60.0, 40.0]])
    assert after(Scaled(10, 30)).moved(corners).tolist() == [[0, 0], [30, 10]]
    assert after(Mirrored(across=True, down=False)).moved(corners).tolist() == [[60, 0], [0, 40]]
    assert after(Framed(-2, 5, 50, 50)).moved(corners).tolist() == [[-5, 2], [55, 42]]
    turned = after(about_middle(EXTENT, degrees=180)).moved(corners)
    assert turned.tolist() == [[60, 40], [0, 0]]


def test_steps_add_up_and_can_be_taken_back() -> None:
    motion = after(
        Scaled(80, 90),
        Warped(corners_moved((80, 90), np.full((4, 2), 0.1))),
        Framed(5, -3, 70, 70),
        about_middle((70, 70), degrees=33, scale=1.2),
    )
    assert (motion.before, motion.after) == (EXTENT, (70, 70))
    points = np.random.default_rng(0).random((20, 2)) * (60, 40)
    assert motion.moved_back(motion.moved(points)) == pytest.approx(points)


def test_nothing_has_happened_only_if_all_is_in_place_and_in_view() -> None:
    assert Motion(EXTENT).is_none
    assert after(Scaled(40, 60), Mirrored(across=False, down=False)).is_none
    assert after(Framed(-3, -3, 46, 66), Framed(3, 3, 40, 60)).is_none
    assert not after(Framed(0, 0, 40, 59)).is_none
    assert not after(Framed(3, 3, 30, 50), Framed(-3, -3, 40, 60)).is_none
    assert not after(Mirrored(across=True, down=False)).is_none


def test_what_is_in_view_has_been_in_view_after_every_step() -> None:
    motion = after(Framed(10, 0, 30, 40), Mirrored(across=True, down=True), Framed(-5, 10, 60, 60))
    assert motion.upright_window() == (0, 10, 30, 40)
    x, y = np.meshgrid(np.arange(60) + 0.5, np.arange(40) + 0.5)
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    edges = motion.edges()
    in_view = (points @ edges[:, :2].T + edges[:, 2] >= 0).all(axis=1)
    inside = (points > (0, 10)).all(axis=1) & (points < (30, 40)).all(axis=1)
    assert np.array_equal(in_view, inside)


@pytest.mark.parametrize(
    ("geometry", "upright"),
    [
        (Scaled(9, 9), True),
        (Framed(1, 1, 9, 9), True),
        (Mirrored(across=True, down=True), True),
        (about_middle(EXTENT, degrees=180), True),
        (about_middle(EXTENT, degrees=90), False),
        (about_middle(EXTENT, shear=(0.1, 0.0)), False),
        (Warped(corners_moved(EXTENT, np.array([[0.1, 0], [0, 0], [0, 0], [0, 0]]))), False),
    ],
)
def test_boxes_stay_upright_unless_turned_sheared_or_seen_from_the_side(
    geometry: Geometry, upright: bool
) -> None:
    assert after(Scaled(40, 60), geometry).is_upright == upright


def test_counting_from_corners_and_from_middles_are_inverse() -> None:
    matrix = corners_moved(EXTENT, np.random.default_rng(0).random((4, 2)) / 4)
    assert between_middles(between_corners(matrix)) == pytest.approx(matrix)
