"""The examples for segmentation, depth and normals run as they are, on fewer and smaller pictures."""

from __future__ import annotations

from typing import Any

import pytest

SMALL = ["train=16", "valid=4", "test=6", "side=32"]
EXAMPLES = [
    ("digit_masks", "digit_masks", "scenes", "mean_iou"),
    ("depth", "depth", "rooms", "abs_rel"),
    ("depth", "normals", "rooms", "mean_angle"),
]


@pytest.mark.slow
@pytest.mark.parametrize("names", EXAMPLES)
def test_an_example_trains_evaluates_and_writes_a_report(
    names: tuple[str, str, str, str], example: Any
) -> None:
    folder, pipeline, source, headline = names
    dense = example(folder)
    changes = ["fit.epochs=1", "fit.batch_size=8", *(f"{source}.{each}" for each in SMALL)]
    assert dense.run(pipeline, changes)["state"] == "succeeded"
    assert "Worst pictures" in dense.report
    found = dense.metrics
    assert found[headline] >= 0
    assert found["samples"] == 6
