"""What a table of predictions shall have. Operators describe themselves by it, so it loads no library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

PredictionOutput = Literal["label", "score", "scores"]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a table of predictions shall have.

    Attributes:
        outputs: ``label`` is the value itself, ``score`` how probable it is, ``scores`` all probabilities.
        keep: Columns of the table beside its keys.
        prefix: Before the names of the columns that the model adds.
        threshold: From which probability on the positive value of ``binary``, or one of ``labels``, holds.
    """

    outputs: tuple[PredictionOutput, ...] = ("label", "score")
    keep: tuple[str, ...] = ()
    prefix: str = ""
    threshold: float = 0.5

    def to_json(self) -> dict[str, Any]:
        """Everything that decides the columns."""
        return {
            "outputs": list(self.outputs),
            "keep": list(self.keep),
            "prefix": self.prefix,
            "threshold": self.threshold,
        }
