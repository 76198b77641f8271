from __future__ import annotations

import itertools
import math
import random
from typing import Any

import numpy as np
import pytest

from netloom.data.annotations import AnnotatedImage, Box, ObjectAnnotation, Ring, box_around
from netloom.data.formats.annotated.checking import checked_images, crossing_rings


def checked(*objects: ObjectAnnotation, size: tuple[int, int] = (10, 8)) -> tuple[Any, list[str]]:
    image = AnnotatedImage(path="a.png", size=size, objects=objects)
    (good,), problems = checked_images([image], {"a.png": size})
    return good.objects, [f"{problem.kind.policy}: {problem.reason}" for problem in problems]


def box(*sides: float) -> ObjectAnnotation:
    return ObjectAnnotation(box=Box(*sides), label="cat")


def outlined(*rings: Ring, holes: tuple[Ring, ...] = ()) -> ObjectAnnotation:
    return ObjectAnnotation(box=box_around(rings), label="cat", outlines=rings, holes=holes)


def test_objects_that_fit_stay_the_same_values() -> None:
    objects = (box(0, 0, 10, 8), box(1.5, 2, 3, 7.25), outlined(((0, 0), (10, 0), (10, 8))))
    found, problems = checked(*objects)
    assert all(one is other for one, other in zip(found, objects, strict=True))
    assert problems == []


@pytest.mark.parametrize(
    ("given", "expected", "problem"),
    [
        (
            box(-2, 1, 4, 9),
            Box(0, 1, 4, 8),
            "clip: it spans -2, 1, 4, 9, where the picture is 10 × 8",
        ),
        (box(6, 5, 2, 1), Box(2, 1, 6, 5), "mend: its sides are exchanged"),
        (box(2, 3, 2, 5), None, "skip: it has no area"),
        (box(20, 3, 25, 5), None, "skip: it lies outside its picture"),
        (box(math.nan, 3, 25, 5), None, "skip: its sides are no numbers"),
    ],
)
def test_boxes_are_clipped_mended_or_left_out(
    given: ObjectAnnotation, expected: Box | None, problem: str
) -> None:
    found, problems = checked(given)
    assert [each.box for each in found] == ([] if expected is None else [expected])
    assert problems == [problem]


def test_rounded_numbers_are_clipped_without_a_word() -> None:
    found, problems = checked(box(-0.0004, 0, 10.0004, 8))
    assert found[0].box == Box(0, 0, 10, 8)
    assert problems == []


def test_outlines_are_cut_at_the_edges_of_the_picture() -> None:
    hole = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    found, problems = checked(outlined(((-5, -5), (5, -5), (5, 5), (-5, 5)), holes=(hole,)))
    assert found[0].box == Box(0, 0, 5, 5)
    assert found[0].outlines == (((0, 0), (5, 0), (5, 5), (0, 5)),)
    assert set(found[0].holes[0]) == {(0, 0), (1, 0), (1, 1), (0, 1)}
    assert len(problems) == 1


def test_an_object_loses_outlines_that_are_lines() -> None:
    found, problems = checked(outlined(((0, 0), (5, 0), (5, 5)), ((1, 1), (2, 2))))
    assert found[0].outlines == (((0, 0), (5, 0), (5, 5)),)
    assert problems == ["skip: an outline has 2 corners"]


def test_the_size_of_the_picture_counts() -> None:
    image = AnnotatedImage(path="a.png", size=(20, 8), objects=(box(5, 5, 15, 6),))
    (good,), problems = checked_images([image], {"a.png": (10, 8)})
    assert (good.size, good.objects) == ((10, 8), (box(5, 5, 10, 6),))
    assert [problem.kind.code for problem in problems] == ["I623", "I621"]


def crosses(ring: Ring) -> bool:
    """Whether two sides without a common corner meet inside both, pair by pair."""

    def side(a: Any, b: Any, c: Any) -> float:
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    lines = list(zip(ring, ring[1:] + ring[:1], strict=True))
    for (one, two), (three, four) in itertools.combinations(lines, 2):
        if {one, two} & {three, four}:
            continue
        if (
            side(one, two, three) * side(one, two, four) < 0
            and side(three, four, one) * side(three, four, two) < 0
        ):
            return True
    return False


@pytest.mark.parametrize("corners", [4, 5, 7, 12])
def test_crossings_are_those_that_a_slow_search_finds(corners: int) -> None:
    draw = random.Random(corners)
    rings = [
        tuple((draw.randint(0, 60), draw.randint(0, 60)) for _ in range(corners))
        for _ in range(300)
    ]
    star = [
        tuple(
            (100 + (20 + 9 * draw.random()) * math.cos(a), (20 + 9 * draw.random()) * math.sin(a))
            for a in np.linspace(0, 6.28, corners, endpoint=False)
        )
        for _ in range(50)
    ]
    distinct = [ring for ring in (*rings, *star) if len(set(ring)) == corners]
    found = crossing_rings(distinct).tolist()
    assert found == [crosses(ring) for ring in distinct]
    assert 0 < sum(found) < len(found)
