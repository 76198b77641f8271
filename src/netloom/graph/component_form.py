"""Components in Python: a function that calls operators, recorded once as a graph of its own.

    @component
    def prepare(images: Dataset, *, size: int = 32) -> Dataset:
        return normalize(resize(images, size=size))

As with operators, positional parameters are inputs, keyword-only parameters settings, and the return
annotation gives the outputs. Inside a pipeline, calling it adds one node; elsewhere it calls its operators.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from functools import cached_property, update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

from pydantic_core import to_jsonable_python

from netloom.core.identifiers import PortName
from netloom.graph.builder import GraphBuilder, Handle
from netloom.graph.docstrings import docstring_sections
from netloom.graph.graph import REQUIRED, Component
from netloom.graph.operator import active_recorder
from netloom.graph.types import named_tuple_fields, type_name, without_none

P = ParamSpec("P")
R = TypeVar("R")

_ONLY_OUTPUT = PortName("out")


class ComponentFunction(Generic[P, R]):
    """A function that stands for a component; what :func:`component` makes."""

    def __init__(self, function: Callable[P, R]) -> None:
        self.function = function
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.node()(*args, **kwargs)

    def node(self, id: str | None = None, **options: Any) -> Callable[P, R]:
        """This component with a node id and other node keys, as ``operator.node`` does."""

        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            recorder = active_recorder.get()
            if not isinstance(recorder, GraphBuilder):
                return self.function(*args, **kwargs)
            given = self._signature.bind(*args, **kwargs).arguments
            recorder.add_component(self.component)
            handle = recorder.add(self.component.name, id=id, **options, **given)
            return typing.cast("R", Handle(handle.ref, tuple(self.component.outputs)))

        return call

    @cached_property
    def component(self) -> Component:
        """The component, recorded by calling the function with stand-ins for inputs and settings.

        Raises:
            TypeError: The function returns something that is no output of an operator.
        """
        inner = GraphBuilder()
        hints = typing.get_type_hints(self.function, include_extras=True)
        inputs: dict[PortName, str] = {}
        settings: dict[str, Any] = {}
        stand_ins: dict[str, Any] = {}
        for parameter in self._signature.parameters.values():
            name = parameter.name
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
                has_default = parameter.default is not inspect.Parameter.empty
                settings[name] = to_jsonable_python(parameter.default) if has_default else REQUIRED
                stand_ins[name] = {"$template": f"${{settings.{name}}}"}
            else:
                inputs[PortName(name)] = type_name(without_none(hints.get(name, Any))[0])
                stand_ins[name] = inner.input(name)
        with inner:
            returned = self.function(**stand_ins)  # type: ignore[call-arg]
        return Component(
            name=self.function.__name__,
            graph=inner.graph,
            inputs=inputs,
            settings=settings,
            outputs={name: handle.ref for name, handle in self._outputs(returned).items()},
            help=docstring_sections(inspect.getdoc(self.function) or "").get("", ""),
        )

    @cached_property
    def _signature(self) -> inspect.Signature:
        return inspect.signature(self.function)

    def _outputs(self, returned: Any) -> dict[PortName, Handle]:
        fields = named_tuple_fields(type(returned))
        names = [PortName(name) for name in fields or ()]
        values = dict(zip(names, returned, strict=True)) if names else {_ONLY_OUTPUT: returned}
        wrong = [name for name, value in values.items() if not isinstance(value, Handle)]
        if wrong:
            raise TypeError(
                f"component {self.function.__qualname__} must return outputs of the operators it "
                f"calls; {', '.join(wrong)} is {type(values[wrong[0]]).__name__}"
            )
        return values


def component(function: Callable[P, R]) -> ComponentFunction[P, R]:
    """Make a function that calls operators a component: one node outside, a graph inside.

    The body runs once, with stand-ins: it can hand inputs and settings on to operators, but not compute
    with them. Several outputs are returned as a NamedTuple.
    """
    return ComponentFunction(function)
