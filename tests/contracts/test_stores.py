"""Every store keeps the promises of ``RunStore`` and ``QueueStore``."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import create_engine, func, make_url, select

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import Conflict, NotFound
from netloom.core.identifiers import ArtifactId, Fingerprint, JobId, NodeId, OperatorId, RunId
from netloom.execution.events import (
    NodeChanged,
    NodeMetrics,
    NodeNoted,
    NodeProgressed,
    Output,
    RunChanged,
    event_to_json,
)
from netloom.execution.jobs import ArtifactInput, DeviceLease, JobSpec, Step, StepInput
from netloom.execution.metric_buffer import pack_points
from netloom.execution.states import RunState
from netloom.graph.operator import Needs
from netloom.store.database import Database, open_database
from netloom.store.queue import SqlQueueStore
from netloom.store.runs import SqlRunStore
from netloom.store.schema import metadata, metric_chunks
from netloom.tracking.records import NodeRecord, RunRecord, RunRequest

RUN = RunId("20260131-142530-1f9c04")
A, B, C = NodeId("c_first"), NodeId("a_second"), NodeId("b/inner")
BACKENDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="module", params=BACKENDS)
def location(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A new database; on a server one of its own, because several test processes may run."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('store') / 'netloom.db'}"
        return
    with new_postgres_database() as url:
        yield url


@contextmanager
def new_postgres_database() -> Iterator[str]:
    url = make_url(os.environ["NETLOOM_TEST_POSTGRES_URL"]).set(drivername="postgresql+pg8000")
    name = f"netloom_{uuid.uuid4().hex}"
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    own = url.set(drivername="postgresql", database=name)
    try:
        yield own.render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        server.dispose()


@pytest.fixture(scope="module")
def open_store(location: str) -> Iterator[Database]:
    database = open_database(location)
    yield database
    database.close()


@pytest.fixture
def database(open_store: Database) -> Database:
    with open_store.writing() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    return open_store


@pytest.fixture
def runs(database: Database) -> SqlRunStore:
    return SqlRunStore(database)


@pytest.fixture
def queue(database: Database) -> SqlQueueStore:
    return SqlQueueStore(database)


def request_for(pipeline: str = "digits", **changes: Any) -> RunRequest:
    graph = {"nodes": {"z": {"op": "train"}, "a": {"op": "split", "settings": {"seed": 7}}}}
    return replace(RunRequest(pipeline=pipeline, graph=graph, project="/p"), **changes)


def create(
    runs: SqlRunStore, run: str = RUN, *nodes: NodeId, created: float = 10.0, **changes: Any
) -> RunId:
    operators = dict.fromkeys(nodes or (A, B, C), "training.train")
    runs.create_run(RunId(run), request_for(**changes), operators, created=created)
    return RunId(run)


def changed(node: NodeId, state: RunState, time: float = 20.0, **facts: Any) -> NodeChanged:
    return NodeChanged(run=RUN, node=node, state=state, time=time, **facts)


def ended(run: RunId, state: RunState = RunState.SUCCEEDED, time: float = 99.0) -> RunChanged:
    return RunChanged(run=run, state=state, time=time)


def logged(
    steps: list[int], values: list[float], *, name: str = "loss", node: NodeId = A, run: RunId = RUN
) -> NodeMetrics:
    times = [1000.0 + step for step in steps]
    return NodeMetrics(run, node, 1, name, *pack_points(steps, values, times))


class TestRuns:
    def test_a_new_run_is_queued_with_its_nodes_pending_in_the_given_order(self, runs):
        request = request_for(
            file="digits.yaml",
            targets=(A,),
            force=(B,),
            priority=3,
            description="数字 \x00 \udce9",  # from a terminal that is not UTF-8
            scratch=True,
            study="s1",
            retried_from=RunId("earlier"),
            operator_files=("/p/operators/mine.py",),
        )
        created = runs.create_run(RUN, request, {A: "train", B: "split"}, created=12.5)

        expected = RunRecord(RUN, request, RunState.QUEUED, 12.5)
        assert created == expected
        assert runs.run(RUN) == expected
        assert runs.runs() == [expected]
        assert runs.nodes(RUN) == {
            A: NodeRecord(RUN, A, RunState.PENDING, operator="train"),
            B: NodeRecord(RUN, B, RunState.PENDING, operator="split"),
        }
        assert list(runs.nodes(RUN)) == [A, B]

    def test_a_graph_keeps_the_order_of_its_nodes_and_can_be_written_as_json(self, runs):
        create(runs)
        assert json.dumps(runs.run(RUN).request.graph) == json.dumps(request_for().graph)
        assert list(runs.runs()[0].request.graph["nodes"]) == ["z", "a"]

    def test_a_run_without_nodes_can_be_stored(self, runs):
        runs.create_run(RUN, request_for(), {}, created=1.0)
        assert runs.nodes(RUN) == {}

    def test_a_taken_id_is_a_conflict_and_changes_nothing(self, runs):
        create(runs)
        before = runs.run(RUN), runs.nodes(RUN)
        with pytest.raises(Conflict):
            runs.create_run(RUN, request_for("other"), {A: "x"}, created=11.0)
        assert (runs.run(RUN), runs.nodes(RUN)) == before

    def test_a_run_is_found_by_unique_prefix_or_as_the_last_one(self, runs):
        create(runs, "20260131-a")
        create(runs, "20260131-ab")
        create(runs, "20260201-%_", created=1.0)  # a clock that stepped back
        found = {
            name: runs.run(RunId(name)).id
            for name in ("20260131-a", "20260131-ab", "202602", "last")
        }
        assert found == {
            "20260131-a": "20260131-a",
            "20260131-ab": "20260131-ab",
            "202602": "20260201-%_",
            "last": "20260201-%_",
        }

    @pytest.mark.parametrize("name", ["", "2026", "20260131", "nothing", "%", "20260201-a_"])
    def test_an_unknown_or_ambiguous_id_is_not_found(self, runs, name):
        for run in ("20260131-a", "20260131-b", "20260201-ab"):
            create(runs, run)
        with pytest.raises(NotFound):
            runs.run(RunId(name))

    def test_an_ambiguous_id_names_candidates(self, runs):
        create(runs, "20260131-a")
        create(runs, "20260131-b")
        with pytest.raises(NotFound, match="20260131-b, 20260131-a"):
            runs.run(RunId("2026"))

    def test_the_last_run_of_an_empty_workspace_is_not_found(self, runs):
        with pytest.raises(NotFound, match="no run yet"):
            runs.run(RunId("last"))

    def test_runs_are_listed_newest_first_and_filtered(self, runs):
        for name, changes in {
            "r1": {},
            "r2": {"pipeline": "other"},
            "r3": {"scratch": True},
            "r4": {},
        }.items():
            create(runs, name, **changes)
        runs.emit(ended(RunId("r4")), ended(RunId("r2"), RunState.FAILED))

        def ids(**filters: Any) -> list[str]:
            return [record.id for record in runs.runs(**filters)]

        assert ids() == ["r4", "r3", "r2", "r1"]
        assert ids(limit=2, offset=1) == ["r3", "r2"]
        assert ids(offset=3) == ["r1"]
        assert ids(pipeline="digits") == ["r4", "r3", "r1"]
        assert ids(scratch=True) == ["r3"]
        assert ids(scratch=False) == ["r4", "r2", "r1"]
        assert ids(states=[RunState.FAILED, RunState.SUCCEEDED]) == ["r4", "r2"]
        assert ids(pipeline="digits", scratch=False, states=[RunState.QUEUED]) == ["r1"]

    def test_cancelling_is_remembered_until_the_run_has_ended(self, runs):
        create(runs)
        runs.request_cancel(RUN)
        assert runs.run(RUN).cancel_requested

    def test_cancelling_a_finished_run_has_no_effect(self, runs):
        create(runs)
        runs.emit(ended(RUN))
        before = runs.run(RUN)
        runs.request_cancel(RUN)
        assert runs.run(RUN) == before

    def test_deleting_forgets_everything_recorded_of_a_run(self, runs, queue, database):
        create(runs)
        create(runs, "other")
        runs.emit(changed(A, RunState.QUEUED), changed(A, RunState.RUNNING))
        runs.emit(changed(A, RunState.WAITING, request={}), logged([1], [0.5]))
        runs.answer(RUN, A, {"yes": True})
        queue.enqueue([job("j1")], now=1.0)
        runs.emit(ended(RUN))
        runs.delete_run(RUN)

        counts = {}
        with database.reading() as connection:
            for name in ("runs", "run_nodes", "events", "metric_chunks", "answers", "jobs"):
                table = metadata.tables[name]
                counts[name] = connection.execute(select(func.count()).select_from(table)).scalar()
        assert counts == {
            "runs": 1,
            "run_nodes": 3,
            "events": 0,
            "metric_chunks": 0,
            "answers": 0,
            "jobs": 0,
        }

    def test_an_active_run_cannot_be_deleted(self, runs):
        create(runs)
        with pytest.raises(Conflict):
            runs.delete_run(RUN)
        assert runs.run(RUN).id == RUN

    @pytest.mark.parametrize(
        "call",
        [
            lambda store: store.nodes(RUN),
            lambda store: store.request_cancel(RUN),
            lambda store: store.reopen(RUN, []),
            lambda store: store.answer(RUN, A, {}),
            lambda store: store.delete_run(RUN),
            lambda store: store.metrics(RUN, A, "loss"),
            lambda store: store.last_nodes("digits", before=RUN),
            lambda store: store.emit(ended(RUN)),
            lambda store: store.emit(logged([1], [1.0])),
        ],
    )
    def test_an_unknown_run_is_not_found(self, runs, call):
        with pytest.raises(NotFound):
            call(runs)


class TestEvents:
    def test_a_node_records_its_way_to_success(self, runs):
        create(runs)
        output = Output(ArtifactId("ab" * 32), "application/vnd.netloom.model", 7, {"n": 1})
        ingredients = {"operator": "train", "code": "c", "settings": {"z": 1, "a": 2}, "inputs": {}}
        runs.emit(
            changed(A, RunState.QUEUED, 20.0, why="it never ran", fingerprint=Fingerprint("f")),
            changed(A, RunState.RUNNING, 21.0, attempt=1, ingredients=ingredients),
        )
        runs.emit(NodeProgressed(RUN, A, 22.0, 3, None, "epoch", None))
        runs.emit(logged([0, 1], [2.0, 1.5]))
        runs.emit(changed(A, RunState.SUCCEEDED, 25.0, outputs={"model": output}, seconds=3.9))

        assert runs.nodes(RUN)[A] == NodeRecord(
            run=RUN,
            node=A,
            state=RunState.SUCCEEDED,
            operator="training.train",
            attempt=1,
            why="it never ran",
            fingerprint=Fingerprint("f"),
            ingredients=ingredients,
            outputs={"model": output},
            started=21.0,
            finished=25.0,
            seconds=3.9,
            progress={"done": 3, "total": None, "unit": "epoch", "eta_s": None, "time": 22.0},
            last_metrics={"loss": 1.5},
        )
        assert runs.nodes(RUN)[B].state == RunState.PENDING

    def test_a_reused_result_records_the_metrics_it_had(self, runs):
        create(runs)
        runs.emit(changed(A, RunState.CACHED, metrics={"accuracy": 0.97}, why="nothing changed"))
        record = runs.nodes(RUN)[A]
        assert (record.state, record.last_metrics) == (RunState.CACHED, {"accuracy": 0.97})
        assert runs.run(RUN).started is None

    def test_a_failed_attempt_is_queued_again_and_its_diagnostics_end_with_it(self, runs):
        create(runs)
        problem = Diagnostic("X201", "it raised", Place(node=A), fix="mend it")
        runs.emit(changed(A, RunState.QUEUED), changed(A, RunState.RUNNING, 30.0, attempt=1))
        runs.emit(changed(A, RunState.QUEUED, 31.0, diagnostics=(problem,)))
        waiting = runs.nodes(RUN)[A]
        runs.emit(changed(A, RunState.RUNNING, 32.0, attempt=2))
        again = runs.nodes(RUN)[A]

        assert (waiting.diagnostics, waiting.attempt) == ((problem,), 1)
        assert (again.diagnostics, again.attempt, again.started) == ((), 2, 32.0)

    def test_a_failure_is_recorded_with_its_diagnostics(self, runs):
        create(runs)
        problem = Diagnostic("X201", "it raised \ud800", Place(node=A, line=3, file="mine.py"))
        runs.emit(changed(A, RunState.FAILED, 31.0, diagnostics=(problem,)))
        record = runs.nodes(RUN)[A]
        assert (record.state, record.diagnostics, record.finished) == (
            RunState.FAILED,
            (problem,),
            31.0,
        )

    def test_an_illegal_move_raises_and_changes_nothing(self, runs):
        create(runs)
        before = runs.nodes(RUN), runs.run(RUN)
        with pytest.raises(ValueError, match="illegal transition pending → running"):
            runs.emit(
                changed(B, RunState.QUEUED),
                logged([1], [1.0], node=B),
                changed(A, RunState.RUNNING),
            )
        assert (runs.nodes(RUN), runs.run(RUN)) == before
        assert runs.events() == []
        assert runs.metric_names(RUN) == []

    def test_an_unknown_node_is_not_found_and_nothing_changes(self, runs):
        create(runs)
        with pytest.raises(NotFound):
            runs.emit(changed(B, RunState.QUEUED), changed(NodeId("nobody"), RunState.QUEUED))
        assert runs.nodes(RUN)[B].state == RunState.PENDING
        with pytest.raises(NotFound):
            runs.emit(NodeNoted(RUN, NodeId("nobody"), 1.0, "hello"))

    def test_a_run_starts_with_its_first_running_node_and_ends_with_a_final_state(self, runs):
        create(runs)
        runs.emit(RunChanged(RUN, RunState.RUNNING, 19.0))
        assert runs.run(RUN).started is None
        for node, time in ((A, 20.0), (B, 21.0)):
            runs.emit(changed(node, RunState.QUEUED), changed(node, RunState.RUNNING, time))
        runs.emit(ended(RUN, RunState.FAILED, 30.0))
        record = runs.run(RUN)
        assert (record.state, record.started, record.finished) == (RunState.FAILED, 20.0, 30.0)

    def test_a_finished_run_cannot_go_on_by_itself(self, runs):
        create(runs)
        runs.emit(ended(RUN))
        runs.emit(ended(RUN))  # a repeated state is allowed
        with pytest.raises(ValueError, match="illegal transition"):
            runs.emit(RunChanged(RUN, RunState.RUNNING, 100.0))

    def test_the_log_holds_events_in_order_without_progress_and_metrics(self, runs):
        create(runs)
        events = (
            RunChanged(RUN, RunState.RUNNING, 1.0),
            changed(A, RunState.QUEUED, 2.0, why="it never ran"),
            NodeProgressed(RUN, A, 3.0, 1, 2, "step", 0.5),
            logged([1], [1.0]),
            NodeNoted(RUN, A, 4.0, "hello"),
        )
        runs.emit(*events)
        stored = runs.events()
        assert [found.event for found in stored] == [
            json.loads(json.dumps(event_to_json(event))) for event in (*events[:2], events[4])
        ]
        assert [(found.run, found.time) for found in stored] == [(RUN, 1.0), (RUN, 2.0), (RUN, 4.0)]

    def test_the_log_is_read_on_from_a_number_of_one_run_or_all(self, runs):
        create(runs)
        other = create(runs, "other")
        for time in range(5):
            runs.emit(NodeNoted(RUN, A, float(time), "x"), NodeNoted(other, A, float(time), "y"))
        everything = runs.events()
        numbers = [found.seq for found in everything]
        assert numbers == sorted(set(numbers))
        assert runs.events(after=numbers[3]) == everything[4:]
        assert runs.events(limit=3) == everything[:3]
        assert runs.events(after=numbers[-1]) == []
        mine = [found for found in everything if found.run == RUN]
        assert runs.events(run=RUN) == mine
        assert runs.events(run=RUN, after=mine[1].seq, limit=2) == mine[2:4]

    def test_numbers_of_deleted_events_are_not_used_again(self, runs):
        create(runs)
        runs.emit(ended(RUN))
        last = runs.events()[-1].seq
        runs.delete_run(RUN)
        create(runs)
        runs.emit(ended(RUN))
        assert runs.events()[0].seq > last

    def test_emitting_nothing_is_allowed(self, runs):
        runs.emit()
        assert runs.events() == []


class TestRetries:
    def test_reopening_puts_nodes_and_run_back(self, runs):
        create(runs)
        runs.emit(
            changed(A, RunState.QUEUED),
            changed(A, RunState.RUNNING, attempt=2, fingerprint=Fingerprint("f")),
            logged([1], [1.0]),
            NodeProgressed(RUN, A, 3.0, 1, 2, "step", 0.5),
            changed(A, RunState.FAILED, diagnostics=(Diagnostic("X201", "no"),), seconds=1.0),
            changed(B, RunState.SKIPPED, why="its input failed"),
            changed(C, RunState.CACHED),
        )
        runs.emit(ended(RUN, RunState.FAILED))
        kept = runs.nodes(RUN)[C]
        runs.reopen(RUN, [A, B])

        record = runs.run(RUN)
        assert (record.state, record.finished, record.cancel_requested) == (
            RunState.QUEUED,
            None,
            False,
        )
        nodes = runs.nodes(RUN)
        assert nodes[A] == NodeRecord(
            RUN, A, RunState.PENDING, "training.train", attempt=2, fingerprint=Fingerprint("f")
        )
        assert nodes[B].state == RunState.PENDING
        assert nodes[C] == kept
        assert [found.event["state"] for found in runs.events()[-3:]] == [
            "queued",
            "pending",
            "pending",
        ]
        # What was logged stays: the next attempt goes on from a checkpoint.
        assert runs.metrics(RUN, A, "loss").steps.tolist() == [1]

    def test_reopening_a_cancelled_run_takes_the_wish_to_cancel_back(self, runs):
        create(runs)
        runs.request_cancel(RUN)
        runs.emit(changed(A, RunState.CANCELLED), ended(RUN, RunState.CANCELLED))
        runs.reopen(RUN, [A])
        assert not runs.run(RUN).cancel_requested

    def test_a_running_node_cannot_be_reopened(self, runs):
        create(runs)
        runs.emit(changed(A, RunState.QUEUED), changed(A, RunState.RUNNING))
        with pytest.raises(ValueError, match="illegal transition"):
            runs.reopen(RUN, [A])
        assert runs.nodes(RUN)[A].state == RunState.RUNNING


class TestAnswers:
    @pytest.fixture
    def waiting(self, runs: SqlRunStore) -> SqlRunStore:
        create(runs)
        self.let_wait(runs)
        return runs

    @staticmethod
    def let_wait(runs: SqlRunStore) -> None:
        if runs.nodes(RUN)[A].state == RunState.PENDING:
            runs.emit(changed(A, RunState.QUEUED))
        runs.emit(changed(A, RunState.RUNNING))
        runs.emit(changed(A, RunState.WAITING, request={"approve": "these"}))

    def test_a_waiting_node_shows_what_is_asked(self, waiting):
        assert waiting.nodes(RUN)[A].request == {"approve": "these"}

    def test_answers_are_versioned_and_queue_the_node_again(self, waiting):
        assert waiting.answer(RUN, A, {"ok": False, "z": 1}) == 1
        record = waiting.nodes(RUN)[A]
        assert (record.state, record.request) == (RunState.QUEUED, None)
        self.let_wait(waiting)
        assert waiting.answer(RUN, A, {"ok": True}) == 2
        assert waiting.answers(RUN, A) == [{"ok": False, "z": 1}, {"ok": True}]
        assert waiting.answers(RUN, B) == []
        assert waiting.events()[-1].event["state"] == "queued"

    def test_a_node_that_does_not_wait_takes_no_answer(self, waiting):
        waiting.answer(RUN, A, {})
        with pytest.raises(Conflict, match="not waiting"):
            waiting.answer(RUN, A, {})
        with pytest.raises(NotFound):
            waiting.answer(RUN, NodeId("nobody"), {})
        assert len(waiting.answers(RUN, A)) == 1


class TestLastNodes:
    def test_each_node_comes_from_the_newest_run_in_which_it_has_a_fingerprint(self, runs):
        for run, fingerprints in {"r1": {A: "a1", B: "b1"}, "r2": {A: "a2"}, "r3": {}}.items():
            create(runs, run)
            runs.emit(
                *(
                    NodeChanged(
                        RunId(run), node, RunState.CACHED, 1.0, fingerprint=Fingerprint(value)
                    )
                    for node, value in fingerprints.items()
                )
            )
        create(runs, "foreign", pipeline="other")
        foreign = Fingerprint("x")
        runs.emit(NodeChanged(RunId("foreign"), A, RunState.CACHED, 1.0, fingerprint=foreign))

        def found(**options: Any) -> dict[NodeId, tuple[str, str | None]]:
            last = runs.last_nodes("digits", **options)
            return {node: (record.run, record.fingerprint) for node, record in last.items()}

        assert found() == {A: ("r2", "a2"), B: ("r1", "b1")}
        assert found(before=RunId("r2")) == {A: ("r1", "a1"), B: ("r1", "b1")}
        assert found(before=RunId("r1")) == {}
        assert runs.last_nodes("nothing") == {}


class TestMetrics:
    def test_points_come_back_exactly(self, runs):
        create(runs)
        runs.emit(logged([0, 5], [1.5, -2.0]), logged([7], [math.inf]))
        series = runs.metrics(RUN, A, "loss")
        assert (series.name, series.node) == ("loss", A)
        assert series.steps.tolist() == [0, 5, 7]
        assert series.values.tolist() == [1.5, -2.0, math.inf]
        assert series.times.tolist() == [1000.0, 1005.0, 1007.0]
        assert runs.nodes(RUN)[A].last_metrics == {"loss": math.inf}

    def test_nan_is_kept(self, runs):
        create(runs)
        runs.emit(logged([0], [math.nan]))
        assert math.isnan(runs.metrics(RUN, A, "loss").values[0])
        assert math.isnan(runs.nodes(RUN)[A].last_metrics["loss"])

    def test_the_last_value_logged_for_a_step_wins(self, runs):
        create(runs)
        runs.emit(logged([0, 1, 2], [1.0, 2.0, 3.0]))
        runs.emit(logged([1, 2, 3], [20.0, 30.0, 40.0]))  # resumed from the checkpoint at step 0
        series = runs.metrics(RUN, A, "loss")
        assert series.steps.tolist() == [0, 1, 2, 3]
        assert series.values.tolist() == [1.0, 20.0, 30.0, 40.0]

    def test_many_small_batches_are_merged_without_losing_order(self, runs, database):
        create(runs)
        # The second half repeats the steps of the first, as after a resume.
        batches = [logged([i, i + 1], [float(i), i + 0.5]) for i in (*range(300), *range(300))]
        for start in range(0, len(batches), 7):
            runs.emit(*batches[start : start + 7])
        series = runs.metrics(RUN, A, "loss")
        assert series.steps.tolist() == list(range(301))
        assert series.values.tolist() == [float(i) for i in range(300)] + [299.5]
        with database.reading() as connection:
            count = connection.execute(select(func.count()).select_from(metric_chunks)).scalar()
        assert count < 40

    def test_long_series_are_thinned_and_keep_their_extremes(self, runs):
        create(runs)
        values = np.zeros(10_000)
        values[[1234, 8765]] = 9.0, -9.0
        runs.emit(logged(list(range(10_000)), values.tolist()))
        series = runs.metrics(RUN, A, "loss", max_points=100)
        assert len(series.steps) <= 100
        assert dict(zip(series.steps.tolist(), series.values.tolist())).items() >= {
            (0, 0.0),
            (1234, 9.0),
            (8765, -9.0),
            (9999, 0.0),
        }
        assert (series.times == 1000.0 + series.steps).all()

    def test_names_are_listed_by_node(self, runs):
        create(runs)
        runs.emit(
            logged([1], [1.0], node=B),
            logged([1], [1.0], name="accuracy", node=B),
            logged([1], [1.0], node=A),
        )
        assert runs.metric_names(RUN) == [(B, "accuracy"), (B, "loss"), (A, "loss")]
        assert runs.metric_names(RUN, A) == [(A, "loss")]

    def test_a_reused_result_has_the_points_of_the_run_that_computed_it(self, runs):
        create(runs)
        again = create(runs, "again")
        known = Fingerprint("f")
        runs.emit(changed(A, RunState.QUEUED, fingerprint=known), logged([1, 2], [0.5, 0.25]))
        runs.emit(changed(A, RunState.RUNNING), changed(A, RunState.SUCCEEDED))
        runs.emit(NodeChanged(again, B, RunState.CACHED, 50.0, fingerprint=known))
        assert runs.metrics(again, B, "loss").values.tolist() == [0.5, 0.25]
        with pytest.raises(NotFound):
            runs.metrics(again, A, "loss")

    def test_an_unknown_metric_is_not_found_with_a_suggestion(self, runs):
        create(runs)
        runs.emit(logged([1], [1.0], name="accuracy"))
        with pytest.raises(NotFound, match="Did you mean 'accuracy'"):
            runs.metrics(RUN, A, "acuracy")

    def test_an_event_without_points_is_ignored(self, runs):
        create(runs)
        runs.emit(logged([], []))
        assert runs.metric_names(RUN) == []

    def test_ragged_points_are_refused(self, runs):
        create(runs)
        ragged = replace(logged([1], [1.0]), times=b"")
        with pytest.raises(ValueError, match="packed points"):
            runs.emit(ragged)
        assert runs.nodes(RUN)[A].last_metrics == {}


def job(id: str, *, node: NodeId = A, attempt: int = 1, priority: int = 0) -> JobSpec:
    return JobSpec(
        id=JobId(id),
        run=RUN,
        node=node,
        attempt=attempt,
        steps=(
            Step(NodeId("s"), OperatorId("data.split"), {"b": 1, "a": [2]}, {}),
            Step(
                node,
                OperatorId("train"),
                {},
                {"x": StepInput(0, "out"), "y": [ArtifactInput(ArtifactId("ff"))]},
            ),
        ),
        catalogue="netloom.operators.builtin:catalogue",
        code="c0de",
        workspace="/w",
        folder="/w/runs/r/nodes/a",
        project="/p",
        needs=Needs(cpus=0.5, gpus=(0, 2), gpu="preferred"),
        priority=priority,
    )


LEASE = DeviceLease(JobId("j1"), cpus=0.5, memory_mb=100, gpus=(1, 3), gpu_memory_mb=2000)


class TestQueue:
    def test_a_run_moves_in_the_queue_with_its_new_priority(self, queue, runs):
        create(runs)
        queue.enqueue([job("j1"), job("j2", node=B)], now=1.0)
        runs.set_priority(RUN, 9)
        assert [(found.id, found.priority) for found in queue.queued()] == [("j1", 9), ("j2", 9)]
        assert runs.run(RUN).request.priority == 9

    def test_jobs_come_back_whole_by_priority_then_age(self, queue):
        first = job("j1")
        jobs = [first, job("j2", node=B, priority=5), job("j3", node=C, priority=-1)]
        queue.enqueue(jobs, now=1.0)
        late = job("j4", node=A, attempt=2, priority=5)
        queue.enqueue([late], now=0.5)
        assert queue.queued() == [jobs[1], late, first, jobs[2]]
        assert queue.queued(limit=2) == [jobs[1], late]

    def test_enqueueing_nothing_is_allowed(self, queue):
        queue.enqueue([], now=1.0)
        assert queue.queued() == []

    def test_a_queued_job_of_the_same_attempt_is_replaced(self, queue):
        queue.enqueue([job("j1"), job("j2", node=B)], now=1.0)
        queue.enqueue([job("j3")], now=2.0)
        assert [found.id for found in queue.queued()] == ["j2", "j3"]

    def test_a_running_job_is_not_replaced(self, queue):
        queue.enqueue([job("j1")], now=1.0)
        queue.lease(JobId("j1"), LEASE, holder="h", now=2.0)
        with pytest.raises(Conflict):
            queue.enqueue([job("j2", node=B), job("j3")], now=3.0)
        assert queue.queued() == []
        assert queue.leased() == [(job("j1"), LEASE)]

    def test_a_job_is_leased_once(self, queue):
        queue.enqueue([job("j1")], now=1.0)
        assert queue.lease(JobId("j1"), LEASE, holder="h", now=2.0)
        assert not queue.lease(JobId("j1"), replace(LEASE, gpus=()), holder="g", now=2.0)
        assert not queue.lease(JobId("nothing"), LEASE, holder="h", now=2.0)
        assert queue.queued() == []
        assert queue.leased() == [(job("j1"), LEASE)]

    def test_finishing_removes_job_and_lease_and_may_be_repeated(self, queue):
        queue.enqueue([job("j1")], now=1.0)
        queue.lease(JobId("j1"), LEASE, holder="h", now=2.0)
        queue.finish(JobId("j1"))
        queue.finish(JobId("j1"))
        assert (queue.queued(), queue.leased()) == ([], [])
        queue.enqueue([job("j1")], now=3.0)
        assert queue.lease(JobId("j1"), LEASE, holder="h", now=4.0)

    def test_a_requeued_job_takes_its_old_place(self, queue):
        queue.enqueue([job("j1"), job("j2", node=B)], now=1.0)
        queue.lease(JobId("j1"), LEASE, holder="h", now=2.0)
        queue.requeue(JobId("j1"))
        queue.requeue(JobId("j1"))
        queue.requeue(JobId("nothing"))
        assert queue.leased() == []
        assert [found.id for found in queue.queued()] == ["j1", "j2"]
        assert queue.lease(JobId("j1"), LEASE, holder="h", now=3.0)


class TestElection:
    def test_events_and_jobs_written_together_come_or_go_together(self, runs, queue):
        create(runs)

        def write_and_fail():
            with queue.together():
                runs.emit(changed(A, RunState.QUEUED))
                queue.enqueue([job("j1")], now=1.0)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            write_and_fail()
        assert (runs.nodes(RUN)[A].state, queue.queued()) == (RunState.PENDING, [])
        with queue.together():
            runs.emit(changed(A, RunState.QUEUED))
            queue.enqueue([job("j1")], now=1.0)
            queue.lease(JobId("j1"), LEASE, holder="h", now=1.0)
        assert runs.nodes(RUN)[A].state == RunState.QUEUED
        assert queue.leased() == [(job("j1"), LEASE)]

    def test_one_holder_at_a_time(self, queue):
        assert queue.dispatcher(now=0.0) is None
        assert queue.acquire_dispatch("one", ttl_s=10.0, now=100.0)
        assert not queue.acquire_dispatch("two", ttl_s=10.0, now=109.0)
        assert queue.dispatcher(now=109.0) == "one"

    def test_a_holder_renews_its_lease(self, queue):
        queue.acquire_dispatch("one", ttl_s=10.0, now=100.0)
        assert queue.acquire_dispatch("one", ttl_s=10.0, now=108.0)
        assert not queue.acquire_dispatch("two", ttl_s=10.0, now=115.0)

    def test_an_expired_lease_is_taken_over(self, queue):
        queue.acquire_dispatch("one", ttl_s=10.0, now=100.0)
        assert queue.dispatcher(now=110.0) is None
        assert queue.acquire_dispatch("two", ttl_s=10.0, now=110.0)
        assert not queue.acquire_dispatch("one", ttl_s=10.0, now=111.0)
        assert queue.dispatcher(now=111.0) == "two"

    def test_only_the_holder_releases(self, queue):
        queue.acquire_dispatch("one", ttl_s=10.0, now=100.0)
        queue.release_dispatch("two")
        assert queue.dispatcher(now=101.0) == "one"
        queue.release_dispatch("one")
        assert queue.dispatcher(now=101.0) is None
        assert queue.acquire_dispatch("two", ttl_s=10.0, now=101.0)


HAMMER = """
import json, sys
from netloom.core.identifiers import JobId, NodeId, RunId
from netloom.execution.events import NodeMetrics, NodeNoted
from netloom.execution.jobs import DeviceLease, JobSpec
from netloom.execution.metric_buffer import pack_points
from netloom.graph.operator import Needs
from netloom.store.database import open_database
from netloom.store.queue import SqlQueueStore
from netloom.store.runs import SqlRunStore

