"""Numbers as people read them: durations, sizes, times, metrics."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any


def duration(seconds: float | None) -> str:
    """``0.04 s``, ``3.2 s``, ``2 min 05 s``, ``3 h 12 min``; empty if unknown."""
    if seconds is None:
        return ""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def size(size_bytes: float) -> str:
    """``512 B``, ``1.5 kB``, ``2.0 GB`` (powers of 1000)."""
    if size_bytes < 1000:
        return f"{size_bytes:.0f} B"
    for unit in ("kB", "MB", "GB"):
        size_bytes /= 1000
        if size_bytes < 999.95:
            return f"{size_bytes:.1f} {unit}"
    return f"{size_bytes / 1000:.1f} TB"


def moment(seconds_since_epoch: float | None) -> str:
    """Local date and time to the second; empty if unknown."""
    if seconds_since_epoch is None:
        return ""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds_since_epoch))


def number(value: float) -> str:
    """A metric value with four significant digits."""
    if math.isnan(value) or math.isinf(value):
        return str(value)
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.4g}"


def metrics_line(metrics: Mapping[str, Any], *, limit: int = 4) -> str:
    """``loss 0.03  accuracy 0.98 …``"""
    shown = [
        f"{name} {number(value) if isinstance(value, int | float) else value}"
        for name, value in list(metrics.items())[:limit]
    ]
    return "  ".join(shown) + (" …" if len(metrics) > limit else "")
