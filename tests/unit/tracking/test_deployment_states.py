"""The states of a deployment, and which may follow which."""

from __future__ import annotations

import pytest

from netloom.tracking.deployment_states import DeploymentState, check_transition, transitions

STATES = ["preparing", "starting", "running", "stopping", "stopped", "failed"]
ALLOWED = {
    "preparing": "starting stopped failed",
    "starting": "running stopping stopped failed preparing",
    "running": "starting stopping stopped failed",
    "stopping": "stopped starting failed preparing",
    "stopped": "starting preparing failed",
    "failed": "starting preparing stopped",
}


def test_the_table_is_complete() -> None:
    assert [str(state) for state in DeploymentState] == STATES
    assert {state: set(after) for state, after in transitions().items()} == {
        state: set(words.split()) for state, words in ALLOWED.items()
    }


@pytest.mark.parametrize("old", STATES)
@pytest.mark.parametrize("new", STATES)
def test_other_transitions_are_refused(old: str, new: str) -> None:
    if new == old or new in ALLOWED[old].split():
        check_transition(DeploymentState(old), DeploymentState(new))
    else:
        with pytest.raises(ValueError, match=f"{old} → {new}"):
            check_transition(DeploymentState(old), DeploymentState(new))


def test_a_deployment_runs_only_once_it_has_started() -> None:
    before = [old for old, after in transitions().items() if DeploymentState.RUNNING in after]
    assert before == [DeploymentState.STARTING]
