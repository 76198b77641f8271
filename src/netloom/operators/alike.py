"""Operators that take what another one takes, such as a forecast and the training it is of."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from netloom.graph.operator import Operator


def like(
    other: Operator[..., Any],
) -> Callable[[Callable[[dict[str, Any]], Any]], Callable[..., Any]]:
    """Give a function of named arguments the ports, settings and help texts of another operator."""

    def decorate(function: Callable[[dict[str, Any]], Any]) -> Callable[..., Any]:
        returned = function.__annotations__["return"]
        signature = inspect.signature(other.function).replace(return_annotation=returned)

        @wraps(function)
        def call(*positional: Any, **named: Any) -> Any:
            bound = signature.bind(*positional, **named)
            bound.apply_defaults()
            return function(bound.arguments)

        call.__signature__ = signature  # type: ignore[attr-defined]
        call.__annotations__ = {**other.function.__annotations__, "return": returned}
        arguments = "\n".join(f"    {name}: {text}" for name, text in other.argument_help.items())
        call.__doc__ = f"{inspect.getdoc(function)}\n\nArgs:\n{arguments}\n"
        return call

    return decorate
