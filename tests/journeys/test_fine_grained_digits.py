"""The example of a cascade, on a few small scenes: trained, measured, bundled, served and asked."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

CHANGES = (
    *("scenes.count=60", "scenes.size=48", "find.epochs=1", "find.batch_size=8"),
    # A detector of one epoch finds too little to learn from.
    *("even.source=ground_truth", "even.min_score=0", "fit_even.epochs=1", "fit_even.batch_size=8"),
    *("odd.source=ground_truth", "odd.min_score=0", "fit_odd.epochs=1", "fit_odd.batch_size=8"),
)


def called(project: Path, *words: str, **environment: str) -> str:
    done = subprocess.run(
        words,
        cwd=project,
        env={**os.environ, "NETLOOM_WORKSPACE": str(project / "workspace"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def deployed_answer(project: Path) -> dict[str, Any]:
    """What the bundle says through HTTP about the picture that it brings along."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    sets = [word for change in CHANGES for word in ("--set", change)]
    environment = {"PATH": path, "PORT": port, "NETLOOM_PYTHON": sys.executable}
    said = called(project, "sh", "deploy_and_ask.sh", *sets, **environment)
    answer: dict[str, Any] = json.loads(said.splitlines()[-1])
    with socket.socket() as again:
        assert again.connect_ex(("127.0.0.1", int(port))) != 0, "the server is still there"
    return answer


def output(project: Path, name: str) -> Path:
    (found,) = (project / "workspace").glob(f"runs/*/outputs/{name}")
    return found


def told(folder: Path) -> dict[tuple[str, int], dict[str, Any]]:
    """What a classifier said about found objects, by scene and position among those found there."""
    rows = pq.read_table(folder / "checks.parquet").to_pylist()
    abouts = [json.loads(row["attributes"]) for row in rows]
    return {
        (row["parent"], about["found"]): {
            "label": row["found_label"],
            "score": row["found_score"],
        }
        for row, about in zip(rows, abouts, strict=True)
        if about["source"] == "predicted"
    }


@pytest.mark.slow
def test_the_cascade_answers_requests_as_it_was_measured(repository: Path, tmp_path: Path) -> None:
    project = shutil.copytree(
        repository / "examples" / "fine_grained_digits",
        tmp_path / "fine_grained_digits",
        ignore=shutil.ignore_patterns(".netloom", "__pycache__"),
    )
    deployed = deployed_answer(project)
    report = (output(project, "quality.report") / "report.html").read_text(encoding="utf-8")
    assert "Where errors enter" in report

    said = {name: told(output(project, f"{name}_said.out")) for name in ("even", "odd")}
    scenes = output(project, "scenes.out") / "media"
    pictures = project / "pictures"
    pictures.mkdir()
    for parent in sorted({parent for own in said.values() for parent, _ in own})[:4]:
        shutil.copy(scenes / parent, pictures)
    program = (sys.executable, "-m", "netloom.cli.main")
    called(project, *program, "predict", "last", "pictures", "-o", "answers.jsonl")
    answers = [json.loads(line) for line in (project / "answers.jsonl").read_text().splitlines()]
    assert len(answers) == 4
    num_compared = 0
    for answer in answers:
        for number, each in enumerate(answer["objects"]):
            known = said[each["label"]][Path(answer["path"]).name, number]
            stage = each["stages"][f"fit_{each['label']}"]
            assert stage["label"] == known["label"]
            assert stage["score"] == pytest.approx(known["score"], abs=1e-5)
            num_compared += 1
    assert num_compared > 10
    assert (deployed["code"], deployed["message"]) == (200, "success")
    assert all(each["stages"] for each in deployed["data"]["objects"])
