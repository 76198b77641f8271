from __future__ import annotations

import errno
import os
from dataclasses import replace
from typing import Any

import pytest

from netloom.core.diagnostics import Diagnostic, Severity
from netloom.execution.events import JobEnded, JobSucceeded
from netloom.execution.jobs import ArtifactInput, JobSpec, Step, StepInput
from netloom.execution.ledger import OpenNode
from netloom.execution.progress import RunProgress
from netloom.execution.states import RunState
from netloom.graph.graph import Component, Graph, Node, OutputRef

BROKE = Diagnostic(code="X201", message="it raised ValueError")


def line(bench: Any, **settings: Any) -> Graph:
    """A source, an inline node, two jobs in a row."""
    graph: Graph = bench.graph(
        source="read",
        loud=("shout", {"text": "source"}, {"mark": settings.pop("mark", "!")}),
        fit=("train", {"text": "loud"}, settings),
        report=("merge", {"texts": ["fit.right", "source"]}),
    )
    return graph


def fork(bench: Any, **options: Any) -> Graph:
    """A source and two branches; the nodes of the left one are ``a`` and ``after_a``."""
    graph: Graph = bench.graph(
        source="read",
        a=("train", {"text": "source"}, {}, options),
        after_a=("merge", {"texts": ["a"]}),
        last=("merge", {"texts": ["after_a"]}),
        b=("train", {"text": "source"}, {"epochs": 2}),
    )
    return graph


def succeed(bench: Any, progress: RunProgress, job: JobSpec, value: str | None = None) -> Any:
    progress.started(job.node, now=1.0)
    text = value if value is not None else repr(job.steps)
    return progress.succeeded(
        job.node, JobSucceeded(job.id, bench.outputs(job, text), 2.5), now=3.5
    )


def fail(progress: RunProgress, job: JobSpec, *, retryable: bool = True) -> Any:
    progress.started(job.node, now=1.0)
    event = JobEnded(job.id, "failed", 0.5, (BROKE,), retryable=retryable)
    return progress.ended(job.node, event, now=1.5)


def states(progress: RunProgress) -> dict[str, str]:
    return {node: str(state) for node, state in progress.states.items()}


def jobs_of(step: Any) -> dict[str, JobSpec]:
    return {job.node: job for job in step.jobs}


def after_source(bench: Any, graph: Graph) -> tuple[RunProgress, dict[str, JobSpec]]:
    """A run whose source has succeeded, and the jobs that follow."""
    progress = bench.open(graph)
    [source] = progress.advance((), now=0.0).jobs
    succeed(bench, progress, source)
    return progress, jobs_of(progress.advance((), now=4.0))


def test_nodes_run_as_soon_as_their_inputs_exist(bench: Any) -> None:
    progress = bench.open(line(bench))
    assert states(progress) == dict.fromkeys(["source", "loud", "fit", "report"], "pending")
    step = progress.advance((), now=7.0)
    assert [(e.run, e.node, str(e.state), e.time, e.why) for e in step.events] == [
        ("run1", "source", "queued", 7.0, "it never ran")
    ]
    assert progress.state is RunState.RUNNING
    [source] = step.jobs
    assert progress.jobs == {"source": source}
    assert progress.fingerprints_in_flight == {step.events[0].fingerprint}
    assert not progress.advance((), now=7.5).events

    event = progress.started("source", now=8.0)
    assert (event.state, event.attempt) == (RunState.RUNNING, 1)
    outputs = bench.outputs(source, "text")
    event = progress.succeeded("source", JobSucceeded(source.id, outputs, 2.5), now=9.0)
    assert (event.state, event.outputs, event.seconds) == (RunState.SUCCEEDED, outputs, 2.5)
    assert progress.jobs == {}

    step = progress.advance((), now=9.0)
    assert [(e.node, str(e.state)) for e in step.events] == [
        ("loud", "succeeded"),
        ("fit", "queued"),
    ]
    succeed(bench, progress, step.jobs[0])
    succeed(bench, progress, progress.advance((), now=9.0).jobs[0])
    assert set(states(progress).values()) == {"succeeded"}
    assert progress.state is RunState.SUCCEEDED


