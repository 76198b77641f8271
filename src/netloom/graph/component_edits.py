"""Making a component of some nodes of a graph, and the reverse: its nodes in the place of a use of it.

The inner nodes keep operator, settings and what goes into them, so every result stays where it was: ids never
enter a fingerprint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from netloom.core.diagnostics import Place
from netloom.core.errors import Conflict, NetloomError, NotFound
from netloom.core.identifiers import NODE_ID_PATTERN, NodeId, OperatorId, PortName
from netloom.graph.components import filled
from netloom.graph.graph import JSON, REQUIRED, Component, Graph, Input, Node, OutputRef
from netloom.graph.operator import RESERVED_KEYS
from netloom.graph.topology import predecessors, reachable, successors


@dataclass(frozen=True, slots=True)
class BoundaryInput:
    """An input of a component to be made.

    Attributes:
        type: Name of its type.
        source: The output that goes into it, as the nodes inside refer to it now.
    """

    type: str
    source: OutputRef


@dataclass(frozen=True, slots=True)
class MakeComponent:
    """Put nodes into a component, and one node that uses it in their place.

    Attributes:
        name: Name of the component.
        node: Id of the node that uses it.
        inputs: One for each output outside that a node inside takes.
        outputs: One for each output inside that a node outside takes; others may be named, too.
    """

    name: str
    node: NodeId
    nodes: tuple[NodeId, ...]
    inputs: Mapping[PortName, BoundaryInput]
    outputs: Mapping[PortName, OutputRef]


@dataclass(frozen=True, slots=True)
class DissolveComponent:
    """Put the nodes of a component in the place of a node that uses it.

    The component goes away with its last use.

    Attributes:
        names: The ids that the nodes inside get outside.
    """

    node: NodeId
    names: Mapping[NodeId, NodeId]


def with_component(graph: Graph, edit: MakeComponent) -> Graph:
    """The graph with nodes put into a component.

    Raises:
        NotFound: A node does not exist.
        Conflict: A name is taken, a connection has no port, or a connection leads out and back in.
    """
    _check_making(graph, edit)
    chosen = set(edit.nodes)
    names = {port.source: name for name, port in edit.inputs.items()}
    inside = {
        node.id: replace(node, inputs=dict(_entering(node, chosen, names)))
        for node in graph.nodes.values()
        if node.id in chosen
    }
    exposed = {ref: OutputRef(edit.node, name) for name, ref in edit.outputs.items()}
    outside = {
        node.id: replace(node, inputs=dict(_leaving(node, chosen, exposed)))
        for node in graph.nodes.values()
        if node.id not in chosen
    }
    component = Component(
        name=edit.name,
        graph=Graph(inside),
        inputs={name: port.type for name, port in edit.inputs.items()},
        outputs=edit.outputs,
    )
    inputs: dict[PortName, Input] = {name: port.source for name, port in edit.inputs.items()}
    outside[edit.node] = Node(edit.node, OperatorId(edit.name), inputs=inputs)
    return Graph(outside, {**graph.components, edit.name: component})


def without_component(graph: Graph, edit: DissolveComponent) -> Graph:
    """The graph with the nodes of a component in the place of a node that uses it.

    Raises:
        NotFound: The node does not exist.
        Conflict: It uses no component, or one that cannot be written out; or an id is taken.
    """
    use = _existing(graph, edit.node)
    component = _check_dissolving(graph, use, edit)
    inner = [
        _written_out(node, use, component, edit.names) for node in component.graph.nodes.values()
    ]
    outside = {
        node.id: replace(node, inputs=dict(_from_inside(node, use, component, edit.names)))
        for node in graph.nodes.values()
        if node.id != use.id
    }
    after = Graph({**outside, **{node.id: node for node in inner}}, graph.components)
    if _is_used(component.name, after):
        return after
    rest = {name: each for name, each in after.components.items() if name != component.name}
    return replace(after, components=rest)


def _is_used(name: str, graph: Graph) -> bool:
    """Whether a node uses a component, in this graph or inside a component of it."""
    is_here = any(node.operator == name for node in graph.nodes.values())
    return is_here or any(_is_used(name, each.graph) for each in graph.components.values())


def _check_making(graph: Graph, edit: MakeComponent) -> None:
    for node in edit.nodes:
        _existing(graph, node)
    chosen = set(edit.nodes)
    if not chosen:
        raise _refused("a component needs nodes", edit.node, "Choose some")
    if edit.name in graph.components:
        raise _refused(
            f"there is a component {edit.name!r} already", edit.node, "Choose another name"
        )
    for text in (edit.name, edit.node, *edit.inputs, *edit.outputs):
        if not NODE_ID_PATTERN.match(text) or "/" in text:
            raise _refused(f"{text!r} cannot be a name here", edit.node, "Use letters and digits")
    if edit.node in graph.nodes:
        raise _refused(f"there is a node {edit.node!r} already", edit.node, "Choose another id")
    for port in edit.inputs:
        if port in RESERVED_KEYS or NodeId(port) in chosen:
            raise _refused(
                f"an input cannot have the name {port!r}", edit.node, "Choose another name"
            )
    for name, ref in edit.outputs.items():
        if ref.node not in chosen:
            raise _refused(
                f"the output {name!r} is {ref}, which is outside", edit.node, "Leave it out"
            )
    _check_no_way_back(graph, chosen)


def _check_no_way_back(graph: Graph, chosen: set[NodeId]) -> None:
    """A node that comes after the chosen ones and before them would be on both sides of the component."""
    after = reachable(chosen, successors(graph)) - chosen
    before = reachable(chosen, predecessors(graph)) - chosen
    between = [node for node in graph.nodes if node in after and node in before]
    if between:
        raise _refused(
            f"a way leads out of these nodes and back in, through {', '.join(between)}",
            between[0],
            "Choose it as well",
        )


def _entering(
    node: Node, chosen: set[NodeId], names: Mapping[OutputRef, PortName]
) -> Iterator[tuple[PortName, Input]]:
    def inner(ref: OutputRef) -> OutputRef:
        if ref.node in chosen:
            return ref
        if ref not in names:
            raise _refused(
                f"the node {node.id} takes {ref}, for which there is no input", node.id, "Add one"
            )
        return OutputRef(NodeId(names[ref]))

    for port, source in node.inputs.items():
        yield port, _mapped(source, inner)


def _leaving(
    node: Node, chosen: set[NodeId], exposed: Mapping[OutputRef, OutputRef]
) -> Iterator[tuple[PortName, Input]]:
    def outer(ref: OutputRef) -> OutputRef:
        if ref.node not in chosen:
            return ref
        if ref not in exposed:
            raise _refused(
                f"the node {node.id} takes {ref}, for which there is no output", node.id, "Add one"
            )
        return exposed[ref]

    for port, source in node.inputs.items():
        yield port, _mapped(source, outer)


def _mapped(source: Input, change: Callable[[OutputRef], OutputRef]) -> Input:
    return tuple(map(change, source)) if isinstance(source, tuple) else change(source)


def _check_dissolving(graph: Graph, use: Node, edit: DissolveComponent) -> Component:
    component = graph.components.get(use.operator)
    if component is None:
        raise _refused(
            f"the node {use.id} does not use a component of this pipeline", use.id, "Leave it"
        )
    if use.bypass:
        raise _refused(f"the node {use.id} is bypassed", use.id, "Use it again first")
    if component.graph.components:
        raise _refused(
            f"the component {component.name} has components of its own", use.id, "Leave it as it is"
        )
    missing = [n for n, v in component.settings.items() if v == REQUIRED and n not in use.settings]
    if missing:
        raise _refused(
            f"the setting {missing[0]!r} of {use.id} has no value", use.id, "Give it one"
        )
    taken = {*graph.nodes} - {use.id}
    for inner in component.graph.nodes:
        name = edit.names.get(inner, NodeId(""))
        if name in taken or not NODE_ID_PATTERN.match(name) or "/" in name:
            raise _refused(
                f"the node {inner} cannot get the id {name!r}", use.id, "Choose another id"
            )
        taken.add(name)
    return component


def _written_out(
    node: Node, use: Node, component: Component, names: Mapping[NodeId, NodeId]
) -> Node:
    given = {n: v for n, v in component.settings.items() if v != REQUIRED}
    values = {**given, **{n: v for n, v in use.settings.items() if n in component.settings}}
    settings: dict[str, JSON] = {n: filled(value, values) for n, value in node.settings.items()}
    return replace(
        node,
        id=names[node.id],
        inputs=dict(_resolved(node, lambda ref: _outside(ref, use, component, names))),
        settings=settings,
        needs=node.needs or use.needs,
        retries=node.retries or use.retries,
        timeout_s=node.timeout_s or use.timeout_s,
    )


def _outside(
    ref: OutputRef, use: Node, component: Component, names: Mapping[NodeId, NodeId]
) -> tuple[OutputRef, ...]:
    """What a reference inside a component stands for outside."""
    if PortName(ref.node) in component.inputs:
        source = use.inputs.get(PortName(ref.node), ())
        return source if isinstance(source, tuple) else (source,)
    return (replace(ref, node=names.get(ref.node, ref.node)),)


def _from_inside(
    node: Node, use: Node, component: Component, names: Mapping[NodeId, NodeId]
) -> Iterator[tuple[PortName, Input]]:
    def source(ref: OutputRef) -> tuple[OutputRef, ...]:
        if ref.node != use.id:
            return (ref,)
        outputs = component.outputs
        inner = outputs.get(ref.port) if ref.port else next(iter(outputs.values()), None)
        return () if inner is None else _outside(inner, use, component, names)

    yield from _resolved(node, source)


def _resolved(
    node: Node, source_of: Callable[[OutputRef], tuple[OutputRef, ...]]
) -> Iterator[tuple[PortName, Input]]:
    for port, source in node.inputs.items():
        refs = source if isinstance(source, tuple) else (source,)
        found = tuple(each for ref in refs for each in source_of(ref))
        if isinstance(source, tuple) or len(found) > 1:
            yield port, found
        elif found:
            yield port, found[0]


def _existing(graph: Graph, node: NodeId) -> Node:
    found = graph.nodes.get(node)
    if found is None:
        raise NotFound.of(f"there is no node {node!r}", place=Place(node=node))
    return found


def _refused(message: str, node: str, fix: str) -> NetloomError:
    return Conflict.of(message, code="D062", place=Place(node=node), fix=fix)
