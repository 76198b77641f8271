from __future__ import annotations

import numpy as np
import pytest

from netloom.data.annotations import Box, ObjectAnnotation
from netloom.data.formats.annotated.conversions import levels_of_objects, objects_of_levels

LABELS = ("background", "road", "tree")


@pytest.mark.parametrize("seed", range(8))
def test_masks_turned_into_outlines_and_drawn_again_are_the_same(seed: int) -> None:
    draw = np.random.default_rng(seed)
    levels = draw.choice(np.array([0, 0, 0, 1, 2, 255], np.uint8), (19, 23))
    objects = objects_of_levels(levels, LABELS, background="background")
    assert {each.label for each in objects} == {"road", "tree", None}
    assert np.array_equal(levels_of_objects(objects, LABELS, (23, 19)), levels)


def test_later_objects_lie_over_earlier_ones() -> None:
    objects = [
        ObjectAnnotation(box=Box(0, 0, 3, 2), label="road"),
        ObjectAnnotation(box=Box(1, 0, 2, 1), label="tree"),
        ObjectAnnotation(box=Box(2, 1, 4, 2), label="tree", is_crowd=True),
    ]
    assert levels_of_objects(objects, LABELS, (4, 2)).tolist() == [[1, 2, 1, 0], [1, 1, 255, 255]]
