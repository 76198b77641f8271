"""What the label columns of a table hold, counted piece by piece, and what follows for the targets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netloom.core.diagnostics import Diagnostic
from netloom.models.tabular.spec import Scale, Target
from netloom.tasks.tabular.targets import (
    flat_texts,
    is_missing,
    label_array,
    listed,
    unknown_classes_problem,
)

if TYPE_CHECKING:
    import pyarrow as pa

MOST_CLASSES = 10_000
_SWITCHES = (("false", "true"), ("0", "1"))
_SMALLEST_DEVIATION = 1e-12
"""Relative to the mean; below, a column of equal numbers only looks as if it varied."""


@dataclass
class LabelCounts:
    """What the rows of one part have in the column of one target.

    Attributes:
        first_missing: Which row it is, for people.
        classes: How many rows have each value; of ``number`` nothing.
        has_too_many: There were more than :data:`MOST_CLASSES`, and counting ended.
    """

    target: Target
    rows: int = 0
    missing: int = 0
    first_missing: str = ""
    classes: Counter[str] = field(default_factory=Counter)
    has_too_many: bool = False
    mean: float = 0.0
    squares: float = 0.0

    def add(self, column: pa.ChunkedArray, *, name_row: Any) -> NDArray[np.bool_]:
        """Count rows; returns which of them have no label.

        Args:
            name_row: Function of a row's place that says which row it is.
        """
        missing_N = is_missing(self.target, column)
        before = self.rows - self.missing
        self.rows += len(missing_N)
        self.missing += int(missing_N.sum())
        if not self.first_missing and missing_N.any():
            self.first_missing = name_row(int(missing_N.argmax()))
        if self.target.type == "number":
            self._add_numbers(label_array(self.target, column)[~missing_N], before)
        elif not self.has_too_many:
            self._add_classes(column)
        return missing_N

    @property
    def labelled(self) -> int:
        """Rows with a label."""
        return self.rows - self.missing

    @property
    def deviation(self) -> float:
        """Standard deviation of the numbers; 0 if all are equal."""
        deviation = float(np.sqrt(self.squares / max(1, self.labelled)))
        return deviation if deviation > _SMALLEST_DEVIATION * abs(self.mean) else 0.0

    def to_json(self) -> dict[str, Any]:
        """For the report of a training."""
        facts: dict[str, Any] = {"rows": self.rows, "missing": self.missing}
        if self.target.type == "number":
            return {**facts, "mean": self.mean, "deviation": self.deviation}
        return {**facts, "classes": dict(self.classes.most_common())}

    def _add_numbers(self, numbers: NDArray[np.float64], before: int) -> None:
        """Mean and squared deviations of two groups together (Chan, Golub & LeVeque 1979)."""
        if not len(numbers):
            return
        mean, count = float(numbers.mean()), before + len(numbers)
        away = mean - self.mean
        self.squares += float(np.square(numbers - mean).sum())
        self.squares += away * away * before * len(numbers) / count
        self.mean += away * len(numbers) / count

    def _add_classes(self, column: pa.ChunkedArray) -> None:
        import pyarrow.compute as pc

        for texts in flat_texts(self.target, column):
            for entry in pc.value_counts(texts.drop_null()).to_pylist():
                self.classes[entry["values"]] += entry["counts"]
        self.has_too_many = len(self.classes) > MOST_CLASSES


def fitted_target(target: Target, train: LabelCounts) -> Target:
    """The target with what the training part decides: its classes, or its scale."""
    if target.type == "number":
        return target.model_copy(
            update={"scale": Scale(mean=train.mean, std=train.deviation or 1.0)}
        )
    if target.classes is not None:
        return target
    return target.model_copy(update={"classes": _classes(target, train.classes)})


def _classes(target: Target, found: Mapping[str, int]) -> tuple[str, ...]:
    if target.type == "binary":
        if target.positive is None:
            return next((pair for pair in _SWITCHES if set(found) <= set(pair)), ())
        negative = sorted(set(found) - {target.positive})
        return (*negative, target.positive) if target.positive in found else tuple(negative)
    return tuple(sorted(found, key=_class_order))


def _class_order(text: str) -> tuple[float, str]:
    """Numbers by size, then texts."""
    try:
        return (float(text), text)
    except ValueError:
        return (float("inf"), text)


def label_problems(
    train: Sequence[LabelCounts], valid: Sequence[LabelCounts], *, drops_missing: bool
) -> list[Diagnostic]:
    """Everything that is wrong with the labels of a training and a validation part."""
    problems: list[Diagnostic] = []
    for counts in train:
        problems += _training_problems(counts)
    for part, name in ((train, "train"), (valid, "valid")):
        if not drops_missing:
            problems += [_missing_problem(counts, name) for counts in part if counts.missing]
    for counts, measured in zip(train, valid, strict=True):
        target = fitted_target(counts.target, counts)
        strange = set(measured.classes) - set(target.classes or ())
        if strange and target.classes:
            problems.append(unknown_classes_problem(target, sorted(strange), part="valid"))
    return problems


def _training_problems(counts: LabelCounts) -> Iterator[Diagnostic]:
    target = counts.target
    if not counts.labelled:
        yield _diagnostic(
            target, "T334", "has no label in the training part", fix="Leave the target out"
        )
    elif target.type == "number":
        if not counts.deviation:
            yield _diagnostic(
                target,
                "T335",
                f"is {counts.mean:g} in every row of the training part: there is nothing to learn",
                fix="Choose another column, or leave the target out",
            )
    elif counts.has_too_many:
        yield _diagnostic(
            target,
            "T336",
            f"has more than {MOST_CLASSES:,} different values",
            fix="A number to be predicted is a target of type `number`; keys cannot be predicted",
        )
    else:
        yield from _class_problems(counts, fitted_target(target, counts))


def _class_problems(counts: LabelCounts, target: Target) -> Iterator[Diagnostic]:
    found, known = set(counts.classes), set(target.classes or ())
    if found - known:
        yield _strange_values(target, found)
    elif len(found) < 2 and target.type != "labels":
        yield _diagnostic(
            target,
            "T337",
            f"is {next(iter(found))!r} in every row of the training part: there is nothing to learn",
            fix="Train on rows of both kinds, or leave the target out",
        )
    elif len(known) < 2:
        yield _diagnostic(
            target,
            "T337",
            f"has only the label {listed(sorted(found))}"
            if found
            else "has no label in any of its lists",
            fix="Make it a column of booleans and a target of type `binary`",
        )
    if isinstance(target.class_weights, dict):
        yield from _weight_problems(target, known or found)


def _strange_values(target: Target, found: set[str]) -> Diagnostic:
    if target.type == "binary":
        return _diagnostic(
            target,
            "T338",
            f"has {len(found)} values: {listed(sorted(found))}",
            expected="two values; which is the positive one is clear for true and false, or 0 and 1",
            fix="Set `positive` of the target, or make it a target of type `classes`",
        )
    strange = sorted(found - set(target.classes or ()))
    return _diagnostic(
        target,
        "T333",
        f"has values that are not among the target's `classes`: {listed(strange)}",
        expected=listed(target.classes or ()),
        fix="Add them to `classes`, or leave those rows out",
    )


def _weight_problems(target: Target, classes: set[str]) -> Iterator[Diagnostic]:
    weights = dict(target.class_weights) if isinstance(target.class_weights, dict) else {}
    unknown = sorted(weights.keys() - classes)
    if unknown:
        yield _diagnostic(
            target,
            "T339",
            f"has class_weights for values that it does not have: {listed(unknown)}",
            expected=listed(sorted(classes)),
            fix="Correct the names in `class_weights`",
        )
    if not any(weights.get(name, 1.0) for name in classes):
        yield _diagnostic(
            target, "T339", "gives no class a weight above 0", fix="Raise one of `class_weights`"
        )


def _missing_problem(counts: LabelCounts, part: str) -> Diagnostic:
    return Diagnostic(
        code="T340",
        message=f"column {counts.target.column!r} has no label in {counts.missing:,} of "
        f"{counts.rows:,} rows of the part {part!r}; the first is {counts.first_missing}",
        expected="a value in every row: not null, NaN or infinite",
        fix="Set `missing_labels: drop` to learn from the other rows, or fill them with tables.fill",
    )


def _diagnostic(
    target: Target, code: str, what: str, *, fix: str, expected: str | None = None
) -> Diagnostic:
    return Diagnostic(
        code=code, message=f"column {target.column!r} {what}", expected=expected, fix=fix
    )


def class_weights(target: Target, counts: Mapping[str, int]) -> tuple[float, ...] | None:
    """The weight of each class; None: all count alike.

    ``balanced``: n / (K · nₖ) for n labels, nₖ of them of this class, and K classes that occur.

    Example:
        >>> target = Target(column="y", type="binary", classes=("0", "1"), class_weights="balanced")
        >>> class_weights(target, {"0": 3, "1": 1})
        (0.6666666666666666, 2.0)
    """
    classes = target.classes or ()
    if target.type == "number" or target.class_weights == "none":
        return None
    if isinstance(target.class_weights, dict):
        return tuple(target.class_weights.get(name, 1.0) for name in classes)
    total = sum(counts.get(name, 0) for name in classes)
    occurring = sum(1 for name in classes if counts.get(name))
    return tuple(
        total / (occurring * counts[name]) if counts.get(name) else 0.0 for name in classes
    )
