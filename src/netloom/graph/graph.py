"""Graphs: frozen nodes and edges. An edit returns a new graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from netloom.core.identifiers import NodeId, OperatorId, PortName

JSON = Any
"""A value that JSON can express."""


@dataclass(frozen=True, slots=True)
class OutputRef:
    """An output of a node. ``port`` None means its only, or first, output."""

    node: NodeId
    port: PortName | None = None

    def __str__(self) -> str:
        return f"{self.node}.{self.port}" if self.port else str(self.node)

    @classmethod
    def parse(cls, text: str) -> OutputRef:
        """``"fit.model"`` or ``"fit"``."""
        node, _, port = text.partition(".")
        return cls(NodeId(node), PortName(port) if port else None)


Input = OutputRef | tuple[OutputRef, ...]
"""What is connected to one input port: one output, or several for a fan-in port."""


@dataclass(frozen=True, slots=True)
class Node:
    """One use of an operator.

    Attributes:
        settings: Only what the user set, as JSON values; defaults are the operator's.
        inputs: Only what is connected; unset ports may be filled by wiring.
        needs: Overrides of the operator's resource needs, as JSON.
        retries: How often a failed job is tried again.
        timeout_s: Seconds after which one attempt is ended; None is no limit.
        note: A remark for people.
        reuse: The trained model that is used instead of training; see :mod:`netloom.graph.stand_ins`.
        bypass: It does not run and stands aside; see :mod:`netloom.graph.bypass`.
    """

    id: NodeId
    operator: OperatorId
    settings: Mapping[str, JSON] = field(default_factory=dict)
    inputs: Mapping[PortName, Input] = field(default_factory=dict)
    needs: Mapping[str, JSON] | None = None
    retries: int = 0
    timeout_s: float | None = None
    note: str = ""
    reuse: str | None = None
    bypass: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", MappingProxyType(dict(self.settings)))
        object.__setattr__(self, "inputs", MappingProxyType(dict(self.inputs)))

    def edges(self) -> Iterator[tuple[PortName, OutputRef]]:
        """Every incoming edge as (input port, output it comes from)."""
        for port, source in self.inputs.items():
            for ref in source if isinstance(source, tuple) else (source,):
                yield port, ref


@dataclass(frozen=True, slots=True)
class Component:
    """A graph used as an operator.

    Attributes:
        inputs: Input names with the names of their types. Inside ``graph`` an input is referred
            to like a node of that id.
        settings: Default of each setting as a JSON value; :data:`REQUIRED` if it has none. Inside
            ``graph`` a setting is used as ``{"$template": "${settings.<name>}"}``.
        outputs: Output names and the inner outputs they expose, in order.
    """

    name: str
    graph: Graph
    inputs: Mapping[PortName, str] = field(default_factory=dict)
    settings: Mapping[str, JSON] = field(default_factory=dict)
    outputs: Mapping[PortName, OutputRef] = field(default_factory=dict)
    help: str = ""


REQUIRED: dict[str, JSON] = {"$required": True}
"""Stands for the missing default of a component's setting."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by id, in the order they were written, and the components they may use."""

    nodes: Mapping[NodeId, Node] = field(default_factory=dict)
    components: Mapping[str, Component] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", MappingProxyType(dict(self.nodes)))
        object.__setattr__(self, "components", MappingProxyType(dict(self.components)))

    def __len__(self) -> int:
        return len(self.nodes)

    def __getitem__(self, node: NodeId) -> Node:
        return self.nodes[node]

    def with_node(self, node: Node) -> Graph:
        """This graph with ``node`` added, or put in the place of the node of the same id."""
        return replace(self, nodes={**self.nodes, node.id: node})

    def without_node(self, node: NodeId) -> Graph:
        """This graph without a node and without the edges that came from it."""
        kept = {
            other.id: replace(other, inputs=_inputs_without(other.inputs, node))
            for other in self.nodes.values()
            if other.id != node
        }
        return replace(self, nodes=kept)

    def with_node_renamed(self, old: NodeId, new: NodeId) -> Graph:
        """This graph with one node's id changed, edges following, order kept."""

        def renamed(source: Input) -> Input:
            if isinstance(source, tuple):
                return tuple(replace(r, node=new) if r.node == old else r for r in source)
            return replace(source, node=new) if source.node == old else source

        nodes = {}
        for node in self.nodes.values():
            inputs = {port: renamed(source) for port, source in node.inputs.items()}
            node_id = new if node.id == old else node.id
            nodes[node_id] = replace(node, id=node_id, inputs=inputs)
        return replace(self, nodes=nodes)


def _inputs_without(inputs: Mapping[PortName, Input], gone: NodeId) -> dict[PortName, Input]:
    kept: dict[PortName, Input] = {}
    for port, source in inputs.items():
        if isinstance(source, tuple):
            rest = tuple(ref for ref in source if ref.node != gone)
            if rest:
                kept[port] = rest
        elif source.node != gone:
            kept[port] = source
    return kept