def test_a_job_carries_everything_its_worker_needs(bench: Any) -> None:
    graph = line(bench, epochs=3)
    graph = graph.with_node(replace(graph["fit"], timeout_s=60.0, needs={"keep_worker": True}))
    progress, jobs = after_source(bench, graph)
    fit = jobs["fit"]
    source = bench.plan(graph, to=["source"]).nodes["source"].outputs["out"].artifact
    assert fit.steps == (
        Step("loud", "toy.shout", {"mark": "!"}, {"text": ArtifactInput(source)}),
        Step("fit", "toy.train", {"epochs": 3}, {"text": StepInput(0, "out")}),
    )
    fingerprint = bench.plan(graph, to=["fit"]).nodes["fit"].fingerprint
    assert replace(fit, id="", steps=(), code="") == JobSpec(
        id="",
        run="run1",
        node="fit",
        attempt=1,
        steps=(),
        catalogue="tests:catalogue",
        code="",
        workspace=str(bench.root),
        folder=str(bench.root / "runs" / "run1" / "nodes" / "fit"),
        project=str(bench.project),
        needs=progress._checked.needs["fit"],
        operator_files=("/operators/mine.py",),
        seed=int(fingerprint[:15], 16),
        threads=2,
        timeout_s=60.0,
        preload=("csv", "json"),
        keep_worker=True,
        priority=3,
    )
    assert JobSpec.from_json(fit.to_json()) == fit


def test_inputs_come_from_named_outputs_and_keep_their_order(bench: Any) -> None:
    progress, jobs = after_source(bench, line(bench))
    succeed(bench, progress, jobs["fit"], "fitted")
    [report] = progress.advance((), now=4.0).jobs
    plan = bench.plan(line(bench))
    right = plan.nodes["fit"].outputs["right"].artifact
    source = plan.nodes["source"].outputs["out"].artifact
    assert report.steps[0].inputs == {"texts": [ArtifactInput(right), ArtifactInput(source)]}


def test_a_shared_inline_node_is_one_step(bench: Any) -> None:
    graph = bench.graph(
        source="read",
        loud=("shout", {"text": "source"}),
        left=("shout", {"text": "loud"}, {"mark": "<"}),
        right=("shout", {"text": "loud"}, {"mark": ">"}),
        both=("merge", {"texts": ["right", "left"]}),
    )
    _, jobs = after_source(bench, graph)
    assert [step.node for step in jobs["both"].steps] == ["loud", "left", "right", "both"]
    assert jobs["both"].steps[-1].inputs == {"texts": [StepInput(2, "out"), StepInput(1, "out")]}


def test_long_chains_of_inline_nodes_are_no_problem(bench: Any) -> None:
    names = [f"n{number}" for number in range(1500)]
    chain = {name: ("shout", {"text": before}) for before, name in zip(["source", *names], names)}
    _, jobs = after_source(
        bench, bench.graph(source="read", **chain, fit=("train", {"text": names[-1]}))
    )
    assert len(jobs["fit"].steps) == 1501


def test_an_unset_optional_input_is_not_given(bench: Any) -> None:
    graph = bench.graph(source="read", fit=("train", {"text": "source", "start": []}))
    _, jobs = after_source(bench, graph)
    assert list(jobs["fit"].steps[0].inputs) == ["text"]


def test_a_second_run_reuses_everything_and_starts_nothing(bench: Any) -> None:
    bench.run(line(bench))
    progress = bench.open(line(bench))
    step = progress.advance((), now=5.0)
    assert states(progress) == dict.fromkeys(["source", "loud", "fit", "report"], "cached")
    assert step.jobs == []
    assert {e.why for e in step.events} == {"unchanged since run run1"}
    assert progress.state is RunState.SUCCEEDED
    fit = next(e for e in step.events if e.node == "fit")
    assert fit.outputs == bench.plan(line(bench)).nodes["fit"].outputs


def test_metrics_are_kept_with_the_result(bench: Any) -> None:
    graph = bench.graph(source="read")
    progress = bench.open(graph)
    [job] = progress.advance((), now=0.0).jobs
    progress.measured("source", "loss", 0.5)
    progress.measured("source", "loss", 0.25)
    succeed(bench, progress, job)
    [event] = bench.open(graph).advance((), now=0.0).events
    assert event.metrics == {"loss": 0.25}


