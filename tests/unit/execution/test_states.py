from __future__ import annotations

import pytest

from netloom.execution.states import RunState, check_transition, transitions

S = RunState


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (S.PENDING, S.QUEUED),
        (S.PENDING, S.CACHED),
        (S.PENDING, S.SKIPPED),
        (S.QUEUED, S.RUNNING),
        (S.RUNNING, S.SUCCEEDED),
        (S.RUNNING, S.QUEUED),  # another attempt
        (S.RUNNING, S.WAITING),
        (S.WAITING, S.QUEUED),
        (S.FAILED, S.PENDING),  # a retry
        (S.RUNNING, S.RUNNING),
    ],
)
def test_what_may_follow(old: RunState, new: RunState) -> None:
    check_transition(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (S.PENDING, S.RUNNING),
        (S.PENDING, S.WAITING),
        (S.QUEUED, S.SUCCEEDED),
        (S.RUNNING, S.CACHED),
        (S.WAITING, S.SUCCEEDED),
        (S.SUCCEEDED, S.FAILED),
        (S.FAILED, S.RUNNING),
        (S.SKIPPED, S.QUEUED),
    ],
)
def test_what_may_not_follow(old: RunState, new: RunState) -> None:
    with pytest.raises(ValueError, match=f"illegal transition {old} → {new}"):
        check_transition(old, new)


def test_a_final_state_is_left_only_by_a_retry() -> None:
    assert set(transitions()) == set(RunState)
    for state, following in transitions().items():
        assert state.is_final == (following == {S.PENDING})


def test_every_state_can_be_reached_and_ended() -> None:
    reached, pending = {S.PENDING}, [S.PENDING]
    while pending:
        for state in transitions()[pending.pop()] - reached:
            reached.add(state)
            pending.append(state)
    assert reached == set(RunState)
    assert {state for state in RunState if state.has_outputs} == {S.SUCCEEDED, S.CACHED}
    assert all(state.is_final for state in RunState if state.has_outputs)
