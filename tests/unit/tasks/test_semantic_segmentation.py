"""Segmentation from samples to reports."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pytest
import torch
from PIL import Image
from torch import Tensor

from netloom.core.errors import InvalidData
from netloom.data.datasets import Samples, open_samples
from netloom.data.index import index_table, write_index
from netloom.data.transforms.sizing import CenterCrop, Resize
from netloom.data.view import Dataset
from netloom.reports.page import render_report
from netloom.tasks.label_space import relabelled
from netloom.tasks.losses import CrossEntropy
from netloom.tasks.protocol import Contender, Scored
from netloom.tasks.semantic_segmentation.losses import Combined, Dice
from netloom.tasks.semantic_segmentation.task import SemanticSegmentationTask

TASK = SemanticSegmentationTask()
LABELS = ("background", "cat", "dog")


@pytest.fixture
def view(tmp_path: Path) -> Dataset[Any]:
    """Five pictures of 12×10 pixels with a cat or a dog on the right, and one unknown corner."""
    names = [f"{row}.png" for row in range(5)]
    for row, name in enumerate(names):
        picture = np.random.default_rng(row).integers(0, 256, (10, 12), dtype=np.uint8)
        mask = np.zeros((10, 12), np.uint8)
        mask[2:8, 5 + row % 3 : 11] = 1 + row % 2
        mask[0, 0] = 255
        for folder, levels in (("pictures", picture), ("masks", mask)):
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / name).write_bytes(cv2.imencode(".png", levels)[1].tobytes())
    table = index_table(
        ids=names,
        digests=names,
        paths=[f"pictures/{name}" for name in names],
        parts=["test"] * 5,
        sizes=[(12, 10)] * 5,
    )
    masks = pa.array([f"masks/{name}" for name in names], pa.string())
    write_index(tmp_path / "index.parquet", table.append_column("mask", masks))
    return Dataset(
        task=TASK.name,
        index=f"path:{tmp_path}/index.parquet",
        media=f"path:{tmp_path}",
        media_kind="folder",
        labels=LABELS,
        channels=1,
    )


def opened(view: Dataset[Any]) -> Samples:
    return open_samples(view, lambda place: Path(place.removeprefix("path:")), part="test")


def knowing(samples: Samples, *, mistaken: int = 0) -> list[Scored]:
    """What a model says that knows the transformed masks, except for the first ``mistaken`` pictures."""
    scored = []
    for batch in TASK.batches(samples, batch_size=2).epoch(0):
        assert batch.masks_NHW is not None
        levels = batch.masks_NHW.long().clone()
        levels[levels == 255] = 0
        for row, position in enumerate(batch.indices_N.tolist()):
            if position < mistaken:
                levels[row] = 2
        logits: Tensor = torch.nn.functional.one_hot(levels, 3).permute(0, 3, 1, 2) * 20.0
        scored.append(Scored(TASK.scores(logits), batch))
    return scored


def test_a_model_that_knows_everything_has_perfect_numbers(view: Dataset[Any]) -> None:
    enlarged = opened(view.with_transform(Resize(size=(20, 24))))
    found = TASK.evaluate(knowing(enlarged), enlarged, LABELS, bootstrap=20, seed=0)
    assert found.metrics["mean_iou"] == 1.0
    assert found.metrics["boundary_f1"] == 1.0
    assert found.metrics["pixels"] == 5 * (120 - 1)
    assert found.metrics["intervals"]["mean_iou"] == [1.0, 1.0]
    assert np.diagonal(found.metrics["confusion"]).sum() == found.metrics["pixels"]


def test_what_is_cut_off_counts_as_missed(view: Dataset[Any]) -> None:
    cropped = opened(view.with_transform(CenterCrop(size=8)))
    found = TASK.evaluate(knowing(cropped), cropped, LABELS, bootstrap=0, seed=0)
    assert found.metrics["pixel_accuracy"] == pytest.approx(64 / 119)
    assert found.metrics["intervals"]["mean_iou"] is None
    assert any("cut off" in remark for remark in found.remarks)


def test_the_report_shows_the_worst_pictures_first(view: Dataset[Any]) -> None:
    samples = opened(view)
    found = TASK.evaluate(knowing(samples, mistaken=1), samples, LABELS, bootstrap=20, seed=0)
    galleries = {
        section.title: section for section in found.sections if hasattr(section, "pictures")
    }
    assert galleries["Worst pictures"].pictures[0].source == "0.png"
    assert galleries["Best pictures"].pictures[0].source != "0.png"
    page = render_report(found, title="Segmentation")
    assert "Largest confusions" in page
    assert "background" in page


def test_a_model_is_compared_with_a_better_one(view: Dataset[Any]) -> None:
    samples = opened(view)
    contenders = [Contender(knowing(samples, mistaken=mistaken), LABELS) for mistaken in (4, 0)]
    found = TASK.compare(*contenders, samples, bootstrap=200, seed=0)
    assert found.metrics["verdict"] == "b"
    assert found.metrics["b"]["mean_iou"] == 1.0
    difference = found.metrics["b"]["mean_iou"] - found.metrics["a"]["mean_iou"]
    assert found.metrics["difference"]["mean_iou"] == pytest.approx(difference)
    assert "B is better" in found.summary
    assert "0.png" in render_report(found, title="Comparison")


def test_equal_models_are_undecided(view: Dataset[Any]) -> None:
    samples = opened(view)
    contenders = [Contender(knowing(samples, mistaken=2), LABELS) for _ in range(2)]
    found = TASK.compare(*contenders, samples, bootstrap=100, seed=0)
    assert found.metrics["verdict"] == "undecided"


def test_masks_follow_the_label_space_of_the_model(view: Dataset[Any]) -> None:
    samples = opened(view)
    other = relabelled(samples, ("background", "dog", "horse", "cat"))
    before, after = samples.mask(0), other.mask(0)
    assert before is not None
    assert after is not None
    assert np.array_equal(np.array([0, 3, 1], np.uint8)[before[1:]], after[1:])
    assert after[0, 0] == 255
    back = relabelled(other, ("background", "dog", "horse", "cat", "cow"))
    again = back.mask(0)
    assert again is not None
    assert np.array_equal(again, after)


def test_balanced_weights_count_pixels(view: Dataset[Any]) -> None:
    samples = opened(view)
    counts = np.zeros(3)
    for position in range(5):
        mask = samples.mask(position)
        assert mask is not None
        counts += [np.sum(mask == index) for index in range(3)]
    for loss in (CrossEntropy(class_weights="balanced"), Combined(class_weights="balanced")):
        fitted = TASK.fitted_loss(loss, samples)
        assert isinstance(fitted, type(loss))
        assert fitted.class_weights == pytest.approx(counts.sum() / (3 * counts))
    assert TASK.fitted_loss(Dice(), samples) == Dice()


def test_class_weights_must_fit_the_label_space(view: Dataset[Any]) -> None:
    with pytest.raises(InvalidData) as caught:
        TASK.fitted_loss(CrossEntropy(class_weights=(1.0, 2.0)), opened(view))
    assert [problem.code for problem in caught.value.diagnostics] == ["X310"]


def test_too_many_classes_are_refused(view: Dataset[Any]) -> None:
    labels = [str(index) for index in range(256)]
    found = TASK.problems(opened(view), labels, part="train")
    assert [problem.code for problem in found] == ["X313"]


def test_truth_has_the_form_of_a_prediction(view: Dataset[Any]) -> None:
    samples = opened(view)
    truth = TASK.truth(samples, 1)
    assert truth is not None
    assert truth["segments"][0]["label"] == "dog"
    assert truth["segments"][0]["box"] == [6, 2, 11, 8]
    known = samples.annotations
    assert known is not None
    unknown = replace(samples, annotations=replace(known, is_known_N=np.zeros(5, np.bool_)))
    assert TASK.truth(unknown, 1) is None


def test_drawings_show_prediction_and_truth(view: Dataset[Any]) -> None:
    samples = opened(view)
    truth = TASK.truth(samples, 0)
    assert truth is not None
    alone, both = (
        Image.open(BytesIO(TASK.draw(samples.read(0), truth, truth=known)))
        for known in (None, truth)
    )
    assert alone.width >= 12 * 26
    assert both.width > 1.9 * alone.width
