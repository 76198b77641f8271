"""What the local executor does beyond the contract that all executors share."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from netloom.core.identifiers import JobId, NodeId, OperatorId, RunId, new_job_id
from netloom.execution.events import JobEnded, JobEvent, JobStarted, JobSucceeded
from netloom.execution.jobs import DeviceLease, JobSpec, Step
from netloom.execution.local.claim import claimed
from netloom.execution.local.launch import ForkServerLauncher
from netloom.execution.local.local_executor import LocalExecutor
from netloom.graph.operator import Needs

PATIENCE_S = 20.0

JOBS = """
import os, subprocess, sys, time
from pathlib import Path
from netloom.execution.context import RunContext
from netloom.graph.catalogue import Catalogue, operators_in
from netloom.graph.operator import operator

@operator(group="t", job=True)
def quick() -> int:
    return os.getpid()

@operator(group="t", job=True)
def hangs(*, run: RunContext) -> int:
    child = subprocess.Popen(["sleep", "60"])
    (run.checkpoints / "pids").write_text(f"{os.getpid()} {child.pid}")
    time.sleep(60)
    return 0

def catalogue(files=()):
    return Catalogue(operators_in(sys.modules[__name__]))
"""


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "local_jobs.py").write_text(JOBS)
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture
def executor(library: Path) -> Iterator[LocalExecutor]:
    executor = LocalExecutor(start_method="fork", idle_s=0.2)
    yield executor
    executor.close()


def job(root: Path, operator: str, **changes: object) -> JobSpec:
    identifier = new_job_id()
    values: dict[str, object] = {
        "id": identifier,
        "run": RunId("r"),
        "node": NodeId("n"),
        "attempt": 1,
        "steps": (Step(NodeId("n"), OperatorId(f"t.{operator}"), {}, {}),),
        "catalogue": "local_jobs:catalogue",
        "code": "",
        "workspace": str(root),
        "folder": str(root / identifier),
        "project": "",
        "needs": Needs(),
        **changes,
    }
    return JobSpec(**values)  # type: ignore[arg-type]


def submit(executor: LocalExecutor, spec: JobSpec) -> JobSpec:
    executor.submit(spec, DeviceLease(spec.id, cpus=1))
    return spec


def poll_until(executor: LocalExecutor, kinds: tuple[type, ...], job: JobId) -> JobEvent:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for event in executor.poll(0.05):
            if isinstance(event, kinds) and event.job == job:
                return event
    raise AssertionError("nothing came")


def final(executor: LocalExecutor, spec: JobSpec) -> JobEvent:
    return poll_until(executor, (JobSucceeded, JobEnded), spec.id)


def value(executor: LocalExecutor, spec: JobSpec) -> object:
    event = final(executor, submit(executor, spec))
    assert isinstance(event, JobSucceeded), event
    [output] = event.outputs.values()
    return output.preview.get("value")


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def pids_of(spec: JobSpec) -> list[int]:
    """Pids of the worker and its child, once both exist."""
    path = Path(spec.folder) / "checkpoints" / "pids"
    wait_for(lambda: path.exists() and len(path.read_text().split()) == 2)
    return [int(pid) for pid in path.read_text().split()]


def server_pid(executor: LocalExecutor) -> int:
    launcher = executor._launcher
    assert isinstance(launcher, ForkServerLauncher)
    assert launcher._server is not None
    return launcher._server.process.pid


def test_modules_are_imported_once_before_forking(
    executor: LocalExecutor, library: Path, tmp_path: Path
) -> None:
    (library / "heavy.py").write_text("import os\nPID = os.getpid()\n")
    (library / "broken.py").write_text("raise ImportError('half installed')\n")
    (library / "local_jobs.py").write_text(
        JOBS.replace("return os.getpid()", "import heavy; return heavy.PID")
    )
    spec = job(tmp_path, "quick", preload=("broken", "heavy"))
    assert value(executor, spec) == server_pid(executor)


def test_a_module_that_kills_the_server_is_not_imported_there_again(
    executor: LocalExecutor, library: Path, tmp_path: Path
) -> None:
    (library / "deadly.py").write_text("import os\nos._exit(66)\n")
    first = final(executor, submit(executor, job(tmp_path, "quick", preload=("deadly",))))
    assert isinstance(first, JobEnded)
    [problem] = first.diagnostics
    assert (problem.code, first.retryable) == ("X212", True)
    assert "status 66" in problem.message
    again = final(executor, submit(executor, job(tmp_path, "quick", preload=("deadly",))))
    assert isinstance(again, JobSucceeded)


def test_jobs_fail_when_their_server_is_killed_and_the_next_gets_another(
    executor: LocalExecutor, tmp_path: Path
) -> None:
    spec = submit(executor, job(tmp_path, "hangs"))
    poll_until(executor, (JobStarted,), spec.id)
    pids = pids_of(spec)
    killed = server_pid(executor)
    os.kill(killed, signal.SIGKILL)
    event = final(executor, spec)
    assert isinstance(event, JobEnded)
    assert [problem.code for problem in event.diagnostics] == ["X212"]
    wait_for(lambda: not any(map(is_running, pids)))
    assert value(executor, job(tmp_path, "quick")) != killed


def test_hundreds_of_jobs_can_be_submitted_before_the_first_poll(
    executor: LocalExecutor, tmp_path: Path
) -> None:
    executor.poll(0.0)
    specs = [submit(executor, job(tmp_path, "quick")) for _ in range(20)]
    server = server_pid(executor)
    os.kill(server, signal.SIGSTOP)  # nobody reads what is sent meanwhile
    threading.Timer(0.3, os.kill, (server, signal.SIGCONT)).start()
    specs += [submit(executor, job(tmp_path, "quick")) for _ in range(580)]
    for spec in specs:
        executor.cancel(spec.id, grace_s=0.0)
    ended: list[JobId] = []

    def all_ended() -> bool:
        events = executor.poll(0.02)
        ended.extend(e.job for e in events if isinstance(e, JobSucceeded | JobEnded))
        return len(ended) >= len(specs)

    wait_for(all_ended)
    assert sorted(ended) == sorted(spec.id for spec in specs)


def test_an_idle_worker_ends_after_a_while(executor: LocalExecutor, tmp_path: Path) -> None:
    spec = submit(executor, job(tmp_path, "quick", keep_worker=True))
    started = poll_until(executor, (JobStarted,), spec.id)
    assert isinstance(started, JobStarted)
    final(executor, spec)
    assert is_running(started.pid)
    wait_for(lambda: executor.poll(0.02) == [] and not is_running(started.pid))


def test_closing_ends_running_jobs_and_their_last_events_can_be_polled(
    executor: LocalExecutor, tmp_path: Path
) -> None:
    spec = submit(executor, job(tmp_path, "hangs"))
    poll_until(executor, (JobStarted,), spec.id)
    pids = pids_of(spec)
    server = server_pid(executor)
    executor.close()
    executor.close()
    assert not any(map(is_running, [*pids, server]))
    [event] = executor.poll(0.0)
    assert isinstance(event, JobEnded)
    assert event.outcome == "cancelled"
    with pytest.raises(RuntimeError, match="closed"):
        submit(executor, job(tmp_path, "quick"))


def test_a_poll_can_be_woken_from_another_thread(executor: LocalExecutor) -> None:
    threading.Timer(0.05, executor.wake).start()
    before = time.monotonic()
    assert executor.poll(PATIENCE_S) == []
    assert time.monotonic() - before < PATIENCE_S / 2


def test_a_poll_without_patience_returns_at_once(executor: LocalExecutor) -> None:
    assert executor.poll(0.0) == []


def test_nothing_is_ever_reattached_and_its_folder_is_freed(
    executor: LocalExecutor, tmp_path: Path
) -> None:
    spec = job(tmp_path, "quick")
    lease = DeviceLease(spec.id, cpus=1)
    assert not executor.reattach(spec, lease)
    submit(executor, spec)
    assert executor.reattach(spec, lease)
    final(executor, spec)


DISPATCHER = """
import sys
from netloom.execution.local.local_executor import LocalExecutor
sys.path.insert(0, sys.argv[1])
from test_local_executor import job, submit
from pathlib import Path
executor = LocalExecutor(start_method=sys.argv[3])
spec = submit(executor, job(Path(sys.argv[2]), "hangs", folder=sys.argv[2]))
while True:
    executor.poll(0.05)
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_nothing_survives_a_killed_dispatcher(library: Path, tmp_path: Path, method: str) -> None:
    node = tmp_path / "node"
    script = tmp_path / "dispatcher.py"
    script.write_text(DISPATCHER)
    dispatcher = subprocess.Popen(
        [sys.executable, str(script), str(Path(__file__).parent), str(node), method],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        pids = pids_of(job(tmp_path, "hangs", folder=str(node)))
    finally:
        dispatcher.kill()
        dispatcher.wait()
    wait_for(lambda: not any(map(is_running, pids)))
    with claimed(node, patience_s=5.0):
        pass


def test_importing_and_starting_needs_no_tensor_library() -> None:
    program = (
        "import sys, netloom.execution.local.local_executor, netloom.execution.local.worker, "
        "netloom.execution.local.forkserver; sys.exit('torch' in sys.modules)"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", program], env=environ, check=False).returncode == 0
