"""Metrics of table models on a million rows and their bootstrap intervals, against scikit-learn.

Claims: all metrics of a million rows take no longer than scikit-learn's functions for the same ones, and 1000
draws for their intervals a few seconds, however many rows there are. The floor of any bootstrap that draws
rows is drawing them: 20 times here, of 1000. One thread on every side; seconds are CPU time.

    python benchmarks/table_metrics.py [--rows 1000000] [--repetitions 3]
"""

from __future__ import annotations

import argparse
import json
import resource
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from peers import row
from sklearn import metrics as reference
from threadpoolctl import threadpool_limits

from netloom.models.tabular.spec import Target
from netloom.tasks.tabular.measures import TargetRows, intervals, measured, target_rows
from netloom.tasks.tabular.report import table_evaluation

DRAWS = 1000
FLOOR_DRAWS = 20
CLASSES = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()
    with threadpool_limits(1):
        for result in measure(options.rows, options.repetitions):
            print(json.dumps(result), flush=True)


def measure(rows: int, repetitions: int) -> Iterator[dict[str, Any]]:
    def timed(claim: str, call: Callable[[], Any]) -> dict[str, Any]:
        return row(f"{claim}, {rows} rows", [cpu_seconds(call) for _ in range(repetitions)], "s")

    for case, by_scikit_learn in (
        (binary_case(rows), binary_by_scikit_learn),
        (classes_case(rows), classes_by_scikit_learn),
        (number_case(rows), number_by_scikit_learn),
    ):
        kind = case.target.type
        yield timed(f"{kind}: all metrics", lambda case=case: measured(case))
        yield timed(
            f"{kind}: the same by scikit-learn", lambda case=case, call=by_scikit_learn: call(case)
        )
        values = measured(case)
        yield timed(
            f"{kind}: intervals, {DRAWS} draws",
            lambda case=case, values=values: intervals(case, values, draws=DRAWS, seed=0),
        )
        yield timed(
            f"{kind}: whole report", lambda case=case: table_evaluation([case], bootstrap=DRAWS)
        )
    yield timed(f"drawing rows {FLOOR_DRAWS} times", lambda: drawn_rows(rows))
    yield row(f"peak memory, {rows} rows", [peak_mb()], "MB")


def binary_case(rows: int) -> TargetRows:
    random = np.random.default_rng(0)
    truth = random.random(rows) < 0.1
    logits = random.normal(size=rows) + 1.5 * truth - 2.0
    scores = (1.0 / (1.0 + np.exp(-logits))).astype(np.float32)
    return target_rows(
        Target(column="y", type="binary", classes=("0", "1")), scores, truth.astype(np.float32)
    )


def classes_case(rows: int) -> TargetRows:
    random = np.random.default_rng(1)
    truth = random.integers(0, CLASSES, rows)
    scores = random.standard_normal((rows, CLASSES), dtype=np.float32)
    scores[np.arange(rows), truth] += 1.5
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    names = tuple(map(str, range(CLASSES)))
    return target_rows(Target(column="y", type="classes", classes=names), scores, truth)


def number_case(rows: int) -> TargetRows:
    random = np.random.default_rng(2)
    truth = random.gamma(2.0, 10.0, rows)
    said = (truth + random.normal(scale=5.0, size=rows)).astype(np.float32)
    return target_rows(Target(column="y", type="number"), said, truth)


def binary_by_scikit_learn(case: TargetRows) -> list[Any]:
    truth, scores = case.labels > 0.5, case.scores.astype(np.float64)
    called = scores >= 0.5
    false_alarms, recalls, _ = reference.roc_curve(truth, scores)
    precision, recall, _ = reference.precision_recall_curve(truth, scores)
    return [
        reference.roc_auc_score(truth, scores),
        reference.average_precision_score(truth, scores),
        (recalls - false_alarms).max(),
        (2 * precision * recall / np.maximum(precision + recall, 1e-12)).max(),
        reference.log_loss(truth, scores),
        reference.brier_score_loss(truth, scores),
        reference.accuracy_score(truth, called),
        reference.precision_recall_fscore_support(truth, called, average="binary"),
    ]


def classes_by_scikit_learn(case: TargetRows) -> list[Any]:
    scores = case.scores.astype(np.float64)
    scores /= scores.sum(axis=1, keepdims=True)
    said = scores.argmax(axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [
            reference.accuracy_score(case.labels, said),
            reference.balanced_accuracy_score(case.labels, said),
            reference.precision_recall_fscore_support(case.labels, said),
            reference.log_loss(case.labels, scores),
            reference.roc_auc_score(case.labels, scores, multi_class="ovr"),
            [
                reference.average_precision_score(case.labels == k, scores[:, k])
                for k in range(CLASSES)
            ],
        ]


def number_by_scikit_learn(case: TargetRows) -> list[Any]:
    return [
        reference.root_mean_squared_error(case.labels, case.scores),
        reference.mean_absolute_error(case.labels, case.scores),
        reference.median_absolute_error(case.labels, case.scores),
        reference.r2_score(case.labels, case.scores),
        reference.mean_absolute_percentage_error(case.labels, case.scores),
    ]


def drawn_rows(rows: int) -> None:
    random = np.random.default_rng(0)
    for _ in range(FLOOR_DRAWS):
        np.bincount(random.integers(0, rows, rows, dtype=np.int32), minlength=rows)


def cpu_seconds(call: Callable[[], Any]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main()
