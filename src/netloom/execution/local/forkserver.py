"""The fork-server: a small process that has the heavy modules imported and forks workers on request.

    python -m netloom.execution.local.forkserver --fd N      (Linux; started by ``launch``)

It stays single-threaded for ever: a fork copies one thread only, so a thread pool or a CUDA context made
before it would be broken in every child. Hence its environment limits numeric libraries to one thread,
and it executes no user code at all. One packet on its control socket is one JSON document:

    in    {"op": "preload", "modules": […], "import_path": […]}
          {"op": "fork", "worker": n}, with the worker's socket attached
    out   {"event": "preloaded", "modules": […], "failed": {module: reason}}
          {"event": "forked", "worker": n, "pid": p}      {"event": "refused", "worker": n, "reason": …}
          {"event": "exited", "worker": n, "status": exit code, or minus the signal}

When a worker ends, everything it started is killed before its end is reported. When the dispatcher ends,
however that happens, so do all workers and the fork-server.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
import weakref
from types import FrameType
from typing import Any

from netloom.execution.local import limits

PACKET_BYTES = 1 << 17
_WATCH_PARENT_EVERY_S = 1.0


def main() -> None:
    """Entry point of the process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    gc.disable()  # a collection would only unshare memory with the workers
    ForkServer(socket.socket(fileno=parser.parse_args().fd)).serve()


class ForkServer:
    """Serves one dispatcher over a SOCK_SEQPACKET socket."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._parent = os.getppid()
        self._workers: dict[int, int] = {}
        self._woken, self._wake = os.pipe()
        for end in (self._woken, self._wake):
            os.set_blocking(end, False)
        limits.adopt_orphans()
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _only_wake_up)
        signal.signal(signal.SIGTERM, self._end)

    def serve(self) -> None:
        """Answer requests until the dispatcher is gone."""
        _warm_up()
        try:
            while os.getppid() == self._parent:
                watched: list[socket.socket | int] = [self._control, self._woken]
                ready, _, _ = select.select(watched, [], [], _WATCH_PARENT_EVERY_S)
                if self._woken in ready:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self._woken, 4096)
                self._reap()
                if self._control in ready and not self._answer():
                    break
        finally:
            self._kill_everything()

    def _answer(self) -> bool:
        packet, descriptors, _, _ = socket.recv_fds(self._control, PACKET_BYTES, 1)
        if not packet:
            return False
        request = json.loads(packet)
        match request["op"]:
            case "preload":
                sys.path[:] = request["import_path"]
                self._preload(request["modules"])
            case "fork":
                self._fork(request["worker"], descriptors[0])
        return True

    def _preload(self, modules: list[str]) -> None:
        failed: dict[str, str] = {}
        for module in modules:
            try:
                loaded = importlib.import_module(module)
                getattr(loaded, "before_fork", _nothing)()
            except Exception as error:  # noqa: BLE001 - the job that needs it will say so itself
                failed[module] = f"{type(error).__name__}: {error}"[:500]
        _leave_nothing_to_finalize()
        gc.collect()
        gc.freeze()
        self._say(event="preloaded", modules=modules, failed=failed)

    def _fork(self, worker: int, descriptor: int) -> None:
        try:
            pid = os.fork()
        except OSError as error:
            os.close(descriptor)
            self._say(event="refused", worker=worker, reason=str(error))
            return
        if pid == 0:
            self._become_worker(descriptor)
        os.close(descriptor)
        self._workers[pid] = worker
        self._say(event="forked", worker=worker, pid=pid)

    def _become_worker(self, descriptor: int) -> None:
        """In the child: forget the server, serve the dispatcher, never return."""
        try:
            from netloom.execution.local.worker import serve

            signal.set_wakeup_fd(-1)
            self._control.close()
            os.close(self._woken)
            os.close(self._wake)
            serve(socket.socket(fileno=descriptor), parent_is_one_thread=True)
        finally:
            os._exit(1)

    def _reap(self) -> None:
        while (pid := _ended_child()) is not None:
            worker = self._workers.pop(pid, None)
            if worker is not None:
                # Not reaped yet, so its process group cannot belong to anybody else.
                _kill_group(pid)
            _, status = os.waitpid(pid, 0)
            self._kill_orphans()
            if worker is not None:
                code = os.waitstatus_to_exitcode(status)
                self._say(event="exited", worker=worker, status=code)

    def _kill_orphans(self) -> None:
        """Kill what a dead worker's processes left: adopted children that are no workers."""
        while orphans := set(limits.children_of_this_process()) - set(self._workers):
            for pid in orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if not _reaped(orphans):
                break  # stuck in the kernel; reaped when it gets out

    def _kill_everything(self) -> None:
        for pid in list(self._workers):
            _kill_group(pid)
        self._workers.clear()
        self._kill_orphans()

    def _end(self, number: int, frame: FrameType | None) -> None:
        self._kill_everything()
        os._exit(0)

    def _say(self, **document: Any) -> None:
        with contextlib.suppress(OSError):  # the dispatcher is gone: the loop is about to notice
            self._control.send(json.dumps(document).encode())


def _nothing() -> None:
    """A module that has nothing to do before a fork."""


def _warm_up() -> None:
    """Do once what every worker would otherwise do anew: imports, validators of the wire format."""
    importlib.import_module("netloom.execution.local.worker")
    importlib.import_module("numpy.random")
    jobs = importlib.import_module("netloom.execution.jobs")
    jobs._adapter()


def _leave_nothing_to_finalize() -> None:
    """What was imported here is the server's own: a worker need not tidy it up when it exits.

    Libraries register finalizers by the thousand, which would cost each job tens of milliseconds.
    """
    for finalizer in list(weakref.finalize._registry):  # type: ignore[attr-defined]
        finalizer.atexit = False


def _ended_child() -> int | None:
    """Pid of a child that has ended and is not reaped yet."""
    try:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return found.si_pid if found is not None else None


def _reaped(pids: set[int]) -> bool:
    """Wait a moment for killed children; True when all are gone."""
    deadline = time.monotonic() + 1.0
    waiting = set(pids)
    while waiting and time.monotonic() < deadline:
        for pid in list(waiting):
            try:
                if os.waitpid(pid, os.WNOHANG)[0]:
                    waiting.discard(pid)
            except ChildProcessError:
                waiting.discard(pid)
        if waiting:
            time.sleep(0.001)
    return not waiting


def _kill_group(leader: int) -> None:
    # A worker that has not made its own group yet is killed alone.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(leader, signal.SIGKILL)


def _only_wake_up(number: int, frame: FrameType | None) -> None:
    """Python writes to the wake-up pipe only for signals that have a handler."""


if __name__ == "__main__":
    main()
