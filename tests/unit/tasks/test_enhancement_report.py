from __future__ import annotations

import math
import re
from typing import NamedTuple

import numpy as np
import pytest
import torch

from netloom.reports.page import render_report
from netloom.tasks.image_enhancement.comparison import enhancement_comparison, paired, verdict
from netloom.tasks.image_enhancement.drawing import enhancement_png, telling_window
from netloom.tasks.image_enhancement.outcome import MEASURES, intervals, weighted_means
from netloom.tasks.image_enhancement.picture_measures import (
    peak_signal_to_noise_db,
    structural_similarity,
)
from netloom.tasks.image_enhancement.report import enhancement_evaluation
from netloom.tasks.picture_json import picture_json
from netloom.tasks.protocol import Contender, Scored
from netloom.tasks.sections import SliderSection

SIDE = 16


class Pairs(NamedTuple):
    """As a loader gives them."""

    images_NCHW: torch.Tensor
    companions_NCHW: torch.Tensor
    indices_N: torch.Tensor


def batch(count: int, *, side: int = SIDE) -> Pairs:
    rng = np.random.default_rng(0)
    targets = rng.integers(60, 190, (count, 1, side, side), dtype=np.uint8)
    noise = rng.integers(-50, 51, targets.shape)
    images = np.clip(targets + noise, 0, 255).astype(np.uint8)
    return Pairs(torch.from_numpy(images), torch.from_numpy(targets), torch.arange(count))


def half_way(pairs: Pairs) -> np.ndarray:
    """Half of each error is gone."""
    mean = (pairs.images_NCHW.float() + pairs.companions_NCHW.float()) / 2
    return (mean / 255).numpy()


class Few:
    """As much of samples as a report asks for."""

    def __init__(self, count: int) -> None:
        self.ids = [f"page-{row}" for row in range(count)]

    def __len__(self) -> int:
        return len(self.ids)


def test_means_are_over_pictures_and_gains_over_the_input() -> None:
    pairs = batch(9)
    scored = [Scored(half_way(pairs), pairs)]
    metrics = enhancement_evaluation(scored, Few(9), bootstrap=50, seed=0).metrics
    after = np.rint(half_way(pairs) * 255).astype(np.uint8)
    before, target = pairs.images_NCHW.numpy(), pairs.companions_NCHW.numpy()
    psnr = [peak_signal_to_noise_db(a, b) for a, b in zip(after, target, strict=True)]
    was = [peak_signal_to_noise_db(a, b) for a, b in zip(before, target, strict=True)]
    ssim = [
        structural_similarity(a.transpose(1, 2, 0), b.transpose(1, 2, 0))
        for a, b in zip(after, target, strict=True)
    ]
    assert metrics["psnr_db"] == pytest.approx(np.mean(psnr))
    assert metrics["gain_db"] == pytest.approx(np.mean(psnr) - np.mean(was))
    assert metrics["ssim"] == pytest.approx(np.mean(ssim))
    assert metrics["improved"] == 1.0
    low, high = metrics["intervals"]["gain_db"]
    assert low < metrics["gain_db"] < high
    assert 5.5 < metrics["gain_db"] < 6.5  # half the error is 6 dB


def test_a_report_shows_the_worst_first_and_no_picture_twice() -> None:
    pairs = batch(9)
    scores = half_way(pairs)
    scores[4] = pairs.images_NCHW[4].numpy() / 255
    evaluation = enhancement_evaluation([Scored(scores, pairs)], Few(9), bootstrap=0, seed=0)
    sliders = [each for each in evaluation.sections if isinstance(each, SliderSection)]
    shown = [slider.source for section in sliders for slider in section.sliders]
    assert shown[0] == "page-4"
    assert len(shown) == len(set(shown)) == 9
    assert (sliders[0].sliders[0].tone, sliders[0].sliders[1].tone) == ("bad", "good")
    assert evaluation.metrics["intervals"]["psnr_db"] is None


def test_a_page_holds_its_pictures_and_no_script() -> None:
    pairs = batch(2)
    evaluation = enhancement_evaluation(
        [Scored(half_way(pairs), pairs)], Few(2), bootstrap=0, seed=0
    )
    page = render_report(evaluation, title="Pages")
    assert page.count('class="upper"') == 2
    assert page.count("data:image/png;base64,") == 6
    assert not re.search(r"<script|https?://", page)


