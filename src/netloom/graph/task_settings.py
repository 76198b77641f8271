"""Settings that belong to a learning task, such as losses, at nodes that learn another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, get_args, get_origin

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.identifiers import NodeId
from netloom.core.settings import Settings
from netloom.core.tasks import LearningTask, TaskSettings
from netloom.graph.types import Bindings


def check_task_settings(
    settings: Mapping[NodeId, Settings], bindings: Mapping[NodeId, Bindings]
) -> Iterator[Diagnostic]:
    """One G124 diagnostic for each setting of another learning task than its node's."""
    for node, valid in settings.items():
        for task in bindings.get(node, {}).values():
            if isinstance(task, type) and issubclass(task, LearningTask):
                yield from _misfits(node, valid, task)


def _misfits(node: NodeId, valid: Settings, task: type[LearningTask]) -> Iterator[Diagnostic]:
    for name, field in type(valid).model_fields.items():
        chosen = getattr(valid, name)
        if _suits(type(chosen), task):
            continue
        kinds = [kind for kind in _members(field.annotation) if _suits(kind, task)]
        yield Diagnostic(
            code="G124",
            message=f"the {name} {_kind(type(chosen))} is not for {task.name}",
            place=Place(node=node, setting=name),
            expected=", ".join(map(_kind, kinds)),
            got=_kind(type(chosen)),
            fix=f"Leave {name} out for the usual one, or choose one of these",
        )


def _suits(kind: Any, task: type[LearningTask]) -> bool:
    is_of_tasks = isinstance(kind, type) and issubclass(kind, TaskSettings)
    return not is_of_tasks or not kind.learning_tasks or task in kind.learning_tasks


def _members(annotation: Any) -> tuple[Any, ...]:
    """The classes of a union of settings."""
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    return get_args(annotation) or (annotation,)


def _kind(settings: Any) -> str:
    return str(settings.model_fields["type"].default)
