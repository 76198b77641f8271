from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from netloom.tasks.image_classification.comparison import classification_comparison
from netloom.tasks.protocol import Contender, Evaluation, Scored
from netloom.tasks.sections import GallerySection


class FakeSamples:
    """Just enough of ``netloom.data.datasets.Samples`` for a report."""

    def __init__(self, labels_N: np.ndarray) -> None:
        self.labels_N = labels_N
        self.ids = [f"sample {index}" for index in range(len(labels_N))]

    def read(self, position: int) -> np.ndarray:
        return np.full((8, 8, 1), position % 256, np.uint8)


def scores_of(predicted: np.ndarray, classes: int = 2) -> np.ndarray:
    scores = np.full((len(predicted), classes), 0.2 / max(classes - 1, 1), np.float32)
    scores[np.arange(len(predicted)), predicted] = 0.8
    return scores


def comparison(
    first: np.ndarray, second: np.ndarray, true: np.ndarray, bootstrap: int = 200
) -> Evaluation:
    samples: Any = FakeSamples(true)
    return classification_comparison(
        Contender([Scored(scores_of(first), None)], ("cat", "dog")),
        Contender([Scored(scores_of(second), None)], ("cat", "dog")),
        samples,
        bootstrap=bootstrap,
        seed=0,
    )


TRUE = np.arange(100) % 2
WRONG = 1 - TRUE


def with_mistakes(*at: int) -> np.ndarray:
    predicted = TRUE.copy()
    predicted[list(at)] = WRONG[list(at)]
    return predicted


@pytest.mark.parametrize("bootstrap", [200, 0])
def test_a_clear_difference_is_stated_in_words(bootstrap: int) -> None:
    worse, better = with_mistakes(*range(20)), with_mistakes(20, 21)
    won = comparison(worse, better, TRUE, bootstrap)
    assert won.metrics["better"] == "b"
    assert won.summary == won.metrics["statement"]
    assert won.summary.startswith("B is better by 18.0 points of accuracy (")
    assert ("95 % interval" in won.summary) == bool(bootstrap)
    lost = comparison(better, worse, TRUE, bootstrap)
    assert lost.metrics["better"] == "a"
    assert lost.summary.startswith("A is better by 18.0 points of accuracy (")
    assert lost.metrics["accuracy_difference"] == pytest.approx(-0.18)


def test_a_small_difference_is_not_called_one() -> None:
    close = comparison(with_mistakes(1, 2, 3), with_mistakes(4, 5), TRUE)
    assert close.metrics["better"] == "unclear"
    assert close.summary.startswith("No clear difference: B − A is +1.0 points of accuracy (95 %")
    assert close.summary.endswith("McNemar p = 1).")


def test_equal_predictions_are_recognised() -> None:
    same = comparison(TRUE, TRUE, TRUE)
    assert same.summary == "A and B predict the same class for every sample."
    assert same.metrics["mcnemar_p"] == 1.0


def test_the_counts_add_up_and_everything_is_json() -> None:
    metrics = comparison(with_mistakes(*range(10)), with_mistakes(8, 9, 10), TRUE).metrics
    json.dumps(metrics, allow_nan=False)
    assert (metrics["only_a"], metrics["only_b"], metrics["both_right"]) == (1, 8, 89)
    assert metrics["a"]["accuracy"] == pytest.approx(0.9)
    assert metrics["b"]["accuracy"] == pytest.approx(0.97)
    low, high = metrics["intervals"]["accuracy_difference"]
    assert low < 0.07 < high
    assert metrics["classes"]["cat"]["support"] == 50
    assert metrics["classes"]["cat"]["recall_a"] == pytest.approx(0.9)


def test_pictures_show_where_only_one_is_right() -> None:
    found = comparison(with_mistakes(0, 1, 2), with_mistakes(7), TRUE)
    shown = {each.title: each for each in found.sections if isinstance(each, GallerySection)}
    ids = {title: [picture.source for picture in each.pictures] for title, each in shown.items()}
    assert ids == {
        "Only B is right": ["sample 0", "sample 1", "sample 2"],
        "Only A is right": ["sample 7"],
    }
    assert shown["Only A is right"].pictures[0].caption == "dog"
    assert shown["Only A is right"].pictures[0].remark == "B: cat"


def test_label_spaces_are_matched_by_name() -> None:
    samples: Any = FakeSamples(TRUE)
    order = ("fox", "dog", "cat")  # another order, and one class more
    predicted = np.where(TRUE == 0, 2, 1)
    found = classification_comparison(
        Contender([Scored(scores_of(TRUE), None)], ("cat", "dog")),
        Contender([Scored(scores_of(predicted, 3), None)], order),
        samples,
        bootstrap=0,
        seed=0,
    )
    assert found.summary == "A and B predict the same class for every sample."
    assert list(found.metrics["classes"]) == ["cat", "dog", "fox"]
