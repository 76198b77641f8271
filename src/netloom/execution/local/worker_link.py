"""A worker process seen from the dispatcher: its connection, its job, its place in the pool."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from dataclasses import dataclass, field

from netloom.execution.jobs import JobSpec
from netloom.execution.local.attempt import Attempt
from netloom.execution.local.launch import import_path, kill_group
from netloom.execution.local.limits import worker_environ
from netloom.execution.local.wire import Frame, FrameReader, Order, frame_bytes

_READ_BYTES = 1 << 18

PoolKey = tuple[str, str, tuple[str, ...], tuple[str, ...], int]


def pool_key(job: JobSpec) -> PoolKey:
    """Jobs of equal keys may share a process."""
    return job.catalogue, job.project, job.operator_files, job.preload, job.threads


@dataclass(eq=False)
class WorkerLink:
    """One worker process.

    Attributes:
        number: Its name between executor and launcher.
        connection: Socket to it.
        attempt: What it works on; None while it waits for another job.
        pid: None until the process exists.
        end_by: Monotonic time at which it is ended if it is still there: some time after a final
            event, or when it has been idle for long enough.
        has_served: It has finished a job.
    """

    number: int
    connection: socket.socket
    key: PoolKey
    attempt: Attempt | None
    pid: int | None = None
    end_by: float | None = None
    has_served: bool = False
    _reader: FrameReader = field(default_factory=FrameReader)

    def hand_over(self, attempt: Attempt) -> None:
        """Send the order for an attempt."""
        self.attempt, self.end_by = attempt, None
        job, lease = attempt.job, attempt.lease
        order = Order(
            job=job,
            lease=lease,
            environ=worker_environ(os.environ, threads=job.threads, gpus=lease.gpus),
            import_path=import_path(),
            memory_limit_mb=attempt.limit_mb,
            # An idle process would go on holding GPU memory that the next lease counts on.
            may_stay=job.keep_worker and not lease.gpus,
        )
        attempt.launched = time.monotonic()
        with contextlib.suppress(OSError):  # it is dying; its exit is reported in a moment
            self.connection.sendall(frame_bytes(order.to_json()))

    def receive(self) -> tuple[list[Frame], bool]:
        """Frames that have arrived, and whether more may follow.

        Raises:
            BrokenWire: What arrived is not made of frames.
        """
        frames: list[Frame] = []
        while True:
            try:
                received = self.connection.recv(_READ_BYTES, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return frames, True
            except OSError:
                return frames, False
            if not received:
                return frames, False
            frames += self._reader.feed(received)

    def dismiss(self) -> None:
        """Tell the process that there are no more jobs: it ends by itself."""
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)

    def kill(self) -> None:
        """KILL the process and its group."""
        if self.pid is not None:
            kill_group(self.pid)
