"""The worker: the process that executes jobs, one at a time, and reports on a socket.

    dispatcher  ──Order──────────────▶  worker
                ◀──JobStarted, metrics, notes, progress──
                ◀──JobSucceeded | JobEnded, stays──

``python -m netloom.execution.local.worker --fd N`` serves on an inherited socket (spawn); a fork-server calls
:func:`serve` in a forked child. User code runs behind exactly one boundary, :meth:`_Attempt.outcome`.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import gc
import inspect
import os
import shutil
import signal
import socket
import sys
import threading
import time
import traceback
from pathlib import Path
from types import CodeType, FrameType

from netloom.core.errors import JobCancelled, NetloomError
from netloom.core.identifiers import PortName
from netloom.execution.artifact_store import LocalArtifactStore
from netloom.execution.context import RunContext
from netloom.execution.events import JobEnded, JobEvent, JobStarted, JobSucceeded, Output
from netloom.execution.jobs import JobSpec, Waiting
from netloom.execution.local import limits
from netloom.execution.local.claim import claimed
from netloom.execution.local.failure import Subject, failure_of_exception
from netloom.execution.local.loaded_code import CatalogueCache
from netloom.execution.local.log_file import LOG_NAME, flush, no_input, output_to, silence
from netloom.execution.local.mail_thread import MailThread
from netloom.execution.local.steps import StepRunner, save_outputs
from netloom.execution.local.wire import Order, frame_bytes, frame_of_event, receive_frame
from netloom.execution.outbox import Outbox

STAYS = "stays"
"""Key of a final event's document: the process waits for another order."""
STALE = {"kind": "stale"}
"""Sent instead of ``JobStarted`` by a kept worker whose loaded code is no longer what is on disk."""


def serve(connection: socket.socket, *, parent_is_one_thread: bool) -> None:
    """Become a worker process and execute orders until there are no more; then end the process.

    Args:
        connection: Blocking socket to the dispatcher.
        parent_is_one_thread: True in children of a fork-server. The kernel ties the life of a child
            to the *thread* that started it, which in a dispatcher may end earlier than the process.
    """
    status = 1
    try:
        _become_worker(parent_is_one_thread)
        worker = Worker(connection)
        while (frame := receive_frame(connection)) is not None:
            if not worker.execute(Order.from_json(frame[0])):
                break
        status = 0
    except BaseException:  # noqa: BLE001 - nothing may unwind into the process this was forked from
        traceback.print_exc()
    finally:
        _leave(status)


def _become_worker(parent_is_one_thread: bool) -> None:
    parent = os.getppid()
    if os.getsid(0) != os.getpid():
        os.setsid()
    if parent_is_one_thread:
        limits.die_with_parent(parent)
    limits.adopt_orphans()
    limits.volunteer_for_the_oom_killer()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # Python turns it into BrokenPipeError
    os.register_at_fork(after_in_child=_end_like_any_process)
    no_input()
    silence()
    gc.enable()


def _end_like_any_process() -> None:
    """Children a job forks (data loaders) end on TERM; they must not run the job's own handler."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _leave(status: int) -> None:
    """End the process: clean-ups registered at exit run, threads of the job are not waited for."""
    with contextlib.suppress(BaseException):
        atexit._run_exitfuncs()
    flush()
    os._exit(status)


class Worker:
    """Executes orders that arrive one after the other in this process."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.catalogues = CatalogueCache()
        self.mail = MailThread()
        self._has_served = False

    def execute(self, order: Order) -> bool:
        """Do what an order says and report; True if the process may take another."""
        if os.environ != order.environ:
            os.environ.clear()
            os.environ.update(order.environ)
        if not self._has_served:
            sys.path[:] = order.import_path  # later the catalogue has added to it
        if self._has_served and not self.catalogues.is_fresh():
            self.send_document(STALE)
            return False
        self._has_served = True
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # until the job's code is there to be asked
        self.send(JobStarted(order.job.id, os.getpid()))
        final = _Attempt(order, self).run()
        stays = order.may_stay and isinstance(final, JobSucceeded) and self._is_alone()
        if stays:
            self.catalogues.remember_project(order.job)  # the job may have imported more
        document, blob = frame_of_event(final)
        self._connection.sendall(frame_bytes({**document, STAYS: stays}, blob))
        return stays

    def _is_alone(self) -> bool:
        """Whether a finished job left no thread and no process behind."""
        own = 1 + self.mail.is_alive
        return threading.active_count() == own and not limits.children_of_this_process()

    def send(self, *events: JobEvent) -> None:
        """Send events; blocks while the dispatcher does not read."""
        for event in events:
            self._connection.sendall(frame_bytes(*frame_of_event(event)))

    def send_document(self, document: dict[str, str]) -> None:
        """Send something that is not an event."""
        self._connection.sendall(frame_bytes(document))


