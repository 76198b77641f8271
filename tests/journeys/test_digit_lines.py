"""The example of text recognition that writes character after character learns a few lines by heart."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

CHANGES = (
    *("lines.train=8", "lines.valid=2", "lines.test=2"),
    *("turned.degrees=0", "turned.translate=0", "turned.scale=[1,1]", "turned.shear=0"),
    "model.reading.dropout=0",
    *("fit.epochs=60", "fit.batch_size=8", "fit.optimizer.learning_rate=0.003", "fit.keep=last"),
    *("score.part=train", "score.bootstrap=20"),
)


def test_the_example_learns_lines_by_heart(project: Any, repository: Path) -> None:
    example = repository / "examples" / "digit_lines"
    leave_out = shutil.ignore_patterns(".netloom", "__pycache__")
    shutil.copytree(example, project.folder, ignore=leave_out, dirs_exist_ok=True)

    result = project.run("attention", sets=CHANGES).require_success()

    (table,) = result.path("fit.history").glob("*.parquet")
    loss = pq.read_table(table)["loss"].to_pylist()
    assert loss[-1] < 0.3 * loss[0]
    metrics = result.value("score.metrics")
    # Without looking at the pictures nobody has half of the digits in their order.
    assert metrics["cer"] < 0.5
    assert (metrics["samples"], metrics["unknown_characters"]) == (8, 0)
    page = (result.path("score.report") / "report.html").read_text()
    assert "Character error rate" in page
    assert "By length of the text" in page