def test_similarity_is_unknown_for_tiny_pictures_and_said_so() -> None:
    pairs = batch(3, side=8)
    evaluation = enhancement_evaluation(
        [Scored(half_way(pairs), pairs)], Few(3), bootstrap=20, seed=0
    )
    assert evaluation.metrics["ssim"] is None
    assert "3 pictures are smaller than the window" in evaluation.remarks[0]


def test_pictures_that_are_right_count_as_the_highest_ratio_and_that_is_said() -> None:
    pairs = batch(2)
    scores = pairs.companions_NCHW.numpy() / 255
    evaluation = enhancement_evaluation([Scored(scores, pairs)], Few(2), bootstrap=0, seed=0)
    assert evaluation.metrics["psnr_db"] == 100.0
    assert "2 pictures came out exactly as their target" in evaluation.remarks[0]


def test_intervals_are_percentiles_of_resampled_means() -> None:
    values = np.random.default_rng(0).normal(3, 1, (40, 1))
    (interval,) = intervals(values, draws=4000, seed=1)
    half = 1.96 * values.std() / math.sqrt(40)
    assert interval.low == pytest.approx(values.mean() - half, abs=0.05)
    assert interval.high == pytest.approx(values.mean() + half, abs=0.05)


def test_undefined_values_do_not_count() -> None:
    values = np.array([[1.0, np.nan], [2.0, 5.0], [6.0, np.nan]])
    weights = np.array([[1.0, 1.0], [2.0, 0.0], [1.0, 1.0]])
    found = weighted_means(values, weights)
    assert found[0].tolist() == [11 / 4, 5.0]
    assert found[1, 0] == 3.5
    assert math.isnan(found[1, 1])


def test_the_better_model_is_found() -> None:
    pairs = batch(12)
    images = pairs.images_NCHW.numpy() / 255

    def contender(scores: np.ndarray) -> Contender:
        return Contender([Scored(scores, pairs)], ())

    found = enhancement_comparison(
        contender(images), contender(half_way(pairs)), Few(12), bootstrap=100, seed=0
    )
    assert found.metrics["verdict"] == "b"
    assert found.metrics["better"] == {"a": 0, "b": 12}
    assert found.metrics["p_value"] == pytest.approx(2 / 2**12)
    assert found.metrics["differences"]["psnr_db"] == pytest.approx(6, abs=0.5)
    assert found.summary.startswith("B is ")
    again = enhancement_comparison(
        contender(images), contender(images), Few(12), bootstrap=100, seed=0
    )
    assert again.metrics["verdict"] == "unclear"


def test_without_intervals_the_sign_test_decides() -> None:
    values = np.tile(np.arange(8.0)[:, None], (1, len(MEASURES)))
    assert verdict(paired(values, values + 1, draws=0, seed=0)) == "b"
    assert verdict(paired(values + 1, values, draws=0, seed=0)) == "a"
    assert verdict(paired(values[:3], values[:3] + 1, draws=0, seed=0)) == "unclear"


def test_the_telling_window_holds_the_largest_error() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 255, (2, 13, 17, 3), dtype=np.uint8)
    apart = np.abs(first.astype(int) - second).sum(axis=2)
    sums = {
        (top, left): apart[top : top + 6, left : left + 6].sum()
        for top in range(8)
        for left in range(12)
    }
    rows, columns = telling_window(first, second, side=6)
    assert (rows.start, columns.start) == max(sums, key=lambda place: sums[place])
    assert (rows.stop - rows.start, columns.stop - columns.start) == (6, 6)
    assert telling_window(first, second, side=99) == (slice(0, 13), slice(0, 17))


def test_before_after_and_target_are_drawn_side_by_side() -> None:
    import io

    from PIL import Image

    picture = np.zeros((40, 30, 1), np.uint8)
    prediction = picture_json(picture)
    without = Image.open(io.BytesIO(enhancement_png(picture, prediction, None)))
    with_target = Image.open(io.BytesIO(enhancement_png(picture, prediction, prediction)))
    assert without.width < with_target.width