location, me, run, rounds = sys.argv[1], sys.argv[2], RunId(sys.argv[3]), int(sys.argv[4])
database = open_database(location)
runs, queue, won = SqlRunStore(database), SqlQueueStore(database), []
print("ready", flush=True)
sys.stdin.readline()
elected = queue.acquire_dispatch(me, ttl_s=1000.0, now=1.0)
for round in range(rounds):
    queue.enqueue([JobSpec(id=JobId(f"{me}-{round}"), run=run, node=NodeId(f"{me}_{round}"), attempt=1,
                           steps=(), catalogue="", code="", workspace="", folder="", project="",
                           needs=Needs())], now=1.0)
    for spec in queue.queued(limit=3):
        if queue.lease(spec.id, DeviceLease(spec.id, cpus=1.0), holder=me, now=1.0):
            won.append(spec.id)
            queue.finish(spec.id)
    node = NodeId("shared")
    points = pack_points([round], [1.0], [1.0])
    runs.emit(NodeNoted(run, node, float(round), me), NodeMetrics(run, node, 1, me, *points))
print(json.dumps({"elected": elected, "won": won}))
"""


class TestSeveralProcesses:
    def test_they_can_open_a_new_database_at_once(self, location, tmp_path):
        script = (
            "import sys; from netloom.store.database import open_database; import alembic.command; "
            "print('ready', flush=True); sys.stdin.readline(); open_database(sys.argv[1]).close()"
        )
        if location.startswith("sqlite"):
            results = together(script, 4, f"sqlite:///{tmp_path / 'new' / 'netloom.db'}")
        else:
            with new_postgres_database() as url:
                results = together(script, 4, url)
        assert results == [""] * 4

    def test_they_share_queue_and_log_without_losing_or_doubling_anything(
        self, location, runs, queue
    ):
        num_processes, rounds = 4, 15
        shared = NodeId("shared")
        create(runs, RUN, shared)
        results = together(HAMMER, num_processes, location, "{me}", RUN, str(rounds))
        reports = [json.loads(result) for result in results]

        assert sum(report["elected"] for report in reports) == 1
        won = [job for report in reports for job in report["won"]]
        left = [spec.id for spec in queue.queued()]
        everything = [f"p{me}-{round}" for me in range(num_processes) for round in range(rounds)]
        assert sorted(won + left) == sorted(everything)
        assert queue.leased() == []
        notes = [(found.event["message"], found.time) for found in runs.events()]
        expected = [(f"p{me}", float(n)) for me in range(num_processes) for n in range(rounds)]
        assert sorted(notes) == sorted(expected)
        for me in range(num_processes):
            series = runs.metrics(RUN, shared, f"p{me}")
            assert series.steps.tolist() == list(range(rounds))


def together(script: str, num_processes: int, *arguments: str) -> list[str]:
    """Run a script in several processes that begin at once; what each printed."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, *(a.format(me=f"p{me}") for a in arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for me in range(num_processes)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    outcomes = [process.communicate(timeout=50) for process in processes]
    assert [error for _, error in outcomes] == [""] * num_processes
    return [output.strip() for output, _ in outcomes]


def test_threads_write_at_once_without_losing_events(runs):
    from concurrent.futures import ThreadPoolExecutor

    create(runs)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: runs.emit(NodeNoted(RUN, A, float(i), "x")), range(64)))
    assert sorted(found.time for found in runs.events()) == [float(i) for i in range(64)]
