"""A workbench whose deployments run, with bundles and processes that take milliseconds."""

from __future__ import annotations

import base64
import io
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from netloom.workspace.bundles.desk import BundleDesk
from netloom.workspace.deployments.numbers import NumbersKeeper
from netloom.workspace.deployments.patience import Patience
from netloom.workspace.deployments.supervisor import DeploymentSupervisor

BUNDLES = """
import json, sys
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
with open(given["--file"], "w") as stream:
    stream.write(json.dumps({"does": "serve", "run": given["--run"], **json.loads(@CONTENT@)}))
model = {"name": "fit", "task": @TASK@, "labels": ["cat", "dog"]}
made = {"name": "pets", "digest": given["--run"][-6:].ljust(64, "0"), "size_bytes": 9}
print(json.dumps({"made": {**made, "models": [model], "notes": []}}))
"""
SERVING = Path(__file__).parents[1] / "workspace" / "serving_program.py"
PYTHON = (sys.executable, "-I", "-S")
QUICK = Patience(first_delay_s=0.01, look_s=0.02)
CAT = {"label": "cat", "score": 0.9, "scores": {"dog": 0.1, "cat": 0.9}}


@dataclass
class Place:
    """The workbench, and what happens in it."""

    site: Any

    def supervise(self, *, task: str = "image_classification", **content: Any) -> None:
        bench, hub = self.site.hosting.bench, self.site.hosting.hub
        code = BUNDLES.replace("@CONTENT@", repr(json.dumps({"prediction": CAT, **content})))
        code = code.replace("@TASK@", repr(task))
        workspace = bench.workspace
        bench.bundles = BundleDesk(
            workspace.layout,
            workspace.project,
            on_done=lambda: bench.supervisor.wake(),
            program=[*PYTHON, "-c", code],
        )
        bench.supervisor = DeploymentSupervisor(
            workspace.layout,
            lambda: bench.deployments,
            lambda: workspace.store,
            bench.bundles,
            on_changed=hub.tell_of_deployment,
            program=[*PYTHON, str(SERVING)],
            patience=QUICK,
        )
        bench.numbers = NumbersKeeper(bench.supervisor.endpoints)
        bench.supervisor.start()

    def make(self, who: str = "ada", **more: Any) -> Any:
        body = {"name": "Pets", "run": self.site.run(who), **more}
        made = self.site.post(who, "/deployments", body)
        assert made.status_code == 201, made.text
        return made.json()

    def until(self, deployment: str, state: str = "running", who: str = "ada", **more: Any) -> Any:
        deadline = time.monotonic() + 30
        while True:
            found = self.site.get(who, f"/deployments/{deployment}").json()
            if found["state"] == state and all(found[key] == more[key] for key in more):
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.01)

    def running(self, **more: Any) -> str:
        made = self.make(**more)
        self.until(made["id"])
        return str(made["id"])


@contextmanager
def clean_place(site: Any) -> Iterator[Place]:
    """The place of a test on a workbench that several share: what it deployed goes."""
    bench = site.hosting.bench
    bundles = bench.bundles
    yield Place(site)
    bench.supervisor.stop()
    bench.bundles = bundles
    for record in bench.deployments.deployments():
        bench.deployments.remove(record.id)


def codes(response: Any) -> list[str]:
    return [each["code"] for each in response.json()["diagnostics"]]


def picture(size: tuple[int, int] = (8, 6), kind: str = "PNG") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, "red").save(target, kind)
    return target.getvalue()


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