def test_a_change_reruns_only_what_depends_on_it(bench: Any) -> None:
    bench.run(fork(bench))
    graph = fork(bench)
    graph = graph.with_node(replace(graph["b"], settings={"epochs": 5}))
    assert bench.run(graph) == {
        "source": "cached", "a": "cached", "after_a": "cached", "last": "cached",
        "b": "succeeded",
    }  # fmt: skip


def test_byte_identical_output_keeps_the_descendants_valid(bench: Any) -> None:
    """Early cut-off: the node ran again, but it made no difference."""
    bench.run(line(bench), lambda job: "always the same")
    assert bench.run(line(bench, epochs=2), lambda job: "always the same") == {
        "source": "cached",
        "loud": "cached",
        "fit": "succeeded",
        "report": "cached",
    }


def test_forced_nodes_run_and_their_descendants_only_if_it_made_a_difference(bench: Any) -> None:
    bench.run(line(bench), lambda job: "same")
    same = bench.run(line(bench), lambda job: "same", force=("source",))
    assert same == {"source": "succeeded", "loud": "cached", "fit": "cached", "report": "cached"}
    other = bench.run(line(bench), lambda job: "other", force=("source",))
    assert other == {
        "source": "succeeded", "loud": "succeeded", "fit": "succeeded", "report": "succeeded",
    }  # fmt: skip


def test_forcing_a_description_runs_the_jobs_that_act_on_it(bench: Any) -> None:
    bench.run(line(bench))
    assert bench.run(line(bench), force=("loud",)) == {
        "source": "cached", "loud": "succeeded", "fit": "succeeded", "report": "cached",
    }  # fmt: skip


def test_forcing_a_component_forces_its_nodes(bench: Any) -> None:
    inner = {"first": Node("first", "toy.train", inputs={"text": OutputRef("text")})}
    inner["second"] = Node("second", "toy.train", inputs={"text": OutputRef("first")})
    component = Component(
        "prepare", Graph(inner), {"text": "str"}, {}, {"out": OutputRef("second")}
    )
    graph = bench.graph(source="read", prep=("prepare", {"text": "source"}), prepare=component)
    bench.run(graph)
    assert bench.run(graph, force=("prep",)) == {
        "source": "cached", "prep/first": "succeeded", "prep/second": "succeeded",
    }  # fmt: skip


def test_a_partial_run_leaves_the_others_alone(bench: Any) -> None:
    assert bench.run(fork(bench), to=["after_a"]) == {
        "source": "succeeded", "a": "succeeded", "after_a": "succeeded",
    }  # fmt: skip
    assert bench.run(fork(bench), start=["b"]) == {"source": "cached", "b": "succeeded"}


def test_a_failure_skips_its_descendants_and_nothing_else(bench: Any) -> None:
    progress, jobs = after_source(bench, fork(bench))
    [event] = fail(progress, jobs["a"])
    assert (event.state, event.diagnostics, event.attempt) == (RunState.FAILED, (BROKE,), 1)
    assert progress.state is RunState.RUNNING
    step = progress.advance((), now=5.0)
    assert [(e.node, str(e.state), e.why) for e in step.events] == [
        ("after_a", "skipped", "a did not succeed"),
        ("last", "skipped", "after_a did not succeed"),
    ]
    succeed(bench, progress, jobs["b"])
    assert states(progress) == {
        "source": "succeeded", "a": "failed", "after_a": "skipped", "last": "skipped",
        "b": "succeeded",
    }  # fmt: skip
    assert progress.state is RunState.FAILED


def test_what_was_finished_before_a_failure_is_reused_afterwards(bench: Any) -> None:
    progress, jobs = after_source(bench, fork(bench))
    fail(progress, jobs["a"])
    succeed(bench, progress, jobs["b"])
    assert bench.run(fork(bench)) == {
        "source": "cached", "a": "succeeded", "after_a": "succeeded", "last": "succeeded",
        "b": "cached",
    }  # fmt: skip


