from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.training.schedules import Constant, Cosine, Linear, Schedule, factor, over


@pytest.mark.parametrize("step", [0, 1, 9, 10, 11, 57, 99])
def test_cosine_is_a_linear_climb_and_half_a_wave(step: int) -> None:
    expected = (
        (step + 1) / 10 if step < 10 else 0.1 + 0.9 * (1 + math.cos(math.pi * (step - 10) / 90)) / 2
    )
    assert factor(Cosine(warmup=0.1, final=0.1), step, 100) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("step", [0, 19, 20, 60, 99])
def test_linear_is_a_climb_and_a_straight_line_down(step: int) -> None:
    expected = (step + 1) / 20 if step < 20 else 1 - 0.75 * (step - 20) / 80
    assert factor(Linear(warmup=0.2, final=0.25), step, 100) == pytest.approx(expected, abs=1e-15)


def test_constant_stays_at_one_after_its_warmup() -> None:
    assert [factor(Constant(warmup=0.5), step, 4) for step in range(4)] == [0.5, 1.0, 1.0, 1.0]


@given(
    st.sampled_from([Constant, Linear, Cosine]),
    st.floats(0, 1),
    st.integers(1, 500),
    st.integers(0, 600),
)
def test_every_factor_is_a_number_from_zero_to_one(
    kind: type[Constant | Linear | Cosine], warmup: float, total: int, step: int
) -> None:
    schedule: Schedule = kind(warmup=warmup)
    value = over(schedule, total)(step)
    assert 0.0 <= value <= 1.0
    assert value > 0.0 or step > 0


def test_a_schedule_without_updates_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one update"):
        over(Constant(), 0)
