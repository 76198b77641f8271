"""What this machine has: processors, memory, GPUs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_UNLIMITED_BYTES = 1 << 60
"""Control groups say "no limit" with huge numbers."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU. ``index`` is the driver's number (PCI order), whatever CUDA_VISIBLE_DEVICES says."""

    index: int
    name: str
    memory_mb: int


@dataclass(frozen=True, slots=True)
class Inventory:
    """What jobs can be placed on. Memory in MiB."""

    cpus: float
    memory_mb: int
    gpus: tuple[Gpu, ...] = ()


def inventory() -> Inventory:
    """What this process may use: affinity, control groups and CUDA_VISIBLE_DEVICES are respected."""
    return Inventory(cpus=_cpus(), memory_mb=memory_mb(), gpus=tuple(_gpus()))


def _cpus() -> float:
    if hasattr(os, "sched_getaffinity"):
        available = float(len(os.sched_getaffinity(0)))
    else:
        available = float(os.cpu_count() or 1)
    quota = _cpu_quota()
    return min(available, quota) if quota else available


def _cpu_quota(root: Path = Path("/sys/fs/cgroup")) -> float | None:
    """Cores' worth of time this control group may use (version 2, then 1); None without a limit."""
    with contextlib.suppress(OSError, ValueError):
        quota, period = (root / "cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    with contextlib.suppress(OSError, ValueError):
        micros = int((root / "cpu/cpu.cfs_quota_us").read_text())
        period_micros = int((root / "cpu/cpu.cfs_period_us").read_text())
        return micros / period_micros if micros > 0 else None
    return None


def memory_mb(root: Path = Path("/sys/fs/cgroup")) -> int:
    """Main memory of the machine, or of the control group in ``root`` that limits it, in MiB."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):
            limit = int((root / name).read_text())
            if limit < _UNLIMITED_BYTES:
                total = min(total, limit)
    return total >> 20


def _gpus() -> Iterator[Gpu]:
    """GPUs through the driver's management library; none if it is missing or refuses.

    Importing a tensor library to count GPUs would take seconds and, in some versions, a CUDA context.
    """
    if not _may_have_nvidia():
        return
    try:
        import pynvml
    except ImportError:
        return
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return
    try:
        for index in range(pynvml.nvmlDeviceGetCount()):
            with contextlib.suppress(pynvml.NVMLError):
                handle = pynvml.nvmlDeviceGetHandleByIndex(index)
                if _is_visible(index, _text(pynvml.nvmlDeviceGetUUID(handle))):
                    memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
                    name = _text(pynvml.nvmlDeviceGetName(handle))
                    yield Gpu(index, name, int(memory.total) >> 20)
    finally:
        pynvml.nvmlShutdown()


def _may_have_nvidia() -> bool:
    """Cheap test that spares machines without a GPU the search for a driver library."""
    return os.environ.get("CUDA_VISIBLE_DEVICES") != "" and (
        Path("/proc/driver/nvidia").exists() or Path("/dev/nvidiactl").exists() or _is_wsl()
    )


def _is_wsl() -> bool:
    return Path("/dev/dxg").exists()


def _is_visible(index: int, uuid: str) -> bool:
    """Whether CUDA_VISIBLE_DEVICES (numbers, or prefixes of UUIDs) lets this process use a GPU."""
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if listed is None:
        return True
    for entry in (part.strip() for part in listed.split(",")):
        if entry == str(index) or (entry.startswith("GPU-") and uuid.startswith(entry)):
            return True
        if entry == "-1":
            return False  # CUDA stops reading at the first invalid entry
    return False


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