def again(progress: RunProgress, node: str) -> JobSpec:
    """The job of another attempt, as the dispatcher asks for it."""
    [job] = progress.resume(node, now=2.0).jobs
    return job


def test_a_failed_job_is_tried_again_as_often_as_was_asked(bench: Any) -> None:
    progress, jobs = after_source(bench, fork(bench, retries=2))
    job = jobs["a"]
    for attempt in (1, 2):
        [event] = fail(progress, job)
        assert (event.state, event.why) == (
            RunState.QUEUED,
            f"attempt {attempt} failed: it raised ValueError",
        )
        assert progress.state is RunState.RUNNING
        job = again(progress, "a")
        assert job.attempt == attempt + 1
        assert job.steps == jobs["a"].steps
        assert job.seed == jobs["a"].seed
    [event] = fail(progress, job)
    assert (event.state, event.attempt) == (RunState.FAILED, 3)


def test_a_retry_that_succeeds_ends_well(bench: Any) -> None:
    progress, jobs = after_source(bench, fork(bench, retries=1))
    fail(progress, jobs["a"])
    succeed(bench, progress, again(progress, "a"))
    assert progress.states["a"] is RunState.SUCCEEDED


def test_what_cannot_succeed_is_not_tried_again(bench: Any) -> None:
    progress, jobs = after_source(bench, fork(bench, retries=5))
    [event] = fail(progress, jobs["a"], retryable=False)
    assert event.state is RunState.FAILED


def test_attempts_that_did_not_fail_use_up_no_retries(bench: Any) -> None:
    """The process of the first attempt was gone with its dispatcher."""
    graph = fork(bench, retries=1)
    bench.run(graph, to=["source"])
    source = bench.plan(graph, to=["source"]).nodes["source"].outputs
    progress = bench.open(
        graph,
        nodes={
            "source": OpenNode(RunState.SUCCEEDED, 1, source),
            "a": OpenNode(RunState.RUNNING, attempt=3),
        },
    )
    [job] = progress.take_up(now=1.0).jobs
    assert job.attempt == 4
    [event] = fail(progress, job)
    assert event.state is RunState.QUEUED


def test_a_cancelled_job_ends_its_branch(bench: Any) -> None:
    progress, jobs = after_source(bench, fork(bench))
    progress.started("a", now=1.0)
    [event] = progress.ended("a", JobEnded(jobs["a"].id, "cancelled", 0.5), now=2.0)
    assert (event.state, event.seconds) == (RunState.CANCELLED, 0.5)
    progress.advance((), now=2.0)
    succeed(bench, progress, jobs["b"])
    assert progress.states["last"] is RunState.SKIPPED
    assert progress.state is RunState.CANCELLED


def test_giving_up_ends_everything_without_a_job(bench: Any) -> None:
    progress, _ = after_source(bench, fork(bench))
    events = progress.give_up(now=5.0)
    assert [(e.node, str(e.state), e.why) for e in events] == [
        ("after_a", "cancelled", "the run was stopped"),
        ("last", "cancelled", "the run was stopped"),
    ]
    assert set(progress.jobs) == {"a", "b"}
    event = progress.drop_queued("b", now=6.0)
    assert (event.state, set(progress.jobs)) == (RunState.CANCELLED, {"a"})
    assert progress.state is RunState.RUNNING


def waiting(bench: Any) -> tuple[RunProgress, dict[str, JobSpec]]:
    progress, jobs = after_source(bench, fork(bench))
    progress.started("a", now=1.0)
    event = JobEnded(jobs["a"].id, "waiting", 0.5, request={"ask": "cat?"})
    [change] = progress.ended("a", event, now=2.0)
    assert (change.state, change.request) == (RunState.WAITING, {"ask": "cat?"})
    return progress, jobs


def test_a_run_waits_for_a_person_when_nothing_else_can_be_done(bench: Any) -> None:
    progress, jobs = waiting(bench)
    assert progress.state is RunState.RUNNING  # b is not done yet
    succeed(bench, progress, jobs["b"])
    assert not progress.advance((), now=3.0).events
    assert states(progress) == {
        "source": "succeeded", "a": "waiting", "after_a": "pending", "last": "pending",
        "b": "succeeded",
    }  # fmt: skip
    assert progress.state is RunState.WAITING


