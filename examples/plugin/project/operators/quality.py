"""Is the model good enough, and where is it weakest?"""

from __future__ import annotations

from typing import Any, NamedTuple

from netloom import RunContext, operator
from netloom.core.errors import InvalidData
from netloom.core.settings import Fraction, PositiveInt


@operator(group="quality", job=True)
def gate(metrics: dict[str, Any], *, at_least: Fraction = 0.9) -> dict[str, Any]:
    """Stop the run if a model is not good enough.

    Args:
        metrics: What `evaluate` measured.
        at_least: Smallest accuracy that passes, from 0 to 1.

    Returns:
        The accuracy and the bar it passed.
    """
    accuracy = metrics["accuracy"]
    if accuracy < at_least:
        raise InvalidData.of(
            f"the model is not good enough: accuracy {accuracy:.3f}",
            expected=f"at least {at_least}",
            fix="Train longer, or lower `at_least`",
        )
    return {"accuracy": accuracy, "at_least": at_least}


class Weakest(NamedTuple):
    """The classes with the lowest recall, and the lowest recall of all."""

    classes: list[str]
    recall: float


@operator(group="quality", job=True)
def weakest(metrics: dict[str, Any], *, count: PositiveInt = 1, run: RunContext) -> Weakest:
    """Name the classes that a model finds least often.

    Args:
        metrics: What `evaluate` measured.
        count: How many classes to name.

    Returns:
        The classes, weakest first, and the lowest recall.
    """
    recalls = {
        name: numbers["recall"]
        for name, numbers in metrics["classes"].items()
        if numbers["recall"] is not None  # no sample of this class was measured
    }
    ranked = sorted(recalls, key=lambda name: (recalls[name], name))[:count]
    run.note(f"weakest: {', '.join(ranked)}")
    return Weakest(ranked, recalls[ranked[0]])
