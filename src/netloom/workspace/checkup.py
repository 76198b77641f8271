"""Checks behind ``netloom doctor``: does everything Netloom stands on work here?"""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from netloom.core.errors import NetloomError
from netloom.core.files import write_text

if TYPE_CHECKING:
    from netloom.workspace.workspace import Workspace

_LOW_DISK_BYTES = 2 << 30


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        state: ``ok``, ``warning`` (works, but) or ``failed``.
        fix: What to do about it; empty if all is well.
    """

    name: str
    state: Literal["ok", "warning", "failed"]
    finding: str
    fix: str = ""

    def to_json(self) -> dict[str, Any]:
        """The wire form."""
        return {
            "name": self.name,
            "state": self.state,
            "finding": self.finding,
            "fix": self.fix,
        }


def checkup(workspace: Workspace) -> list[Check]:
    """Look at each thing in turn; a failing one does not stop the others."""
    looks: dict[str, Callable[[Workspace], Check]] = {
        "python": _python,
        "packages": _packages,
        "workspace": _folder,
        "disk": _disk,
        "database": _database,
        "operators": _operators,
        "devices": _devices,
    }
    return [_looked(name, look, workspace) for name, look in looks.items()]


def _looked(name: str, look: Callable[[Workspace], Check], workspace: Workspace) -> Check:
    try:
        return look(workspace)
    except NetloomError as error:
        problem = error.diagnostics[0]
        return Check(name, "failed", problem.message, problem.fix or "")


def _python(workspace: Workspace) -> Check:
    finding = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if not (3, 11) <= sys.version_info < (3, 14):
        return Check("python", "warning", finding, "Use Python 3.11, 3.12 or 3.13")
    return Check("python", "ok", finding)


def _packages(workspace: Workspace) -> Check:
    found, missing = [], []
    for name in ("torch", "lightning-fabric", "pyarrow", "opencv-python-headless"):
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Check(
            "packages",
            "failed",
            f"missing: {', '.join(missing)}",
            "Install them: pip install " + " ".join(missing),
        )
    return Check("packages", "ok", ", ".join(found))


def _folder(workspace: Workspace) -> Check:
    root = workspace.layout.root
    if not root.exists():
        return Check("workspace", "ok", f"{root} does not exist yet: the first run makes it")
    probe = root / ".doctor"
    write_text(probe, "written by netloom doctor\n")
    probe.unlink()
    return Check("workspace", "ok", f"{root} can be written")


def _disk(workspace: Workspace) -> Check:
    root = workspace.layout.root
    free = shutil.disk_usage(next(p for p in (root, *root.parents) if p.exists())).free
    finding = f"{free / (1 << 30):.1f} GiB free"
    if free < _LOW_DISK_BYTES:
        return Check("disk", "warning", finding, "`netloom gc` shows what can go")
    return Check("disk", "ok", finding)


def _database(workspace: Workspace) -> Check:
    if not workspace.layout.root.exists():
        return Check("database", "ok", "none yet")
    number = len(workspace.runs(limit=1000))
    return Check("database", "ok", f"{workspace.database.name} answers ({number} runs)")


def _operators(workspace: Workspace) -> Check:
    problems = workspace.catalogue.problems
    if problems:
        texts = "; ".join(str(problem) for problem in problems)
        return Check("operators", "failed", texts, problems[0].fix or "")
    return Check("operators", "ok", f"{len(workspace.catalogue)} operators")


def _devices(workspace: Workspace) -> Check:
    inventory = workspace.inventory
    gpus = ", ".join(gpu.name for gpu in inventory.gpus) or "no GPU"
    memory = f"{inventory.memory_mb / 1024:.1f} GiB memory"
    return Check("devices", "ok", f"{inventory.cpus:g} CPUs, {memory}, {gpus}")
