"""From a run to an endpoint: bundled, unpacked, served by the command line, asked over HTTP, stopped."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import cv2
import numpy as np
import pytest

import netloom
from netloom.inference.bundle import verify_bundle
from netloom.inference.bundle_archive import unpack
from netloom.tracking.deployment_states import DeploymentState
from netloom.workspace.deployments.calls import predict
from netloom.workspace.deployments.verbs import deploy
from netloom.workspace.results import RunResult
from netloom.workspace.workbench import Workbench

from .conftest import wait_until

NODES = """\
digits:   {op: data.digits}
parts:    {op: data.split, dataset: digits}
resized:  {op: image.resize, images: parts, size: 12}
model:    {op: models.image_classifier, backbone: {type: perceptron, widths: [16]}}
fit:      {op: train, model: model, dataset: resized, epochs: 1}
"""


@pytest.fixture(scope="module")
def trained(shared_project: Any) -> RunResult:
    shared_project.pipeline(NODES, name="digits")
    result: RunResult = shared_project.run("digits")
    return result.require_success()


@pytest.fixture(scope="module")
def bundled(shared_project: Any, trained: RunResult) -> dict[str, Any]:
    told: dict[str, Any] = shared_project.call("bundle", trained.run, "-o", "out/digits.zip")
    return told


def test_a_run_becomes_a_file_that_predicts_as_the_run(
    shared_project: Any, trained: RunResult, bundled: dict[str, Any], tmp_path: Path
) -> None:
    file = shared_project.folder / bundled["file"]
    assert bundled["bytes"] == file.stat().st_size
    assert [(path.name) for path in file.parent.iterdir()] == ["digits.zip"]
    assert bundled["notes"] == []
    bundle = unpack(file, tmp_path / "digits")
    assert (bundle.name, bundle.run) == ("digits", trained.run)
    assert verify_bundle(tmp_path / "digits")[0] == bundle
    pictures = np.random.default_rng(0).integers(0, 256, (6, 9, 7, 1), dtype=np.uint8)
    alone = netloom.load(trained.path("fit.model")).predict(pictures)
    for found, expected in zip(
        netloom.load(tmp_path / "digits").predict(pictures), alone, strict=True
    ):
        assert found["scores"] == pytest.approx(expected["scores"], abs=1e-5)


def test_the_same_run_makes_the_same_bytes_and_no_file_is_lost(
    shared_project: Any, trained: RunResult, bundled: dict[str, Any]
) -> None:
    shared_project.call("bundle", trained.run, "-o", "again.zip")
    first = (shared_project.folder / bundled["file"]).read_bytes()
    assert (shared_project.folder / "again.zip").read_bytes() == first
    assert shared_project.call("bundle", trained.run, "-o", "again.zip", code=4)["error"]
    shared_project.call("bundle", trained.run, "-o", "again.zip", "--force")


def test_a_version_that_deploying_could_not_compare_is_refused(
    shared_project: Any, trained: RunResult
) -> None:
    told = shared_project.call("bundle", trained.run, "-o", "x.zip", "--version", "beta", code=2)
    assert [each["code"] for each in told["error"]["diagnostics"]] == ["I495"]
    assert not (shared_project.folder / "x.zip").exists()


def test_a_picture_of_ones_own_can_be_the_sample(
    shared_project: Any, trained: RunResult, tmp_path: Path
) -> None:
    content = cv2.imencode(".png", np.full((9, 9), 99, np.uint8))[1].tobytes()
    (shared_project.folder / "seven.png").write_bytes(content)
    shared_project.call("bundle", trained.run, "-o", "own.zip", "--sample", "seven.png")
    unpack(shared_project.folder / "own.zip", tmp_path / "own")
    assert (tmp_path / "own" / "sample" / "request.png").read_bytes() == content


def test_the_zip_file_predicts_as_the_run_on_the_command_line(
    shared_project: Any, trained: RunResult, bundled: dict[str, Any]
) -> None:
    content = cv2.imencode(".png", np.full((9, 9), 70, np.uint8))[1].tobytes()
    (shared_project.folder / "grey.png").write_bytes(content)
    zipped = shared_project.call("predict", bundled["file"], "grey.png")
    run = shared_project.call("predict", trained.run, "grey.png")
    assert (zipped["model"], run["model"]) == (bundled["file"], trained.run)
    (first,), (second,) = zipped["predictions"], run["predictions"]
    assert first["label"] == second["label"]
    assert first["scores"] == pytest.approx(second["scores"], abs=1e-5)


def test_a_run_is_deployed_by_a_server_and_answers_whoever_has_the_token(
    shared_project: Any, trained: RunResult
) -> None:
    bench = Workbench(shared_project.open())
    bench.supervisor.start()
    try:
        made, token = deploy(bench, trained.record, name="digits", owner=None, is_protected=True)
        record = wait_until(
            lambda: (
                (now := bench.deployments.deployment(made.id)).state
                in (DeploymentState.RUNNING, DeploymentState.FAILED)
                and now
            ),
            what="the deployment",
        )
        assert (record.state, record.problem) == (DeploymentState.RUNNING, ())
        place = bench.supervisor.endpoint(made.id)
        assert place.token == token
        pictures = np.random.default_rng(0).integers(0, 256, (1, 9, 7, 1), dtype=np.uint8)
        (alone,) = netloom.load(trained.path("fit.model")).predict(pictures)
        content = cv2.imencode(".png", pictures[0])[1].tobytes()
        (found,) = predict(place, content, "image/png")["predictions"]
        assert found["scores"] == pytest.approx(alone["scores"], abs=1e-5)
        bench.numbers.measure()
        numbers = bench.numbers.latest(made.id)
        assert numbers is not None
        assert (numbers.requests, numbers.errors) == (1, 0)
    finally:
        bench.supervisor.stop()
        bench.bundles.close()
    assert bench.deployments.deployment(made.id).state is DeploymentState.STOPPED


def test_a_run_and_its_bundle_are_served_together(
    shared_project: Any, trained: RunResult, bundled: dict[str, Any]
) -> None:
    content = cv2.imencode(".png", np.full((9, 9), 99, np.uint8))[1].tobytes()
    program = shared_project.start("serve", bundled["file"], f"run={trained.run}", "--port", "0")
    said = _first_document(program)
    assert said["models"] == ["digits", "run"]
    body = json.dumps({"image": base64.b64encode(content).decode()}).encode()
    aip = _ask(f"{said['url']}/aip", body, "application/json")
    (named,) = _ask(f"{said['url']}/v1/models/run/predict", content, "image/png")["predictions"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", aip["time"])
    assert (aip["code"], aip["data"]) == (200, named)
    program.process.terminate()
    program.process.communicate(timeout=20)
    assert program.process.returncode == 0


def _ask(url: str, body: bytes, media_type: str) -> Any:
    with urlopen(Request(url, body, {"Content-Type": media_type}), timeout=20) as answer:
        return json.load(answer)


def _first_document(program: Any) -> Any:
    lines: list[str] = []
    for line in program.process.stdout:
        lines.append(line)
        if line == "}\n":
            return json.loads("".join(lines))
    raise AssertionError(program.process.stderr.read())
