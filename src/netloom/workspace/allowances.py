"""The workspace's allowance: a small file, so that every program that dispatches sees a change at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from netloom.core.files import write_json
from netloom.execution.allowance import Allowance


class AllowanceFile:
    """Reads and writes an :class:`Allowance`. Reading again an unchanged file costs one ``stat``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: tuple[int, Allowance] | None = None

    def read(self) -> Allowance:
        """The present allowance. Without a file, or with one that cannot be read, everything is allowed."""
        try:
            changed = self._path.stat().st_mtime_ns
            if self._known is None or self._known[0] != changed:
                document = json.loads(self._path.read_text(encoding="utf-8"))
                self._known = (changed, _allowance(document))
        except (OSError, ValueError, TypeError, AttributeError):
            return Allowance()
        return self._known[1]

    def write(self, allowance: Allowance) -> None:
        """From now on this much.

        Raises:
            StorageFailed: The disk is full or the folder cannot be written.
        """
        gpus = None if allowance.gpus is None else list(allowance.gpus)
        document = {"cpus": allowance.cpus, "memory_mb": allowance.memory_mb, "gpus": gpus}
        write_json(self._path, document)


def _allowance(document: Any) -> Allowance:
    gpus = document.get("gpus")
    return Allowance(
        cpus=document.get("cpus"),
        memory_mb=document.get("memory_mb"),
        gpus=None if gpus is None else tuple(map(int, gpus)),
    )
