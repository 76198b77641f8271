"""The dispatcher's view of runs, on top of the run store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netloom.core.identifiers import NodeId, RunId
from netloom.execution.ledger import OpenNode, OpenRun, Wishes
from netloom.execution.states import RunState
from netloom.execution.verdict import Earlier
from netloom.graph.fingerprint import Ingredients
from netloom.tracking.records import NodeRecord
from netloom.tracking.run_store import RunStore

_OPEN = (RunState.QUEUED, RunState.RUNNING, RunState.WAITING)


class StoredLedger:
    """See :class:`netloom.execution.ledger.RunLedger`."""

    def __init__(self, store: RunStore) -> None:
        self._store = store

    def open_runs(self) -> Mapping[RunId, Wishes]:
        """Runs to take forward, oldest first; see :class:`netloom.execution.ledger.RunLedger`."""
        records = self._store.runs(states=_OPEN)
        return {
            record.id: Wishes(record.cancel_requested, record.request.priority)
            for record in reversed(records)
            if record.cancel_requested or record.state is not RunState.WAITING
        }

    def load(self, run: RunId) -> OpenRun:
        """Everything about one open run."""
        record = self._store.run(run)
        request = record.request
        return OpenRun(
            id=run,
            graph=request.graph,
            project=request.project,
            operator_files=request.operator_files,
            force=request.force,
            priority=request.priority,
            owner=request.owner,
            engine=request.engine,
            nodes={
                node: OpenNode(known.state, known.attempt, known.outputs, self._answers_to(known))
                for node, known in self._store.nodes(run).items()
            },
            earlier=earlier_from_records(self._store.last_nodes(request.pipeline, before=run)),
            state=record.state,
        )

    def answers(self, run: RunId, node: NodeId) -> Sequence[Mapping[str, Any]]:
        """Answers a waiting node was given, oldest first."""
        return self._store.answers(run, node)

    def _answers_to(self, record: NodeRecord) -> tuple[Mapping[str, Any], ...]:
        """Only a node that was started can have asked for something."""
        return tuple(self.answers(record.run, record.node)) if record.attempt else ()

    def states(self, run: RunId) -> Mapping[NodeId, RunState]:
        """Present states of a run's nodes."""
        return {node: record.state for node, record in self._store.nodes(run).items()}


def earlier_from_records(records: Mapping[NodeId, NodeRecord]) -> dict[NodeId, Earlier]:
    """What planning needs of earlier records."""
    return {
        node: Earlier(record.run, Ingredients.from_json(record.ingredients), record.seconds)
        for node, record in records.items()
        if record.ingredients is not None
    }
