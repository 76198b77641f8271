"""The supervisor: brings what runs into line with what is wanted, in a thread of its own.

Everything that is wanted is in the database, so it does not matter who asked: the API of this program, the
command line, or somebody before the program started. Whenever something happens (a process answers or ends,
a bundle is made, somebody changed something) all deployments are looked at anew. One program at a time does
so for a workspace: it holds a lock.
"""

from __future__ import annotations

import fcntl
import logging
import os
import queue
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from netloom.core.errors import Conflict, NetloomError, NotFound
from netloom.core.files import storage_errors
from netloom.tracking.deployment_states import DeploymentState
from netloom.tracking.deployment_store import DeploymentRecord, DeploymentStore, RevisionRecord
from netloom.tracking.run_store import RunStore
from netloom.workspace.bundles.desk import BundleDesk
from netloom.workspace.bundles.making import bundle_name
from netloom.workspace.deployments.calls import Endpoint
from netloom.workspace.deployments.care import Care
from netloom.workspace.deployments.files import forget_files, lock_file, log_of
from netloom.workspace.deployments.patience import Patience
from netloom.workspace.deployments.port import DeploymentPort
from netloom.workspace.deployments.revision_bundles import RevisionBundles
from netloom.workspace.deployments.serving_process import PROGRAM, ServingProcess
from netloom.workspace.layout import Layout

_DRAIN_S = 5.0
"""How long processes may take to answer what has come when the server ends."""

OnChanged = Callable[[DeploymentRecord], None]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """What is known of a deployment that runs here, beyond its record."""

    started: float | None
    restarts: int


@dataclass(frozen=True, slots=True)
class _Happened:
    """A process answers, or has ended."""

    deployment: str
    process: ServingProcess


