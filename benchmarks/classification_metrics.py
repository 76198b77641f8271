"""All metrics of a classifier and their bootstrap intervals, against scikit-learn and a numpy floor.

Claims: every metric of 10 000 samples × 100 classes with intervals from 1000 draws in under 2 s of CPU time,
in memory of the order of the scores; the values alone at least 5 × faster than scikit-learn's functions for
the same metrics; the draws of the accuracy alone, in a bare numpy loop, are the floor of any bootstrap.
One thread on every side. Seconds are CPU time: on a shared machine wall time measures the neighbours as well.

    python benchmarks/classification_metrics.py [--repetitions 3] [--large]
"""

from __future__ import annotations

import argparse
import json
import resource
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from peers import row
from sklearn import metrics as reference
from threadpoolctl import threadpool_limits

from netloom.tasks.image_classification.measures import Outcome, intervals, measured

DRAWS = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--large", action="store_true", help="also 50 000 samples × 1000 classes")
    options = parser.parse_args()
    sizes = [(10_000, 10), (10_000, 100), *([(50_000, 1000)] if options.large else [])]
    with threadpool_limits(1):
        for count, classes in sizes:
            for result in measure(count, classes, options.repetitions):
                print(json.dumps(result))


def measure(count: int, classes: int, repetitions: int) -> list[dict[str, Any]]:
    scores, true = case(count, classes)
    # scikit-learn sorts every class anew: once is enough where it takes minutes.
    repetitions = 1 if classes > 500 else repetitions

    def timed(claim: str, call: Callable[[], Any]) -> dict[str, Any]:
        return row(f"{claim}, {size}", [cpu_seconds(call) for _ in range(repetitions)], "s")

    outcome = Outcome.of(scores, true)
    size = f"{count} × {classes}"
    before = peak_mb()
    values = measured(outcome)
    drawn = f"all intervals, {DRAWS} draws"
    rows = [timed(drawn, lambda: intervals(outcome, values, draws=DRAWS, seed=0))]
    rows.append(row(f"peak memory above the scores', {size}", [peak_mb() - before], "MB"))
    return [
        *rows,
        timed("all metrics", lambda: measured(Outcome.of(scores, true))),
        timed("all metrics by scikit-learn", lambda: by_scikit_learn(scores, true)),
        timed(f"accuracy of {DRAWS} draws in numpy", lambda: floor(outcome.right_N)),
    ]


def case(count: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    true = rng.integers(0, classes, count)
    scores = rng.standard_normal((count, classes), dtype=np.float32)
    scores[np.arange(count), true] += 3.0
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores, true


def by_scikit_learn(scores: np.ndarray, true: np.ndarray) -> list[Any]:
    predicted = scores.argmax(axis=1)
    wide = scores.astype(np.float64)
    wide /= wide.sum(axis=1, keepdims=True)
    labels = np.arange(scores.shape[1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [
            reference.accuracy_score(true, predicted),
            reference.balanced_accuracy_score(true, predicted),
            reference.precision_recall_fscore_support(true, predicted, labels=labels),
            reference.matthews_corrcoef(true, predicted),
            reference.cohen_kappa_score(true, predicted),
            reference.top_k_accuracy_score(true, wide, k=5, labels=labels),
            reference.log_loss(true, wide, labels=labels),
            [reference.roc_auc_score(true == k, wide[:, k]) for k in labels],
            [reference.average_precision_score(true == k, wide[:, k]) for k in labels],
        ]


def floor(right_N: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(0)
    count = len(right_N)
    return np.array(
        [right_N[rng.integers(0, count, count, dtype=np.int32)].mean() for _ in range(DRAWS)]
    )


def cpu_seconds(call: Callable[[], Any]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main()
