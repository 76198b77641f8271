"""Deployments brought into line with what is wanted, with processes that start in milliseconds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from netloom.core.errors import Conflict, InvalidData
from netloom.core.identifiers import RunId
from netloom.serving.sockets import listening_socket
from netloom.store.database import open_database
from netloom.store.deployments import SqlDeploymentStore
from netloom.tracking.deployment_states import DeploymentState, Wanted
from netloom.workspace.deployments.calls import predict
from netloom.workspace.deployments.files import forget_files, keep_token
from netloom.workspace.deployments.patience import Patience
from netloom.workspace.deployments.supervisor import DeploymentSupervisor, is_supervised
from netloom.workspace.layout import Layout

from .deployment_place import PROGRAM, Desk, Place, revision


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    database = open_database(tmp_path / "netloom.db")
    place = Place(Layout(tmp_path), SqlDeploymentStore(database), Desk(tmp_path))
    yield place
    for supervisor in place.supervisors:
        supervisor.stop()
    database.close()


def pid_of(supervisor: DeploymentSupervisor, deployment: str = "d0") -> int:
    answer = predict(supervisor.endpoint(deployment), b"picture", "image/png")
    return int(answer["predictions"][0]["pid"])


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_deployment_gets_a_bundle_a_port_and_a_process_and_gives_them_back(place: Place) -> None:
    supervisor = place.supervise()
    place.deploy()
    record = place.until_state("running")
    assert (record.revision, record.target, record.problem) == (1, 1, ())
    assert supervisor.endpoint("d0").url == f"http://127.0.0.1:{record.port}"
    made = place.store.revision("d0", 1)
    assert (made.state, made.digest, made.models[0].labels) == ("ready", "serve", ("cat",))
    pid = pid_of(supervisor)
    assert [state for _, state in place.changes[:4]] == ["preparing", "starting", "running"]
    place.store.want("d0", Wanted.STOPPED)
    supervisor.wake()
    place.until_state("stopped")
    assert not is_alive(pid)
    with pytest.raises(Conflict, match="does not run"):
        supervisor.endpoint("d0")
    listening_socket("127.0.0.1", record.port or 0).close()  # nobody has the port any more
    place.store.want("d0", Wanted.RUNNING)
    assert place.until_state("running").port == record.port
    assert "revision 1 answers" in place.log()
    assert "serving" in place.log()


def test_it_waits_for_its_bundle_and_for_nothing_else(place: Place) -> None:
    place.desk.waits = True
    supervisor = place.supervise()
    place.deploy("slow serve")
    place.deploy("serve")
    place.until(lambda _: len(place.desk.asked) == 2)
    assert place.store.deployment("d0").state == "preparing"
    place.desk.finish(RunId("serve"))
    supervisor.wake()
    place.until_state("running", "d1")
    assert place.store.deployment("d0").state == "preparing"
    assert sorted(place.desk.asked) == ["serve", "slow serve"]


@pytest.mark.parametrize(
    ("run", "code", "said"),
    [
        ("impossible", "I777", "no model"),
        ("deleted", "W404", "there is no run"),
        ("refuse", "S155", "the bundle was changed"),
        ("die", "S155", "ended with code 9"),
    ],
)
def test_what_cannot_be_served_fails_with_the_reason(
    place: Place, run: str, code: str, said: str
) -> None:
    place.supervise()
    place.deploy(run)
    record = place.until_state("failed")
    (problem,) = record.problem
    assert problem.code == code
    assert said in f"{problem.message} {problem.got}"
    assert place.log().count("starting revision") == {"refuse": 1, "die": 3}.get(run, 0)


def test_a_program_that_is_not_there_fails_and_harms_no_other_deployment(place: Place) -> None:
    place.deploy()
    supervisor = place.supervise(program=["/nowhere/program"])
    (problem,) = place.until_state("failed").problem
    assert problem.message == "the process of the deployment cannot be started"
    supervisor.stop()


def test_a_process_that_never_answers_is_ended(place: Place) -> None:
    place.supervise(patience=Patience(start_s=0.3, most_crashes=1, look_s=0.02))
    place.deploy("hang")
    (problem,) = place.until_state("failed").problem
    assert problem.message == "the process of the deployment took too long to start"


def test_a_process_that_crashes_is_started_again_until_it_is_too_often(place: Place) -> None:
    supervisor = place.supervise()
    place.deploy()
    port = place.until_state("running").port
    first = pid_of(supervisor)
    os.kill(first, signal.SIGKILL)
    # The port stays open meanwhile: the next caller waits for the next process.
    place.until(lambda _: supervisor.status("d0").restarts == 1 and supervisor.endpoints())
    assert pid_of(supervisor) != first
    assert place.store.deployment("d0").port == port
    for _ in range(2):
        place.until_state("running")
        os.kill(pid_of(supervisor), signal.SIGKILL)
        place.until(lambda record: record.state != "running")
    (problem,) = place.until_state("failed").problem
    assert problem.code == "S155"
    place.store.want("d0", Wanted.RUNNING)
    place.until_state("running")
    assert place.store.deployment("d0").problem == ()


def test_a_new_revision_takes_over_without_a_moment_in_which_nobody_answers(place: Place) -> None:
    supervisor = place.supervise()
    place.deploy("one serve")
    place.until_state("running")
    first = pid_of(supervisor)
    target, pids, is_over = supervisor.endpoint("d0"), [], threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            pids.append(predict(target, b"x", "image/png")["predictions"][0]["pid"])

    asking = threading.Thread(target=ask)
    asking.start()
    place.store.add_revision(revision("d0", "two serve"))
    supervisor.wake()
    place.until(lambda record: record.revision == 2)
    place.until(lambda _: not is_alive(first))
    second = pid_of(supervisor)
    is_over.set()
    asking.join()
    assert set(pids) == {first, second}
    place.store.want("d0", Wanted.RUNNING, target=1)
    supervisor.wake()
    record = place.until(lambda record: record.revision == 1)
    assert (record.state, record.target) == ("running", 1)
    assert place.desk.asked == ["one serve", "two serve"]


@pytest.mark.parametrize("run", ["impossible", "refuse", "die"])
def test_a_revision_that_cannot_be_served_leaves_what_answers_alone(place: Place, run: str) -> None:
    supervisor = place.supervise()
    place.deploy()
    place.until_state("running")
    pid = pid_of(supervisor)
    place.store.add_revision(revision("d0", run))
    record = place.until(lambda record: bool(record.problem))
    assert (record.state, record.revision, record.target) == ("running", 1, 1)
    assert place.store.revision("d0", 2).state == "failed"
    assert pid_of(supervisor) == pid


def test_a_broken_revision_started_from_rest_falls_back_to_the_one_before(place: Place) -> None:
    place.supervise()
    place.deploy()
    place.until_state("running")
    place.store.want("d0", Wanted.STOPPED)
    place.until_state("stopped")
    place.store.add_revision(revision("d0", "refuse"))
    place.until(lambda _: place.store.revision("d0", 2).state == "ready")  # though nothing runs
    assert place.store.deployment("d0").state == "stopped"
    place.store.want("d0", Wanted.RUNNING)
    record = place.until_state("running")
    assert (record.revision, record.target) == (1, 1)
    assert place.store.revision("d0", 2).problem[0].code == "S155"


def test_what_ran_runs_again_with_the_next_server_at_the_same_port(place: Place) -> None:
    first = place.supervise()
    place.deploy()
    port = place.until_state("running").port
    pid = pid_of(first)
    assert is_supervised(place.layout)
    first.stop()
    assert not is_alive(pid)
    assert not is_supervised(place.layout)
    record = place.store.deployment("d0")
    assert (record.state, record.wanted) == ("stopped", "running")
    second = place.supervise()
    assert place.until_state("running").port == port
    assert pid_of(second) != pid


def test_a_server_that_was_killed_left_states_which_the_next_one_mends(place: Place) -> None:
    place.deploy(state=DeploymentState.RUNNING, revision=1)
    place.deploy(state=DeploymentState.RUNNING, revision=1, wanted=Wanted.STOPPED)
    place.deploy(state=DeploymentState.STOPPING, revision=1, wanted=Wanted.STOPPED)
    place.supervise()
    place.until_state("running", "d0")
    place.until_state("stopped", "d1")
    place.until_state("stopped", "d2")


def test_one_program_at_a_time_supervises(place: Place) -> None:
    first = place.supervise()
    place.deploy()
    place.until_state("running")
    second = place.supervise()
    assert (first.is_supervising, second.is_supervising) == (True, False)
    assert second.endpoints() == {}
    first.stop()
    place.until_state("running")
    assert second.is_supervising


def test_a_port_that_another_program_has_is_waited_for_a_while(place: Place) -> None:
    with listening_socket("127.0.0.1", 0) as taken:
        place.supervise()
        place.deploy(port=taken.getsockname()[1])
        (problem,) = place.until_state("failed").problem
        assert problem.code == "S122"
    place.store.want("d0", Wanted.RUNNING)
    place.until_state("running")


def test_callers_of_a_protected_deployment_need_its_token(place: Place) -> None:
    supervisor = place.supervise()
    keep_token(place.layout, "d0", "nd_secret")
    assert (place.layout.deployments / "d0" / "token").stat().st_mode & 0o777 == 0o600
    place.deploy(is_protected=True)
    place.until_state("running")
    target = supervisor.endpoint("d0")
    assert "nd_secret" not in repr(target)
    assert pid_of(supervisor) > 0
    with pytest.raises(InvalidData, match="No token"):
        predict(type(target)(target.host, target.port), b"x", "image/png")
    assert "nd_secret" not in place.log()


def test_without_its_token_a_protected_deployment_does_not_serve(place: Place) -> None:
    place.supervise()
    place.deploy(is_protected=True)
    assert place.until_state("failed").problem[0].code == "S154"


def test_a_deleted_deployment_ends_and_its_files_go(place: Place) -> None:
    supervisor = place.supervise()
    place.deploy()
    place.until_state("running")
    pid = pid_of(supervisor)
    place.store.remove("d0")
    supervisor.wake()
    deadline = time.monotonic() + 20
    while (place.layout.deployments / "d0").exists():
        assert time.monotonic() < deadline
        with place.changed:
            place.changed.wait(0.02)
    assert not is_alive(pid)
    forget_files(place.layout, "d0")  # twice does no harm


def test_processes_end_with_their_server_even_if_it_is_killed(tmp_path: Path) -> None:
    """Their end is seen from the pipe that the server's death closes."""
    code = (
        "import sys, socket, time\n"
        "from pathlib import Path\n"
        "from netloom.serving.sockets import listening_socket\n"
        "from netloom.workspace.deployments.log import DeploymentLog\n"
        "from netloom.workspace.deployments.serving_process import ServingProcess\n"
        "listener = listening_socket('127.0.0.1', 0)\n"
        "ServingProcess(1, listener, 'm=' + sys.argv[1], log=DeploymentLog(Path(sys.argv[2])),\n"
        "    token=None, on_ready=lambda p: print(p.pid, flush=True), on_end=print,\n"
        "    program=sys.argv[3:])\n"
        "time.sleep(60)\n"
    )
    bundle = tmp_path / "bundle"
    bundle.write_text('{"does": "serve"}')
    arguments = [sys.executable, "-c", code, str(bundle), str(tmp_path / "log"), *PROGRAM]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        pid = int(server.stdout.readline())
        server.kill()
    deadline = time.monotonic() + 10
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)
