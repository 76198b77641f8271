from __future__ import annotations

import json
from typing import Any

import numpy as np

from netloom.tasks.image_classification.report import classification_evaluation
from netloom.tasks.protocol import Evaluation
from netloom.tasks.sections import GallerySection, HeatMapSection, TableSection


class FakeSamples:
    """Just enough of ``netloom.data.datasets.Samples`` for a report."""

    def __init__(self, labels_N: np.ndarray) -> None:
        self.labels_N = labels_N
        self.ids = [f"sample {index}" for index in range(len(labels_N))]

    def read(self, position: int) -> np.ndarray:
        return np.full((8, 8, 1), position % 256, np.uint8)


def evaluated(scores: Any, true: Any, labels: Any, bootstrap: int = 40) -> Evaluation:
    samples: Any = FakeSamples(np.asarray(true, np.int64))
    scores_NK = np.asarray(scores, np.float32)
    return classification_evaluation(scores_NK, samples, labels, bootstrap=bootstrap, seed=0)


def random_case(num_classes: int, count: int) -> Evaluation:
    rng = np.random.default_rng(0)
    scores = rng.dirichlet(np.ones(num_classes), count)
    return evaluated(
        scores,
        rng.integers(0, num_classes, count),
        [f"class {index}" for index in range(num_classes)],
    )


def galleries(evaluation: Evaluation) -> dict[str, GallerySection]:
    return {
        section.title: section
        for section in evaluation.sections
        if isinstance(section, GallerySection)
    }


def test_metrics_are_json_and_every_number_has_an_interval() -> None:
    metrics = random_case(60, 20).metrics
    json.dumps(metrics, allow_nan=False)
    numbers = {name for name, value in metrics.items() if isinstance(value, int | float)}
    assert numbers - set(metrics["intervals"]) == {"samples"}
    low, high = metrics["intervals"]["accuracy"]
    assert low <= metrics["accuracy"] <= high
    absent = [row for row in metrics["classes"].values() if row["support"] == 0]
    assert absent
    assert all(row["recall"] is None for row in absent)
    assert all(row["intervals"]["auroc"] is None for row in absent)
    assert np.sum(metrics["confusion"]) == metrics["samples"] == 20


def test_without_draws_there_are_no_intervals() -> None:
    metrics = evaluated([[0.9, 0.1], [0.6, 0.4]], [0, 1], ("a", "b"), bootstrap=0).metrics
    assert set(metrics["intervals"].values()) == {None}
    assert metrics["accuracy"] == 0.5


def test_the_summary_names_result_weakness_and_confusion() -> None:
    scores = [[0.9, 0.1]] * 30 + [[0.2, 0.8]] * 30
    true = [0] * 20 + [1] * 40
    summary = evaluated(scores, true, ("cat", "dog")).summary
    assert summary.startswith("83.3 % of 60 samples are right (95 % interval ")
    assert "Weakest class: cat (F1 80.0 %)." in summary
    assert summary.endswith("Most frequent confusion: dog taken for cat, 10 times.")


def test_a_class_of_few_samples_is_not_called_the_weakest_without_need() -> None:
    scores = [[0.8, 0.1, 0.1]] * 19 + [[0.1, 0.8, 0.1]] * 20
    true = [0] * 18 + [2] + [1] * 15 + [0] * 5
    evaluation = evaluated(scores, true, ("a", "b", "rare"))
    assert "Weakest class: a (F1 85.7 %)" in evaluation.summary
    assert evaluation.remarks == (
        "One class has fewer than 10 samples, so their numbers say little: rare.",
    )


def test_what_cannot_be_known_is_said() -> None:
    one = evaluated([[0.9, 0.1]] * 12, [0] * 12, ("cat", "dog"))
    assert one.remarks[0].startswith("All samples are of one class, cat")
    assert one.remarks[1].startswith("Not one mistake in 12 samples")
    assert "26.5 %" in one.remarks[1]
    absent = evaluated([[0.5, 0.3, 0.2]] * 24, [0, 1] * 12, ("a", "b", "c"))
    assert absent.remarks == ("One class does not occur here, so nothing is known about: c.",)


def test_galleries_show_the_surest_mistakes_first_and_each_picture_once() -> None:
    shown = galleries(random_case(3, 200))
    assert list(shown) == ["Most confident mistakes", "Worst mistakes", "Least certain", "Right"]
    ids = [picture.source for gallery in shown.values() for picture in gallery.pictures]
    assert len(ids) == len(set(ids)) == 64
    confidences = [
        int(picture.detail.split()[0]) for picture in shown["Most confident mistakes"].pictures
    ]
    assert confidences == sorted(confidences, reverse=True)
    assert {picture.tone for picture in shown["Right"].pictures} == {"good"}
    assert {picture.tone for picture in shown["Worst mistakes"].pictures} == {"bad"}


def test_without_mistakes_there_is_no_gallery_of_them() -> None:
    perfect = evaluated([[0.9, 0.1], [0.1, 0.9]] * 20, [0, 1] * 20, ("a", "b"))
    assert list(galleries(perfect)) == ["Least certain", "Right"]
    titles = [section.title for section in perfect.sections]
    assert "Most frequent confusions" not in titles
    assert titles.count("ROC curves") == 1


def test_many_classes_show_the_weakest_first_and_the_most_confused() -> None:
    evaluation = random_case(40, 400)
    table, heat_map = evaluation.sections[:2]
    assert isinstance(table, TableSection)
    assert isinstance(heat_map, HeatMapSection)
    scores = [evaluation.metrics["classes"][str(row[0])]["f1"] for row in table.rows]
    assert scores == sorted(scores)
    assert len(heat_map.labels) == 30
    assert "ROC curves" not in [section.title for section in evaluation.sections]


def test_one_sample_can_be_evaluated() -> None:
    evaluation = evaluated([[0.25, 0.75]], [0], ("a", "b"))
    assert evaluation.metrics["accuracy"] == 0.0
    assert evaluation.metrics["macro_auroc"] is None
