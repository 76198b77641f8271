"""The example of image enhancement runs as it is, on fewer and for shorter, and makes pages better."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHANGES = (
    *("pages.train=32", "pages.valid=4", "pages.test=6"),
    *("pieces.size=32", "fit.epochs=4", "fit.batch_size=4", "score.bootstrap=20"),
)


@pytest.mark.slow
def test_the_example_takes_noise_from_pages(repository: Path, tmp_path: Path) -> None:
    project = shutil.copytree(
        repository / "examples" / "denoise",
        tmp_path / "denoise",
        ignore=shutil.ignore_patterns(".netloom", "__pycache__"),
    )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "netloom.cli.main", "run", "denoise.yaml", "--json"),
            *(word for change in CHANGES for word in ("--set", change)),
        ],
        cwd=project,
        env={**os.environ, "NETLOOM_WORKSPACE": str(tmp_path / "workspace")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (outputs,) = (tmp_path / "workspace").glob("runs/*/outputs")
    metrics = json.loads((outputs / "score.metrics" / "value.json").read_text())
    assert metrics["samples"] == 6
    assert metrics["input_psnr_db"] == pytest.approx(18.3, abs=1.0)
    assert metrics["gain_db"] > 3.0
    assert metrics["improved"] == 1.0
    assert 'class="slider"' in (outputs / "score.report" / "report.html").read_text()
