"""Which part of the input each place of a parameter belongs to: what a later model can take over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple


class Segment(NamedTuple):
    """Consecutive places along one side of a parameter, and the part of the input that they belong to.

    Attributes:
        source: ``ids`` (one place per id of the feature), ``numbers`` (one per number of the column),
            ``vector`` (one per number of the feature's vector), ``feature`` (one for the feature), or ``own``
            (places that are the same for every input).
        name: Of the feature; of the column if it holds numbers; empty for ``own``.
        start: First of the places.
        size: How many they are.
    """

    source: Literal["ids", "numbers", "vector", "feature", "own"]
    name: str
    start: int
    size: int


Axes = tuple[tuple[Segment, ...] | None, ...]
"""For each side of a parameter its segments; None: the side does not depend on the input. A side without any
segment depends on all of it at once, so that nothing can be taken over from another input."""


def shifted(segments: Sequence[Segment], by: int) -> tuple[Segment, ...]:
    """The same segments, ``by`` places further on."""
    return tuple(segment._replace(start=segment.start + by) for segment in segments)


def length(segments: Sequence[Segment]) -> int:
    """How many places they are together."""
    return sum(segment.size for segment in segments)
