"""The examples for segmentation, depth and normals run as they are, on fewer and smaller pictures."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SMALL = ["train=16", "valid=4", "test=6", "side=32"]
EXAMPLES = [
    ("digit_masks", "digit_masks", "scenes", "mean_iou"),
    ("depth", "depth", "rooms", "abs_rel"),
    ("depth", "normals", "rooms", "mean_angle"),
]


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_trains_evaluates_and_writes_a_report(
    example: tuple[str, str, str, str], repository: Path, tmp_path: Path
) -> None:
    folder, pipeline, source, headline = example
    project = shutil.copytree(
        repository / "examples" / folder,
        tmp_path / folder,
        ignore=shutil.ignore_patterns(".netloom", "__pycache__"),
    )
    changes = ["fit.epochs=1", "fit.batch_size=8", *(f"{source}.{each}" for each in SMALL)]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "netloom.cli.main", "run", f"{pipeline}.yaml", "--json"),
            *(word for change in changes for word in ("--set", change)),
        ],
        cwd=project,
        env={**os.environ, "NETLOOM_WORKSPACE": str(tmp_path / "workspace")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    run = json.loads(done.stdout.splitlines()[-1] if "\n{" in done.stdout else done.stdout)
    assert run["state"] == "succeeded"
    (report,) = (tmp_path / "workspace").glob("runs/*/outputs/score.report/report.html")
    assert "Worst pictures" in report.read_text(encoding="utf-8")
    (metrics,) = (tmp_path / "workspace").glob("runs/*/outputs/score.metrics*")
    found = json.loads((metrics if metrics.is_file() else next(metrics.iterdir())).read_text())
    assert found[headline] >= 0
    assert found["samples"] == 6