def test_an_answer_queues_the_node_again_with_a_new_fingerprint(bench: Any) -> None:
    progress, _ = waiting(bench)
    before = progress._recipes.ingredients["a"].fingerprint
    step = progress.answered("a", [{"label": "dog"}, {"label": "cat"}], now=4.0)
    [job] = step.jobs
    assert (job.attempt, job.answer) == (2, {"label": "cat"})
    [event] = step.events
    assert (event.state, event.node) == (RunState.QUEUED, "a")
    assert event.fingerprint not in {None, before}
    succeed(bench, progress, job)
    assert [j.node for j in progress.advance((), now=5.0).jobs] == ["after_a"]


def test_a_waiting_node_can_be_given_up(bench: Any) -> None:
    progress, _ = waiting(bench)
    assert ("a", "cancelled") in [(e.node, str(e.state)) for e in progress.give_up(now=5.0)]


def test_a_volatile_source_runs_in_every_run_but_its_descendants_need_not(bench: Any) -> None:
    graph = bench.graph(source=("read", {}, {"name": "clock"}), fit=("train", {"text": "source"}))
    bench.run(graph, lambda job: "noon")
    assert bench.run(graph, lambda job: "noon") == {"source": "succeeded", "fit": "cached"}
    assert bench.run(graph, lambda job: "evening") == {"source": "succeeded", "fit": "succeeded"}


def test_a_source_that_is_gone_fails_and_other_branches_continue(bench: Any) -> None:
    graph = bench.graph(
        gone=("read", {}, {"name": "no.txt"}),
        after=("train", {"text": "gone"}),
        source="read",
        fit=("train", {"text": "source"}),
    )
    progress = bench.open(graph)
    news = {e.node: e for e in bench.finish(progress) if e.state.is_final}
    assert states(progress) == {
        "gone": "failed", "after": "skipped", "source": "succeeded", "fit": "succeeded",
    }  # fmt: skip
    assert [d.message for d in news["gone"].diagnostics] == ["there is no file 'no.txt'"]


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_a_lost_artifact_is_made_again(bench: Any, damage: str) -> None:
    bench.run(line(bench))
    artifact = bench.plan(line(bench)).nodes["fit"].outputs["right"].artifact
    if damage == "missing":
        bench.artifacts.discard(artifact)
    else:
        (bench.artifacts.folder(artifact) / "value.json").write_text("")
    progress = bench.open(line(bench))
    news = bench.finish(progress)
    assert states(progress) == {
        "source": "cached", "loud": "cached", "fit": "succeeded", "report": "cached",
    }  # fmt: skip
    [why] = [e.why for e in news if e.node == "fit" and e.state is RunState.QUEUED]
    assert why.startswith(f"artifact {artifact[:12]} is ")
    bench.artifacts.verify(artifact)


def test_equal_work_in_one_run_is_done_once(bench: Any) -> None:
    graph = bench.graph(
        source="read", one=("train", {"text": "source"}), two=("train", {"text": "source"})
    )
    progress, jobs = after_source(bench, graph)
    assert (set(jobs), states(progress)["two"]) == ({"one"}, "pending")
    succeed(bench, progress, jobs["one"])
    [event] = progress.advance((), now=5.0).events
    assert (event.node, event.state, event.why) == (
        "two",
        RunState.CACHED,
        "unchanged since run run1",
    )


def test_equal_work_of_another_run_is_waited_for(bench: Any) -> None:
    first, second = bench.open(fork(bench)), bench.open(fork(bench))
    [job] = first.advance((), now=0.0).jobs
    assert not second.advance(first.fingerprints_in_flight, now=0.0).events
    assert second.state is RunState.RUNNING
    succeed(bench, first, job)
    step = second.advance(first.fingerprints_in_flight, now=1.0)
    assert states(second)["source"] == "cached"
    assert set(jobs_of(step)) == {"a", "b"}


