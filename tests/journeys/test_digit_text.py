"""The example of text detection runs as it is, on fewer pages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

CHANGES = ("vars.pages=24", "vars.epochs=2", "score.bootstrap=20")


@pytest.mark.slow
def test_the_example_trains_evaluates_and_predicts(repository: Path, tmp_path: Path) -> None:
    project = shutil.copytree(
        repository / "examples" / "digit_text",
        tmp_path / "digit_text",
        ignore=shutil.ignore_patterns(".netloom", "__pycache__"),
    )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "netloom.cli.main", "run", "digit_text.yaml", "--json"),
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
    assert metrics["samples"] == 5
    assert metrics["texts"] > 0
    assert "All metrics" in (outputs / "score.report" / "report.html").read_text()
    rows = pq.read_table(outputs / "found.out" / "predictions.parquet")
    assert len(rows) == 5
    assert "objects" in rows.column_names
