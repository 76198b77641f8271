"""Launchers: how worker processes come to life, and how their end is noticed.

``ForkServerLauncher`` forks them from a process that has the heavy modules imported (milliseconds);
``SpawnLauncher`` starts a new interpreter for each (seconds with torch), where forking is not safe.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from selectors import EVENT_READ, BaseSelector
from typing import IO, Any, Literal, Protocol

from netloom.execution.local.forkserver import PACKET_BYTES
from netloom.execution.local.limits import thread_environ

StartMethod = Literal["fork", "spawn"]

_CLOSING_S = 2.0
_SPAWN_TICK_S = 0.02


class Nursery(Protocol):
    """Whoever owns the workers: told what happens to their processes."""

    def on_launched(self, worker: int, pid: int) -> None:
        """The process exists and leads a process group of its own, or will in a moment."""

    def on_exited(self, worker: int, status: int | None, reason: str) -> None:
        """The process and its group are gone. ``status`` is the exit code, or minus the signal; None if
        unknown, or if the process never was. ``reason`` is what was printed before it could work.
        """


class Launcher(Protocol):
    """Starts processes. Registers what it waits for with the selector, a callable as data."""

    tick_s: float | None
    """How often :meth:`tick` must be called; None if never."""

    def launch(self, worker: int, connection: socket.socket, modules: Sequence[str]) -> None:
        """Start a process that serves ``connection``, which is taken over. Returns at once.

        Args:
            worker: Number by which the nursery knows it.
            connection: The worker's end.
            modules: Worth importing before.
        """

    def preload(self, modules: Sequence[str]) -> None:
        """Import modules ahead of the jobs that need them, where that is possible."""

    def tick(self) -> None:
        """Look for processes that ended."""

    def close(self) -> None:
        """Kill everything that is left."""


@dataclass(frozen=True, slots=True)
class _Started:
    process: subprocess.Popen[bytes]
    printed: IO[bytes]

    def last_words(self) -> str:
        """End of what the process printed to standard error."""
        self.printed.seek(0, os.SEEK_END)
        self.printed.seek(max(0, self.printed.tell() - 2000))
        return self.printed.read().decode(errors="replace").strip()


def default_start_method() -> StartMethod:
    """``NETLOOM_START_METHOD`` if set, else fork on Linux and spawn elsewhere."""
    chosen = os.environ.get("NETLOOM_START_METHOD", "")
    if chosen == "spawn" or (chosen != "fork" and sys.platform != "linux"):
        return "spawn"
    return "fork"


def launcher(method: StartMethod, selector: BaseSelector, nursery: Nursery) -> Launcher:
    """The launcher for a start method."""
    kind = ForkServerLauncher if method == "fork" else SpawnLauncher
    return kind(selector, nursery)


def import_path() -> list[str]:
    """``sys.path`` without entries that depend on the current folder."""
    return [os.path.abspath(entry) for entry in sys.path]  # noqa: PTH100 - an entry may be ""


def _start(module: str, connection: socket.socket, environ: dict[str, str]) -> _Started:
    """Run a module of this package in a new interpreter and session, with one inherited socket."""
    printed = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", module, "--fd", str(connection.fileno())],
        pass_fds=[connection.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=printed,
        env={
            **os.environ,
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": os.pathsep.join(import_path()),
            **environ,
        },
        start_new_session=True,  # Ctrl-C in the terminal is for the dispatcher alone
    )
    return _Started(process, printed)


class ForkServerLauncher:
    """Launches through a fork-server, started at the first need and again if it dies."""

    tick_s: float | None = None

    def __init__(self, selector: BaseSelector, nursery: Nursery) -> None:
        self._selector = selector
        self._nursery = nursery
        self._server: _Started | None = None
        self._control: socket.socket | None = None
        self._asked: set[str] = set()
        self._importing: set[str] = set()
        self._poisonous: set[str] = set()
        self._alive: dict[int, int | None] = {}

    def preload(self, modules: Sequence[str]) -> None:
        """Start the server, if need be, and let it import modules ahead of the jobs that need them."""
        control = self._control or self._start()
        wanted = [m for m in modules if m not in self._asked and m not in self._poisonous]
        if wanted:
            self._asked.update(wanted)
            self._importing.update(wanted)
            request = {"op": "preload", "modules": wanted, "import_path": import_path()}
            self._send(control, request)

    def launch(self, worker: int, connection: socket.socket, modules: Sequence[str]) -> None:
        """See :class:`Launcher`."""
        self._alive[worker] = None
        try:
            self.preload(modules)
            assert self._control is not None
            self._send(self._control, {"op": "fork", "worker": worker}, [connection.fileno()])
        except OSError:
            self._on_death()
        finally:
            connection.close()

    def tick(self) -> None:
        """Nothing: the server reports by itself."""

    def close(self) -> None:
        """The server kills all workers when its socket closes."""
        self._disconnect()
        if self._server is not None:
            try:
                self._server.process.wait(_CLOSING_S)
            except subprocess.TimeoutExpired:
                self._server.process.kill()
                self._server.process.wait()
            self._kill_groups()
            self._server.printed.close()
            self._server = None

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._server = _start("netloom.execution.local.forkserver", theirs, thread_environ(1))
        self._control = ours
        self._asked.clear()
        self._importing.clear()
        self._selector.register(ours, EVENT_READ, self._on_readable)
        return ours

    def _send(
        self, control: socket.socket, document: dict[str, Any], descriptors: Sequence[int] = ()
    ) -> None:
        """Send a packet. While the server's queue is full, its own reports are read.

        Otherwise the two would wait for each other after some hundred launches without a poll.

        Raises:
            OSError: The server died.
        """
        packet = json.dumps(document).encode()
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", descriptors))
        while control is self._control:
            try:
                # Not socket.send_fds: it ignores flags.
                control.sendmsg([packet], [rights] if descriptors else [], socket.MSG_DONTWAIT)
            except BlockingIOError:
                select.select([control], [control], [])
                self._on_readable()
            else:
                return
        raise BrokenPipeError("the fork-server died")

    def _on_readable(self) -> None:
        while self._control is not None:
            try:
                packet = self._control.recv(PACKET_BYTES, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            except OSError:
                packet = b""
            if not packet:
                self._on_death()
                return
            self._on_event(json.loads(packet))

    def _on_event(self, document: dict[str, Any]) -> None:
        match document["event"]:
            case "preloaded":
                self._importing.difference_update(document["modules"])
            case "forked":
                self._alive[document["worker"]] = document["pid"]
                self._nursery.on_launched(document["worker"], document["pid"])
            case "refused":
                self._alive.pop(document["worker"], None)
                self._nursery.on_exited(document["worker"], None, document["reason"])
            case "exited":
                self._alive.pop(document["worker"], None)
                self._nursery.on_exited(document["worker"], document["status"], "")

    def _on_death(self) -> None:
        """The server died, hence all its workers; the next launch starts another."""
        server, self._server = self._server, None
        self._disconnect()
        self._poisonous |= self._importing  # whatever it was importing is not tried there again
        reason = "the process that starts workers died"
        if server is not None:
            server.process.kill()
            server.process.wait()
            reason += f" (status {server.process.returncode}). {server.last_words()}"
            server.printed.close()
        self._kill_groups()
        alive, self._alive = self._alive, {}
        for worker in alive:
            self._nursery.on_exited(worker, None, reason)

    def _kill_groups(self) -> None:
        for pid in self._alive.values():
            if pid is not None:
                kill_group(pid)

    def _disconnect(self) -> None:
        if self._control is not None:
            self._selector.unregister(self._control)
            self._control.close()
            self._control = None


class SpawnLauncher:
    """Starts a new interpreter for each worker."""

    def __init__(self, selector: BaseSelector, nursery: Nursery) -> None:
        self._selector = selector
        self._nursery = nursery
        self._started: dict[int, _Started] = {}
        self._pidfds: dict[int, int] = {}
        self.tick_s: float | None = None if hasattr(os, "pidfd_open") else _SPAWN_TICK_S

    def launch(self, worker: int, connection: socket.socket, modules: Sequence[str]) -> None:
        """See :class:`Launcher`; nothing is imported ahead."""
        with connection:
            try:
                started = _start("netloom.execution.local.worker", connection, {})
            except OSError as error:
                self._nursery.on_exited(worker, None, str(error))
                return
        self._started[worker] = started
        if self.tick_s is None:
            pidfd = os.pidfd_open(started.process.pid)
            self._pidfds[worker] = pidfd
            self._selector.register(pidfd, EVENT_READ, self.tick)
        self._nursery.on_launched(worker, started.process.pid)

    def preload(self, modules: Sequence[str]) -> None:
        """Nothing: every worker imports for itself."""

    def tick(self) -> None:
        """Report processes that ended."""
        for worker, started in list(self._started.items()):
            if self._has_ended(worker, started):
                del self._started[worker]
                self._forget(worker)
                status = started.process.returncode
                reason = started.last_words() if status else ""
                started.printed.close()
                self._nursery.on_exited(worker, status, reason)

    def close(self) -> None:
        """Kill all workers."""
        for started in self._started.values():
            kill_group(started.process.pid)
            started.process.wait()
            started.printed.close()
        for worker in self._started:
            self._forget(worker)
        self._started.clear()

    def _has_ended(self, worker: int, started: _Started) -> bool:
        pid = started.process.pid
        if self.tick_s is None:
            found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if found is None:
                return False
            kill_group(pid)  # not reaped yet, so the group cannot belong to anybody else
            started.process.wait()
            return True
        if started.process.poll() is None:
            return False
        kill_group(pid)
        return True

    def _forget(self, worker: int) -> None:
        pidfd = self._pidfds.pop(worker, None)
        if pidfd is not None:
            self._selector.unregister(pidfd)
            os.close(pidfd)


def kill_group(leader: int) -> None:
    """KILL a process group, if it exists."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
