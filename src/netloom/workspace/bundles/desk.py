"""The bundle desk: bundles of runs, each made once, by processes of their own.

bundles/<SHA-256>.zip        the bundles; equal runs share one
bundles/runs/<run id>.json   which bundle a run has, and when the run had ended that it was made from
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from netloom.core.errors import (
    Conflict,
    InvalidData,
    InvalidInput,
    InvalidPipeline,
    NetloomError,
    NotFound,
    StorageFailed,
    raise_refusal,
)
from netloom.core.files import storage_errors, write_json
from netloom.core.identifiers import RunId
from netloom.execution.local.launch import import_path
from netloom.tracking.deployment_store import DeployedModel
from netloom.tracking.records import RunRecord
from netloom.workspace.bundles.making import BundleStep
from netloom.workspace.layout import Layout

PROGRAM = (sys.executable, "-P", "-m", "netloom.workspace.bundles.process")
_KINDS = (Conflict, InvalidData, InvalidInput, InvalidPipeline, NotFound, StorageFailed)
_LAST_WORDS_BYTES = 2000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeptBundle:
    """A bundle that is there.

    Attributes:
        name: Of its pipeline, as it stands in addresses.
    """

    file: Path
    name: str
    digest: str
    size_bytes: int
    models: tuple[DeployedModel, ...]


@dataclass(slots=True)
class BundleWork:
    """A bundle that is being made, or was.

    Attributes:
        asked: When, on the clock that never steps.
        step: What is being done; None before it begins.
        problem: Why it could not be made.
    """

    run: RunId
    asked: float
    state: Literal["waiting", "preparing", "made", "failed"] = "waiting"
    step: BundleStep | None = None
    bundle: KeptBundle | None = None
    problem: NetloomError | None = None

    @property
    def is_over(self) -> bool:
        """Whether it is made, or cannot be."""
        return self.state in ("made", "failed")


class BundleDesk:
    """Safe for several threads. One bundle is made at a time: exporting takes memory.

    Args:
        on_done: Told whenever a bundle was made or could not be; from a thread of the desk.
        program: Of the process that makes bundles.
    """

    def __init__(
        self,
        layout: Layout,
        project: Path,
        *,
        on_done: Callable[[], None] = lambda: None,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self._layout = layout
        self._project = project
        self._on_done = on_done
        self._program = tuple(program)
        self._lock = threading.Lock()
        self._works: dict[RunId, BundleWork] = {}
        self._line: deque[RunRecord] = deque()
        self._maker: threading.Thread | None = None
        self._process: subprocess.Popen[str] | None = None
        self._is_closed = False

    def find(self, run: RunRecord) -> KeptBundle | None:
        """The bundle of a run, if there is one and the run was not taken up again since."""
        try:
            document = json.loads(self._index(run.id).read_bytes())
        except (OSError, ValueError):
            return None
        if document.get("finished") != run.finished:
            return None
        bundle = self._kept(document)
        return bundle if bundle.file.is_file() else None

    def file(self, digest: str) -> Path:
        """Where the bundle of a digest lies, if it is still there."""
        return self._layout.bundles / f"{digest}.zip"

    def prepare(self, run: RunRecord) -> BundleWork:
        """Begin to make the bundle of a run, unless that was begun or it is there; returns at once.

        Work that has ended is told once: who asks again after a failure begins anew.
        """
        with self._lock:
            work = self._works.get(run.id)
            if work is not None and work.is_over:
                del self._works[run.id]
            if work is None:
                work = BundleWork(run.id, time.monotonic())
                found = self.find(run)
                if found is not None:
                    work.state, work.bundle = "made", found
                    return work
                self._works[run.id] = work
                self._line.append(run)
                self._see_to_maker()
            return work

    def close(self) -> None:
        """Stop; what is being made is dropped."""
        with self._lock:
            self._is_closed = True
            for run in self._line:
                work = self._works[run.id]
                work.problem, work.state = _stopping(), "failed"
            self._line.clear()
            process, maker = self._process, self._maker
        if process is not None:
            process.kill()
        if maker is not None:
            maker.join()

    def _see_to_maker(self) -> None:
        if self._maker is None and not self._is_closed:
            self._maker = threading.Thread(target=self._make_all, name="bundles", daemon=True)
            self._maker.start()

    def _make_all(self) -> None:
        while True:
            with self._lock:
                if not self._line:
                    self._maker = None
                    return
                run = self._line.popleft()
                work = self._works[run.id]
                work.state = "preparing"
            try:
                work.bundle, work.state = self._make(run, work), "made"
            except NetloomError as error:
                work.problem, work.state = error, "failed"
            except Exception as error:  # whatever it is, whoever waits must hear of it
                log.exception("no bundle could be made")
                work.problem = InvalidData.of(f"no bundle could be made: {error}", code="S156")
                work.state = "failed"
            self._on_done()

    def _make(self, run: RunRecord, work: BundleWork) -> KeptBundle:
        bundles = self._layout.bundles
        with storage_errors(bundles):
            bundles.mkdir(parents=True, exist_ok=True)
            scratch = tempfile.TemporaryDirectory(dir=bundles, prefix=".making-")
        with scratch as folder:
            file = Path(folder, "bundle.zip")
            made = self._outcome(self._started(run, file), work)
            kept = self._kept(made)
            os.replace(file, kept.file)
        write_json(self._index(run.id), {**made, "finished": run.finished})
        return kept

    def _started(self, run: RunRecord, file: Path) -> subprocess.Popen[str]:
        places = ["--workspace", str(self._layout.root), "--project", str(self._project)]
        with self._lock:
            if self._is_closed:
                raise _stopping()
            self._process = subprocess.Popen(
                [*self._program, *places, "--run", run.id, "--file", str(file)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                env={
                    **os.environ,
                    "CUDA_VISIBLE_DEVICES": "",  # GPUs are for jobs, which count on their memory
                    "PYTHONPATH": os.pathsep.join(import_path()),
                },
                start_new_session=True,
            )
            return self._process

    def _outcome(self, process: subprocess.Popen[str], work: BundleWork) -> dict[str, Any]:
        """What the process made. Raises NetloomError if nothing."""
        last_words: deque[str] = deque(maxlen=20)
        with process:
            stderr, stdout = process.stderr, process.stdout
            assert stderr is not None
            assert stdout is not None
            listening = threading.Thread(target=last_words.extend, args=(stderr,), daemon=True)
            listening.start()
            told: dict[str, Any] = {}
            for line in stdout:
                with contextlib.suppress(ValueError):
                    told = json.loads(line)
                    work.step = told.get("step", work.step)
            listening.join()
        raise_refusal(told, *_KINDS)
        if "made" not in told:
            raise InvalidData.of(
                "the process that makes bundles died",
                code="S156",
                got="".join(last_words)[-_LAST_WORDS_BYTES:].strip() or "no word of why",
                fix="Perhaps the models do not fit into the memory; try again when less is running",
            )
        return dict(told["made"])

    def _kept(self, document: dict[str, Any]) -> KeptBundle:
        return KeptBundle(
            file=self.file(document["digest"]),
            name=document["name"],
            digest=document["digest"],
            size_bytes=document["size_bytes"],
            models=tuple(map(DeployedModel.from_json, document["models"])),
        )

    def _index(self, run: RunId) -> Path:
        return self._layout.bundles / "runs" / f"{run}.json"


def _stopping() -> NetloomError:
    return Conflict.of("the server is stopping")
