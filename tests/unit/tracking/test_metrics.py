from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from netloom.execution.metric_buffer import pack_points
from netloom.tracking.metrics import between, downsample, joined, merged, thinned

STEPS = st.lists(st.integers(0, 20), max_size=40)
VALUES = arrays(
    np.float64, st.integers(1, 400), elements=st.floats(-10, 10) | st.just(np.nan) | st.just(np.inf)
)


@given(STEPS)
def test_merging_keeps_the_last_point_of_each_step(steps):
    values = np.arange(len(steps), dtype=np.float64)
    expected = dict(sorted(dict(zip(steps, values.tolist())).items()))
    got_steps, got_values, got_times = merged(np.array(steps, np.int64), values, values + 0.5)
    assert got_steps.tolist() == list(expected)
    assert got_values.tolist() == list(expected.values())
    assert got_times.tolist() == [value + 0.5 for value in expected.values()]


def test_chunks_are_joined_in_call_order():
    chunks = [pack_points([0, 1], [1.0, 2.0], [0.0, 0.0]), pack_points([1], [9.0], [5.0])]
    steps, values, times = joined(chunks)
    assert (steps.tolist(), values.tolist(), times.tolist()) == ([0, 1], [1.0, 9.0], [0.0, 5.0])
    assert [len(column) for column in joined([])] == [0, 0, 0]


@given(VALUES, st.integers(1, 60))
def test_downsampling_keeps_within_the_limit_and_keeps_the_ends(values, max_points):
    kept = downsample(values, max_points)
    assert 1 <= len(kept) <= max_points
    assert (np.diff(kept) > 0).all()
    assert kept[-1] == len(values) - 1
    if max_points > 1 and len(values) > 1:
        assert kept[0] == 0


@given(VALUES, st.integers(4, 60))
def test_downsampling_keeps_the_extremes(values, max_points):
    kept = values[downsample(values, max_points)]
    if np.isnan(values).all():
        assert np.isnan(kept).all()
    else:
        assert np.nanmin(kept) == np.nanmin(values)
        assert np.nanmax(kept) == np.nanmax(values)


def test_a_stretch_of_nan_stays_visible():
    values = np.ones(1000)
    values[400:600] = np.nan
    kept = values[downsample(values, 50)]
    assert np.isnan(kept).any()


@pytest.mark.parametrize(
    ("first", "last", "steps"),
    [
        (None, None, [0, 10, 20, 30]),
        (10, 20, [10, 20]),
        (11, None, [20, 30]),
        (None, 9, [0]),
        (31, None, []),
    ],
)
def test_a_part_of_a_series_includes_its_bounds(first, last, steps):
    whole = np.array([0, 10, 20, 30]), np.array([0.0, 1.0, 2.0, 3.0]), np.zeros(4)
    got_steps, got_values, got_times = between(whole, first=first, last=last)
    assert got_steps.tolist() == steps
    assert got_values.tolist() == [step / 10 for step in steps]
    assert len(got_times) == len(steps)


def test_a_short_series_is_left_alone():
    points = (np.array([1, 2]), np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    assert thinned(points, 2) is points
    assert thinned(points, None) is points


def test_no_points_at_all_cannot_be_asked_for():
    with pytest.raises(ValueError, match="max_points"):
        downsample(np.ones(3), 0)
