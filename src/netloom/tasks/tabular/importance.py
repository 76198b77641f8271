"""Permutation importance: how much worse a model is when one feature is another row's (Breiman 2001).

Shape legend: N rows, V values of lists of varying length, R shuffles.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netloom.models.tabular.spec import Target
from netloom.tables.features.feature_map import (
    FeatureMap,
    FittedBucket,
    NumberListFeature,
    WeightedFeature,
)
from netloom.tables.feed import EncodedBatch, Ragged
from netloom.tasks.bootstrap import Interval
from netloom.tasks.tabular.measures import headline, measured, target_rows

Predict = Callable[[EncodedBatch], Mapping[str, NDArray[Any]]]


class FeaturePlace(NamedTuple):
    """Where the numbers and ids of a feature are in an encoded table.

    Attributes:
        feature: Name of the column that it comes from.
        shared: Columns that it shares with others, and its first and last but one place in each.
        own: Columns that are its alone.
    """

    feature: str
    bucket: str
    shared: tuple[tuple[str, int, int], ...] = ()
    own: tuple[str, ...] = ()


def feature_places(feature_map: FeatureMap) -> tuple[FeaturePlace, ...]:
    """All features of a map, bucket by bucket."""
    return tuple(place for bucket in feature_map.buckets for place in _places(bucket))


def _places(bucket: FittedBucket) -> Iterator[FeaturePlace]:
    first = 0
    for number in bucket.in_numbers:
        width = number.width or 0
        if width:
            shared = ((f"{bucket.name}_numbers", first, first + width),)
            yield FeaturePlace(number.column, bucket.name, shared)
        first += width
    for place, category in enumerate(bucket.in_ids):
        shared = ((f"{bucket.name}_ids", place, place + 1),)
        yield FeaturePlace(category.column, bucket.name, shared)
    for feature in bucket.apart:
        stem = f"{bucket.name}_{feature.column}"
        if isinstance(feature, NumberListFeature):
            own: tuple[str, ...] = (f"{stem}_numbers",)
        elif isinstance(feature, WeightedFeature):
            own = (f"{stem}_ids", f"{stem}_weights")
        else:
            own = (f"{stem}_ids",)
        yield FeaturePlace(feature.column, bucket.name, own=own)


def shuffled(batch: EncodedBatch, place: FeaturePlace, order_N: NDArray[np.int64]) -> EncodedBatch:
    """The same rows, but for one feature, which is that of the rows ``order_N``.

    Example:
        >>> import pyarrow as pa
        >>> batch = EncodedBatch({"b_numbers": np.array([[1, 2], [3, 4]])}, {}, pa.table({}))
        >>> place = FeaturePlace("x", "b", shared=(("b_numbers", 1, 2),))
        >>> shuffled(batch, place, np.array([1, 0])).fixed["b_numbers"].tolist()
        [[1, 4], [3, 2]]
    """
    fixed, ragged = dict(batch.fixed), dict(batch.ragged)
    for name, start, stop in place.shared:
        fixed[name] = fixed[name].copy()
        fixed[name][:, start:stop] = batch.fixed[name][order_N, start:stop]
    for name in place.own:
        if name in fixed:
            fixed[name] = fixed[name][order_N]
        else:
            ragged[name] = lists_of_rows(ragged[name], order_N)
    return EncodedBatch(fixed, ragged, batch.kept)


def lists_of_rows(lists: Ragged, order_N: NDArray[np.int64]) -> Ragged:
    """The lists of some rows, in this order.

    Example:
        >>> lists = Ragged(np.array([7, 8, 9]), np.array([0, 2, 2, 3]))
        >>> found = lists_of_rows(lists, np.array([2, 0]))
        >>> found.values_V.tolist(), found.offsets_N.tolist()
        ([9, 7, 8], [0, 1, 3])
    """
    lengths_N = np.diff(lists.offsets_N)[order_N]
    offsets_N = np.append(0, np.cumsum(lengths_N)).astype(np.int64)
    moved_N = lists.offsets_N[:-1][order_N] - offsets_N[:-1]
    places_V = np.arange(offsets_N[-1]) + np.repeat(moved_N, lengths_N)
    return Ragged(lists.values_V[places_V], offsets_N)


def rows_of(batch: EncodedBatch, start: int, stop: int) -> EncodedBatch:
    """Rows ``start`` up to, but not with, ``stop``; nothing is copied."""
    fixed = {name: array[start:stop] for name, array in batch.fixed.items()}
    ragged = {}
    for name, (values_V, offsets_N) in batch.ragged.items():
        first, last = int(offsets_N[start]), int(offsets_N[min(stop, len(offsets_N) - 1)])
        ragged[name] = Ragged(values_V[first:last], offsets_N[start : stop + 1] - first)
    return EncodedBatch(fixed, ragged, batch.kept.slice(start, stop - start))


class Importance(NamedTuple):
    """What a target's headline metric loses without a feature.

    Attributes:
        base: The metric as it is.
        loss: By how much it gets worse on average; below 0 if it gets better.
        interval: 95 % interval of this average over the shuffles; NaN for a single one.
    """

    target: Target
    place: FeaturePlace
    metric: str
    base: float
    loss: float
    interval: Interval


def importances(
    predict: Predict,
    batch: EncodedBatch,
    places: Sequence[FeaturePlace],
    targets: Sequence[Target],
    labels: Mapping[str, NDArray[Any]],
    *,
    shuffles: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Importance, ...]:
    """Every feature's importance for every target; the most important first, target by target.

    Args:
        predict: Scores by target of any rows.
        batch: Rows with known labels.
        labels: As :func:`netloom.tasks.tabular.targets.label_array` gives them, by column.
        shuffles: R; every feature is shuffled in the same R orders.
    """
    orders = [
        np.random.default_rng((seed, draw)).permutation(batch.rows) for draw in range(shuffles)
    ]

    def metrics(rows: EncodedBatch) -> list[float]:
        scores = predict(rows)
        return [
            _headline(target, scores[target.column], labels[target.column]) for target in targets
        ]

    base = metrics(batch)
    found: list[Importance] = []
    for number, place in enumerate(places):
        changed = np.array([metrics(shuffled(batch, place, order_N)) for order_N in orders])
        for index, target in enumerate(targets):
            best = headline(target)
            sign = 1.0 if best.higher_is_better else -1.0
            losses_R = sign * (base[index] - changed[:, index])
            loss, interval = _mean(losses_R)
            found.append(Importance(target, place, best.metric, base[index], loss, interval))
        if progress is not None:
            progress(number + 1, len(places))
    names = [target.column for target in targets]
    return tuple(
        sorted(
            found,
            key=lambda each: (
                names.index(each.target.column),
                -each.loss if math.isfinite(each.loss) else math.inf,
            ),
        )
    )


def _headline(target: Target, scores: NDArray[Any], labels: NDArray[Any]) -> float:
    rows = target_rows(target, scores, labels)
    return float(measured(rows).overall[headline(target).metric])


def _mean(losses_R: NDArray[np.float64]) -> tuple[float, Interval]:
    """Mean with its interval by Student's t."""
    from scipy.special import stdtrit

    mean, count = float(losses_R.mean()), len(losses_R)
    if count < 2:
        return mean, Interval(math.nan, math.nan)
    half = float(stdtrit(count - 1, 0.975) * losses_R.std(ddof=1) / math.sqrt(count))
    return mean, Interval(mean - half, mean + half)
