"""Files of deployments: ``deployments/<id>/`` with the token, the log and corrected pictures."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from netloom.core.errors import NotFound
from netloom.core.files import storage_errors
from netloom.workspace.deployments.log import DeploymentLog
from netloom.workspace.layout import Layout

_LOCK = "lock"


def folder_of(layout: Layout, deployment: str) -> Path:
    """Where the files of a deployment lie."""
    return layout.deployments / deployment


def log_of(layout: Layout, deployment: str) -> DeploymentLog:
    """The log of a deployment."""
    return DeploymentLog(folder_of(layout, deployment) / "log")


def pictures_of(layout: Layout, deployment: str) -> Path:
    """The folder of corrected pictures, each named by its digest."""
    return folder_of(layout, deployment) / "pictures"


def lock_file(layout: Layout) -> Path:
    """Held by the one program that runs the deployments of a workspace."""
    return layout.deployments / _LOCK


def keep_token(layout: Layout, deployment: str, token: str) -> None:
    """Keep what callers must send, readable by this program's user alone: a new process must be told it."""
    folder = folder_of(layout, deployment)
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / "token", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(token)


def token_of(layout: Layout, deployment: str) -> str:
    """What callers must send. Raises NotFound if it is lost."""
    try:
        return (folder_of(layout, deployment) / "token").read_text()
    except OSError as error:
        raise NotFound.of(
            "the token of this deployment is lost",
            code="S154",
            fix="Delete it, and deploy its run again",
        ) from error


def forget_files(layout: Layout, deployment: str) -> None:
    """Remove everything. Idempotent."""
    shutil.rmtree(folder_of(layout, deployment), ignore_errors=True)
