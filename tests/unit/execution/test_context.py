import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from netloom.core.artifacts import Artifact
from netloom.core.errors import InvalidInput, JobCancelled, NotFound
from netloom.core.identifiers import ArtifactId
from netloom.core.reporter import Decision, Reporter
from netloom.execution.context import RunContext
from netloom.execution.events import MetricsLogged, Noted


@pytest.fixture
def run(tmp_path: Path) -> RunContext:
    return RunContext.in_process(tmp_path / "context", project=tmp_path)


@pytest.fixture
def artifact(run: RunContext) -> Artifact:
    staged = run.artifacts.stage()
    (staged / "rows.txt").write_text("1\n2\n")
    return run.artifacts.commit(staged, media_type="text/plain")


def test_a_context_is_a_reporter(run: RunContext) -> None:
    reporter: Reporter = run
    reporter.log(0, {"loss": 1.0})
    assert reporter.report(1, {"loss": 0.5}) is Decision.CONTINUE
    [metrics] = run.outbox.drain()
    assert isinstance(metrics, MetricsLogged)
    assert len(metrics.steps) == 16


def test_notes_are_printed_to_the_log_and_sent(
    run: RunContext, capsys: pytest.CaptureFixture[str]
) -> None:
    run.note("half-way")
    assert capsys.readouterr().out == "half-way\n"
    [noted] = run.outbox.drain()
    assert isinstance(noted, Noted)


def test_a_request_to_stop_is_raised_once(run: RunContext) -> None:
    with pytest.raises(JobCancelled):
        run.request_stop()
    run.request_stop()
    assert run.should_stop
    assert run.report(0, {}) is Decision.STOP


def test_inside_a_graceful_block_a_request_only_shows(run: RunContext) -> None:
    seen: list[bool] = []

    def work() -> None:
        with run.stopping_gracefully():
            with run.stopping_gracefully():
                run.request_stop()
            seen.append(run.should_stop)

    with pytest.raises(JobCancelled):
        work()
    assert seen == [True]


def test_an_exception_leaves_a_graceful_block_unchanged(run: RunContext) -> None:
    def work() -> None:
        with run.stopping_gracefully():
            run.request_stop()
            raise ValueError("torn")

    with pytest.raises(ValueError, match="torn"):
        work()


def test_a_request_from_another_thread_does_not_raise_there(run: RunContext) -> None:
    raised: list[BaseException] = []

    def request() -> None:
        try:
            run.request_stop()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=request)
    thread.start()
    thread.join()
    assert (run.should_stop, raised) == (True, [])
    with pytest.raises(JobCancelled):
        run.log(0, {"loss": 1.0})


@pytest.fixture
def sigterm(run: RunContext) -> Iterator[None]:
    previous = signal.signal(signal.SIGTERM, lambda *_: run.request_stop())
    yield
    signal.signal(signal.SIGTERM, previous)


class SignalsItself(float):
    """A metric value whose conversion is interrupted by a signal."""

    def __float__(self) -> float:
        os.kill(os.getpid(), signal.SIGTERM)
        return 1.0


@pytest.mark.usefixtures("sigterm")
def test_a_signal_while_logging_waits_until_the_point_is_whole(run: RunContext) -> None:
    with pytest.raises(JobCancelled):
        run.log(3, {"loss": SignalsItself()})
    [metrics] = run.outbox.drain()
    assert isinstance(metrics, MetricsLogged)
    assert len(metrics.steps) == len(metrics.values) == len(metrics.times) == 8


def test_locations_resolve_to_paths(run: RunContext, artifact: Artifact, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    assert run.resolve(f"artifact:{artifact.id}/rows.txt") == artifact.folder / "rows.txt"
    assert run.resolve(f"artifact:{artifact.id}") == artifact.folder
    assert run.resolve("path:data") == tmp_path / "data"
    assert run.resolve(f"path:{tmp_path}") == tmp_path
    new = run.resolve("work:deep/new.npy")
    assert new == run.workdir / "deep" / "new.npy"
    assert new.parent.is_dir()


def test_what_does_not_exist_is_named(run: RunContext, artifact: Artifact, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="this workspace"):
        run.resolve(f"artifact:{ArtifactId('0' * 64)}")
    with pytest.raises(NotFound, match=r"other\.txt does not exist"):
        run.resolve(f"artifact:{artifact.id}/other.txt")
    with pytest.raises(NotFound) as caught:
        run.resolve("path:missing/deep/file.csv")
    [problem] = caught.value.diagnostics
    assert problem.message == f"{tmp_path}/missing/deep/file.csv does not exist"
    assert problem.got == f"path:missing/deep/file.csv; {tmp_path}/missing is missing"
    assert problem.place.node == "local"


@pytest.mark.parametrize("location", ["work:../escape", "work:/etc/passwd", "self:x", "x", "path:"])
def test_what_is_no_location_is_refused(run: RunContext, location: str) -> None:
    with pytest.raises(InvalidInput):
        run.resolve(location)


def test_an_artifact_location_cannot_leave_its_folder(run: RunContext, artifact: Artifact) -> None:
    with pytest.raises(InvalidInput, match="leads out of its folder"):
        run.resolve(f"artifact:{artifact.id}/../../secret")
