from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from netloom.data.annotations import Box, ObjectAnnotation, Ring
from netloom.data.objects import ObjectColumn, Objects, objects_column
from netloom.data.rasterization import UNKNOWN, filled, label_mask, outlined

Corners = list[tuple[Fraction, Fraction]]


def covers(ring: Corners, x: Fraction, y: Fraction) -> bool:
    """The even-odd rule in exact numbers: lines that lie to the left of a point, or go through it."""
    crossings = 0
    for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y0 <= y) == (y1 <= y):
            continue
        crossings += x0 + (y - y0) * (x1 - x0) / (y1 - y0) <= x
    return crossings % 2 == 1


def slowly_filled(
    outlines: list[Corners], holes: list[Corners], height: int, width: int
) -> list[list[bool]]:
    half = Fraction(1, 2)
    return [
        [
            any(covers(ring, column + half, row + half) for ring in outlines)
            and not any(covers(ring, column + half, row + half) for ring in holes)
            for column in range(width)
        ]
        for row in range(height)
    ]


def random_ring(rng: np.random.Generator, step: int) -> NDArray[np.float64]:
    """Corners at multiples of a share of a pixel, some of them outside an image of 9 × 11."""
    return rng.integers(-3 * step, 14 * step, (rng.integers(3, 9), 2)) / step


def exact(ring: NDArray[Any]) -> Corners:
    return [(Fraction(float(x)), Fraction(float(y))) for x, y in ring]


@pytest.mark.parametrize("step", [1, 2, 8, 1 << 20])
def test_pixels_are_covered_whose_middles_lie_inside(step: int) -> None:
    rng = np.random.default_rng(step)
    for _ in range(12):
        outlines = [random_ring(rng, step) for _ in range(rng.integers(1, 4))]
        holes = [random_ring(rng, step) for _ in range(rng.integers(0, 3))]
        assert filled(outlines, holes, 9, 11).tolist() == slowly_filled(
            [exact(ring) for ring in outlines], [exact(ring) for ring in holes], 9, 11
        )


def test_rings_that_share_a_line_share_no_pixel_and_leave_none_out() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        # Four triangles around a point, along lines that go through many middles.
        middle = rng.integers(1, 18, 2) / 2
        corners = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], np.float64)
        times = np.zeros((10, 10), np.int64)
        for first, second in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            times += filled([np.array([first, second, middle])], [], 10, 10)
        assert times.tolist() == np.ones((10, 10)).tolist()


def test_a_line_through_middles_gives_them_to_its_right_and_to_what_is_below() -> None:
    half = [(0.5, 0.5), (2.5, 0.5), (2.5, 2.5), (0.5, 2.5)]
    assert filled([half], [], 4, 4).astype(int).tolist() == [
        [1, 1, 0, 0],
        [1, 1, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
    ]


def test_rings_of_fewer_than_three_corners_and_far_away_ones_cover_nothing() -> None:
    nothing = [[(1, 1), (5, 5)], [], [(40, 40), (50, 40), (45, 1e30)], [(-9, 0), (-1, 0), (-5, 9)]]
    for ring in nothing:
        assert not filled([np.array(ring).reshape(-1, 2)], [], 6, 6).any()


def test_holes_are_cut_out_of_the_union() -> None:
    left, right = [(0, 0), (3, 0), (3, 2), (0, 2)], [(2, 0), (6, 0), (6, 2), (2, 2)]
    hole = [(1, 0), (5, 0), (5, 1), (1, 1)]
    assert filled([left, right], [hole], 2, 6).astype(int).tolist() == [
        [1, 0, 0, 0, 0, 1],
        [1, 1, 1, 1, 1, 1],
    ]


@pytest.mark.parametrize("share", [0.1, 0.4, 0.5, 0.6, 0.9])
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 1), (8, 9), (40, 37)], ids=str)
def test_filling_the_outlines_of_a_mask_gives_the_mask(
    shape: tuple[int, int], share: float
) -> None:
    for seed in range(5):
        mask = np.random.default_rng(seed).random(shape) < share
        outlines, holes = outlined(mask)
        assert filled(outlines, holes, *shape).tolist() == mask.tolist()
        assert all(len(ring) >= 4 for ring in (*outlines, *holes))


def test_islands_in_holes_in_islands_stay() -> None:
    rings = np.minimum.reduce([*np.mgrid[:15, :17], *np.mgrid[14:-1:-1, 16:-1:-1]])
    mask = rings % 2 == 0
    outlines, holes = outlined(mask)
    assert (len(outlines), len(holes)) == (4, 4)
    assert filled(outlines, holes, 15, 17).tolist() == mask.tolist()


def test_outlines_go_clockwise_around_the_edges_of_pixels() -> None:
    mask = np.array([[0, 1, 1, 0], [0, 1, 0, 0], [0, 0, 1, 0]])
    outlines, holes = outlined(mask)
    assert [ring.tolist() for ring in outlines] == [
        [[1, 0], [3, 0], [3, 1], [2, 1], [2, 2], [1, 2]],
        [[2, 2], [3, 2], [3, 3], [2, 3]],  # touches the other at a corner alone
    ]
    assert holes == ()
    assert outlined(np.zeros((3, 3))) == ((), ())


def objects_of(*found: ObjectAnnotation) -> Objects:
    return ObjectColumn(objects_column([list(found)], {"floor": 0, "cat": 1, "dog": 2})).at(0)


def test_later_objects_lie_over_earlier_ones_and_unknown_ones_are_unknown() -> None:
    def row(left: float, right: float) -> tuple[Box, Ring]:
        box = Box(left, 0, right, 1)
        return box, box.ring

    (cat_box, cat), (dog_box, dog), (hole_box, hole) = row(0, 5), row(3, 8), row(6, 7)
    objects = objects_of(
        ObjectAnnotation(box=cat_box, label="cat", outlines=(cat,)),
        ObjectAnnotation(box=dog_box, label="dog", outlines=(dog,), holes=(hole,)),
        ObjectAnnotation(box=Box(8, 0, 9, 1), label="cat", is_crowd=True),
        ObjectAnnotation(box=Box(9, 0, 10, 1)),
    )
    row_of = label_mask(objects, 1, 11, background=0)[0].tolist()
    assert row_of == [1, 1, 1, 2, 2, 2, 0, 2, UNKNOWN, UNKNOWN, 0]
    assert hole_box.width == 1
    assert label_mask(objects, 1, 11)[0].tolist()[-1] == UNKNOWN


def test_labels_of_many_objects_are_those_of_each_object_alone() -> None:
    rng = np.random.default_rng(4)
    for step in (1, 2, 64):
        found = []
        for number in range(6):
            outline, hole = (
                tuple(map(tuple, random_ring(rng, step).astype(np.float32).tolist()))
                for _ in range(2)
            )
            name = ("floor", "cat", "dog")[number % 3]
            found.append(
                ObjectAnnotation(
                    box=Box(0, 0, 1, 1), label=name, outlines=(outline,), holes=(hole,)
                )
            )
        objects = objects_of(*found)
        expected = np.full((9, 11), UNKNOWN)
        for place in range(len(objects)):
            covered = filled(objects.outlines[place], objects.holes[place], 9, 11)
            expected[covered] = objects.labels_M[place]
        assert label_mask(objects, 9, 11).tolist() == expected.tolist()
