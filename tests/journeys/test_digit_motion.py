"""The example of video classification runs as it is, on a few videos; its model then predicts files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_the_video_example_trains_evaluates_and_predicts_files(
    repository: Path, tmp_path: Path
) -> None:
    project = shutil.copytree(
        repository / "examples" / "digit_motion",
        tmp_path / "digit_motion",
        ignore=shutil.ignore_patterns(".netloom", "__pycache__"),
    )
    environment = {**os.environ, "NETLOOM_WORKSPACE": str(tmp_path / "workspace")}

    def netloom(*words: str) -> str:
        program = (sys.executable, "-m", "netloom.cli.main", *words)
        done = subprocess.run(
            program, cwd=project, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    changes = ("videos.train=36", "videos.valid=12", "videos.test=12", "fit.epochs=1")
    netloom("run", "digit_motion.yaml", "--json", *(w for c in changes for w in ("--set", c)))
    outputs = tmp_path / "workspace/runs"
    (report,) = outputs.glob("*/outputs/score.report/report.html")
    assert "Confusion" in report.read_text(encoding="utf-8")
    (metrics,) = outputs.glob("*/outputs/score.metrics*")
    found = json.loads((metrics if metrics.is_file() else next(metrics.iterdir())).read_text())
    assert (found["samples"], 0 <= found["accuracy"] <= 1) == (12, True)
    (left,) = outputs.glob("*/outputs/videos.out/media/test/left")
    said = json.loads(netloom("predict", "last:fit.model", str(left), "--json"))
    assert [said["predicted"], said["bad"]] == [2, []]
    assert all(len(each["scores"]) == 6 for each in said["predictions"])
