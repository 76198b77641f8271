"""kill -9 in the middle of training: what was finished stays, and the end is the same to the last bit."""

from __future__ import annotations

import os
import random
import re
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netloom.execution.events import NodeMetrics, RunEvent
from netloom.workspace.results import RunResult

PIPELINE = """\
digits: {op: data.digits}
parts:  {op: data.split, dataset: digits, valid: 0.1, test: 0.2, seed: 7}
images: {op: image.rotate, images: parts, degrees: 10}
model:  {op: models.image_classifier, backbone: {type: convnet, widths: [8, 8], dropout: 0.2}}
fit:    {op: train, model: model, dataset: images, retries: 1, RECIPE}
""".replace("RECIPE", "epochs: 4, batch_size: 16, log_every: 1, checkpoints: {every_steps: 15}")
OUTPUTS = ("fit.model", "fit.history")


@pytest.fixture(scope="module")
def undisturbed(shared_project: Any) -> tuple[RunResult, Any]:
    """The same training, left in peace, in a workspace of its own."""
    shared_project.pipeline(PIPELINE)
    result: RunResult = shared_project.run().require_success()
    return result, shared_project.open()


def checkpoints(project: Any) -> list[str]:
    return sorted(
        p.name for p in project.folder.glob(".netloom/runs/*/nodes/fit/checkpoints/step-*")
    )


def assert_same(project: Any, result: RunResult, undisturbed: tuple[RunResult, Any]) -> None:
    """Outputs byte for byte, and every logged point but those that were on their way when it was killed."""
    expected, elsewhere = undisturbed
    for output in OUTPUTS:
        assert result.output(output).artifact == expected.output(output).artifact
    resumed = resumed_at(project)
    for name in ("loss", "valid/accuracy"):
        ours = points(project.open().metrics(result.run, "fit", name))
        theirs = points(elsewhere.metrics(expected.run, "fit", name))
        assert ours == {step: value for step, value in theirs.items() if step in ours}
        assert [s for s in ours if s > resumed] == [s for s in theirs if s > resumed]


def points(series: Any) -> dict[int, float]:
    return dict(zip(series.steps.tolist(), series.values.tolist(), strict=True))


def resumed_at(project: Any) -> int:
    """Step of the checkpoint that the last attempt went on from."""
    log = (project.node_folder("fit") / "log.txt").read_text()
    return int(re.findall(r"resumed from the checkpoint at step (\d+)", log)[-1])


def test_a_worker_that_is_killed_is_started_again_where_it_was(
    project: Any, undisturbed: tuple[RunResult, Any]
) -> None:
    project.pipeline(PIPELINE)
    killed: list[int] = []

    def kill_once(event: RunEvent) -> None:
        if isinstance(event, NodeMetrics) and not killed and len(checkpoints(project)) >= 2:
            log = (project.node_folder("fit") / "log.txt").read_text()
            killed.append(int(re.findall(r"pid (\d+)", log)[-1]))
            os.kill(killed[0], signal.SIGKILL)

    result = project.run(on_event=kill_once).require_success()
    assert killed
    log = (project.node_folder("fit") / "log.txt").read_text()
    assert re.findall(r"--- attempt (\d)", log) == ["1", "2"]
    assert result.nodes["fit"].why.startswith("attempt 1 failed: the process of train was killed")
    assert_same(project, result, undisturbed)


