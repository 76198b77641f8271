"""What the operating system is told about a worker process: session, parent, memory, threads, seeds.

Everything here acts on the calling process. What a platform does not offer is left out silently: each
measure is a further net below the dispatcher's own supervision.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import resource
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_OOM_SCORE_ADJUSTMENT = 500
_ADDRESS_SPACE_HEADROOM = 1 << 30
"""Allocators and thread stacks reserve address space they never touch (pyarrow's pool alone 1 GiB)."""

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def thread_environ(threads: int) -> dict[str, str]:
    """Environment that makes numeric libraries start with this many threads."""
    return dict.fromkeys(THREAD_VARIABLES, str(threads))


def worker_environ(
    inherited: Mapping[str, str], *, threads: int, gpus: Sequence[int]
) -> dict[str, str]:
    """The dispatcher's environment, with a job's threads and devices."""
    return {
        "PYTHONHASHSEED": "0",  # the order of sets must not differ between attempts
        **inherited,
        **thread_environ(threads),
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",  # the numbering of the driver, hence of leases
        "CUDA_VISIBLE_DEVICES": ",".join(map(str, gpus)),
    }


def die_with_parent(parent: int) -> None:
    """Be killed when the parent *thread* ends (Linux)."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent exits (Linux), so that none can hide."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def children_of_this_process() -> list[int]:
    """Pids of direct children of any thread, zombies included; empty where unknown."""
    children: list[int] = []
    for task in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            children += map(int, task.read_text().split())
    return children


def volunteer_for_the_oom_killer() -> None:
    """When the machine runs out of memory, a job must die rather than the program that runs it."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(_OOM_SCORE_ADJUSTMENT))


def limit_memory(limit_mb: int | None) -> None:
    """Let allocations beyond ``limit_mb`` from here on fail with MemoryError.

    This is the coarse net for one huge allocation, with headroom for untouched address space; the
    dispatcher watches what is really used. What the process already has is not counted.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = hard
    if limit_mb is not None:
        soft = _data_bytes() + (limit_mb << 20) + _ADDRESS_SPACE_HEADROOM
        if hard != resource.RLIM_INFINITY:
            soft = min(soft, hard)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _data_bytes() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[5])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * resource.getpagesize()


def pin_threads(threads: int) -> None:
    """Set the thread count of numeric libraries that are loaded already, before they start any.

    Libraries that load later read the environment instead.
    """
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(threads)
    if threads > 1 and "numpy" in sys.modules:
        with contextlib.suppress(ImportError):
            from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

            threadpool_limits(threads)


def seed_everything(seed: int, *, has_devices: bool) -> None:
    """Seed the global random streams of Python, numpy and, if it is loaded, torch.

    Numpy seeds itself from the operating system when it is imported, so it is imported first; torch
    starts from a constant.
    """
    import numpy as np

    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - the global stream is what users' libraries share
    torch = sys.modules.get("torch")
    if torch is not None and (has_devices or sys.platform == "darwin"):
        torch.manual_seed(seed)
    elif torch is not None:
        # The same without preparing for every kind of accelerator, which takes 0.7 ms.
        torch.default_generator.manual_seed(seed)
