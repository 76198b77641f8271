"""Ranks: one process for each device that takes part in a training.

The caller becomes rank 0; the others are forked from it, before it has touched a device or started a pool
of threads, neither of which survives a fork. They end with it, whatever happens:

* The kernel kills them when rank 0 dies. Requests to stop are for rank 0 alone, which tells the others.
* When rank 0 leaves, with a result or an error, they are killed.
* When one of them fails, what it says becomes the error of the training. A rank 0 that waits for it in vain
  is not left waiting: its connections are torn down, and if even that does not free it, its process ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
import tempfile
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeVar

from netloom.core.errors import (
    InvalidData,
    InvalidInput,
    JobCancelled,
    JobFailed,
    NetloomError,
    StorageFailed,
    raise_refusal,
    refusal,
)

ResultT = TypeVar("ResultT")

_PR_SET_PDEATHSIG = 1
_NOTICE_S = 10.0
"""How long rank 0 may take to notice that another is gone: a broken connection tells it at once."""
_SAY_S = 5.0
"""How long rank 0, when a connection breaks, waits for the reason."""
_FAILED_PEER = 70
"""Exit status of a rank 0 that could not be freed."""

_KINDS = (InvalidData, InvalidInput, JobFailed, StorageFailed)
"""Errors that another rank may raise; anything else is a :class:`JobFailed`."""


@dataclass(frozen=True, slots=True)
class Rank:
    """Which of several processes this is.

    Attributes:
        meeting: File in which the processes find each other.
    """

    index: int
    count: int
    meeting: Path


def run_ranks(count: int, work: Callable[[Rank], ResultT]) -> ResultT:
    """Call ``work`` in ``count`` processes at once and return what rank 0's returns.

    Args:
        count: At least 2.
        work: Called in every process with its rank; must not return before the others can do without
            this process.

    Raises:
        InvalidInput: This system cannot fork.
        NetloomError: Raised by ``work`` in rank 0, or by another rank before that.
        JobFailed: Another rank failed otherwise (X331).
    """
    if sys.platform != "linux":
        raise InvalidInput.of(
            "training on several devices needs Linux",
            code="X330",
            got=sys.platform,
            fix="Give the node one device: needs: {gpus: 1}",
        )
    with tempfile.TemporaryDirectory(prefix="netloom-ranks-") as folder:
        meeting = Path(folder) / "meeting"
        others = [_forked(Rank(index, count, meeting), work) for index in range(1, count)]
        watch = _Watch(others)
        try:
            return work(Rank(0, count, meeting))
        except NetloomError:
            raise
        except Exception as error:
            # Broken connections are RuntimeErrors; other errors are this process's own.
            reason = watch.reason(wait_s=_SAY_S if isinstance(error, RuntimeError) else 0.0)
            if reason is None:
                raise
            raise reason from error
        finally:
            watch.finish()


class _Other:
    """Another rank, seen from rank 0."""

    def __init__(self, index: int, pid: int, says: int) -> None:
        self.index = index
        self.pid = pid
        self.says = says
        self.error: NetloomError | None = None
        self.has_ended = False
        self._heard = b""

    def hear(self) -> None:
        """Take in what it says; the end of its life is the end of what it says."""
        piece = os.read(self.says, 1 << 16)
        self._heard += piece
        if piece:
            return
        self.has_ended = True
        os.close(self.says)
        self.error = self._explained()

    def kill(self) -> None:
        """End it, if it has not ended, and let the system forget it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def _explained(self) -> NetloomError | None:
        if not self._heard:
            return JobFailed.of(
                f"the process of device {self.index} was killed",
                code="X331",
                fix="If nobody killed it, the machine ran out of memory: use a smaller batch_size or "
                "fewer devices",
            )
        try:
            raise_refusal(json.loads(self._heard), *_KINDS)
        except NetloomError as error:
            return error
        return None


