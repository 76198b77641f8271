"""Every executor keeps the contract of ``netloom.execution.executor.Executor``, whatever a job does."""

import json
import os
import struct
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from netloom.core.diagnostics import Diagnostic
from netloom.core.identifiers import (
    ArtifactId,
    JobId,
    NodeId,
    OperatorId,
    PortName,
    RunId,
    new_job_id,
)
from netloom.execution.artifact_store import LocalArtifactStore
from netloom.execution.events import (
    JobEnded,
    JobEvent,
    JobStarted,
    JobSucceeded,
    MetricsLogged,
    Noted,
    Progressed,
)
from netloom.execution.jobs import ArtifactInput, DeviceLease, JobSpec, Step, StepInput
from netloom.execution.local.local_executor import LocalExecutor
from netloom.graph.operator import Needs

OUT = PortName("out")
PATIENCE_S = 30.0


class Bench:
    """Runs jobs of ``executor_jobs`` on one executor and collects everything it says."""

    def __init__(self, executor: LocalExecutor, folder: Path) -> None:
        self.executor = executor
        self.folder = folder
        self.workspace = folder / "workspace"
        self.artifacts = LocalArtifactStore(self.workspace / "artifacts")
        self.project = folder / "project"
        self.project.mkdir(exist_ok=True)
        self.heard: list[JobEvent] = []
        self.count = 0

    def job(self, operator: str, inputs: Any = None, **changes: Any) -> JobSpec:
        self.count += 1
        settings = changes.pop("settings", {})
        step = Step(NodeId("n"), OperatorId(f"test.{operator}"), settings, inputs or {})
        spec = JobSpec(
            id=new_job_id(),
            run=RunId("run"),
            node=NodeId("n"),
            attempt=1,
            steps=(step,),
            catalogue="executor_jobs:catalogue",
            code="",
            workspace=str(self.workspace),
            folder=str(self.folder / f"node{self.count}"),
            project=str(self.project),
            needs=Needs(),
        )
        return replace(spec, **changes)

    def submit(self, job: JobSpec, **lease: Any) -> JobSpec:
        self.executor.submit(job, DeviceLease(job.id, cpus=1.0, **lease))
        return job

    def until(self, condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        deadline = time.monotonic() + patience_s
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain; heard {self.heard}"
            self.heard.extend(self.executor.poll(0.05))

    def finals(self, job: JobSpec) -> list[JobSucceeded | JobEnded]:
        return [
            event
            for event in self.heard
            if event.job == job.id and isinstance(event, JobSucceeded | JobEnded)
        ]

    def final(self, job: JobSpec) -> JobSucceeded | JobEnded:
        self.until(lambda: bool(self.finals(job)))
        [event] = self.finals(job)
        return event

    def run(self, operator: str, inputs: Any = None, **changes: Any) -> JobSucceeded | JobEnded:
        return self.final(self.submit(self.job(operator, inputs, **changes)))

    def fails(self, operator: str, **changes: Any) -> Diagnostic:
        event = self.run(operator, **changes)
        assert isinstance(event, JobEnded), event
        assert event.outcome == "failed"
        [diagnostic] = event.diagnostics
        assert diagnostic.place.node == "n"
        return diagnostic

    def value(self, event: JobSucceeded | JobEnded, port: PortName = OUT) -> Any:
        assert isinstance(event, JobSucceeded), event
        folder = self.artifacts.get(event.outputs[port].artifact).folder
        return json.loads((folder / "value.json").read_text())

    def log(self, job: JobSpec) -> bytes:
        return (Path(job.folder) / "log.txt").read_bytes()

    def hanging(self, operator: str, **changes: Any) -> JobSpec:
        job = self.submit(self.job(operator, **changes))
        self.until(lambda: (Path(job.folder) / "work" / "hanging").exists())
        return job


@pytest.fixture(scope="module", params=["fork", "spawn"])
def shared_executor(request: pytest.FixtureRequest) -> Iterator[LocalExecutor]:
    sys.path.insert(0, str(Path(__file__).parent))
    executor = LocalExecutor(start_method=request.param)
    yield executor
    executor.close()
    sys.path.remove(str(Path(__file__).parent))


@pytest.fixture
def bench(shared_executor: LocalExecutor, tmp_path: Path) -> Bench:
    return Bench(shared_executor, tmp_path)


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def started_pid(bench: Bench, job: JobSpec) -> int:
    [pid] = [e.pid for e in bench.heard if isinstance(e, JobStarted) and e.job == job.id]
    return pid


# What a job produces.


def test_a_job_says_that_it_started_and_then_that_it_succeeded(bench: Bench) -> None:
    job = bench.submit(bench.job("leaves_a_thread"))
    final = bench.final(job)
    assert bench.value(final) == 1
    assert isinstance(final, JobSucceeded)
    [output] = final.outputs.values()
    assert (output.media_type, output.preview) == ("application/json", {"value": 1})
    assert [type(event) for event in bench.heard] == [JobStarted, JobSucceeded]


def test_steps_pass_values_and_named_outputs_become_artifacts(bench: Bench) -> None:
    numbers = [
        Step(NodeId(f"n{value}"), OperatorId("test.number"), {"value": value}, {})
        for value in (1, 2)
    ]
    fan_in = {PortName("items"): [StepInput(0, OUT), StepInput(1, OUT)]}
    last = Step(NodeId("n"), OperatorId("test.total"), {}, fan_in)
    job = bench.submit(bench.job("total", steps=(*numbers, last)))
    final = bench.final(job)
    assert bench.value(final, PortName("total")) == 3
    assert isinstance(final, JobSucceeded)
    report = final.outputs[PortName("report")]
    assert report.preview == {"file": "report.txt", "media_type": "text/plain", "size_bytes": 7}
    assert not (Path(job.folder) / "work").exists()

    read = bench.run("read", {PortName("report"): ArtifactInput(report.artifact)})
    assert bench.value(read) == "2 items"


def test_defaults_of_unset_ports_are_the_functions_own(bench: Bench) -> None:
    number = Step(NodeId("a"), OperatorId("test.number"), {"value": 5}, {})
    add = Step(
        NodeId("n"), OperatorId("test.add"), {"scale": 2}, {PortName("left"): StepInput(0, OUT)}
    )
    assert bench.value(bench.run("add", steps=(number, add))) == 30


def test_a_job_has_a_process_environment_of_its_own(bench: Bench) -> None:
    job = bench.submit(bench.job("describes_itself", threads=2, seed=7), gpus=(3, 5))
    told = bench.value(bench.final(job))
    assert told.pop("pid") == started_pid(bench, job) != os.getpid()
    assert told == {
        "leads_group": True,
        "random": pytest.approx(0.32383276483316237),
        "threads": "2",
        "devices": "3,5",
        "gpus": [0, 1],
        "cwd": str(bench.project),
        "attempt": 1,
        "kept": [],
        "scratch": [],
        "stdin": "",
        "home": os.environ.get("HOME"),
    }


def test_metrics_arrive_complete_in_order_and_before_the_end(bench: Bench) -> None:
    job = bench.submit(bench.job("logs_metrics", settings={"steps": 5000}))
    assert bench.value(bench.final(job)) == 5000
    steps: dict[str, list[int]] = {"loss": [], "lr": []}
    losses: list[float] = []
    for event in bench.heard:
        if isinstance(event, MetricsLogged):
            count = len(event.steps) // 8
            steps[event.name] += struct.unpack(f"<{count}q", event.steps)
            if event.name == "loss":
                losses += struct.unpack(f"<{count}d", event.values)
    assert steps == {"loss": list(range(5000)), "lr": list(range(5000))}
    assert losses == [1 / (step + 1) for step in range(5000)]
    assert isinstance(bench.heard[0], JobStarted)
    assert isinstance(bench.heard[-1], JobSucceeded)
    assert [e.message for e in bench.heard if isinstance(e, Noted)] == ["all logged"]
    assert [(e.done, e.total) for e in bench.heard if isinstance(e, Progressed)][-1] == (5000, 5000)


def test_what_was_flushed_survives_the_death_of_the_worker(bench: Bench) -> None:
    bench.run("flushes_and_dies")
    [metrics] = [event for event in bench.heard if isinstance(event, MetricsLogged)]
    assert (metrics.name, metrics.values) == ("loss", struct.pack("<d", 0.5))


def test_a_question_to_a_person_ends_the_attempt_and_the_answer_reaches_the_next(
    bench: Bench,
) -> None:
    asked = bench.run("asks_a_person")
    assert isinstance(asked, JobEnded)
    assert (asked.outcome, asked.request) == ("waiting", {"question": "how many?"})
    assert bench.value(bench.run("asks_a_person", answer={"count": 4})) == 4


def test_two_jobs_really_run_at_the_same_time(bench: Bench) -> None:
    folder = str(bench.folder)
    first = bench.submit(
        bench.job("meets_another", settings={"folder": folder, "name": "a", "other": "b"})
    )
    second = bench.submit(
        bench.job("meets_another", settings={"folder": folder, "name": "b", "other": "a"})
    )
    assert [bench.value(bench.final(job)) for job in (first, second)] == [1, 1]


# What goes wrong inside the operator.


def test_an_exception_names_node_operator_and_the_users_own_line(bench: Bench) -> None:
    problem = bench.fails("raises")
    source = Path(__file__).with_name("executor_jobs.py")
    line = 1 + source.read_text().splitlines().index('    raise ZeroDivisionError("of course")')
    assert problem.code == "X201"
    assert problem.message == "test.raises raised ZeroDivisionError: of course"
    assert (problem.place.file, problem.place.line) == (str(source), line)
    log = bench.log(bench.job("raises", folder=str(bench.folder / "node1"))).decode()
    assert log.startswith("--- attempt 1, ")
    assert "about to raise\nTraceback (most recent call last):\n" in log
    assert log.endswith("ZeroDivisionError: of course\n")


def test_an_explained_error_keeps_its_explanation_and_is_not_retried(bench: Bench) -> None:
    final = bench.run("raises_invalid_data")
    assert isinstance(final, JobEnded)
    [problem] = final.diagnostics
    assert (problem.code, problem.message) == ("I100", "the image is torn")
    assert problem.place.node == "n"
    assert not final.retryable


@pytest.mark.parametrize(
    ("operator", "code", "words"),
    [
        ("exits", "X204", "called sys.exit(3)"),
        ("exits_hard", "X204", "exited with status 7"),
        ("crashes", "X205", "signal 11 (SIGSEGV, segmentation fault)"),
        ("kills_itself", "X205", "signal 9 (SIGKILL, killed)"),
        ("asks_for_too_much_at_once", "X203", "ran out of memory"),
        ("returns_wrong_type", "X206", "something else than it declares for its output"),
        ("returns_nothing", "X206", "something else than it declares"),
        ("returns_unsavable", "X206", "cannot be kept as JSON"),
    ],
)
def test_a_bad_end_is_explained(bench: Bench, operator: str, code: str, words: str) -> None:
    problem = bench.fails(operator)
    assert (problem.code, words in problem.message) == (code, True), problem


def test_a_silent_death_quotes_the_end_of_the_log(bench: Bench) -> None:
    assert (bench.fails("exits_hard").fix or "").endswith("goodbye")
    assert "in crashes" in (bench.fails("crashes").fix or "")


def test_settings_are_validated_again_in_the_worker(bench: Bench) -> None:
    number = Step(NodeId("a"), OperatorId("test.number"), {"value": 5}, {})
    add = Step(
        NodeId("n"), OperatorId("test.add"), {"scale": -2}, {PortName("left"): StepInput(0, OUT)}
    )
    problem = bench.fails("add", steps=(number, add))
    assert (problem.code, problem.place.setting) == ("G103", "scale")


def test_an_input_that_is_gone_is_named(bench: Bench) -> None:
    missing = ArtifactInput(ArtifactId("0" * 64))
    event = bench.run("read", {PortName("report"): missing})
    assert isinstance(event, JobEnded)
    assert event.diagnostics[0].code == "W404"


@pytest.mark.parametrize(
    ("catalogue", "words"),
    [
        ("executor_jobs:broken_catalogue", "RuntimeError: half a catalogue"),
        ("no_such_module:catalogue", "No module named 'no_such_module'"),
        ("executor_jobs:no_such_function", "no attribute 'no_such_function'"),
    ],
)
def test_a_catalogue_that_cannot_be_loaded_is_a_diagnostic(
    bench: Bench, catalogue: str, words: str
) -> None:
    problem = bench.fails("add", catalogue=catalogue)
    assert (problem.code, words in problem.message) == ("X209", True), problem


def test_changed_code_is_refused(bench: Bench) -> None:
    final = bench.run("raises", code="planned with other code")
    assert isinstance(final, JobEnded)
    assert (final.diagnostics[0].code, final.retryable) == ("X210", False)


def test_garbage_goes_to_the_log_and_nowhere_else(bench: Bench) -> None:
    job = bench.submit(bench.job("prints_garbage"))
    assert bench.value(bench.final(job)) == 1
    assert bytes(range(256)) * 100 in bench.log(job)
    assert b"surrogate \\udcff" in bench.log(job)


def test_noise_on_the_channel_ends_the_job_and_nothing_else(bench: Bench) -> None:
    problem = bench.fails("writes_to_every_descriptor")
    assert problem.code == "X212"
    assert isinstance(bench.run("describes_itself"), JobSucceeded)


def test_a_job_over_its_memory_limit_is_killed_with_numbers(bench: Bench) -> None:
    problem = bench.fails("takes_all_memory", needs=Needs(memory_mb=300))
    assert problem.code == "X203"
    assert "of the 0.3 GB it may use" in problem.message


# Stopping.


def test_a_job_past_its_time_limit_is_ended(bench: Bench) -> None:
    problem = bench.fails("hangs", timeout_s=0.5)
    assert (problem.code, problem.message) == ("X202", "test.hangs timed out after 0.5 s")


def test_a_hang_while_the_catalogue_is_made_counts_as_well(bench: Bench) -> None:
    problem = bench.fails("add", catalogue="executor_jobs:hanging_catalogue", timeout_s=0.5)
    assert problem.code == "X202"


def test_cancelling_interrupts_a_job_at_once(bench: Bench) -> None:
    job = bench.hanging("hangs")
    bench.executor.cancel(job.id)
    bench.executor.cancel(job.id)
    before = time.monotonic()
    assert bench.final(job) == JobEnded(job.id, "cancelled", bench.finals(job)[0].seconds)
    assert time.monotonic() - before < 4, "it ended by itself, not by the KILL after the grace"
    assert not is_running(started_pid(bench, job))


def test_a_job_that_ignores_the_request_is_killed_after_the_grace(bench: Bench) -> None:
    job = bench.hanging("ignores_requests_to_stop")
    bench.executor.cancel(job.id, grace_s=0.3)
    final = bench.final(job)
    assert isinstance(final, JobEnded)
    assert final.outcome == "cancelled"
    assert not is_running(started_pid(bench, job))


def test_a_job_may_save_a_checkpoint_before_it_stops(bench: Bench) -> None:
    job = bench.hanging("stops_gracefully")
    bench.executor.cancel(job.id)
    final = bench.final(job)
    assert isinstance(final, JobEnded)
    assert final.outcome == "cancelled"
    assert (Path(job.folder) / "checkpoints" / "saved").read_text() == "1"


def test_cancelling_before_a_process_exists_starts_none(bench: Bench) -> None:
    job = bench.submit(bench.job("hangs"))
    bench.executor.cancel(job.id)
    final = bench.final(job)
    assert isinstance(final, JobEnded)
    assert final.outcome == "cancelled"
    assert not (Path(job.folder) / "work" / "hanging").exists()


def test_cancelling_while_outputs_are_saved_leaves_nothing_half_written(bench: Bench) -> None:
    job = bench.submit(bench.job("returns_slow"))
    bench.until(lambda: (Path(job.folder) / "work" / "saving").exists())
    bench.executor.cancel(job.id)
    final = bench.final(job)
    assert isinstance(final, JobEnded)
    assert final.outcome == "cancelled"
    assert list(bench.artifacts.ids()) == []
    assert list((bench.workspace / "artifacts" / ".staging").iterdir()) == []


def test_a_worker_killed_from_outside_fails_its_job(bench: Bench) -> None:
    job = bench.hanging("hangs")
    os.kill(started_pid(bench, job), 9)
    final = bench.final(job)
    assert isinstance(final, JobEnded)
    assert (final.outcome, final.retryable) == ("failed", True)
    assert final.diagnostics[0].code == "X205"


def test_an_unknown_job_can_be_cancelled_without_effect(bench: Bench) -> None:
    bench.executor.cancel(JobId("nobody"))
    assert bench.executor.poll(0.0) == []


# What is left behind.


@pytest.mark.parametrize("detached", [False, True])
def test_children_do_not_outlive_their_job(bench: Bench, detached: bool) -> None:
    if detached and type(bench.executor._launcher).__name__ == "SpawnLauncher":
        pytest.skip("a spawned worker's detached children are adopted by init")
    pid_file = bench.folder / "child"
    settings = {"pid_file": str(pid_file), "detached": detached}
    assert bench.value(bench.run("leaves_a_child", settings=settings)) == 1
    child = int(pid_file.read_text())
    bench.until(lambda: not is_running(child), patience_s=2)


def test_threads_do_not_keep_a_finished_job_alive(bench: Bench) -> None:
    job = bench.submit(bench.job("leaves_a_thread"))
    assert bench.value(bench.final(job)) == 1
    assert not is_running(started_pid(bench, job))


def test_a_fork_that_returns_twice_ends_once(bench: Bench) -> None:
    assert bench.value(bench.run("forks_through_the_stack")) == 1


def test_checkpoints_survive_a_retry_and_scratch_does_not(bench: Bench) -> None:
    first = bench.job("keeps_a_checkpoint_and_dies")
    assert isinstance(bench.final(bench.submit(first)), JobEnded)
    again = replace(first, id=new_job_id(), attempt=2)
    assert bench.value(bench.final(bench.submit(again))) == 1
    assert bench.log(again).count(b"--- attempt ") == 2


def test_a_folder_that_cannot_be_written_fails_the_job_alone(bench: Bench) -> None:
    (bench.folder / "file").write_text("")
    problem = bench.fails("add", folder=str(bench.folder / "file" / "node"))
    assert problem.code.startswith(("W", "X2"))


# Kept workers.


def test_a_kept_worker_serves_the_next_job_of_its_kind(bench: Bench) -> None:
    first = bench.value(bench.run("describes_itself", keep_worker=True, seed=7))
    second = bench.value(bench.run("describes_itself", keep_worker=True, seed=7))
    other = bench.value(bench.run("describes_itself", keep_worker=True, threads=2))
    assert first["pid"] == second["pid"] != other["pid"]
    assert first["random"] == second["random"]


def test_a_worker_whose_job_failed_is_not_kept(bench: Bench) -> None:
    job = bench.submit(bench.job("raises", keep_worker=True))
    bench.final(job)
    assert not is_running(started_pid(bench, job))


def test_a_kept_worker_that_dies_in_its_sleep_costs_no_job(bench: Bench) -> None:
    pid = bench.value(bench.run("describes_itself", keep_worker=True))["pid"]
    os.kill(pid, 9)
    assert bench.value(bench.run("describes_itself", keep_worker=True))["pid"] != pid


def test_a_kept_worker_is_replaced_when_project_code_changes(bench: Bench) -> None:
    file = bench.project / "operators" / "answers.py"
    file.parent.mkdir()
    kept: dict[str, Any] = {
        "keep_worker": True,
        "catalogue": "executor_jobs:project_catalogue",
        "operator_files": (str(file),),
    }
    file.write_text(PROJECT_OPERATOR.format(answer=1))
    assert bench.value(bench.run("answer", **kept)) == 1
    file.write_text(PROJECT_OPERATOR.format(answer=22))
    assert bench.value(bench.run("answer", **kept)) == 22


PROJECT_OPERATOR = """
from netloom.graph.operator import operator

@operator(group="test", job=True)
def answer() -> int:
    return {answer}
"""
