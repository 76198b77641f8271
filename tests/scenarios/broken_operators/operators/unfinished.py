from __future__ import annotations

from netloom.graph.operator import operator


@operator(group="mine")
def measure(dataset: Datset) -> float:  # noqa: F821 - the mistake this scenario is about
    """Measure something."""
    return 0.0
