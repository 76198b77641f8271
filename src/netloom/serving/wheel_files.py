"""The libraries that a bundle needs, fetched beforehand, for machines without a package index."""

from __future__ import annotations

import platform
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from netloom.core.errors import InvalidData
from netloom.core.files import storage_errors, write_text

WHEELS_FOLDER = "wheels"
"""Folder of a bundle that ``deploy.sh`` installs from instead of the package index."""

MADE_FOR_FILE = "made-for.txt"
"""Says in one line which Python and system the wheels are for."""

_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
_LAST_WORDS = 1500


def fetch_wheels(requirements: Path, folder: Path, *, pip: Sequence[str] = _PIP) -> int:
    """Download what a list of pinned requirements names, as wheels for this Python and this system.

    Args:
        requirements: File of pinned requirements; nothing but them is fetched.
        folder: Where to write; made if need be.
        pip: How pip is called.

    Returns:
        How many bytes they have.

    Raises:
        InvalidData: The package index cannot be reached, or has no such wheel (I499).
        StorageFailed: The folder cannot be written.
    """
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    told = subprocess.run(
        [
            *pip,
            "download",
            "--only-binary=:all:",
            "--no-deps",
            *("--requirement", str(requirements)),
            *("--dest", str(folder)),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if told.returncode:
        raise InvalidData.of(
            "the libraries of the bundle could not be fetched",
            code="I499",
            got=told.stderr[-_LAST_WORDS:].strip() or str(told.returncode),
            fix="Reach a package index (pip's own settings apply), or leave --wheels out",
        )
    made_for = f"Python {platform.python_version()}, {sysconfig.get_platform()}"
    write_text(folder / MADE_FOR_FILE, made_for + "\n")
    return sum(path.stat().st_size for path in folder.iterdir())
