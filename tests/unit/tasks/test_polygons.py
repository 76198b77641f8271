from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from netloom.tasks.text_detection.polygons import (
    clockwise,
    covered_area,
    distances_to_sides,
    growing_distance,
    overlap,
    perimeter,
    shared_area,
    short_side,
    shrinking_distance,
    signed_area,
)

SQUARE = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])


def turned(width: float, height: float, *, degrees: float, middle: tuple[float, float]) -> Any:
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [width / 2, height / 2]
    return corners @ turn.T + middle


def is_inside(x: float, y: float, polygon: NDArray[Any]) -> bool:
    """By the even-odd rule, side by side."""
    inside = False
    for (x1, y1), (x2, y2) in zip(polygon.tolist(), np.roll(polygon, -1, axis=0).tolist()):
        if (y1 <= y) != (y2 <= y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            inside = not inside
    return inside


def counted_areas(first: NDArray[Any], second: NDArray[Any]) -> tuple[float, float, float]:
    """Shared and own areas by asking many points."""
    step = 0.1
    low = np.minimum(first.min(axis=0), second.min(axis=0))
    high = np.maximum(first.max(axis=0), second.max(axis=0))
    counts = np.zeros(3)
    for x in np.arange(low[0] + step / 2, high[0], step):
        for y in np.arange(low[1] + step / 2, high[1], step):
            one, two = is_inside(x, y, first), is_inside(x, y, second)
            counts += (one and two, one, two)
    shared, one_area, two_area = (counts * step * step).tolist()
    return shared, one_area, two_area


POLYGONS = {
    "turned": turned(5, 2, degrees=35, middle=(2, 2)),
    "triangle": np.array([[1.0, -1.0], [6.0, 2.0], [0.5, 3.0]]),
    "hollow": np.array([[0.0, 0.0], [5.0, 0.0], [5.0, 4.0], [4.0, 4.0], [4.0, 1.0], [0.0, 1.0]]),
    "crossed": np.array([[0.0, 0.0], [4.0, 4.0], [4.0, 0.0], [0.0, 4.0]]),
    "star": np.array([[2.0, -1.0], [3.5, 4.0], [-0.5, 1.0], [4.5, 1.0], [0.5, 4.0]]),
}


@pytest.mark.parametrize("name", POLYGONS)
def test_areas_are_those_that_many_points_tell(name: str) -> None:
    polygon = POLYGONS[name]
    shared, own, square = counted_areas(polygon, SQUARE)
    assert shared_area(polygon, SQUARE) == pytest.approx(shared, abs=0.25)
    assert covered_area(polygon) == pytest.approx(own, abs=0.25)
    assert overlap(polygon, SQUARE) == pytest.approx(shared / (own + square - shared), abs=0.03)


def test_overlaps_of_convex_polygons_are_those_of_another_library() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        first, second = (
            turned(
                *rng.uniform(1, 9, 2),
                degrees=rng.uniform(0, 180),
                middle=tuple(rng.uniform(-3, 3, 2)),
            )
            for _ in range(2)
        )
        expected, _ = cv2.intersectConvexConvex(first.astype(np.float32), second.astype(np.float32))
        assert shared_area(first, second) == pytest.approx(expected, abs=1e-3)


def test_overlap_is_symmetric_and_does_not_depend_on_place_or_direction() -> None:
    first, second = POLYGONS["turned"], POLYGONS["hollow"]
    value = overlap(first, second)
    assert 0 < value < 1
    assert overlap(second, first) == pytest.approx(value, abs=1e-12)
    assert overlap(first[::-1], np.roll(second, 2, axis=0)) == pytest.approx(value, abs=1e-12)
    assert overlap(first + 1e5, second + 1e5) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (SQUARE, 1.0),
        (SQUARE + np.array([4, 0]), 0.0),
        (SQUARE + np.array([2, 0]), 1 / 3),
        (SQUARE / 2, 0.25),
        (SQUARE * [1, 0], 0.0),
        (SQUARE[:2], 0.0),
    ],
)
def test_known_overlaps(second: NDArray[Any], expected: float) -> None:
    assert overlap(SQUARE, second) == pytest.approx(expected, abs=1e-12)


def test_nothing_overlaps_nothing() -> None:
    assert overlap(SQUARE[:2], SQUARE[:1]) == 0.0


def test_corners_go_clockwise_from_the_one_nearest_to_the_corner() -> None:
    for ring in (SQUARE, SQUARE[::-1], np.roll(SQUARE, 3, axis=0)):
        assert clockwise(ring).tolist() == SQUARE.tolist()
    assert clockwise(np.zeros((0, 2))).shape == (0, 2)


def test_distances_are_those_to_the_nearest_of_many_points_on_the_sides() -> None:
    polygon = POLYGONS["hollow"] + [0.7, 0.3]
    shares = np.linspace(0, 1, 2001)[:, None]
    on_sides = np.concatenate(
        [a + shares * (b - a) for a, b in zip(polygon, np.roll(polygon, -1, axis=0))]
    )
    expected = [
        [np.hypot(*(on_sides - [column + 0.5, row + 0.5]).T).min() for column in range(9)]
        for row in range(7)
    ]
    np.testing.assert_allclose(distances_to_sides(polygon, 7, 9), expected, atol=2e-3)


def test_the_quick_way_for_quadrilaterals_agrees_with_the_general_one() -> None:
    rng = np.random.default_rng(3)
    for _ in range(100):
        first = turned(*rng.uniform(1, 9, 2), degrees=rng.uniform(0, 180), middle=(0, 0))
        second = turned(*rng.uniform(1, 9, 2), degrees=rng.uniform(0, 180), middle=(2, 1))
        # A fifth corner on a side changes nothing but the way it is computed.
        fifth = np.insert(first, 1, (first[0] + first[1]) / 2, axis=0)
        assert overlap(first[::-1], second) == pytest.approx(overlap(fifth, second), abs=1e-9)


@pytest.mark.parametrize("size", [(40.0, 10.0), (12.0, 12.0), (300.0, 9.0)])
def test_a_rectangle_that_shrinks_grows_back(size: tuple[float, float]) -> None:
    width, height = size
    distance = shrinking_distance(width * height, 2 * (width + height), ratio=0.4)
    small = width - 2 * distance, height - 2 * distance
    grown = growing_distance(small[0] * small[1], 2 * sum(small), ratio=0.4)
    assert grown == pytest.approx(distance)


def test_a_circle_that_shrinks_grows_back() -> None:
    radius = 20.0
    distance = shrinking_distance(math.pi * radius**2, 2 * math.pi * radius, ratio=0.4)
    inner = radius - distance
    grown = growing_distance(math.pi * inner**2, 2 * math.pi * inner, ratio=0.4, corners=math.pi)
    assert grown == pytest.approx(distance)


def test_measures_of_a_rectangle() -> None:
    ring = turned(7, 3, degrees=20, middle=(5, 5))
    assert (signed_area(ring), perimeter(ring)) == pytest.approx((21.0, 20.0))
    assert signed_area(ring[::-1]) == pytest.approx(-21.0)
    assert short_side(21.0, 20.0) == pytest.approx(3.0)