def test_a_program_that_is_killed_loses_nothing(
    project: Any, undisturbed: tuple[RunResult, Any], waiting_until: Callable[..., Any]
) -> None:
    project.pipeline(PIPELINE)
    program = project.start("run", "main.yaml")
    waiting_until(lambda: len(checkpoints(project)) >= 2, what="two checkpoints")
    program.kill()
    waiting_until(lambda: not project.processes(), what="its processes to end", timeout_s=10)
    seen = checkpoints(project)

    assert project.call("runs")["runs"][0]["state"] == "failed"  # looking at it noticed
    document = project.call("retry", "last")
    assert document["state"] == "succeeded"
    assert {name: node["state"] for name, node in document["nodes"].items()} == dict.fromkeys(
        ["digits", "parts", "images", "model", "fit"], "succeeded"
    )
    for name in ("digits", "parts"):
        log = (project.node_folder(name) / "log.txt").read_text()
        assert re.findall(r"--- attempt (\d)", log) == ["1"]
    assert seen[0] not in checkpoints(project)  # older ones went as it continued
    result = project.open().result(document["run"])
    assert_same(project, result, undisturbed)
    assert integrity(project.folder / ".netloom" / "netloom.db") == ["ok"]


def integrity(database: Path) -> list[str]:
    connection = sqlite3.connect(database)
    try:
        return [row[0] for row in connection.execute("PRAGMA integrity_check")]
    finally:
        connection.close()


LIVELY = """\
digits: {op: data.digits}
parts:  {op: data.split, dataset: digits, valid: 0.1, test: 0.5, seed: 7}
turned: {op: image.rotate, images: parts, degrees: 10}
mixed:  {op: image.mixup, images: turned}
model:  {op: models.image_classifier, backbone: {type: convnet, widths: [8, 8], dropout: 0.2}}
fit:    {op: train, model: model, dataset: mixed, retries: 1, RECIPE}
""".replace(
    "RECIPE",
    "epochs: 4, batch_size: 16, accumulate: 3, average: {type: ema, decay: 0.95}, log_every: 1, "
    "checkpoints: {every_steps: 20}",
)


def test_augmentation_mixing_accumulation_averages_and_readers_go_on_exactly(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETLOOM_LOADER_WORKERS", "2")
    project.pipeline(LIVELY)
    whole = project.run().require_success()
    chosen = random.Random().randrange(1, 150)  # any step will do
    killed: list[int] = []

    def kill_once(event: RunEvent) -> None:
        if isinstance(event, NodeMetrics) and not killed:
            log = (project.node_folder("fit") / "log.txt").read_text()
            pid = int(re.findall(r"pid (\d+)", log)[-1])
            if np.frombuffer(event.steps, "<i8").max() >= chosen:
                killed.append(pid)
                os.kill(pid, signal.SIGKILL)

    again = project.run(force=["fit"], on_event=kill_once).require_success()
    assert killed, f"killed at no step, although {chosen} was to be"
    log = (project.node_folder("fit") / "log.txt").read_text()
    assert re.findall(r"--- attempt (\d)", log) == ["1", "2"]
    for output in OUTPUTS:
        assert again.output(output).artifact == whole.output(output).artifact, f"step {chosen}"


def test_a_stopped_training_can_go_back_to_an_older_checkpoint(
    project: Any, undisturbed: tuple[RunResult, Any], waiting_until: Callable[..., Any]
) -> None:
    project.pipeline(PIPELINE.replace("{every_steps: 15}", "{every_steps: 15, keep_last: 9}"))
    program = project.start("run", "main.yaml")
    waiting_until(lambda: len(checkpoints(project)) >= 3, what="three checkpoints")
    program.interrupt()
    program.document(code=130)
    saved = project.call("rewind", "last", "fit")["checkpoints"]
    steps = [entry["step"] for entry in saved]
    assert len(steps) >= 3
    assert project.call("rewind", "last", "fit", "--to-step", str(steps[1])) == {
        "node": "fit",
        "step": steps[1],
        "removed": steps[2:],
    }
    project.call("rewind", "last", "fit", "--to-step", str(steps[2]), code=3)
    document = project.call("retry", "last")
    assert document["state"] == "succeeded"
    assert resumed_at(project) == steps[1]
    expected, _ = undisturbed
    result = project.open().result(document["run"])
    for output in OUTPUTS:
        assert result.output(output).artifact == expected.output(output).artifact
