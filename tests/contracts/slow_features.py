"""What a feature map must be and do, one value at a time in plain Python, from the documentation alone."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from netloom.tables.features.settings import (
    Log1p,
    MinMax,
    Normalisation,
    PNorm,
    Quantiles,
    ZScore,
)

LARGEST = 3.4028234663852886e38
EPOCH = dt.datetime(1970, 1, 1)


def number(value: Any) -> float | None:
    """A value as a number, NaN as None."""
    if isinstance(value, dt.datetime):
        return (value - EPOCH).total_seconds()
    if isinstance(value, dt.date):
        return float((value - EPOCH.date()).days)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return float(value)


def text(value: Any) -> str | None:
    """A value as the text in a vocabulary."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return None if value is None else str(value)


class Numbers:
    """Statistics of a column's numbers, and how one of them is encoded."""

    def __init__(self, values: Sequence[Any], normalisation: Normalisation, missing: str) -> None:
        numbers = [number(value) for value in values]
        finite = sorted(x for x in numbers if x is not None and abs(x) <= LARGEST)
        self.values = len(numbers)
        self.missing = sum(x is None for x in numbers)
        self.infinite = sum(x is not None and abs(x) > LARGEST for x in numbers)
        self.low, self.high = (finite[0], finite[-1]) if finite else (None, None)
        self.mean = math.fsum(finite) / len(finite) if finite else None
        self.deviation = None
        if self.mean is not None:
            squares = math.fsum((x - self.mean) ** 2 for x in finite)
            self.deviation = math.sqrt(squares / len(finite)) if self.low != self.high else 0.0
        self.edges: list[float] = []
        if isinstance(normalisation, Quantiles) and finite:
            shares = [cut / normalisation.buckets for cut in range(1, normalisation.buckets)]
            places = [max(math.ceil(share * len(finite)), 1) - 1 for share in shares]
            self.edges = sorted({finite[place] for place in places})
        self._normalisation = normalisation
        self._filling = (self.mean or 0.0) if missing == "mean" else 0.0

    def encoded(self, value: Any) -> float:
        """A value on the scale of its bucket, but for p-norms."""
        found = number(value)
        x = self._filling if found is None else found
        if x > LARGEST:
            x = self.high or 0.0
        if x < -LARGEST:
            x = self.low or 0.0
        return min(max(self._normal(x), -LARGEST), LARGEST)

    def _normal(self, x: float) -> float:
        match self._normalisation:
            case MinMax(low=low, high=high):
                if self.low is None or self.high is None or self.low == self.high:
                    return low
                share = (min(max(x, self.low), self.high) - self.low) / (self.high - self.low)
                return low + share * (high - low)
            case ZScore():
                if not self.deviation or self.mean is None:
                    return 0.0
                return (x - self.mean) / self.deviation
            case Quantiles():
                below = sum(edge < x for edge in self.edges)
                return below / len(self.edges) if self.edges else 0.0
            case Log1p():
                return math.copysign(math.log1p(abs(x)), x)
        return x


def unit_length(row: Sequence[float], normalisation: Normalisation) -> list[float]:
    """A row of a bucket, of length 1 if its normalisation says so."""
    if not isinstance(normalisation, PNorm) or not any(row):
        return list(row)
    largest = max(map(abs, row))
    scaled = [x / largest for x in row]
    length = math.fsum(abs(x) ** normalisation.p for x in scaled) ** (1 / normalisation.p)
    return [x / length for x in scaled]


def vocabulary(values: Sequence[Any], *, min_count: int = 1, most: int | None = None) -> list[str]:
    """Values by frequency, then by text."""
    counts = Counter(found for value in values if (found := text(value)) is not None)
    ranked = sorted(counts, key=lambda value: (-counts[value], value.encode()))
    return [value for value in ranked if counts[value] >= min_count][:most]


class Ids:
    """Ids of one feature."""

    def __init__(self, offset: int, *, known: Sequence[str] | None, buckets: int = 0) -> None:
        self._offset = offset
        self._known = known
        self._buckets = buckets
        self.size = 2 + (buckets if known is None else len(known))

    def encoded(self, value: Any) -> int:
        """The id of a value."""
        found = text(value)
        if found is None:
            return self._offset + 1
        if self._known is None:
            digits = hashlib.md5(found.encode()).hexdigest()[:8]
            return self._offset + 2 + int(digits, 16) % self._buckets
        return self._offset + (2 + self._known.index(found) if found in self._known else 0)

    def padded(self, ids: Sequence[int], width: int | None) -> list[int]:
        """Exactly ``width`` of them."""
        return list(ids) if width is None else [*ids, *[self._offset + 1] * width][:width]


def entries(mapping: Any) -> list[tuple[str, float]]:
    """Keys and weights of a map, the heaviest first."""
    weights = [
        (key, min(max(number(value) or 0.0, -LARGEST), LARGEST)) for key, value in mapping or []
    ]
    return sorted(weights, key=lambda entry: (-entry[1], entry[0].encode()))
