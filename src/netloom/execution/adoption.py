"""Adoption: what becomes of an open run that a dispatcher finds."""

from __future__ import annotations

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import NetloomError
from netloom.core.identifiers import NodeId, RunId
from netloom.execution.events import NodeChanged, RunChanged, RunEvent
from netloom.execution.ledger import OpenRun
from netloom.execution.process_name import is_alive
from netloom.execution.states import RunState

INTERRUPTED = Diagnostic(
    code="X207",
    message="the run was interrupted: the program that ran it ended",
    fix="`netloom retry RUN` goes on from the last checkpoint; finished nodes are kept",
)


def is_abandoned(owner: str, state: RunState) -> bool:
    """Whether the process that waits for a run has died. Nobody needs to wait while the run does.

    Args:
        owner: That process, as :attr:`OpenRun.owner` names it.
    """
    is_active = not state.is_final and state is not RunState.WAITING
    return is_active and bool(owner) and not is_alive(owner)


def refusal(record: OpenRun, error: NetloomError, *, now: float) -> list[RunEvent]:
    """The run cannot be carried on, e.g. because its operators are gone: it ends with the reason."""
    events: list[RunEvent] = [
        _refused(record.id, node, known.state, error, now)
        for node, known in record.nodes.items()
        if not known.state.is_final
    ]
    return [*events, RunChanged(record.id, RunState.FAILED, now)]


def _refused(
    run: RunId, node: NodeId, state: RunState, error: NetloomError, now: float
) -> RunEvent:
    diagnostics = tuple(
        Diagnostic(
            code=problem.code,
            message=problem.message,
            place=Place(node=problem.place.node or node, setting=problem.place.setting),
            fix=problem.fix,
        )
        for problem in error.diagnostics
    )
    final = RunState.CANCELLED if state is RunState.WAITING else RunState.FAILED
    return NodeChanged(run, node, final, now, diagnostics=diagnostics)
