"""The operator for image transforms that a user wrote: it only describes, and imports nothing."""

from __future__ import annotations

from pathlib import Path

from pydantic import JsonValue

from netloom.core.tasks import TaskT
from netloom.data.function_source import checked_source
from netloom.data.transforms.function import Function, FunctionName
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.graph.operator import operator


def _function_identity(
    *,
    function: FunctionName,
    augments: bool,
    settings: dict[str, JsonValue],
    project: Path,
    **_: object,
) -> str:
    return checked_source(function, settings, augments=augments, project=project)


@operator(group="image", identity=_function_identity)
def function(
    images: Dataset[TaskT],
    *,
    function: FunctionName,
    augments: bool = False,
    settings: dict[str, JsonValue] = {},  # noqa: B006 - validated and copied, like all settings
    run: RunContext,
) -> Dataset[TaskT]:
    """Change every image with a Python function of your own.

    The function gets the pixels (uint8, height x width x channels) and returns pixels with as many
    channels: `def darken(image, *, amount=0.5): ...`. It must depend on nothing but its arguments. One
    that augments may have a parameter `rng`, a numpy random generator, and keeps the size.

    Args:
        images: What to change.
        function: A file of the project and a function in it, e.g. images.py:darken.
        augments: Use it for training images only, and let it draw random numbers.
        settings: What the function gets by keyword.
    """
    project = run.resolve("path:.")
    digest = checked_source(function, settings, augments=augments, project=project)
    return images.with_transform(
        Function(function=function, digest=digest, settings=settings, augmentation=augments)
    )
