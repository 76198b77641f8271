"""Deployments of a workspace without the rest of it, with processes that start in milliseconds."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netloom.core.errors import InvalidData, NotFound
from netloom.core.files import write_text
from netloom.core.identifiers import RunId
from netloom.store.deployments import SqlDeploymentStore
from netloom.tracking.deployment_states import DeploymentState, RevisionState, Wanted
from netloom.tracking.deployment_store import DeployedModel, DeploymentRecord, RevisionRecord
from netloom.workspace.bundles.desk import BundleWork, KeptBundle
from netloom.workspace.deployments.files import log_of
from netloom.workspace.deployments.patience import Patience
from netloom.workspace.deployments.supervisor import DeploymentSupervisor
from netloom.workspace.layout import Layout

PROGRAM = (sys.executable, "-I", "-S", str(Path(__file__).with_name("serving_program.py")))
QUICK = Patience(
    start_s=20, drain_s=5, steady_s=60, most_crashes=3, first_delay_s=0.01, look_s=0.02
)


class Desk:
    """Bundles that are there at once, or when they are told to be; the run's id says what they do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.works: dict[str, BundleWork] = {}
        self.waits = False

    def file(self, digest: str) -> Path:
        return self.folder / f"{digest}.zip"

    def prepare(self, run: RunId) -> BundleWork:
        self.asked.append(run)
        work = self.works[run] = BundleWork(run, time.monotonic())
        if not self.waits:
            self.finish(run)
        return work

    def finish(self, run: RunId) -> None:
        work = self.works[run]
        if run == "impossible":
            work.problem = InvalidData.of("no model", code="I777")
            work.state = "failed"
            return
        # At once: a process of another deployment of this run may be reading it.
        write_text(self.file(run), json.dumps({"does": run.rpartition(" ")[2]}))
        models = (DeployedModel("m", "image_classification", ("cat",)),)
        work.bundle = KeptBundle(self.file(run), "m", run, 5, models)
        work.state = "made"


class Runs:
    """Runs are their ids."""

    def run(self, run: RunId) -> RunId:
        if run == "deleted":
            raise NotFound.of("there is no run")
        return run


@dataclass
class Place:
    """A workspace's deployments without the rest of it."""

    layout: Layout
    store: SqlDeploymentStore
    desk: Desk
    supervisors: list[DeploymentSupervisor] = field(default_factory=list)
    changes: list[tuple[str, str]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def supervise(self, **changes: Any) -> DeploymentSupervisor:
        def note(record: DeploymentRecord) -> None:
            with self.changed:
                self.changes.append((record.id, record.state))
                self.changed.notify_all()

        options: dict[str, Any] = {"patience": QUICK, "program": PROGRAM, **changes}
        supervisor = DeploymentSupervisor(
            self.layout,
            lambda: self.store,
            Runs,  # type: ignore[arg-type]
            self.desk,  # type: ignore[arg-type]
            on_changed=note,
            **options,
        )
        self.supervisors.append(supervisor)
        supervisor.start()
        return supervisor

    def deploy(self, run: str = "serve", **changes: Any) -> str:
        options: dict[str, Any] = {
            "id": f"d{len(self.store.deployments())}",
            "name": "pets",
            "note": "",
            "port": None,
            "is_protected": False,
            "wanted": Wanted.RUNNING,
            "state": DeploymentState.PREPARING,
            "revision": 0,
            "target": 1,
            "created": 1.0,
            **changes,
        }
        record = DeploymentRecord(**options)
        self.store.add(record, revision(record.id, run))
        return record.id

    def until(self, reached: Callable[[DeploymentRecord], bool], deployment: str = "d0") -> Any:
        """Wait for a deployment; its record then."""
        deadline = time.monotonic() + 20
        with self.changed:
            while not reached(record := self.store.deployment(deployment)):
                assert time.monotonic() < deadline, (record, self.log(deployment))
                self.changed.wait(0.02)
        return record

    def until_state(self, state: str, deployment: str = "d0") -> DeploymentRecord:
        return self.until(lambda record: record.state == state, deployment)  # type: ignore[no-any-return]

    def log(self, deployment: str = "d0") -> str:
        return log_of(self.layout, deployment).read(0, limit_bytes=1 << 20).content.decode()


def revision(deployment: str, run: str) -> RevisionRecord:
    state = RevisionState.PREPARING
    return RevisionRecord(deployment, 1, RunId(run), "pets", state, 1.0, None)
