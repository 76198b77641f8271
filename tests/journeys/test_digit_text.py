"""The example of text detection runs as it is, on fewer pages."""

from __future__ import annotations

from typing import Any

import pyarrow.parquet as pq
import pytest

CHANGES = ("vars.pages=24", "vars.epochs=2", "score.bootstrap=20")


@pytest.mark.slow
def test_the_example_trains_evaluates_and_predicts(example: Any) -> None:
    digit_text = example("digit_text")
    digit_text.run("digit_text", CHANGES)
    metrics = digit_text.metrics
    assert metrics["samples"] == 5
    assert metrics["texts"] > 0
    assert "All metrics" in digit_text.report
    rows = pq.read_table(digit_text.outputs / "found.out" / "predictions.parquet")
    assert len(rows) == 5
    assert "objects" in rows.column_names
