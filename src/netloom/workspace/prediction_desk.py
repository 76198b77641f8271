"""The prediction desk: the server's side of its prediction process.

The process starts with the first question and ends by itself when nobody has asked for some minutes. If
it dies, it is started once more for whoever was waiting. One question is answered at a time, and only a
few may wait.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from netloom.core.errors import (
    ArtifactDamaged,
    InvalidData,
    InvalidInput,
    NetloomError,
    NotFound,
    raise_refusal,
)
from netloom.execution.local.launch import import_path
from netloom.execution.local.limits import thread_environ
from netloom.workspace.prediction_wire import Message, receive, send

_MODULE = "netloom.workspace.prediction_process"
_MOST_THREADS = 4
_LAST_WORDS_BYTES = 2000

_KINDS = (ArtifactDamaged, InvalidData, InvalidInput, NotFound)


class PredictionUnavailable(NetloomError):
    """Nothing can be predicted now; it may be possible later."""

    default_code = "S143"


@dataclass(frozen=True, slots=True)
class _Running:
    process: subprocess.Popen[bytes]
    connection: socket.socket
    printed: IO[bytes]

    def last_words(self) -> str:
        size = self.printed.seek(0, os.SEEK_END)
        self.printed.seek(max(0, size - _LAST_WORDS_BYTES))
        return self.printed.read().decode(errors="replace").strip()


class PredictionDesk:
    """Safe for several threads.

    Args:
        artifacts: Folder of the workspace's artifacts.
        project: Where relative paths of data start.
        idle_s: After so long without a question the process ends.
        patience_s: How long an answer may take, loading included.
        most_in_line: How many may ask at a time. Half of what the server works on at a time: predictions
            leave room for everything else.
        module: The program of the process.
    """

    def __init__(
        self,
        artifacts: Path,
        project: Path,
        *,
        idle_s: float = 300.0,
        patience_s: float = 120.0,
        most_in_line: int = 6,
        module: str = _MODULE,
    ) -> None:
        self._artifacts = artifacts
        self._project = project
        self._idle_s = idle_s
        self._patience_s = patience_s
        self._turn = threading.Lock()
        self._module = module
        self._most_in_line = most_in_line
        self._line = threading.BoundedSemaphore(most_in_line)
        self._running: _Running | None = None
        self._is_closed = False

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        running = self._running
        return running.process.pid if running and running.process.poll() is None else None

    def ask(self, document: dict[str, Any], content: bytes = b"") -> Message:
        """Put a question and wait for the answer.

        Raises:
            PredictionUnavailable: Too many wait already, it takes too long, or the process died twice.
            NetloomError: What was asked for cannot be done.
        """
        with self._place_in_line(), self._turn:
            answer = self._answer(Message(document, content))
        raise_refusal(answer.document, *_KINDS)
        return answer

    def close(self) -> None:
        """End the process. Whoever waits for an answer gets none."""
        self._is_closed = True
        running = self._running
        if running is not None:
            with contextlib.suppress(OSError):
                running.connection.shutdown(socket.SHUT_RDWR)
        with self._turn:
            self._end()

    @contextmanager
    def _place_in_line(self) -> Iterator[None]:
        if not self._line.acquire(blocking=False):
            raise PredictionUnavailable.of(
                "too many predictions are waiting",
                expected=f"at most {self._most_in_line} at a time",
                fix="Try again in a moment",
            )
        try:
            yield
        finally:
            self._line.release()

    def _answer(self, question: Message) -> Message:
        words = ""
        for _ in range(2):
            running = self._at_work()
            try:
                send(running.connection, question)
                return receive(running.connection)
            except TimeoutError:
                self._end()
                raise PredictionUnavailable.of(
                    "the prediction took too long",
                    expected=f"an answer within {self._patience_s:.0f} s",
                    fix="Use a smaller picture or model, or the operator predict",
                ) from None
            except (OSError, EOFError):
                words = running.last_words()
                self._end()
        raise PredictionUnavailable.of(
            "the process that predicts died twice",
            got=words or "no word of why",
            fix="Perhaps the model does not fit into the memory; the server's log may say more",
        )

    def _at_work(self) -> _Running:
        """The process; a new one if there is none, or it has ended for want of questions."""
        if self._is_closed:
            raise PredictionUnavailable.of("the server is stopping")
        if self._running is not None and self._running.process.poll() is not None:
            self._end()
        if self._running is None:
            self._running = self._started()
        return self._running

    def _started(self) -> _Running:
        ours, theirs = socket.socketpair()
        ours.settimeout(self._patience_s)
        printed = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        places = ["--artifacts", str(self._artifacts), "--project", str(self._project)]
        numbers = ["--fd", str(theirs.fileno()), "--idle-s", str(self._idle_s)]
        threads = max(1, min(_MOST_THREADS, (os.cpu_count() or 1) // 2))
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", self._module, *numbers, *places],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=printed,
                env={
                    **os.environ,
                    **thread_environ(threads),
                    "CUDA_VISIBLE_DEVICES": "",  # GPUs are for jobs, which count on their memory
                    "PYTHONPATH": os.pathsep.join(import_path()),
                },
                start_new_session=True,  # Ctrl-C in the terminal is for the server alone
            )
        return _Running(process, ours, printed)

    def _end(self) -> None:
        running, self._running = self._running, None
        if running is None:
            return
        running.connection.close()
        running.process.kill()  # it keeps nothing that is worth a farewell
        running.process.wait()
        running.printed.close()
