"""The run context: what an operator that is a job may ask of the run that drives it.

How a job is stopped. A request to stop (a cancelled run, a time limit, SIGTERM) sets ``should_stop`` and
raises :class:`~netloom.core.errors.JobCancelled` in the job's main thread, at once, wherever it is. Code that
has something to save first says so::

    with run.stopping_gracefully():
        for step in steps:
            train(step)
            if run.should_stop:
                save_checkpoint()
                break

Inside that block nothing is raised; ``should_stop`` is the only sign, and the job has the grace period
(seconds) to save and leave the block. Leaving it after a request raises ``JobCancelled``: a half-trained
result is never mistaken for a finished one. A job that does neither is killed when the grace period ends.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from netloom.core.artifacts import ArtifactStore
from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.engines import EngineName
from netloom.core.errors import InvalidInput, JobCancelled, NotFound
from netloom.core.identifiers import ArtifactId, JobId, NodeId, RunId
from netloom.core.locations import local_path
from netloom.core.reporter import Decision
from netloom.execution.artifact_store import LocalArtifactStore
from netloom.execution.outbox import Outbox


class RunContext:
    """Handed to operators that declare a parameter of this type. A :class:`~netloom.core.reporter.Reporter`.

    Attributes:
        run_id: The run this job belongs to.
        node: The node whose operator is being called.
        attempt: 1 at first, more after retries.
        seed: Start of the job's random streams; Python's, numpy's and torch's are seeded already.
        threads: How many threads numeric libraries use.
        gpus: Devices granted, as the job numbers them: ``cuda:{run.gpus[0]}``. Empty on CPU.
        memory_mb: Main memory that the job's processes may use together; None is unlimited.
        workdir: Scratch folder, empty at the start, deleted after success.
        checkpoints: Folder that survives retries; empty on the first attempt.
        project: The project folder, where relative paths start.
        artifacts: The workspace's artifact store.
        cache_folder: Where jobs keep what saves them work next time. It may vanish or hold anything at
            any time, and other jobs use it too. None: nothing is kept.
        engine: What executes tables; None leaves it to the project.
        answer: What a person answered, if an earlier attempt returned ``Waiting``.
        outbox: Where metrics, notes and progress wait to be sent.
    """

    __injected__: ClassVar[bool] = True

    def __init__(
        self,
        *,
        run_id: RunId,
        node: NodeId,
        workdir: Path,
        checkpoints: Path,
        project: Path,
        artifacts: ArtifactStore,
        outbox: Outbox,
        cache_folder: Path | None = None,
        attempt: int = 1,
        seed: int = 0,
        threads: int = 1,
        gpus: tuple[int, ...] = (),
        memory_mb: int | None = None,
        engine: EngineName | None = None,
        answer: Mapping[str, Any] | None = None,
    ) -> None:
        self.run_id = run_id
        self.node = node
        self.attempt = attempt
        self.seed = seed
        self.threads = threads
        self.gpus = gpus
        self.memory_mb = memory_mb
        self.workdir = workdir
        self.checkpoints = checkpoints
        self.project = project
        self.artifacts = artifacts
        self.cache_folder = cache_folder
        self.engine = engine
        self.answer = answer
        self.outbox = outbox
        self._main_thread = threading.main_thread().ident
        self._graceful_depth = 0
        self._is_posting = False
        self._stop_requested = False
        self._stop_raised = False

    @property
    def device(self) -> str:
        """Where a model that needs one device computes: the first GPU granted, or ``cpu``."""
        return f"cuda:{self.gpus[0]}" if self.gpus else "cpu"

    @classmethod
    def in_process(
        cls,
        folder: Path,
        *,
        project: Path | None = None,
        seed: int = 0,
        threads: int = 1,
        engine: EngineName | None = None,
    ) -> RunContext:
        """A context for calling an operator from a notebook or a test, without any run.

        Args:
            folder: Where ``work``, ``checkpoints``, ``artifacts`` and ``cache`` are made; reuse it to resume.
            project: Where relative paths start; the current folder if None.
        """
        workdir, checkpoints = folder / "work", folder / "checkpoints"
        for path in (workdir, checkpoints):
            path.mkdir(parents=True, exist_ok=True)
        return cls(
            run_id=RunId("local"),
            node=NodeId("local"),
            workdir=workdir,
            checkpoints=checkpoints,
            project=project or Path.cwd(),
            artifacts=LocalArtifactStore(folder / "artifacts"),
            cache_folder=folder / "cache",
            outbox=Outbox(JobId("local")),
            seed=seed,
            threads=threads,
            engine=engine,
        )

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Record metric values at a step; microseconds, never blocks."""
        with self._posting():
            self.outbox.log(step, metrics)

    def report(self, step: int, metrics: Mapping[str, float]) -> Decision:
        """Like ``log``, and ask whether to go on."""
        self.log(step, metrics)
        return Decision.STOP if self.should_stop else Decision.CONTINUE

    def progress(self, done: float, total: float | None, *, unit: str = "step") -> None:
        """Say how far the work is; call it as often as convenient."""
        self.outbox.progress(done, total, unit)

    def note(self, message: str) -> None:
        """A line for the person watching and for the log."""
        print(message, flush=True)  # noqa: T201 - standard output is the job's log
        self.outbox.note(message)

    def flush(self) -> None:
        """Hand what was logged so far to the dispatcher, which outlives this process."""
        with self._posting():
            self.outbox.flush()

    @property
    def should_stop(self) -> bool:
        """True once a stop was asked for."""
        return self._stop_requested

    @contextmanager
    def stopping_gracefully(self) -> Iterator[None]:
        """Turn requests to stop into ``should_stop`` alone while inside; see the module's text.

        Raises:
            JobCancelled: On leaving, if a stop was requested.
        """
        self._graceful_depth += 1
        try:
            yield
        finally:
            self._graceful_depth -= 1
        if self._stop_requested and not self._graceful_depth:
            raise JobCancelled

    def request_stop(self) -> None:
        """Ask the job to stop, now unless it is inside ``stopping_gracefully``.

        Called by the signal handler of a worker; a test may call it from the operator's own thread. It
        raises at most once, so that cleaning up is not interrupted by further requests.

        Raises:
            JobCancelled: In the main thread, outside ``stopping_gracefully``.
        """
        self._stop_requested = True
        if threading.get_ident() == self._main_thread:
            self._stop_unless_graceful()

    @contextmanager
    def _posting(self) -> Iterator[None]:
        """Hold back a stop: raised half-way through, it would leave a step without its value."""
        if threading.get_ident() != self._main_thread:
            yield
            return
        self._is_posting = True
        try:
            yield
        finally:
            self._is_posting = False
        if self._stop_requested:
            self._stop_unless_graceful()

    def _stop_unless_graceful(self) -> None:
        if not (self._graceful_depth or self._is_posting or self._stop_raised):
            self._stop_raised = True
            raise JobCancelled

    def resolve(self, location: str) -> Path:
        """Path of an ``artifact:``, ``path:`` or ``work:`` location on this machine.

        A ``work:`` file need not exist yet; its folder does.

        Raises:
            NotFound: The artifact, or the file, does not exist.
            InvalidInput: It is no location, or it leads out of its folder.
        """
        scheme, _, rest = location.partition(":")
        if scheme == "artifact":
            artifact, _, inner = rest.partition("/")
            folder = self.artifacts.get(ArtifactId(artifact)).folder
            return self._existing(_inside(folder, inner, location), location)
        if scheme == "work":
            path = _inside(self.workdir, rest, location)
            path.parent.mkdir(parents=True, exist_ok=True)
            return path
        if scheme == "path" and rest:
            return self._existing(local_path(location, self.project), location)
        raise InvalidInput.of(
            f"{location!r} is not a location",
            code="X213",
            place=Place(node=self.node),
            expected="artifact:<id>/<file>, path:<file> or work:<file>",
        )

    def _existing(self, path: Path, location: str) -> Path:
        if path.exists():
            return path
        missing = next((p for p in reversed(path.parents) if not p.exists()), path)
        raise NotFound(
            Diagnostic(
                code="W404",
                message=f"{path} does not exist",
                place=Place(node=self.node),
                got=f"{location}; {missing} is missing" if missing != path else location,
                fix=f"Check the name; relative paths start at the project folder {self.project}",
            )
        )


def _inside(folder: Path, relative: str, location: str) -> Path:
    path = folder / relative
    if ".." in Path(relative).parts or Path(relative).is_absolute():
        raise InvalidInput.of(
            f"{location!r} leads out of its folder",
            code="X213",
            expected="a relative path without '..'",
        )
    return path
