from __future__ import annotations

import numpy as np
import pytest

from netloom.data.apply.clipping import cut, distances, ring_area
from netloom.data.rasterization import filled

SQUARE = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]]


def test_a_ring_on_one_side_stays_and_on_the_other_is_gone() -> None:
    assert sorted(cut(SQUARE, [1.0, 0.0, 0.0])) == sorted(SQUARE)  # along its left side
    assert cut(SQUARE, [1.0, 0.0, -5.0]) == []
    assert cut([], [1.0, 0.0, 0.0]) == []


def test_the_two_sides_of_a_line_make_up_the_ring() -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        corners = (rng.random((rng.integers(3, 9), 2)) * 60).tolist()
        line = rng.normal(size=3) * (1, 1, 30)
        halves = [cut(corners, side.tolist()) for side in (line, -line)]
        covered = [filled([half] if half else [], [], 60, 60) for half in halves]
        whole = filled([corners], [], 60, 60)
        middles = np.stack(np.meshgrid(np.arange(60), np.arange(60)), axis=-1).reshape(-1, 2) + 0.5
        apart = distances(middles, line[None]).reshape(60, 60)
        # Middles on the line itself belong to one side or the other.
        assert ((covered[0] | covered[1]) == whole)[np.abs(apart) > 1e-9].all()
        assert not covered[0][apart < -1e-9].any()
        assert not covered[1][apart > 1e-9].any()


def test_areas_do_not_depend_on_direction_or_start() -> None:
    shape = [[0.0, 0.0], [6.0, 0.0], [6.0, 1.0], [1.0, 1.0], [1.0, 5.0], [0.0, 5.0]]
    for start in range(6):
        ring = shape[start:] + shape[:start]
        assert ring_area(ring) == ring_area(ring[::-1]) == pytest.approx(10)
    assert ring_area([]) == ring_area([[1.0, 2.0]]) == 0
