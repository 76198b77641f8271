"""What must be true before a training starts; everything that is wrong is said at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn

from netloom.core.diagnostics import Diagnostic, Severity
from netloom.core.errors import InvalidData
from netloom.core.reporter import Reporter
from netloom.data.datasets import Samples
from netloom.tasks.protocol import Task
from netloom.training.batch_norm import batch_norms
from netloom.training.recipe import Recipe


def check_samples(
    task: Task[Any],
    train: Samples,
    valid: Samples,
    recipe: Recipe,
    *,
    data_task: str,
    reporter: Reporter,
) -> None:
    """Check that there is something to learn from; what is only doubtful is noted.

    Args:
        data_task: Learning task of the data set.

    Raises:
        InvalidData: Something is wrong.
    """
    found = [
        *task.problems(train, train.label_names, part="train"),
        *_mismatches(task, train, valid, recipe, data_task=data_task),
    ]
    if len(valid):
        found += task.problems(valid, valid.label_names, part="valid")
    for problem in found:
        if problem.severity is not Severity.ERROR:
            reporter.note(str(problem))
    errors = [problem for problem in found if problem.severity is Severity.ERROR]
    if errors:
        raise InvalidData(*errors)


def check_batch_norm(network: nn.Module, batch_size: int, *, count: int) -> None:
    """Refuse single samples where statistics over a batch are needed.

    Args:
        count: Devices that share a batch.

    Raises:
        InvalidData: Every device gets a single sample (I306).
    """
    learns = any(layer.training for layer in batch_norms(network))
    if batch_size // count == 1 and learns:
        raise InvalidData.of(
            "batch norm cannot learn from one sample at a time",
            code="I306",
            expected=f"batch_size of {2 * count} or more",
            got=str(batch_size) + (f" on {count} devices" if count > 1 else ""),
            fix="Raise batch_size; accumulate does not help here",
        )


def _mismatches(
    task: Task[Any], train: Samples, valid: Samples, recipe: Recipe, *, data_task: str
) -> Iterator[Diagnostic]:
    if data_task != task.name:
        yield Diagnostic(
            code="I307",
            message="the data set is for another learning task than the model",
            expected=task.name,
            got=data_task,
            fix="Connect a data set of the model's task",
        )
    if not len(valid) and recipe.patience is not None:
        yield Diagnostic(
            code="I304",
            message="patience needs a validation part, but there is none",
            fix="Set valid: 0.1 in data.split, or remove patience",
        )
    if isinstance(recipe.batch_size, int) and 0 < len(train) < recipe.batch_size:
        yield Diagnostic(
            code="I306",
            message="batch_size is larger than the training part",
            expected=f"at most {len(train)}",
            got=str(recipe.batch_size),
            fix="Lower batch_size, or add training samples",
        )
