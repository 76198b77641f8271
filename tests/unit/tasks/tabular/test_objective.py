from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sklearn import metrics

from netloom.models.tabular.spec import Scale, Target
from netloom.tasks.tabular.objective import Objective, TableBatch, scores

BINARY = Target(column="b", type="binary", classes=("0", "1"))
CLASSES = Target(column="c", type="classes", classes=("u", "v", "w"), weight=3.0)
NUMBER = Target(column="n", type="number", scale=Scale(mean=10.0, std=4.0), weight=0.5)
LABELS = Target(column="l", type="labels", classes=("p", "q"))
TARGETS = (BINARY, CLASSES, NUMBER, LABELS)
ROWS = 500


def sample(rows: int = ROWS) -> tuple[tuple[torch.Tensor, ...], TableBatch]:
    """Outputs and labels, of which some are missing."""
    random = torch.Generator().manual_seed(3)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=random)

    outputs = (draw(rows, 1) * 2, draw(rows, 3), draw(rows, 1), draw(rows, 2))
    labels = [
        (outputs[0][:, 0] + draw(rows) > 0).float(),
        (outputs[1] + draw(rows, 3)).argmax(1),
        outputs[2][:, 0] + draw(rows),
        (outputs[3] + draw(rows, 2) > 0.5).float(),
    ]
    labels[0][::7] = torch.nan
    labels[1][1::7] = -1
    labels[2][2::7] = torch.nan
    labels[3][3::7] = torch.nan
    return outputs, TableBatch({}, tuple(labels))


def known(place: int, batch: TableBatch) -> Any:
    return np.arange(ROWS) % 7 != place


def test_the_loss_is_that_of_the_labelled_rows_weighted() -> None:
    outputs, batch = sample()
    weights = [(1.0, 2.5), (2.0, 1.0, 0.5), None, None]
    objective = Objective(TARGETS, class_weights=weights)
    found = scores(TARGETS, outputs)

    rows = known(0, batch)
    truth, chance = batch.labels[0].numpy()[rows], found["b"][rows]
    binary = metrics.log_loss(truth, chance, sample_weight=np.where(truth == 1, 2.5, 1.0))
    rows = known(1, batch)
    truth = batch.labels[1].numpy()[rows]
    classes = metrics.log_loss(truth, found["c"][rows], sample_weight=np.array(weights[1])[truth])
    rows = known(2, batch)
    truth = batch.labels[2].numpy()[rows] * 4 + 10
    number = 0.5 * metrics.mean_squared_error(truth, found["n"][rows]) / 16
    rows = known(3, batch)
    labels = np.mean(
        [metrics.log_loss(batch.labels[3].numpy()[rows, k], found["l"][rows, k]) for k in (0, 1)]
    )
    expected = (binary + 3 * classes + 0.5 * number + labels) / 5.5
    assert objective.loss(outputs, batch).item() == pytest.approx(expected, rel=1e-5)


def test_metrics_over_batches_are_those_of_all_rows() -> None:
    outputs, batch = sample()
    tally = Objective(TARGETS).tally()
    for first in range(0, ROWS, 64):
        rows = slice(first, first + 64)
        tally.update(
            tuple(logits[rows] for logits in outputs),
            TableBatch({}, tuple(labels[rows] for labels in batch.labels)),
        )
    found, chances = tally.metrics(), scores(TARGETS, outputs)
    truth = [labels.numpy() for labels in batch.labels]
    rows = [known(place, batch) for place in range(4)]
    expected = {
        "b/auc": metrics.roc_auc_score(truth[0][rows[0]], chances["b"][rows[0]]),
        "c/macro_accuracy": metrics.balanced_accuracy_score(
            truth[1][rows[1]], chances["c"][rows[1]].argmax(1)
        ),
        "c/accuracy": metrics.accuracy_score(truth[1][rows[1]], chances["c"][rows[1]].argmax(1)),
        "n/rmse": metrics.root_mean_squared_error(
            truth[2][rows[2]] * 4 + 10, chances["n"][rows[2]]
        ),
        "l/macro_auc": metrics.roc_auc_score(truth[3][rows[3]], chances["l"][rows[3]]),
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=2e-4), name
    assert found["loss"] == pytest.approx(Objective(TARGETS).loss(outputs, batch).item(), rel=1e-5)


@pytest.mark.parametrize(
    ("targets", "headline"),
    [
        ((BINARY,), ("auc", True)),
        ((CLASSES,), ("macro_accuracy", True)),
        ((NUMBER,), ("rmse", False)),
        ((LABELS,), ("macro_auc", True)),
        ((BINARY, NUMBER), ("loss", False)),
    ],
)
def test_the_headline_follows_from_the_targets(targets: Any, headline: Any) -> None:
    assert Objective(targets).headline == headline


def test_without_any_label_nothing_is_learned_and_metrics_are_undefined() -> None:
    outputs, batch = sample(14)
    outputs = tuple(logits.requires_grad_() for logits in outputs)
    nothing = tuple(
        torch.full_like(labels, -1 if labels.dtype == torch.int64 else torch.nan)
        for labels in batch.labels
    )
    objective = Objective(TARGETS)
    loss = objective.loss(outputs, TableBatch({}, nothing))
    loss.backward()
    assert loss.item() == 0.0
    assert all(not logits.grad.any() for logits in outputs if logits.grad is not None)
    tally = objective.tally()
    tally.update(outputs, TableBatch({}, nothing))
    assert all(np.isnan(value) for value in tally.metrics().values())
    assert all(np.isnan(value) for value in objective.tally().metrics().values())


def test_one_class_alone_has_no_auc() -> None:
    tally = Objective([BINARY]).tally()
    tally.update((torch.zeros(3, 1),), TableBatch({}, (torch.ones(3),)))
    assert np.isnan(tally.metrics()["auc"])


def test_scores_of_extreme_outputs_are_finite() -> None:
    far = np.array([[-1e4], [0.0], [1e4]], np.float32)
    assert scores([BINARY], [far])["b"].tolist() == [0.0, 0.5, 1.0]
    assert scores([CLASSES], [np.tile(far, 3) * [1, 0, 0]])["c"].tolist()[2] == [1.0, 0.0, 0.0]
    assert scores([NUMBER], [far])["n"].tolist() == [10 - 4e4, 10.0, 10 + 4e4]
