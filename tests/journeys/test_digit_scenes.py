"""The example of object detection runs as it is, on a few small scenes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_the_detection_example_trains_evaluates_and_writes_a_report(
    repository: Path, tmp_path: Path
) -> None:
    project = shutil.copytree(
        repository / "examples" / "digit_scenes",
        tmp_path / "digit_scenes",
        ignore=shutil.ignore_patterns(".netloom", "__pycache__"),
    )
    changes = ("scenes.count=60", "scenes.size=48", "fit.epochs=1", "fit.batch_size=8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "netloom.cli.main", "run", "digit_scenes.yaml", "--json"),
            *(word for change in changes for word in ("--set", change)),
        ],
        cwd=project,
        env={**os.environ, "NETLOOM_WORKSPACE": str(tmp_path / "workspace")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (report,) = (tmp_path / "workspace").glob("runs/*/outputs/score.report/report.html")
    assert "Precision and recall" in report.read_text(encoding="utf-8")
    (metrics,) = (tmp_path / "workspace").glob("runs/*/outputs/score.metrics*")
    found = json.loads((metrics if metrics.is_file() else next(metrics.iterdir())).read_text())
    assert (found["samples"], 0 <= found["ap50"] <= 1) == (12, True)
    (predictions,) = (tmp_path / "workspace").glob("runs/*/outputs/found.out/predictions.parquet")
    assert predictions.stat().st_size > 0