def test_if_the_other_run_fails_the_work_is_done_here(bench: Any) -> None:
    first, second = bench.open(fork(bench)), bench.open(fork(bench))
    [job] = first.advance((), now=0.0).jobs
    second.advance(first.fingerprints_in_flight, now=0.0)
    fail(first, job)
    assert set(jobs_of(second.advance(first.fingerprints_in_flight, now=1.0))) == {"source"}


def test_a_forced_node_waits_for_nobody(bench: Any) -> None:
    first = bench.open(fork(bench))
    first.advance((), now=0.0)
    second = bench.open(fork(bench), force=("source",))
    assert set(jobs_of(second.advance(first.fingerprints_in_flight, now=0.0))) == {"source"}


def test_a_result_that_cannot_be_kept_costs_a_warning_and_nothing_else(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = bench.open(line(bench))
    [job] = progress.advance((), now=0.0).jobs
    outputs = bench.outputs(job, "text")

    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    progress.started("source", now=1.0)
    monkeypatch.setattr(os, "replace", refuse)
    event = progress.succeeded("source", JobSucceeded(job.id, outputs, 2.5), now=2.0)
    monkeypatch.undo()
    assert event.state is RunState.SUCCEEDED
    assert [(d.code, d.severity) for d in event.diagnostics] == [("W508", Severity.WARNING)]
    assert set(jobs_of(progress.advance((), now=3.0))) == {"fit"}


def test_another_dispatcher_takes_a_run_up_where_it_was_left(bench: Any) -> None:
    graph = line(bench)
    bench.run(graph, to=["source"])
    outputs = bench.plan(graph, to=["source"]).nodes["source"].outputs
    fresh = bench.open(graph)
    expected = jobs_of(fresh.advance((), now=0.0))["fit"]
    progress = bench.open(
        graph,
        nodes={
            "source": OpenNode(RunState.SUCCEEDED, 1, outputs),
            "loud": OpenNode(RunState.SUCCEEDED),
            "fit": OpenNode(RunState.RUNNING, attempt=1),
        },
    )
    step = progress.take_up(now=5.0)
    assert {(e.node, str(e.state)) for e in step.events} == {("fit", "queued")}
    assert step.events[0].why == (
        "the process that ran it ended; it goes on from its last checkpoint"
    )
    [job] = step.jobs
    assert (job.attempt, job.steps, job.seed) == (2, expected.steps, expected.seed)
    succeed(bench, progress, job)
    bench.finish(progress)
    assert progress.state is RunState.SUCCEEDED


def test_a_run_taken_up_while_waiting_knows_its_answers(bench: Any) -> None:
    graph = fork(bench)
    bench.run(graph, to=["source"])
    outputs = bench.plan(graph, to=["source"]).nodes["source"].outputs
    progress = bench.open(
        graph,
        nodes={
            "source": OpenNode(RunState.SUCCEEDED, 1, outputs),
            "a": OpenNode(RunState.QUEUED, attempt=1, answers=({"label": "cat"},)),
        },
    )
    [job] = progress.take_up(now=1.0).jobs
    assert (job.node, job.answer) == ("a", {"label": "cat"})


def test_a_run_that_was_interrupted_fails_where_it_was(bench: Any) -> None:
    progress = bench.open(fork(bench), nodes={"source": OpenNode(RunState.RUNNING, attempt=1)})
    gone = Diagnostic(code="X207", message="the run was interrupted")
    events = {e.node: e for e in progress.give_up(now=1.0, diagnostic=gone)}
    assert (events["source"].state, events["source"].diagnostics) == (RunState.FAILED, (gone,))
    assert {str(e.state) for n, e in events.items() if n != "source"} == {"cancelled"}
    assert progress.state is RunState.CANCELLED


def test_jobs_without_outputs_end_their_branch_well(bench: Any) -> None:
    graph = bench.graph(source="read", shown=("show", {"text": "source"}))
    assert bench.run(graph) == {"source": "succeeded", "shown": "succeeded"}
    assert bench.run(graph) == {"source": "cached", "shown": "cached"}


def test_an_illegal_change_raises(bench: Any) -> None:
    progress = bench.open(line(bench))
    with pytest.raises(ValueError, match="illegal transition pending → running"):
        progress.started("source", now=0.0)