class DeploymentSupervisor:
    """Safe for several threads.

    Args:
        host: Where deployments listen.
        on_changed: Told of every change that is made here; called from the supervisor's thread.
        program: What the processes run.
    """

    def __init__(
        self,
        layout: Layout,
        store: Callable[[], DeploymentStore],
        runs: Callable[[], RunStore],
        bundles: BundleDesk,
        *,
        host: str = "127.0.0.1",
        on_changed: OnChanged = lambda record: None,
        patience: Patience = Patience(),
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self.host = host
        self._layout = layout
        self._store = store
        self._runs = runs
        self._bundles = bundles
        self._on_changed = on_changed
        self._patience = patience
        self._program = tuple(program)
        self._happened: queue.SimpleQueue[_Happened | None] = queue.SimpleQueue()
        self._cares: dict[str, Care] = {}
        self._is_to_stop = False
        self._thread: threading.Thread | None = None
        self.is_supervising = False
        """Whether this program, not another one, runs the deployments at the moment."""

    def start(self) -> None:
        """Begin, in the background."""
        self._thread = threading.Thread(target=self._work, name="deployments", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Something is wanted, or a bundle was made: look at once."""
        self._happened.put(None)

    def stop(self) -> None:
        """End all processes and wait until they have answered what has come. Idempotent."""
        self._is_to_stop = True
        self.wake()
        if self._thread is not None:
            self._thread.join()

    def endpoint(self, deployment: str) -> Endpoint:
        """Where a deployment answers. Raises Conflict if it does not."""
        care = self._cares.get(deployment)
        found = None if care is None else care.endpoint
        if found is None:
            raise Conflict.of(
                "the deployment does not run",
                code="S152",
                fix="Start it, and wait until it runs; if it failed, its log may say why",
            )
        return found

    def endpoints(self) -> Mapping[str, Endpoint]:
        """Of all that answer."""
        found = {name: care.endpoint for name, care in list(self._cares.items())}
        return {name: target for name, target in found.items() if target is not None}

    def status(self, deployment: str) -> LiveStatus:
        """How a deployment lives here."""
        care = self._cares.get(deployment)
        if care is None:
            return LiveStatus(None, 0)
        serving = care.serving
        return LiveStatus(None if serving is None else serving.started, care.restarts)

    def _work(self) -> None:
        lock = self._elected()
        if lock is None:
            return
        with lock:
            self.is_supervising = True
            try:
                while not self._is_to_stop:
                    self._look_guarded()
                    self._attend(self._due_s())
            finally:
                self._end_all()
                self.is_supervising = False

    def _elected(self) -> IO[str] | None:
        """The lock; None if it is time to stop before it was to be had."""
        path = lock_file(self._layout)
        while not self._is_to_stop:
            try:
                with storage_errors(path):
                    path.parent.mkdir(parents=True, exist_ok=True)
                    stream = path.open("a")
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    stream.close()
                else:
                    return stream
            except NetloomError as error:
                log.error("deployments wait: %s", error)
            self._attend(self._patience.look_s)
        return None

    def _attend(self, timeout_s: float) -> None:
        """Wait for something to happen, and take note of all that has."""
        try:
            happened = self._happened.get(timeout=timeout_s)
            while True:
                if happened is not None:
                    self._note(happened)
                happened = self._happened.get_nowait()
        except queue.Empty:
            pass

    def _note(self, happened: _Happened) -> None:
        care = self._cares.get(happened.deployment)
        if care is None:
            return
        process = happened.process
        try:
            (care.on_ready if process.returncode is None else care.on_end)(process)
        except NotFound:  # deleted meanwhile; the next look ends it
            pass
        except NetloomError as error:
            log.error("a deployment's state is not recorded: %s", error)

    def _look_guarded(self) -> None:
        try:
            self._look()
        except NetloomError as error:
            log.error("deployments wait: %s", error)
        except Exception:  # the thread has nobody to tell
            log.exception("looking after the deployments failed")

    def _look(self) -> None:
        records = {record.id: record for record in self._store().deployments()}
        for record in records.values():
            if record.id not in self._cares:
                self._cares[record.id] = self._new_care(record.id)
            self._look_after(self._cares[record.id], record)
        for name in [name for name in self._cares if name not in records]:
            if self._cares[name].let_go():
                del self._cares[name]
                forget_files(self._layout, name)

    def _look_after(self, care: Care, record: DeploymentRecord) -> None:
        """Whatever is wrong with one deployment, the others are looked after."""
        try:
            care.look(record)
        except NotFound:  # deleted meanwhile
            pass
        except NetloomError as error:
            log.error("the deployment %s waits: %s", record.name, error)
        except Exception:
            log.exception("looking after the deployment %s failed", record.name)

    def _new_care(self, deployment: str) -> Care:
        log = log_of(self._layout, deployment)

        def told(process: ServingProcess) -> None:
            self._happened.put(_Happened(deployment, process))

        def start(
            record: DeploymentRecord,
            revision: RevisionRecord,
            listener: socket.socket,
            token: str | None,
        ) -> ServingProcess:
            return ServingProcess(
                revision.number,
                listener,
                f"{bundle_name(record.name)}={self._bundles.file(revision.digest or '')}",
                log=log,
                token=token,
                on_ready=told,
                on_end=told,
                program=self._program,
            )

        return Care(
            deployment,
            store=self._store(),
            bundles=RevisionBundles(self._bundles, self._runs()),
            port=DeploymentPort(self._layout, self.host),
            log=log,
            start=start,
            on_changed=self._on_changed,
            patience=self._patience,
        )

    def _due_s(self) -> float:
        return min((care.due_s for care in self._cares.values()), default=self._patience.look_s)

    def _end_all(self) -> None:
        for care in self._cares.values():
            care.let_go()
        deadline = time.monotonic() + _DRAIN_S
        for care in self._cares.values():
            care.wait_for_end(deadline)
        self._cares.clear()
        try:
            for record in self._store().deployments():
                if record.state.has_process:
                    self._store().change(record.id, DeploymentState.STOPPED)
        except NetloomError as error:  # the next server finds out by itself
            log.error("that deployments have ended is not recorded: %s", error)


def is_supervised(layout: Layout) -> bool:
    """Whether a program runs the deployments of a workspace at the moment."""
    try:
        descriptor = os.open(lock_file(layout), os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
