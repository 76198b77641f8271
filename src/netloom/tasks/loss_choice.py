"""What a training minimises: the usual loss of its learning task, or another that the task understands."""

from __future__ import annotations

from typing import Any, get_args

from netloom.core.errors import InvalidData
from netloom.tasks.loss_settings import Usual
from netloom.tasks.protocol import Task


def chosen_loss(loss: Any, task: Task[Any]) -> Any:
    """The loss that a task is to minimise.

    Raises:
        InvalidData: It is one of another task.

    >>> from netloom.tasks.catalogue import task_named
    >>> chosen_loss(Usual(), task_named("image_classification")).type
    'cross_entropy'
    """
    kinds: tuple[type[Any], ...] = losses_of(task)
    if isinstance(loss, Usual):
        return kinds[0]()
    if not isinstance(loss, kinds):
        raise InvalidData.of(
            f"the loss {loss.type} is not for {task.name}",
            code="X312",
            expected=", ".join(["usual", *(kind().type for kind in kinds)]),
            got=loss.type,
            fix="Leave loss out for the usual one, or choose one of these",
        )
    return loss


def losses_of(task: Task[Any]) -> tuple[type[Any], ...]:
    """The losses that a task understands, the usual one first."""
    union = get_args(task.loss_type)[0]
    return get_args(union) or (union,)
