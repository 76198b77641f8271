"""The Python form: operator calls inside ``with`` record nodes of the same graph a file describes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextvars import Token
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic_core import to_jsonable_python

from netloom.core.diagnostics import Place, did_you_mean
from netloom.core.digests import canonical_json
from netloom.core.errors import InvalidPipeline
from netloom.core.identifiers import NODE_ID_PATTERN, NodeId, OperatorId, PortName
from netloom.graph.graph import Component, Graph, Input, Node, OutputRef
from netloom.graph.operator import NodeOptions, Operator, Recorder, active_recorder

_PACKAGE = str(Path(__file__).resolve().parents[1]) + os.sep
_OPTION_NAMES = ("needs", "retries", "timeout_s", "note", "reuse", "bypass")


class Handle:
    """Stands for the outputs of a recorded node; ``handle.name`` or ``handle["name"]`` is one of them."""

    def __init__(self, ref: OutputRef, outputs: tuple[str, ...]) -> None:
        self._ref = ref
        self._outputs = outputs

    @property
    def ref(self) -> OutputRef:
        """The reference this handle stands for."""
        return self._ref

    def __getitem__(self, name: str) -> Handle:
        if self._outputs and name not in self._outputs:
            raise AttributeError(
                f"{self._ref.node} has no output {name!r}. Outputs: {', '.join(self._outputs)}. "
                + (did_you_mean(name, self._outputs) or "")
            )
        return Handle(OutputRef(self._ref.node, PortName(name)), ())

    def __getattr__(self, name: str) -> Handle:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __iter__(self) -> Any:
        """Unpack the outputs of an operator that returns several."""
        return iter([self[name] for name in self._outputs])

    def __repr__(self) -> str:
        return f"<output {self._ref}>"


class GraphBuilder(Recorder):
    """Collects nodes. Inside ``with builder:`` calling an operator adds a node and returns a handle."""

    def __init__(self) -> None:
        self._nodes: dict[NodeId, Node] = {}
        self._components: dict[str, Component] = {}
        self._places: dict[NodeId, Place] = {}
        self._operators: dict[OperatorId, Operator[Any, Any]] = {}
        self._tokens: list[Token[Recorder | None]] = []

    def __enter__(self) -> Self:
        self._tokens.append(active_recorder.set(self))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        active_recorder.reset(self._tokens.pop())

    @property
    def graph(self) -> Graph:
        """What has been recorded so far."""
        return Graph(self._nodes, self._components)

    @property
    def recorded_operators(self) -> tuple[Operator[Any, Any], ...]:
        """Operators whose calls were recorded, whether or not a catalogue knows them."""
        return tuple(self._operators.values())

    def place_of(self, place: Place) -> Place:
        """A place in the graph with the file and line of the call that made its node."""
        source = self._places.get(NodeId((place.node or "").partition("/")[0]))
        if source is None:
            return place
        return Place(place.node, place.port, place.setting, source.file, source.line)

    def record(
        self,
        operator: Operator[Any, Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        options: NodeOptions,
    ) -> Handle:
        """Add a node for an operator call; see :class:`netloom.graph.operator.Recorder`."""
        ports = list(operator.inputs)
        if len(args) > len(ports):
            raise self._refused(
                f"the operator {operator.id} takes {len(ports)} inputs, {len(args)} were given",
                fix="Settings are given by name",
            )
        given = dict(zip(ports, args, strict=False))
        twice = sorted(given.keys() & kwargs.keys())
        if twice:
            raise self._refused(
                f"the operator {operator.id} was given {', '.join(twice)} twice",
                fix="Keep one of the values",
            )
        given.update(kwargs)
        node_id = self._new_id(options.id, operator.id)
        self._operators[operator.id] = operator
        self._add(node_id, operator.id, given, options, port_names=set(ports))
        return Handle(OutputRef(node_id), tuple(operator.outputs))

    def add(self, operator: str, /, *, id: str | None = None, **given: Any) -> Handle:
        """Add a node by operator id: what a pipeline file says, as a call.

        Args:
            operator: Operator id, or the name of a component of this graph.
            id: Node id; made from the operator's name if not given.
            given: Inputs (handles, references such as ``"fit.model"`` are not guessed), settings,
                and the node keys ``needs, retries, timeout_s, note, reuse, bypass``.
        """
        options = NodeOptions(
            id, **{name: given.pop(name) for name in _OPTION_NAMES if name in given}
        )
        node_id = self._new_id(id, operator)
        self._add(node_id, OperatorId(operator), given, options, port_names=set())
        return Handle(OutputRef(node_id), ())

    def add_component(self, component: Component) -> None:
        """Make a component available to ``add`` under its name.

        Raises:
            InvalidPipeline: Another component has this name.
        """
        if self._components.setdefault(component.name, component) != component:
            raise self._refused(
                f"there are two components called {component.name!r}",
                fix="Rename one of them",
                code="G114",
            )

    def input(self, name: str) -> Handle:
        """Inside the graph of a component: the handle of one of the component's inputs."""
        return Handle(OutputRef(NodeId(name)), ())

    def _add(
        self,
        node_id: NodeId,
        operator: OperatorId,
        given: Mapping[str, Any],
        options: NodeOptions,
        *,
        port_names: set[PortName],
    ) -> None:
        inputs: dict[PortName, Input] = {}
        settings: dict[str, Any] = {}
        for name, value in given.items():
            source = _input_from(value)
            if source is not None:
                inputs[PortName(name)] = source
            elif name not in port_names:
                settings[name] = self._setting(node_id, name, value)
            elif value is not None:
                raise self._refused(
                    f"the input {name!r} of {operator} was given {type(value).__name__} {value!r}",
                    fix="Inputs take outputs of other nodes; values are settings",
                )
        self._places[node_id] = self._caller()
        self._nodes[node_id] = Node(
            id=node_id,
            operator=operator,
            settings=settings,
            inputs=inputs,
            needs=options.needs,
            retries=options.retries,
            timeout_s=options.timeout_s,
            note=options.note,
            reuse=options.reuse,
            bypass=options.bypass,
        )

    def _setting(self, node_id: NodeId, name: str, value: Any) -> Any:
        try:
            plain = to_jsonable_python(value, inf_nan_mode="constants")
            canonical_json(plain)  # refuses NaN and infinity
            return plain
        except Exception as error:
            raise self._refused(
                f"the setting {name!r} of {node_id} cannot be written to a file: {error}",
                fix="Use numbers, texts, lists, mappings or settings classes",
            ) from error

    def _new_id(self, wanted: str | None, operator: str) -> NodeId:
        if wanted is not None:
            if not NODE_ID_PATTERN.match(wanted):
                raise self._refused(f"{wanted!r} cannot be a node id", fix="Use letters and digits")
            if wanted in self._nodes:
                raise self._refused(
                    f"there is a node {wanted!r} already ({self._places[NodeId(wanted)]})",
                    code="G113",
                    fix="Choose another id",
                )
            return NodeId(wanted)
        stem = operator.rpartition(".")[2]
        number = 1
        candidate = stem
        while candidate in self._nodes:
            number += 1
            candidate = f"{stem}_{number}"
        return NodeId(candidate)

    def _refused(self, message: str, *, fix: str, code: str = "G102") -> InvalidPipeline:
        return InvalidPipeline.of(message, code=code, place=self._caller(), fix=fix)

    def _caller(self) -> Place:
        """The first line outside this package on the call stack."""
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
            frame = frame.f_back
        return Place(file=frame.f_code.co_filename, line=frame.f_lineno)


def _input_from(value: Any) -> Input | None:
    """The connection a call argument stands for, or None if it is not one."""
    if isinstance(value, Handle):
        return value.ref
    is_list = isinstance(value, list | tuple) and bool(value)
    if is_list and all(isinstance(item, Handle) for item in value):
        return tuple(item.ref for item in value)
    return None
