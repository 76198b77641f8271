"""Comparing two classifiers, A and B, on the same samples.

Shape legend: N samples, K classes, B draws. Both models are resampled by the same draws, so what is hard for
both does not blur their difference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.bootstrap import Interval, percentile_interval, resampled
from netloom.tasks.image_classification.comparison_report import Comparison, comparison_evaluation
from netloom.tasks.image_classification.measures import Decisions, Outcome
from netloom.tasks.label_space import united
from netloom.tasks.measures import Measures, Weights, joined, single, unknown
from netloom.tasks.paired_tests import mcnemar_exact
from netloom.tasks.protocol import Contender, Evaluation
from netloom.tasks.scores import gathered

if TYPE_CHECKING:
    from netloom.data.datasets import Samples


def classification_comparison(
    first: Contender, second: Contender, samples: Samples, *, bootstrap: int, seed: int
) -> Evaluation:
    """Which of two classifiers is better on labelled samples, with everything to see why.

    Label spaces are matched by name; a class that only one model knows has score 0 with the other.

    Args:
        samples: Numbered by ``first.labels``.
        bootstrap: Resampled data sets for the 95 % intervals; 0 leaves them out.
    """
    labels = united(first.labels, second.labels)
    true_N = samples.labels_N.astype(np.int64)
    a, b = (
        Outcome.of(spread(gathered(each.scored, len(each.labels)), each.labels, labels), true_N)
        for each in (first, second)
    )
    comparison = compared(a, b, draws=bootstrap, seed=seed)
    return comparison_evaluation(comparison, a, b, samples, labels)


def compared(first: Outcome, second: Outcome, *, draws: int, seed: int) -> Comparison:
    """The numbers of a comparison.

    Example:
        >>> true = np.zeros(40, np.int64)
        >>> a = Outcome.of(np.tile(np.array([[0.4, 0.6]], np.float32), (40, 1)), true)
        >>> b = Outcome.of(np.tile(np.array([[0.9, 0.1]], np.float32), (40, 1)), true)
        >>> compared(a, b, draws=100, seed=0).p_value < 1e-10
        True
    """
    decisions = (Decisions(first), Decisions(second))

    def both(weights_NB: Weights) -> tuple[Measures, Measures]:
        return decisions[0].measures(weights_NB), decisions[1].measures(weights_NB)

    once = both(np.ones((len(first), 1)))
    return Comparison(
        first=single(once[0]),
        second=single(once[1]),
        ranges=_ranges(both, once[0], len(first), draws=draws, seed=seed),
        only_first=np.flatnonzero(first.right_N & ~second.right_N),
        only_second=np.flatnonzero(second.right_N & ~first.right_N),
        both=int(np.sum(first.right_N & second.right_N)),
        agreement=float(np.mean(first.predicted_N == second.predicted_N)),
        p_value=mcnemar_exact(
            int(np.sum(first.right_N & ~second.right_N)),
            int(np.sum(second.right_N & ~first.right_N)),
        ),
    )


def spread(
    scores: NDArray[np.float32], labels: Sequence[str], wider: Sequence[str]
) -> NDArray[np.float32]:
    """Scores in the order of a label space that holds all of ``labels``; 0 for the others.

    Example:
        >>> spread(np.array([[0.25, 0.75]], np.float32), ("b", "a"), ("a", "b", "c")).tolist()
        [[0.75, 0.25, 0.0]]
    """
    if tuple(labels) == tuple(wider):
        return scores
    place_of = {label: place for place, label in enumerate(wider)}
    scores_NK = np.zeros((len(scores), len(wider)), np.float32)
    scores_NK[:, [place_of[label] for label in labels]] = scores
    return scores_NK


def _ranges(
    both: Callable[[Weights], tuple[Measures, Measures]],
    like: Measures,
    num_samples: int,
    *,
    draws: int,
    seed: int,
) -> Measures:
    def difference(weights_NB: Weights) -> Measures:
        first, second = both(weights_NB)
        return Measures(
            {name: second.overall[name] - first.overall[name] for name in first.overall},
            {name: second.by_class[name] - first.by_class[name] for name in first.by_class},
        )

    if not draws:
        return unknown(single(like))
    differences = joined(resampled(num_samples, draws=draws, seed=seed), difference)
    return Measures(
        {
            name: Interval(*(float(end) for end in percentile_interval(values_B)))
            for name, values_B in differences.overall.items()
        },
        {name: percentile_interval(values_BK) for name, values_BK in differences.by_class.items()},
    )