class _Attempt:
    """One attempt at one job."""

    def __init__(self, order: Order, worker: Worker) -> None:
        self.job: JobSpec = order.job
        self.order = order
        self.worker = worker
        self.folder = Path(order.job.folder)
        self.workdir = self.folder / "work"
        self.artifacts = LocalArtifactStore(Path(order.job.workspace) / "artifacts")
        self.outbox = Outbox(order.job.id, send=worker.send)
        self.started = time.monotonic()
        self.pid = os.getpid()
        self.called: CodeType | None = None
        last = order.job.steps[-1]
        self.subject = Subject(last.node, last.operator, self.folder / LOG_NAME)

    def run(self) -> JobSucceeded | JobEnded:
        """Everything from the claim on the folder to the last byte of the log."""
        try:
            with (
                claimed(self.folder),
                output_to(self.subject.log, attempt=self.job.attempt),
                self.worker.mail.carrying(self.outbox),
            ):
                return self.outcome()
        except Exception as error:  # noqa: BLE001 - e.g. the folder cannot be written
            return self._failed(error)

    def outcome(self) -> JobSucceeded | JobEnded:
        """The boundary around user code: whatever happens inside becomes one final event."""
        try:
            try:
                return self._body()
            finally:
                # From here on a late request to stop changes nothing.
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                limits.limit_memory(None)  # explaining a failure needs memory too
                if os.getpid() != self.pid:
                    os._exit(0)  # a child forked by user code came back through its parent's stack
        except JobCancelled:
            print("--- stopped on request", file=sys.stderr)  # noqa: T201
            return JobEnded(self.job.id, "cancelled", self._seconds())
        except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt too
            _print_traceback(error)
            return self._failed(error)

    def _body(self) -> JobSucceeded | JobEnded:
        job = self.job
        self._prepare_process()
        catalogue = self.worker.catalogues.get(job)
        operator = catalogue.operator(job.steps[-1].operator)
        self.worker.catalogues.check_code(operator, job)
        self.called = inspect.unwrap(operator.function).__code__
        context = self._context()
        self._stop_on_sigterm(context)
        runner = StepRunner(catalogue, self.artifacts, context)
        result = runner.run(job.steps)
        if isinstance(result, Waiting):
            return JobEnded(job.id, "waiting", self._seconds(), request=result.request)
        outputs: dict[PortName, Output] = save_outputs(
            operator, result, catalogue=catalogue, artifacts=self.artifacts, workdir=self.workdir
        )
        shutil.rmtree(self.workdir, ignore_errors=True)
        return JobSucceeded(job.id, outputs, self._seconds())

    def _prepare_process(self) -> None:
        for path in (self.workdir, self.folder / "checkpoints"):
            if path == self.workdir:
                shutil.rmtree(path, ignore_errors=True)
            path.mkdir(parents=True, exist_ok=True)
        project = Path(self.job.project)
        os.chdir(project if project.is_dir() else self.workdir)
        limits.pin_threads(self.job.threads)
        limits.seed_everything(self.job.seed, has_devices=bool(self.order.lease.gpus))
        limits.limit_memory(None if self.order.lease.gpus else self.order.memory_limit_mb)

    def _context(self) -> RunContext:
        job = self.job
        return RunContext(
            run_id=job.run,
            node=job.node,
            attempt=job.attempt,
            seed=job.seed,
            threads=job.threads,
            gpus=tuple(range(len(self.order.lease.gpus))),
            memory_mb=self.order.memory_limit_mb,
            workdir=self.workdir,
            checkpoints=self.folder / "checkpoints",
            project=Path(job.project),
            artifacts=self.artifacts,
            cache_folder=Path(job.workspace) / "cache",
            engine=job.engine,
            answer=job.answer,
            outbox=self.outbox,
        )

    def _stop_on_sigterm(self, context: RunContext) -> None:
        def request(number: int, frame: FrameType | None) -> None:
            context.request_stop()

        signal.signal(signal.SIGTERM, request)

    def _failed(self, error: BaseException) -> JobEnded:
        failure = failure_of_exception(error, self.subject, called=self.called)
        if any(problem.code == "W508" for problem in failure.diagnostics):
            # Half-written files here may be what fills the disk, and recording the failure needs room.
            shutil.rmtree(self.workdir, ignore_errors=True)
        diagnostics = failure.diagnostics
        if isinstance(error, NetloomError):
            project = Path(self.job.project)
            diagnostics = tuple(diagnostic.seen_from(project) for diagnostic in diagnostics)
        return JobEnded(
            self.job.id,
            "failed",
            self._seconds(),
            diagnostics=diagnostics,
            retryable=failure.retryable,
        )

    def _seconds(self) -> float:
        return time.monotonic() - self.started


def _print_traceback(error: BaseException) -> None:
    """The full traceback, for the log; MemoryError may leave no room even for that."""
    with contextlib.suppress(Exception):
        traceback.print_exception(error)


def main() -> None:
    """Entry point of a spawned worker."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    serve(socket.socket(fileno=parser.parse_args().fd), parent_is_one_thread=False)


if __name__ == "__main__":
    main()
