from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from netloom.data.annotations import Box, ObjectAnnotation, Ring, box_around
from netloom.data.objects import ObjectColumn, Objects, objects_column
from netloom.tasks.text_detection.outlines import text_truth
from netloom.tasks.text_detection.polygons import overlap
from netloom.tasks.text_detection.regions import LEAST_SCORE, grown, text_regions
from netloom.tasks.text_detection.targets import TextTargets, text_targets

TURNED: Ring = ((6.0, 3.0), (34.0, 9.0), (31.0, 22.0), (3.0, 16.0))
LEVEL: Ring = ((4.0, 24.0), (36.0, 24.0), (36.0, 30.0), (4.0, 30.0))


def text(ring: Ring, *, illegible: bool = False) -> ObjectAnnotation:
    return ObjectAnnotation(box=box_around((ring,)), outlines=(ring,), is_crowd=illegible)


def objects(*texts: ObjectAnnotation) -> Objects:
    return ObjectColumn(objects_column([texts], {})).at(0)


def targets(*texts: ObjectAnnotation, is_known: bool = True) -> TextTargets:
    found = text_targets([objects(*texts)], np.array([is_known]), height=32, width=40)
    return TextTargets(*(array[0] for array in found))


def distance_to_segment(x: float, y: float, a: Any, b: Any) -> float:
    length = math.dist(a, b)
    along = ((x - a[0]) * (b[0] - a[0]) + (y - a[1]) * (b[1] - a[1])) / length**2
    along = min(max(along, 0.0), 1.0)
    return math.dist((x, y), (a[0] + along * (b[0] - a[0]), a[1] + along * (b[1] - a[1])))


