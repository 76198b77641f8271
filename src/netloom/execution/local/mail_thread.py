"""The thread of a worker that sends what its job has posted, a few times a second."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from netloom.execution.outbox import Outbox

_EVERY_S = 0.25


class MailThread:
    """Flushes the outbox of the present job; one thread for all jobs of a process, started by the first.

    If the dispatcher is gone, nobody will ever ask for this job's result: the whole process group ends.
    """

    def __init__(self) -> None:
        self._outbox: Outbox | None = None
        self._changing = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def is_alive(self) -> bool:
        """Whether the thread was started."""
        return self._thread is not None

    @contextmanager
    def carrying(self, outbox: Outbox) -> Iterator[None]:
        """Flush this outbox inside the block, and once more at its end.

        Raises:
            OSError: At the end, the dispatcher is gone.
        """
        self._outbox = outbox
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, args=(os.getpid(), os.getppid()), name="netloom-mail", daemon=True
            )
            self._thread.start()
        try:
            yield
        finally:
            with self._changing:
                self._outbox = None
            outbox.flush()

    def _run(self, process: int, parent: int) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # the main thread must wake up
        pause = threading.Event()
        while True:
            pause.wait(_EVERY_S)
            try:
                with self._changing:
                    if self._outbox is not None:
                        self._outbox.flush()
                is_orphan = os.getppid() != parent
            except OSError:
                is_orphan = True
            if is_orphan:
                os.killpg(process, signal.SIGKILL)
