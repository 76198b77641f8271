"""Which functions can be operators: everything wrong with a signature is said when it is decorated."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any

from netloom.core.settings import Settings


def check_signature(
    function: Callable[..., Any], *, reserved: Collection[str], roles: Mapping[str, str]
) -> None:
    """See that a function can be an operator.

    Args:
        reserved: Names that ports and settings cannot have.
        roles: What was said about its ports.

    Raises:
        TypeError: It cannot.
    """
    where = f"operator {function.__module__}.{function.__qualname__}"
    signature = inspect.signature(function)
    if signature.return_annotation is inspect.Signature.empty:
        raise TypeError(f"{where}: the return annotation is missing; it gives the output ports")
    for parameter in signature.parameters.values():
        _check_parameter(parameter, where, reserved)
    unknown = [port for port in roles if port not in signature.parameters]
    if unknown:
        raise TypeError(f"{where}: roles of {', '.join(unknown)}, which are no parameters")


def _check_parameter(parameter: inspect.Parameter, where: str, reserved: Collection[str]) -> None:
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        raise TypeError(f"{where}: *{parameter.name} cannot be a port or a setting")
    if parameter.annotation is inspect.Parameter.empty:
        raise TypeError(f"{where}: parameter {parameter.name!r} has no annotation")
    if parameter.name.startswith("_") or _is_taken(parameter):
        raise TypeError(f"{where}: {parameter.name!r} cannot be the name of a port or a setting")
    if parameter.name in reserved:
        raise TypeError(f"{where}: {parameter.name!r} is a reserved node key")


def _is_taken(parameter: inspect.Parameter) -> bool:
    """Whether a setting would replace what pydantic itself needs, such as ``model_dump``."""
    is_setting = parameter.kind is inspect.Parameter.KEYWORD_ONLY
    return is_setting and parameter.name.startswith("model_") and hasattr(Settings, parameter.name)
