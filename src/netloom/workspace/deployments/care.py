"""The care for one deployment: which process answers, which follows it, and what is done about crashes.

Belongs to the supervisor's thread. Nothing here waits: it is looked at again when something has happened.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import NetloomError
from netloom.tracking.deployment_states import DeploymentState, RevisionState, Wanted
from netloom.tracking.deployment_store import DeploymentRecord, DeploymentStore, RevisionRecord
from netloom.workspace.deployments.calls import Endpoint
from netloom.workspace.deployments.log import DeploymentLog
from netloom.workspace.deployments.patience import Crashes, Patience
from netloom.workspace.deployments.port import DeploymentPort
from netloom.workspace.deployments.revision_bundles import RevisionBundles
from netloom.workspace.deployments.serving_process import ServingProcess

StartProcess = Callable[
    [DeploymentRecord, RevisionRecord, socket.socket, str | None], ServingProcess
]
"""Starts a process at a socket, with the token that callers must send."""

_REFUSED = 1
"""Exit code of a process that says why it cannot serve; trying again would not help."""


class Care:
    """Keeps one deployment as it is wanted.

    Attributes:
        serving: The process that answers.
        rising: One that is starting, perhaps beside the one that answers.
        restarts: How often a process ended by itself since the deployment was started.
    """

    def __init__(
        self,
        deployment: str,
        *,
        store: DeploymentStore,
        bundles: RevisionBundles,
        port: DeploymentPort,
        log: DeploymentLog,
        start: StartProcess,
        on_changed: Callable[[DeploymentRecord], None],
        patience: Patience,
    ) -> None:
        self.serving: ServingProcess | None = None
        self.rising: ServingProcess | None = None
        self.restarts = 0
        self._deployment = deployment
        self._store = store
        self._bundles = bundles
        self._port = port
        self._log = log
        self._start = start
        self._on_changed = on_changed
        self._patience = patience
        self._crashes = Crashes(patience)
        self._leaving: dict[ServingProcess, float] = {}
        self._is_new = True

    @property
    def endpoint(self) -> Endpoint | None:
        """Where it answers; None if it does not."""
        return self._port.endpoint if self.serving is not None else None

    @property
    def due_s(self) -> float:
        """In how many seconds to look again though nothing has happened."""
        return min(self._patience.look_s, self._crashes.wait_s or self._patience.look_s)

    def look(self, record: DeploymentRecord) -> None:
        """Do what brings it closer to what is wanted. Raises NotFound if it was deleted."""
        self._see_to_leaving()
        is_retried = self._is_new and record.state is DeploymentState.FAILED
        if self._is_new and record.state.has_process:  # its processes ended with another server
            record = self._change(DeploymentState.STOPPED)
        self._is_new = False
        if record.wanted is Wanted.STOPPED:
            self._be_stopped(record)
        elif record.state is not DeploymentState.FAILED or is_retried:
            self._be_running(record)

    def on_ready(self, process: ServingProcess) -> None:
        """A process answers: it takes over from the one before. Raises NotFound if it was deleted."""
        if process is not self.rising:
            return
        before, self.serving, self.rising = self.serving, process, None
        self._log.note(f"revision {process.revision} answers (process {process.pid})")
        if before is not None:
            self._dismiss(before)
        self._change(DeploymentState.RUNNING, revision=process.revision, problem=())

    def on_end(self, process: ServingProcess) -> None:
        """A process has ended, as it was asked to or not. Raises NotFound if it was deleted."""
        self._leaving.pop(process, None)
        if process not in (self.serving, self.rising):
            return
        self._log.note(f"process {process.pid} of revision {process.revision} {_how(process)}")
        if process is self.rising:
            self.rising = None
            self._on_failed_start(process)
        else:
            self.serving = None
            self.restarts += 1
            self._on_crash(_why_not(process, self._patience), age_s=process.age_s)

    def let_go(self) -> bool:
        """Close the port and ask all processes to end; whether nothing is left."""
        self._port.close()
        for process in (self.serving, self.rising):
            if process is not None:
                self._dismiss(process)
        self.serving = self.rising = None
        self._see_to_leaving()
        return not self._leaving

    def wait_for_end(self, deadline: float) -> None:
        """Wait until the processes that were let go have ended; end those that take too long."""
        for process in self._leaving:
            if not process.join(deadline - time.monotonic()):
                process.kill()
                process.join(self._patience.drain_s)

    def _be_stopped(self, record: DeploymentRecord) -> None:
        self._crashes.forget()
        self.restarts = 0
        self._bundle_seen_to(record)
        if not self.let_go():
            if record.state is not DeploymentState.STOPPING:
                self._change(DeploymentState.STOPPING)
        elif record.state not in (DeploymentState.STOPPED, DeploymentState.FAILED):
            self._log.note("stopped")
            self._change(DeploymentState.STOPPED)

    def _be_running(self, record: DeploymentRecord) -> None:
        if self.serving is not None and self.serving.revision == record.target:
            self._drop_rising()
            if (
                record.state is DeploymentState.STARTING
            ):  # what was to be recorded then could not be
                self._change(DeploymentState.RUNNING, revision=self.serving.revision)
            return
        revision = self._bundle_seen_to(record)
        if revision.state is RevisionState.FAILED:
            self._fall_back(record, revision.problem)
        elif revision.state is RevisionState.READY:
            self._see_to_process(record, revision)
        elif self.serving is None and record.state is not DeploymentState.PREPARING:
            self._change(DeploymentState.PREPARING)

    def _bundle_seen_to(self, record: DeploymentRecord) -> RevisionRecord:
        """What is to be served, as it is now. Its bundle is made even while nothing is to run."""
        stored = self._store.revision(record.id, record.target)
        revision = self._bundles.seen_to(stored)
        if revision != stored:
            self._keep(revision)
        return revision

    def _see_to_process(self, record: DeploymentRecord, revision: RevisionRecord) -> None:
        rising = self.rising
        if rising is not None and rising.revision == revision.number:
            if rising.age_s > self._patience.start_s and not rising.is_leaving:
                self._log.note(f"process {rising.pid} takes too long to start")
                rising.kill()  # its end is told like any other
            return
        self._drop_rising()
        if not self._crashes.wait_s:
            self._raise(record, revision)

    def _raise(self, record: DeploymentRecord, revision: RevisionRecord) -> None:
        try:
            listener, place = self._port.open(record)
        except NetloomError as error:  # perhaps only until what a killed server left has ended
            self._on_crash(error.diagnostics[0], age_s=0.0)
            return
        if self.serving is None:
            record = self._change(DeploymentState.STARTING, port=place.port)
        try:
            self.rising = self._start(record, revision, listener, place.token)
        except OSError as error:  # of memory, processes or files there are no more
            message = "the process of the deployment cannot be started"
            self._on_crash(Diagnostic("S155", message, got=str(error)), age_s=0.0)
            return
        self._log.note(f"starting revision {revision.number} (process {self.rising.pid})")

    def _on_failed_start(self, process: ServingProcess) -> None:
        problem = _why_not(process, self._patience)
        record = self._store.deployment(self._deployment)
        if record.revision not in (
            0,
            process.revision,
        ):  # there is another one, which could be served
            revision = self._store.revision(record.id, process.revision)
            self._keep(replace(revision, state=RevisionState.FAILED, problem=(problem,)))
            if record.target == process.revision:
                self._fall_back(record, (problem,))
        elif process.returncode == _REFUSED:
            self._give_up((problem,))
        else:
            self._on_crash(problem, age_s=0.0)

    def _on_crash(self, problem: Diagnostic, *, age_s: float) -> None:
        if self._crashes.are_too_many(age_s):
            self._give_up((problem,))
        else:
            self._change(DeploymentState.STARTING, problem=(problem,))

    def _fall_back(self, record: DeploymentRecord, problem: Sequence[Diagnostic]) -> None:
        """The target cannot be served: stay with what answers, or go back to what did, or give up."""
        if self.serving is not None:
            self._change(DeploymentState.RUNNING, target=self.serving.revision, problem=problem)
        elif record.revision not in (0, record.target):
            self._change(DeploymentState.STARTING, target=record.revision, problem=problem)
        else:
            self._give_up(problem)

    def _give_up(self, problem: Sequence[Diagnostic]) -> None:
        self.let_go()
        self._crashes.forget()
        self._log.note("given up")
        self._change(DeploymentState.FAILED, problem=problem)

    def _drop_rising(self) -> None:
        if self.rising is not None:
            self._dismiss(self.rising)
            self.rising = None

    def _dismiss(self, process: ServingProcess) -> None:
        process.drain()
        self._leaving[process] = time.monotonic() + self._patience.drain_s

    def _see_to_leaving(self) -> None:
        for process, deadline in list(self._leaving.items()):
            if process.returncode is not None:
                del self._leaving[process]
            elif time.monotonic() > deadline:
                process.kill()

    def _keep(self, revision: RevisionRecord) -> None:
        self._store.update_revision(revision)
        self._on_changed(self._store.deployment(self._deployment))

    def _change(
        self,
        state: DeploymentState,
        *,
        problem: Sequence[Diagnostic] | None = None,
        revision: int | None = None,
        target: int | None = None,
        port: int | None = None,
    ) -> DeploymentRecord:
        changes = {"problem": problem, "revision": revision, "target": target, "port": port}
        record = self._store.change(self._deployment, state, **changes)  # type: ignore[arg-type]
        self._on_changed(record)
        return record


def _how(process: ServingProcess) -> str:
    code = process.returncode or 0
    return f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"


def _why_not(process: ServingProcess, patience: Patience) -> Diagnostic:
    if not process.is_ready and process.is_leaving:
        return Diagnostic(
            "S155",
            "the process of the deployment took too long to start",
            expected=f"within {patience.start_s:.0f} s",
            got=process.last_words or None,
        )
    return Diagnostic(
        "S155",
        "the process of the deployment ended by itself",
        got=process.last_words or _how(process),
        fix="Its log says more; perhaps the models do not fit into the memory",
    )