def slow_targets(rings: list[Ring]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Kernels, thresholds and where those matter, pixel by pixel from the definitions."""
    kernel = np.zeros((32, 40), bool)
    thresholds = np.full((32, 40), 0.3)
    matters = np.zeros((32, 40), bool)
    for ring in rings:
        sides = list(zip(ring, (*ring[1:], ring[0])))
        area = abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in sides)) / 2
        shrunk = area * (1 - 0.4**2) / sum(math.dist(a, b) for a, b in sides)
        for row in range(32):
            for column in range(40):
                x, y = column + 0.5, row + 0.5
                apart = min(distance_to_segment(x, y, a, b) for a, b in sides)
                turns = [(b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) for a, b in sides]
                is_inside = all(turn > 0 for turn in turns)
                kernel[row, column] |= is_inside and apart > shrunk
                matters[row, column] |= is_inside or apart <= shrunk
                nearness = max(0.0, 1 - apart / shrunk)
                thresholds[row, column] = max(thresholds[row, column], 0.3 + 0.4 * nearness)
    return kernel, thresholds, matters


def test_targets_are_those_of_the_definitions() -> None:
    found = targets(text(TURNED), text(LEVEL))
    kernel, thresholds, matters = slow_targets([TURNED, LEVEL])
    assert kernel.sum() > 50
    np.testing.assert_array_equal(found.is_kernel, kernel)
    np.testing.assert_array_equal(found.has_threshold, matters)
    np.testing.assert_allclose(found.thresholds, thresholds, atol=1e-5)
    assert found.is_learned.all()


def test_nothing_is_learned_from_what_nobody_could_read() -> None:
    found = targets(text(LEVEL, illegible=True))
    assert not found.is_kernel.any()
    assert not found.has_threshold.any()
    assert not found.is_learned[24:30, 4:36].any()
    assert np.count_nonzero(~found.is_learned) == 6 * 32


def test_a_text_without_a_kernel_is_not_learned() -> None:
    found = targets(text(((4.0, 4.0), (36.0, 4.0), (36.0, 6.0), (4.0, 6.0))))
    assert not found.is_kernel.any()
    assert np.count_nonzero(~found.is_learned) == 2 * 32


def test_a_picture_without_text_is_learned_as_empty() -> None:
    found = targets()
    assert not found.is_kernel.any()
    assert not found.has_threshold.any()
    assert found.is_learned.all()


def test_a_picture_that_nobody_looked_at_teaches_nothing() -> None:
    assert not targets(is_known=False).is_learned.any()


def test_a_box_stands_for_a_missing_outline() -> None:
    boxed = ObjectAnnotation(box=Box(4, 24, 36, 30))
    np.testing.assert_array_equal(targets(boxed).is_kernel, targets(text(LEVEL)).is_kernel)


def test_a_text_in_pieces_is_the_region_around_them() -> None:
    pieces: tuple[Ring, ...] = (
        ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)),
        ((6.0, 0.0), (9.0, 0.0), (9.0, 4.0), (6.0, 4.0)),
    )
    broken = ObjectAnnotation(box=box_around(pieces), outlines=pieces)
    assert text_truth(objects(broken)).polygons[0].tolist() == [[0, 0], [9, 0], [9, 4], [0, 4]]


def test_text_partly_out_of_the_picture_and_far_away_does_no_harm() -> None:
    outside: Ring = ((-90.0, -20.0), (-60.0, -20.0), (-60.0, -10.0), (-90.0, -10.0))
    over: Ring = ((-10.0, 8.0), (20.0, 8.0), (20.0, 18.0), (-10.0, 18.0))
    found = targets(text(outside), text(over))
    assert found.is_kernel[:, 0].any()
    assert not found.is_kernel[:8].any()


def rectangle(width: float, height: float, degrees: float) -> NDArray[np.float64]:
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [width / 2, height / 2]
    around: NDArray[np.float64] = corners @ turn.T + [80.3, 79.6]
    return around


@pytest.mark.parametrize("degrees", range(-80, 90, 17))
@pytest.mark.parametrize("size", [(50.0, 11.0), (90.0, 30.0), (24.0, 20.0)])
def test_a_perfect_map_gives_the_texts_back(size: tuple[float, float], degrees: int) -> None:
    ring = rectangle(*size, degrees)
    there = objects(text(tuple((x, y) for x, y in ring.tolist())))
    found = text_targets([there], np.array([True]), height=160, width=160)
    regions = text_regions(found.is_kernel[0].astype(np.float32))
    assert regions.scores_D.tolist() == [1.0]
    assert regions.polygons[0].shape == (4, 2)
    assert overlap(regions.polygons[0], ring) > 0.9


def test_a_curved_text_keeps_its_form() -> None:
    angles = np.linspace(0, math.pi, 25)
    outer, inner = 60.0, 40.0
    ring = np.concatenate(
        [
            np.stack([80 - outer * np.cos(angles), 90 - outer * np.sin(angles)], axis=1),
            np.stack([80 + inner * np.cos(angles), 90 - inner * np.sin(angles)], axis=1),
        ]
    )
    there = objects(text(tuple((x, y) for x, y in ring.tolist())))
    found = text_targets([there], np.array([True]), height=160, width=160)
    (polygon,) = text_regions(found.is_kernel[0].astype(np.float32)).polygons
    assert overlap(polygon, ring) > 0.85
    assert 8 <= len(polygon) <= 60


def test_two_kernels_are_two_texts_the_surest_first() -> None:
    probabilities = np.zeros((30, 60), np.float32)
    probabilities[5:8, 5:40] = 0.7
    probabilities[20:23, 5:40] = 0.9
    found = text_regions(probabilities)
    assert found.scores_D.tolist() == pytest.approx([0.9, 0.7])
    assert [round(float(polygon[:, 1].mean())) for polygon in found.polygons] == [22, 6]


def test_doubtful_and_tiny_pieces_are_left_out() -> None:
    probabilities = np.zeros((20, 40), np.float32)
    probabilities[3:6, 3:30] = LEAST_SCORE - 0.01
    probabilities[10, 10:12] = 1.0
    assert text_regions(probabilities).polygons == ()
    assert text_regions(np.zeros((4, 4), np.float32)).polygons == ()


def test_a_map_that_is_text_everywhere_is_one_text() -> None:
    (polygon,) = text_regions(np.ones((16, 24), np.float32)).polygons
    assert polygon.min() < 0
    assert np.isfinite(polygon).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2)])
def test_the_smallest_kernels_grow_to_polygons(shape: tuple[int, int]) -> None:
    polygon = grown(np.ones(shape, np.bool_))
    sides = polygon.max(axis=0) - polygon.min(axis=0)
    assert (sides >= np.array(shape[::-1]) - 1e-6).all()
