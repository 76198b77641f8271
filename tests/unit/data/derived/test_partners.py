from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netloom.data.derived.partners import Partner, partners

boxes = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 4), st.integers(1, 4)).map(
        lambda each: (each[0], each[1], each[0] + each[2], each[1] + each[3])
    ),
    max_size=5,
)


def overlap_of(first: tuple[int, ...], second: tuple[int, ...]) -> float:
    """Counted pixel by pixel."""
    grids = []
    for left, top, right, bottom in (first, second):
        grid = np.zeros((12, 12), bool)
        grid[top:bottom, left:right] = True
        grids.append(grid)
    return float((grids[0] & grids[1]).sum() / (grids[0] | grids[1]).sum())


def slowly(
    found: list[tuple[int, ...]], scores: list[float], true: list[tuple[int, ...]], least: float
) -> list[int | None]:
    answer: list[int | None] = [None] * len(found)
    free = list(range(len(true)))
    for place in sorted(range(len(found)), key=lambda each: -scores[each]):
        best = max(
            free, key=lambda each: (overlap_of(found[place], true[each]), -each), default=None
        )
        if best is not None and overlap_of(found[place], true[best]) >= least:
            answer[place] = best
            free.remove(best)
    return answer


@given(found=boxes, true=boxes, data=st.data(), least=st.sampled_from([0.1, 0.5, 0.75]))
def test_the_surest_takes_the_true_object_it_overlaps_most(
    found: list[tuple[int, ...]], true: list[tuple[int, ...]], data: st.DataObject, least: float
) -> None:
    number = len(found)
    scores = data.draw(st.lists(st.sampled_from([0.2, 0.4, 0.9]), min_size=number, max_size=number))
    paired = partners(found, scores, true, overlap=least)
    assert [each.true for each in paired] == slowly(found, scores, true, least)
    for place, each in enumerate(paired):
        expected = (
            max((overlap_of(found[place], other) for other in true), default=0.0)
            if each.true is None
            else overlap_of(found[place], true[each.true])
        )
        assert abs(each.overlap - expected) < 1e-12


def test_an_overlap_of_nothing_is_no_partner() -> None:
    assert partners([(0, 0, 1, 1)], [1.0], [(5, 5, 6, 6)], overlap=0.0) == [Partner(None, 0.0)]
    assert partners([], [], [(5, 5, 6, 6)], overlap=0.5) == []
