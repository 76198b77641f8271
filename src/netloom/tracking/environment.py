"""Finding out what a run depends on besides its graph: packages, code revision, hardware.

Nothing here raises: what cannot be found out is None or empty.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_GIT_TIMEOUT_S = 3.0


def installed_packages(folders: Iterable[str]) -> dict[str, str]:
    """Version of each distribution installed in these folders, by normalised name.

    Read off the names of the metadata folders: parsing a hundred metadata files takes longer than
    planning a graph. Where two folders hold one distribution the first is what ``import`` finds.
    """
    found: dict[str, str] = {}
    for folder in folders:
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208 - ten times faster than Path.iterdir
        except OSError:
            continue
        for name in names:
            stem, extension = os.path.splitext(name)  # noqa: PTH122 - names, not paths
            if extension in (".dist-info", ".egg-info"):
                package, _, version = stem.partition("-")
                if version:
                    found.setdefault(package.lower().replace("_", "-"), version.split("-py3")[0])
    return dict(sorted(found.items()))


def git_revision(folder: Path) -> dict[str, Any] | None:
    """Commit and branch checked out in a folder, and whether tracked files were changed since.

    None if it is no work tree, has no commit yet, or git is missing or too slow.
    """
    command = ["git", "status", "--porcelain=v2", "--branch", "--untracked-files=no"]
    try:
        finished = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_GIT_TIMEOUT_S,
            check=True,
            text=True,
            errors="replace",
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    lines = finished.stdout.splitlines()
    headers = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch."))
    commit = headers.get("branch.oid", "(initial)")
    if commit == "(initial)":
        return None
    branch = headers.get("branch.head")
    return {
        "commit": commit,
        "branch": None if branch == "(detached)" else branch,
        "dirty": any(not line.startswith("# ") for line in lines),
    }
