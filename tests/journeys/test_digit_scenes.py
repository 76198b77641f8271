"""The example of object detection runs as it is, on a few small scenes."""

from __future__ import annotations

from typing import Any

import pytest

CHANGES = ("scenes.count=60", "scenes.size=48", "fit.epochs=1", "fit.batch_size=8")


@pytest.mark.slow
def test_the_detection_example_trains_evaluates_and_writes_a_report(example: Any) -> None:
    digit_scenes = example("digit_scenes")
    digit_scenes.run("digit_scenes", CHANGES)
    assert "Precision and recall" in digit_scenes.report
    found = digit_scenes.metrics
    assert (found["samples"], 0 <= found["ap50"] <= 1) == (12, True)
    assert (digit_scenes.outputs / "found.out" / "predictions.parquet").stat().st_size > 0