class _Watch:
    """Listens to the other ranks in a thread, and frees rank 0 if it waits for one that is gone."""

    def __init__(self, others: list[_Other]) -> None:
        self._others = others
        self._failed = threading.Event()
        self._over = threading.Event()
        self._wakened, self._waken = os.pipe()
        self._thread = threading.Thread(target=self._listen, name="netloom-ranks", daemon=True)
        self._thread.start()

    def reason(self, *, wait_s: float) -> NetloomError | None:
        """What another rank failed of; waits a little for it to be said."""
        self._over.set()
        self._failed.wait(wait_s)
        return next((other.error for other in self._others if other.error), None)

    def finish(self) -> None:
        """End the other ranks and the thread."""
        self._over.set()
        os.write(self._waken, b".")
        self._thread.join()
        for other in self._others:
            other.kill()
            if not other.has_ended:
                os.close(other.says)
        os.close(self._waken)
        os.close(self._wakened)

    def _listen(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
        while True:
            speaking = {other.says: other for other in self._others if not other.has_ended}
            ready, _, _ = select.select([self._wakened, *speaking], [], [])
            if self._wakened in ready:
                return
            for descriptor in ready:
                other = speaking[descriptor]
                other.hear()
                if other.error is not None:
                    self._failed.set()
                    threading.Thread(target=self._free, args=(other.error,), daemon=True).start()

    def _free(self, error: NetloomError) -> None:
        """Tear down what rank 0 may be waiting in; at last, its process."""
        if self._over.wait(_NOTICE_S):
            return
        with contextlib.suppress(Exception):
            from torch.distributed import distributed_c10d

            distributed_c10d._abort_process_group()
        if not self._over.wait(_NOTICE_S):
            print(error, file=sys.stderr, flush=True)  # noqa: T201 - the log is all that is left
            os._exit(_FAILED_PEER)


def _forked(rank: Rank, work: Callable[[Rank], object]) -> _Other:
    parent = os.getpid()
    says, speak = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        # Python warns of other threads; those of a job hold nothing that the child will touch.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        os.close(says)
        _become(rank, work, parent=parent, speak=speak)
    os.close(speak)
    return _Other(rank.index, pid, says)


def _become(rank: Rank, work: Callable[[Rank], object], *, parent: int, speak: int) -> NoReturn:
    """The whole life of another rank. Nothing may unwind into the code that was forked."""
    error: BaseException | None = None
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        work(rank)
    except JobCancelled:
        pass
    except BaseException as failure:  # noqa: BLE001 - the boundary of this process
        error = failure
        with contextlib.suppress(Exception):
            traceback.print_exception(failure)
    finally:
        with contextlib.suppress(BaseException):
            os.write(speak, json.dumps(_said(rank, error)).encode())
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(0 if error is None else 1)


def _said(rank: Rank, error: BaseException | None) -> dict[str, object]:
    if error is None:
        return {}
    if isinstance(error, NetloomError):
        return refusal(error if type(error) in _KINDS else JobFailed(*error.diagnostics))
    return refusal(
        JobFailed.of(
            f"the process of device {rank.index} raised {type(error).__name__}: {error}",
            code="X331",
            fix="The full traceback is in the node's log",
        )
    )


@contextlib.contextmanager
def connected(rank: Rank, *, backend: str) -> Iterator[None]:
    """Inside the block, ``torch.distributed`` reaches the other ranks.

    Args:
        backend: ``gloo`` on CPUs, ``nccl`` on GPUs.
    """
    from datetime import timedelta

    from torch import distributed

    # No time limit: rank 0 may validate for hours. Ranks that are gone are noticed in other ways.
    distributed.init_process_group(
        backend,
        init_method=rank.meeting.as_uri(),
        rank=rank.index,
        world_size=rank.count,
        timeout=timedelta(days=7),
    )
    try:
        yield
        distributed.barrier()  # nobody leaves while another may still need an answer
    finally:
        distributed.destroy_process_group()
