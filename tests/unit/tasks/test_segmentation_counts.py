"""Counts and metrics of segmentation against a computation pixel by pixel."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from netloom.tasks.sample_sums import measured_once, sum_intervals
from netloom.tasks.semantic_segmentation.counts import NEARNESS, PictureCounts
from netloom.tasks.semantic_segmentation.measures import segmentation_measure

Map = NDArray[np.uint8]
NEIGHBOURS = ((0, 1), (1, 0), (0, -1), (-1, 0))


def blobs(seed: int, shape: tuple[int, int] = (40, 55)) -> tuple[Map, Map]:
    """A prediction and a truth of four classes (the last one absent) that are alike but not equal."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices(shape)
    true = np.zeros(shape, np.uint8)
    predicted = np.zeros(shape, np.uint8)
    for _ in range(5):
        y, x, radius = rng.uniform(0, 40), rng.uniform(0, 55), rng.uniform(4, 12)
        label = rng.integers(0, 3)
        true[np.hypot(rows - y, columns - x) < radius] = label
        away = np.hypot(rows - y - rng.normal(), columns - x - rng.normal())
        predicted[away < radius + rng.normal()] = label
    true[rng.random(shape) < 0.03] = 255
    predicted[:2] = 255
    return predicted, true


def slow_border(area: NDArray[np.bool_], known: NDArray[np.bool_]) -> list[tuple[int, int]]:
    found = []
    height, width = area.shape
    for row, column in zip(*np.nonzero(area & known), strict=True):
        for down, right in NEIGHBOURS:
            y, x = row + down, column + right
            if 0 <= y < height and 0 <= x < width and known[y, x] and not area[y, x]:
                found.append((int(row), int(column)))
                break
    return found


def slow_near(border: list[tuple[int, int]], other: list[tuple[int, int]], far: float) -> int:
    return sum(any(math.dist(one, two) <= far for two in other) for one in border)


@pytest.mark.parametrize("seed", range(4))
def test_counts_are_those_of_every_pixel(seed: int) -> None:
    predicted, true = blobs(seed)
    counts = PictureCounts.of(predicted, true, 4)
    confusion = np.zeros((4, 5), np.int64)
    for said, actual in zip(predicted.ravel().tolist(), true.ravel().tolist(), strict=True):
        if actual != 255:
            confusion[actual, min(said, 4)] += 1
    assert counts.confusion_KL.tolist() == confusion.tolist()
    far = max(1.0, NEARNESS * math.hypot(*true.shape))
    for index in range(4):
        said_border = slow_border(predicted == index, true != 255)
        true_border = slow_border(true == index, true != 255)
        assert counts.by_class_CK[:, index].tolist() == [
            confusion[index, index],
            confusion[:, index].sum(),
            confusion[index].sum(),
            slow_near(said_border, true_border, far),
            len(said_border),
            slow_near(true_border, said_border, far),
            len(true_border),
        ]


def test_metrics_are_those_of_all_pixels_together() -> None:
    pictures = [blobs(seed) for seed in range(6)]
    sums = np.stack(
        [
            PictureCounts.of(*picture, 4).by_class_CK.reshape(-1).astype(float)
            for picture in pictures
        ]
    )
    found = measured_once(sums, segmentation_measure(4))
    known = np.concatenate([true[true != 255] for _, true in pictures])
    said = np.concatenate([predicted[true != 255] for predicted, true in pictures])
    ious, recalls, dices = [], [], []
    for index in range(3):
        hits = int(np.sum((said == index) & (known == index)))
        areas = int(np.sum(said == index)), int(np.sum(known == index))
        ious.append(hits / (sum(areas) - hits))
        recalls.append(hits / areas[1])
        dices.append(2 * hits / sum(areas))
    shares = [float(np.mean(known == index)) for index in range(3)]
    assert found.overall["mean_iou"] == pytest.approx(np.mean(ious))
    assert found.overall["mean_accuracy"] == pytest.approx(np.mean(recalls))
    assert found.overall["mean_dice"] == pytest.approx(np.mean(dices))
    assert found.overall["pixel_accuracy"] == pytest.approx(np.mean(said == known))
    assert found.overall["frequency_weighted_iou"] == pytest.approx(np.dot(ious, shares))
    assert found.by_class["iou"][:3].tolist() == pytest.approx(ious)
    assert np.isnan(found.by_class["iou"][3])


def test_a_class_that_is_only_predicted_counts_as_zero() -> None:
    true = np.zeros((2, 2), np.uint8)
    predicted = np.array([[0, 0], [0, 1]], np.uint8)
    sums = PictureCounts.of(predicted, true, 3).by_class_CK.reshape(1, -1).astype(float)
    found = measured_once(sums, segmentation_measure(3))
    assert found.by_class["iou"].tolist()[:2] == [0.75, 0.0]
    assert found.overall["mean_iou"] == 0.375


def test_a_perfect_segmentation_has_perfect_borders() -> None:
    _, true = blobs(0)
    sums = PictureCounts.of(np.where(true == 255, 0, true), true, 4).by_class_CK.reshape(1, -1)
    found = measured_once(sums.astype(float), segmentation_measure(4))
    assert found.overall["boundary_f1"] == 1.0
    assert found.overall["mean_iou"] == 1.0


def test_border_f1_is_zero_where_only_one_side_has_a_border() -> None:
    true = np.zeros((4, 4), np.uint8)
    true[1:3, 1:3] = 1
    sums = PictureCounts.of(np.zeros((4, 4), np.uint8), true, 2).by_class_CK.reshape(1, -1)
    found = measured_once(sums.astype(float), segmentation_measure(2))
    assert found.by_class["boundary_f1"].tolist() == [0.0, 0.0]


def test_intervals_draw_pictures_and_hold_the_value() -> None:
    sums = np.stack(
        [
            PictureCounts.of(*blobs(seed), 4).by_class_CK.reshape(-1).astype(float)
            for seed in range(12)
        ]
    )
    measure = segmentation_measure(4)
    value = measured_once(sums, measure).overall["mean_iou"]
    low, high = sum_intervals(sums, measure, draws=300, seed=1).overall["mean_iou"]
    assert 0 < high - low < 0.3
    assert low < value < high
    assert sum_intervals(sums, measure, draws=300, seed=1).overall["mean_iou"] == (low, high)
    assert math.isnan(sum_intervals(sums, measure, draws=0, seed=1).overall["mean_iou"].low)
