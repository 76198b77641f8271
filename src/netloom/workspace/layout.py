"""Where things lie: the project a pipeline belongs to, and the workspace folder that holds its results.

<project>/netloom.toml           marks a project (optional: else the pipeline file's folder is it)
<project>/operators/*.py         the project's own operators
<project>/.netloom/              the workspace, unless NETLOOM_WORKSPACE or --workspace says otherwise
    netloom.db                   queue, runs, metrics
    artifacts/                   outputs by content
    results/                     which fingerprint gave which artifacts
    runs/<run id>/               one capsule per run
    bundles/                     models of runs with all it takes to serve them, made on request
    deployments/                 tokens, logs and corrected pictures of what is served here
    allowance.json               how much of the machine jobs may use, if not all of it
    cache/                       what jobs remember to save work; may be deleted at any time
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from netloom.core.errors import NotFound, StorageFailed
from netloom.core.files import storage_errors
from netloom.core.project_file import PROJECT_FILE

WORKSPACE_FOLDER = ".netloom"
WORKSPACE_VARIABLE = "NETLOOM_WORKSPACE"
DATABASE_VARIABLE = "NETLOOM_DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths of one workspace; all absolute."""

    root: Path

    @property
    def artifacts(self) -> Path:
        """Outputs by content."""
        return self.root / "artifacts"

    @property
    def results(self) -> Path:
        """The result cache."""
        return self.root / "results"

    @property
    def runs(self) -> Path:
        """Run capsules."""
        return self.root / "runs"

    @property
    def bundles(self) -> Path:
        """Bundles of runs."""
        return self.root / "bundles"

    @property
    def deployments(self) -> Path:
        """What belongs to deployments and is not in the database."""
        return self.root / "deployments"

    @property
    def allowance(self) -> Path:
        """How much of the machine jobs may use, if not all of it."""
        return self.root / "allowance.json"

    @property
    def lock(self) -> Path:
        """Held shared by whoever runs jobs, exclusively by whoever deletes."""
        return self.root / "lock"

    @property
    def database_url(self) -> str:
        """Where queue and records live."""
        return os.environ.get(DATABASE_VARIABLE) or f"sqlite:///{self.root / 'netloom.db'}"

    def require(self) -> None:
        """Raise NotFound if the workspace does not exist."""
        if not self.root.is_dir():
            raise NotFound.of(
                f"there is no workspace {self.root}: nothing was run here yet",
                fix="Run a pipeline first, go to its project, or name the workspace with "
                "`--workspace`",
            )

    def create(self) -> None:
        """Make the folders.

        Raises:
            StorageFailed: The place cannot be written.
        """
        if self.root.exists() and not self.root.is_dir():
            raise StorageFailed.of(
                f"the workspace {self.root} is a file",
                fix="Name a folder with --workspace",
            )
        with _place_errors(self.root), storage_errors(self.root):
            for folder in (self.artifacts, self.results, self.runs):
                folder.mkdir(parents=True, exist_ok=True)
            ignore = self.root / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n")


@contextmanager
def _place_errors(root: Path) -> Iterator[None]:
    """A path no folder can be made at, such as one below a file."""
    try:
        yield
    except (FileNotFoundError, FileExistsError, NotADirectoryError) as error:
        raise StorageFailed.of(
            f"the workspace {root} cannot be made: {error.strerror}",
            fix="Name another folder with --workspace",
        ) from error


def find_project(start: Path) -> Path:
    """The project a file or folder belongs to: the nearest folder above it with a project file.

    Without one, the folder itself (or the file's folder) is the project.
    """
    folder = start.absolute()
    folder = folder if folder.is_dir() else folder.parent
    for candidate in (folder, *folder.parents):
        if (candidate / PROJECT_FILE).is_file():
            return candidate
    return folder


def find_workspace(project: Path) -> Path:
    """The workspace folder of a project: NETLOOM_WORKSPACE if set, else ``.netloom`` in the project."""
    named = os.environ.get(WORKSPACE_VARIABLE)
    return Path(named).expanduser().absolute() if named else project / WORKSPACE_FOLDER


@contextmanager
def workspace_in_use(layout: Layout) -> Iterator[None]:
    """Held while jobs may run: nothing is collected meanwhile."""
    with storage_errors(layout.lock), layout.lock.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_SH)
        yield
