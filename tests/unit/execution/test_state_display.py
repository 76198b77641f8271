from __future__ import annotations

from netloom.execution.state_display import STATE_LOOKS, look_of
from netloom.execution.states import PlanState, RunState


def test_every_state_has_a_look() -> None:
    assert set(STATE_LOOKS) == {*RunState, *PlanState}
    assert all(look_of(state).word for state in STATE_LOOKS)


def test_run_states_are_told_apart_without_colour() -> None:
    icons = [look_of(state).icon for state in RunState]
    assert len(set(icons)) == len(icons)
    assert {len(icon) for icon in icons} == {1}


def test_a_reused_result_looks_the_same_before_and_after_a_run() -> None:
    assert look_of(PlanState.CACHED) == look_of(RunState.CACHED)
