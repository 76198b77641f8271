"""The example of video classification runs as it is, on a few videos; its model then predicts files."""

from __future__ import annotations

import json
from typing import Any

import pytest

CHANGES = ("videos.train=36", "videos.valid=12", "videos.test=12", "fit.epochs=1")


@pytest.mark.slow
def test_the_video_example_trains_evaluates_and_predicts_files(example: Any) -> None:
    digit_motion = example("digit_motion")
    digit_motion.run("digit_motion", CHANGES)
    assert "Confusion" in digit_motion.report
    found = digit_motion.metrics
    assert (found["samples"], 0 <= found["accuracy"] <= 1) == (12, True)
    left = digit_motion.outputs / "videos.out" / "media" / "test" / "left"
    said = json.loads(digit_motion.netloom("predict", "last:fit.model", str(left), "--json"))
    assert [said["predicted"], said["bad"]] == [2, []]
    assert all(len(each["scores"]) == 6 for each in said["predictions"])
