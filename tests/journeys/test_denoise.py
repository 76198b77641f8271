"""The example of image enhancement runs as it is, on fewer and for shorter, and makes pages better."""

from __future__ import annotations

from typing import Any

import pytest

CHANGES = (
    *("pages.train=32", "pages.valid=4", "pages.test=6"),
    *("pieces.size=32", "fit.epochs=4", "fit.batch_size=4", "score.bootstrap=20"),
)


@pytest.mark.slow
def test_the_example_takes_noise_from_pages(example: Any) -> None:
    denoise = example("denoise")
    denoise.run("denoise", CHANGES)
    metrics = denoise.metrics
    assert metrics["samples"] == 6
    assert metrics["input_psnr_db"] == pytest.approx(18.3, abs=1.0)
    assert metrics["gain_db"] > 3.0
    assert metrics["improved"] == 1.0
    assert 'class="slider"' in denoise.report
