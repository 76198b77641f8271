"""A user's project in a temporary folder, driven in this process or through the real program."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from netloom.cli.main import call
from netloom.execution.events import RunEvent
from netloom.workspace.results import RunResult
from netloom.workspace.submission import RunOptions, Selection
from netloom.workspace.workspace import Workspace

DEADLINE_S = 120.0


def wait_until(condition: Callable[[], Any], *, what: str, timeout_s: float = DEADLINE_S) -> Any:
    """Poll until a condition gives something true, and return that; fail at the deadline."""
    deadline = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {timeout_s:g} s for {what}"
        time.sleep(0.01)
    return found


class Program:
    """``netloom`` running as a process of its own."""

    def __init__(self, words: Sequence[str], folder: Path) -> None:
        self.process = psutil.Popen(
            [sys.executable, "-m", "netloom.cli.main", *words],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.stderr = ""

    def document(self, *, code: int = 0) -> Any:
        """What it prints on standard output, as JSON, once it has ended with this code."""
        stdout, self.stderr = self.process.communicate(timeout=DEADLINE_S)
        assert self.process.returncode == code, stdout + self.stderr
        assert "Traceback" not in self.stderr, self.stderr
        return json.loads(stdout)

    def kill(self) -> None:
        """kill -9, of this one process only."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.communicate(timeout=DEADLINE_S)

    def interrupt(self) -> None:
        """Ctrl-C."""
        os.kill(self.process.pid, signal.SIGINT)


class Project:
    """A project folder with operators, pipelines and data; its workspace is ``.netloom`` in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.write("netloom.toml", "")
        self._programs: list[Program] = []
        self._workspaces: list[Workspace] = []

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def pipeline(self, nodes: str, *, name: str = "main") -> Path:
        """Write a pipeline file from its nodes, one per line."""
        lines = "\n".join(f"  {line.strip()}" for line in nodes.strip().splitlines())
        return self.write(f"{name}.yaml", f"netloom: 1\nname: {name}\nnodes:\n{lines}\n")

    def open(self) -> Workspace:
        """The workspace as a new program sees it, with the operators as they are now."""
        workspace = Workspace.open(project=self.folder)
        self._workspaces.append(workspace)
        return workspace

    def run(
        self,
        name: str = "main",
        *,
        sets: Sequence[str] = (),
        to: Sequence[str] = (),
        start: Sequence[str] = (),
        force: Sequence[str] = (),
        scratch: bool = False,
        tensorboard: bool = False,
        on_event: Callable[[RunEvent], None] = lambda event: None,
    ) -> RunResult:
        """Run a pipeline of the project in this process."""
        workspace = self.open()
        return workspace.run(
            workspace.load(self.folder / f"{name}.yaml", sets=sets),
            Selection.of(to, start, force),
            RunOptions(scratch=scratch),
            tensorboard=tensorboard,
            on_event=on_event,
        )

    def start(self, *words: str) -> Program:
        """Start ``netloom`` with these words and ``--json`` in the project folder."""
        program = Program([*words, "--json"], self.folder)
        self._programs.append(program)
        return program

    def call(self, *words: str, code: int = 0) -> Any:
        """Run a ``netloom`` command in this process and return the document it prints."""
        printed, said = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(said):
            ended = call([*words, "--json"])
        assert ended == code, printed.getvalue() + said.getvalue()
        return json.loads(printed.getvalue())

    def node_folder(self, node: str) -> Path | None:
        """Folder of a node in the newest run in which it has started."""
        found = sorted(self.folder.glob(f".netloom/runs/*/nodes/{node}"))
        return found[-1] if found else None

    def wait_for(self, name: str, **options: Any) -> Path:
        """Wait for a file that an operator writes into the project."""
        path = self.folder / name
        wait_until(path.exists, what=f"{name} in the project", **options)
        return path

    def processes(self) -> list[psutil.Process]:
        """Processes that work in this folder, without this one."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                is_zombie = process.status() == psutil.STATUS_ZOMBIE
                here = Path(process.cwd()).is_relative_to(self.folder)
                if here and not is_zombie and process.pid != os.getpid():
                    found.append(process)
        return found

    def close(self) -> None:
        """End what is still running, then see that nothing is left."""
        for program in self._programs:
            if program.process.poll() is None:
                program.kill()
        for workspace in self._workspaces:
            workspace.close()
        try:
            wait_until(lambda: not self.processes(), what="all processes to end", timeout_s=15)
        finally:
            for process in self.processes():
                process.kill()


class Example:
    """A copy of one of the repository's examples, run by the real program; its workspace lies beside it."""

    def __init__(self, source: Path, folder: Path) -> None:
        leave_out = shutil.ignore_patterns(".netloom", "__pycache__")
        self.folder = Path(shutil.copytree(source, folder / source.name, ignore=leave_out))
        self.workspace = folder / "workspace"

    def netloom(self, *words: str) -> str:
        """What a command prints; it must succeed."""
        done = subprocess.run(
            [sys.executable, "-m", "netloom.cli.main", *words],
            cwd=self.folder,
            env={**os.environ, "NETLOOM_WORKSPACE": str(self.workspace)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, pipeline: str, changes: Sequence[str]) -> Any:
        """Run a pipeline with changed settings; returns the document of the run."""
        sets = [word for change in changes for word in ("--set", change)]
        return json.loads(self.netloom("run", f"{pipeline}.yaml", "--json", *sets))

    @property
    def outputs(self) -> Path:
        """What its only run gave."""
        (found,) = self.workspace.glob("runs/*/outputs")
        return found

    @property
    def metrics(self) -> Any:
        """What its node ``score`` measured."""
        return json.loads((self.outputs / "score.metrics" / "value.json").read_text())

    @property
    def report(self) -> str:
        """The page of its node ``score``."""
        return (self.outputs / "score.report" / "report.html").read_text(encoding="utf-8")


@pytest.fixture
def example(repository: Path, tmp_path: Path) -> Callable[[str], Example]:
    """Copies an example by the name of its folder."""
    return lambda name: Example(repository / "examples" / name, tmp_path)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """An empty project, its folder the current one; no process may be left when the test ends."""
    project = Project(tmp_path / "project")
    monkeypatch.chdir(project.folder)
    yield project
    project.close()


@pytest.fixture(scope="module")
def shared_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project that the tests of one file share."""
    with pytest.MonkeyPatch.context() as patch:
        project = Project(tmp_path_factory.mktemp("shared") / "project")
        patch.chdir(project.folder)
        yield project
        project.close()


@pytest.fixture(scope="session")
def waiting_until() -> Callable[..., Any]:
    """:func:`wait_until`, for files that cannot import from here."""
    return wait_until
