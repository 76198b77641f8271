"""Operators of this project. Each decorated function can be used as a node in a pipeline file.

Positional parameters are inputs, keyword-only parameters are settings, the return type gives the
outputs, and the docstring is the help text. `netloom operators show example.gate` shows the result.
"""

from __future__ import annotations

from typing import Any

from netloom import operator
from netloom.core.errors import InvalidData
from netloom.core.settings import Fraction


@operator(group="example", job=True)
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
