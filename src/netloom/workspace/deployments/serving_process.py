"""A process that serves one revision of a deployment, as the server sees it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from netloom.execution.local.launch import import_path
from netloom.serving.options import TOKEN_VARIABLE
from netloom.workspace.deployments.log import DeploymentLog

PROGRAM = (sys.executable, "-P", "-m", "netloom.workspace.deployments.process")
_LONGEST_LINE = 64 << 10


class ServingProcess:
    """Started when made. What it writes goes into the log, until it ends.

    Args:
        revision: The number of what it serves.
        listener: Shared with the process; stays open here.
        source: ``NAME=FILE``.
        on_ready: Called once it answers, from a thread of its own.
        on_end: Called when it has ended, whether or not it ever answered; likewise.
        program: What to run; options and the source follow.

    Attributes:
        started: When, in seconds since the epoch; ``begun`` is the same on the clock that never steps.
        is_ready: Whether it answers.
        is_leaving: Whether it was asked to end.
        returncode: None while it lives.
    """

    def __init__(
        self,
        revision: int,
        listener: socket.socket,
        source: str,
        *,
        log: DeploymentLog,
        token: str | None,
        on_ready: Callable[[ServingProcess], None],
        on_end: Callable[[ServingProcess], None],
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self.revision = revision
        self.started = time.time()
        self.begun = time.monotonic()
        self.is_ready = self.is_leaving = False
        self.returncode: int | None = None
        self._log = log
        self._on_ready = on_ready
        self._on_end = on_end
        self._last_lines: deque[str] = deque(maxlen=12)
        read_end, self._life = os.pipe()
        listening = ["--listen-fd", str(listener.fileno()), "--life-fd", str(read_end)]
        try:
            self._process = subprocess.Popen(
                [*program, *listening, source],
                pass_fds=[listener.fileno(), read_end],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=_environ(token),
                start_new_session=True,  # Ctrl-C in the terminal is for the server alone
            )
        except BaseException:
            os.close(self._life)
            raise
        finally:
            os.close(read_end)
        self.pid = self._process.pid
        self._thread = threading.Thread(target=self._attend, name="deployment", daemon=True)
        self._thread.start()

    @property
    def last_words(self) -> str:
        """The last lines it wrote."""
        return "\n".join(self._last_lines)

    @property
    def age_s(self) -> float:
        """How long ago it was started."""
        return time.monotonic() - self.begun

    def drain(self) -> None:
        """Ask it to answer what has come and to end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self._signal(signal.SIGKILL)

    def join(self, timeout_s: float) -> bool:
        """Wait for its end; whether it came."""
        self._thread.join(max(0.0, timeout_s))
        return not self._thread.is_alive()

    def _signal(self, number: signal.Signals) -> None:
        self.is_leaving = True
        self._process.send_signal(number)  # does nothing if it has ended

    def _attend(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        try:
            while line := stdout.readline(_LONGEST_LINE):
                if not self.is_ready and _is_announcement(line):
                    self.is_ready = True
                    self._on_ready(self)
                else:
                    self._keep(line)
        finally:
            stdout.close()
            self.returncode = self._process.wait()
            os.close(self._life)
            self._on_end(self)

    def _keep(self, line: bytes) -> None:
        self._last_lines.append(line.decode("utf-8", "replace").rstrip())
        try:
            self._log.write(line)
        except OSError:  # a full disk: serving goes on without a log
            pass


def _is_announcement(line: bytes) -> bool:
    try:
        document = json.loads(line)
    except ValueError:
        return False
    return isinstance(document, dict) and "url" in document


def _environ(token: str | None) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if key != TOKEN_VARIABLE}
    told = {} if token is None else {TOKEN_VARIABLE: token}
    return {**inherited, **told, "PYTHONPATH": os.pathsep.join(import_path())}
