"""Expanding components: a graph used as an operator becomes the nodes it stands for.

The inner nodes of ``prep`` get ids such as ``prep/resized``. ``needs``, ``retries`` and ``timeout_s`` of the
outer node apply to each inner node that does not set its own. A bypassed use of a component stays one node.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from netloom.core.diagnostics import Diagnostic, Place, did_you_mean
from netloom.core.errors import InvalidPipeline
from netloom.core.identifiers import NodeId, PortName
from netloom.graph.bypassed_use import BypassedUse, OutputOrigin
from netloom.graph.graph import JSON, REQUIRED, Component, Graph, Input, Node, OutputRef
from netloom.graph.references import evaluate_template
from netloom.graph.unknown_keys import KnownKeys, key_problems

MAX_NODES = 10_000
MAX_REFERENCES = 100_000
MAX_DEPTH = 64
"""What a pipeline may expand to: a few lines can stand for millions of nodes."""


@dataclass(slots=True)
class Expansion:
    """What a graph stands for.

    Attributes:
        graph: The graph without components.
        diagnostics: What is wrong with the components and their uses.
        unresolved: Settings and inputs of inner nodes left out because of that.
        bypassed_uses: The nodes of ``graph`` that are bypassed uses of components.
    """

    graph: Graph
    diagnostics: list[Diagnostic] = field(default_factory=list)
    unresolved: set[tuple[NodeId, str]] = field(default_factory=set)
    bypassed_uses: dict[NodeId, BypassedUse] = field(default_factory=dict)
    num_nodes: int = 0
    num_references: int = 0

    def count(self, *, nodes: int = 0, references: int = 0) -> None:
        """Keep within the limits while it grows."""
        self.num_nodes += nodes
        self.num_references += references
        if self.num_nodes > MAX_NODES or self.num_references > MAX_REFERENCES:
            raise _TooLarge


def expand(graph: Graph) -> Expansion:
    """The component-free graph that ``graph`` stands for, and what is wrong with its components."""
    if not any(node.operator in graph.components for node in graph.nodes.values()):
        return Expansion(replace(graph, components={}))
    found = Expansion(Graph())
    scope = _Scope(graph, _Definitions(graph.components), found)
    nodes: dict[NodeId, Node] = {}
    try:
        for node in scope.flat_nodes():
            nodes[node.id] = node
    except _TooLarge:
        found.diagnostics.append(_too_large())
    found.graph = Graph(nodes)
    return found


class _TooLarge(Exception):
    """The limit was passed; expansion stops at once."""


class _Circle(Exception):
    """Components hand an input through to each other without end; the argument is the path."""


@dataclass(frozen=True, slots=True)
class _Definitions:
    """Components that can be used somewhere: those defined there, then those around it."""

    own: Mapping[str, Component]
    around: _Definitions | None = None

    def find(self, name: str) -> tuple[Component, _Definitions] | None:
        """A component, and what can be used inside it."""
        component = self.own.get(name)
        if component is not None:
            return component, _Definitions(component.graph.components, self)
        return self.around.find(name) if self.around else None


_Trail = tuple[str, ...]
"""References on the way to the one being resolved."""


@dataclass
class _Scope:
    """One graph being expanded: the pipeline itself, or one use of a component."""

    graph: Graph
    definitions: _Definitions
    found: Expansion
    prefix: str = ""
    outer: _Scope | None = None
    use: Node | None = None
    component: Component | None = None
    settings: Mapping[str, JSON] = field(default_factory=dict)

    @cached_property
    def children(self) -> dict[NodeId, _Scope]:
        """A scope for each node of this graph that uses a component."""
        return {
            node.id: self._child(node, *defined)
            for node in self.graph.nodes.values()
            if (defined := self.definitions.find(node.operator)) and not self._is_within(defined[0])
        }

    def flat_nodes(self) -> Iterator[Node]:
        """Nodes of this scope and of the components it uses, in order."""
        for node in self.graph.nodes.values():
            self.found.count(nodes=1)
            child = self.children.get(node.id)
            if node.bypass and self.definitions.find(node.operator):
                aside = child.aside() if child else BypassedUse()
                self.found.bypassed_uses[NodeId(self.prefix + node.id)] = aside
                yield self._flat_node(node)
            elif child is not None:
                yield from child.flat_nodes()
            elif self.definitions.find(node.operator):
                self.found.diagnostics.append(_endless(self.prefix, node))
            else:
                yield self._flat_node(node)

    def resolve(self, ref: OutputRef, trail: _Trail = ()) -> tuple[OutputRef, ...]:
        """The flat outputs a reference inside this scope stands for; empty for an unset input.

        Raises:
            _Circle: It stands for itself.
        """
        self.found.count(references=1)
        here = f"{self.prefix}{ref}"
        if here in trail:
            raise _Circle(" → ".join(reversed((*trail[trail.index(here) :], here))))
        trail = (*trail, here)
        if self.component and self.outer and self.use and _is_input(ref, self.component):
            source = self.use.inputs.get(PortName(ref.node), ())
            return self.outer.resolve_all(source, trail)
        child = self._open(ref.node)
        exposed = child.exposed(ref.port) if child else None
        if child is None or exposed is None:
            return (replace(ref, node=NodeId(self.prefix + ref.node)),)
        return child.resolve(exposed, trail)

    def resolve_all(self, source: Input, trail: _Trail = ()) -> tuple[OutputRef, ...]:
        """Like :meth:`resolve` for one reference or several."""
        refs = source if isinstance(source, tuple) else (source,)
        return tuple(flat for ref in refs for flat in self.resolve(ref, trail))

    def exposed(self, port: PortName | None) -> OutputRef | None:
        """The inner output behind an output of this component; the first one for None."""
        assert self.component is not None
        outputs = self.component.outputs
        return outputs.get(port) if port else next(iter(outputs.values()), None)

    def aside(self) -> BypassedUse:
        """This use of a component as a node that stands aside."""
        assert self.component is not None
        outputs = {
            port: origin
            for port, ref in self.component.outputs.items()
            if (origin := self._origin(ref)) is not None
        }
        return BypassedUse(tuple(self.component.inputs), outputs)

    def _origin(self, ref: OutputRef) -> OutputOrigin | None:
        assert self.component is not None
        if _is_input(ref, self.component):
            return OutputOrigin(input_type=self.component.inputs[PortName(ref.node)])
        child = self.children.get(ref.node)
        exposed = child.exposed(ref.port) if child else None
        if child is not None:
            return child._origin(exposed) if exposed is not None else None
        node = self.graph.nodes.get(ref.node)
        return OutputOrigin(node.operator, ref.port) if node else None

    def _open(self, node: NodeId) -> _Scope | None:
        """The scope that takes the place of a node: of a bypassed one nothing does."""
        return (
            None
            if node in self.graph.nodes and self.graph[node].bypass
            else self.children.get(node)
        )

    def _child(self, node: Node, component: Component, inside: _Definitions) -> _Scope:
        if self.prefix.count("/") >= MAX_DEPTH:
            raise _TooLarge
        self.found.diagnostics.extend(_use_problems(self.prefix, node, component))
        given = self._filled_settings(node)
        defaults = {name: value for name, value in component.settings.items() if value != REQUIRED}
        return _Scope(
            graph=component.graph,
            definitions=inside,
            found=self.found,
            prefix=f"{self.prefix}{node.id}/",
            outer=self,
            use=self._inheriting(node),
            component=component,
            settings={**defaults, **{n: v for n, v in given.items() if n in component.settings}},
        )

    def _is_within(self, component: Component) -> bool:
        return self.component is component or (
            self.outer is not None and self.outer._is_within(component)
        )

    def _flat_node(self, node: Node) -> Node:
        inputs: dict[PortName, Input] = {}
        for port, source in node.inputs.items():
            refs = self._connected(node, port, source)
            if isinstance(source, tuple) or len(refs) > 1:
                inputs[port] = refs
            elif refs:
                inputs[port] = refs[0]
        node_id = NodeId(self.prefix + node.id)
        settings = self._filled_settings(node)
        return replace(self._inheriting(node), id=node_id, inputs=inputs, settings=settings)

    def _connected(self, node: Node, port: PortName, source: Input) -> tuple[OutputRef, ...]:
        place = Place(node=NodeId(self.prefix + node.id), port=port)
        for ref in source if isinstance(source, tuple) else (source,):
            if self._is_dangling(ref):  # reported where the component is used
                self.found.unresolved.add((NodeId(self.prefix + node.id), port))
                return ()
            problem = self._output_problem(ref, place)
            if problem is not None:
                self.found.diagnostics.append(problem)
                return ()
        try:
            return self.resolve_all(source)
        except _Circle as circle:
            self.found.diagnostics.append(
                Diagnostic(
                    code="G109",
                    message=f"components hand their inputs to each other in a circle: {circle}",
                    place=place,
                    fix="Remove one of these connections",
                )
            )
            return ()

    def _is_dangling(self, ref: OutputRef) -> bool:
        """Whether a reference means an output that a component does not really have."""
        child = self._open(ref.node)
        exposed = child.exposed(ref.port) if child else None
        return bool(child and exposed and not _is_inside(exposed, child.component))

    def _output_problem(self, ref: OutputRef, place: Place) -> Diagnostic | None:
        """What is wrong with a reference to a component, or to an input of this one."""
        child = self.children.get(ref.node)
        if child is not None and child.component and child.exposed(ref.port) is None:
            outputs = list(child.component.outputs)
            return Diagnostic(
                code="G107",
                message=f"the node {ref.node} ({child.component.name}) has no output "
                f"{ref.port or ''!r}",
                place=place,
                expected=", ".join(outputs) or "no outputs",
                got=ref.port or "the only output",
                fix=did_you_mean(ref.port or "", outputs),
            )
        if self.component and ref.port and _is_input(ref, self.component):
            return Diagnostic(
                code="G107",
                message=f"the input {ref.node!r} of {self.component.name} is one value without "
                f"outputs of its own",
                place=place,
                got=str(ref),
                fix=f"Write {ref.node}, and connect {ref.port} where the component is used",
            )
        return None

    def _filled_settings(self, node: Node) -> dict[str, JSON]:
        """Settings of a node in this scope, templates replaced; those that cannot be are left out."""
        node_id = NodeId(self.prefix + node.id)
        missing = self._settings_without_value()
        settings: dict[str, JSON] = {}
        for name, value in node.settings.items():
            try:
                settings[name] = filled(value, self.settings)
            except InvalidPipeline as error:
                self.found.unresolved.add((node_id, name))
                if not (missing and missing.search(str(error))):
                    place = Place(node=node_id, setting=name)
                    self.found.diagnostics.extend(
                        replace(problem, place=place) for problem in error.diagnostics
                    )
        return settings

    def _settings_without_value(self) -> re.Pattern[str] | None:
        """Finds the names of settings that were not given and are reported as such already."""
        declared = self.component.settings if self.component else {}
        missing = [name for name in declared if name not in self.settings]
        return re.compile(rf"\bsettings\.({'|'.join(missing)})\b") if missing else None

    def _inheriting(self, node: Node) -> Node:
        if self.use is None:
            return node
        return replace(
            node,
            needs=node.needs or self.use.needs,
            retries=node.retries or self.use.retries,
            timeout_s=node.timeout_s or self.use.timeout_s,
        )


def filled(value: JSON, settings: Mapping[str, JSON]) -> JSON:
    """A setting value with templates replaced by the component's settings."""
    if isinstance(value, Mapping):
        if set(value) == {"$template"}:
            return evaluate_template(value["$template"], {"settings": settings})
        return {key: filled(item, settings) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [filled(item, settings) for item in value]
    return value


def _use_problems(prefix: str, node: Node, component: Component) -> Iterator[Diagnostic]:
    node_id = NodeId(prefix + node.id)
    known = KnownKeys(f"the component {component.name}", component.inputs, component.settings)
    yield from key_problems(node, known, node_id=node_id)
    for name, default in component.settings.items():
        if default == REQUIRED and name not in node.settings:
            yield Diagnostic(
                code="G104",
                message=f"the setting {name!r} of component {component.name} has no value",
                place=Place(node=node_id, setting=name),
                fix=f"Write {name}: <value>",
            )
    for name, ref in component.outputs.items():
        if not _is_inside(ref, component):
            inside = [*component.graph.nodes, *component.inputs]
            yield Diagnostic(
                code="G106",
                message=f"the output {name!r} of component {component.name} is {ref}, but there is "
                f"no node {ref.node!r} in it",
                place=Place(node=node_id),
                fix=did_you_mean(ref.node, inside) or f"Nodes: {', '.join(inside)}",
            )


def _is_inside(ref: OutputRef, component: Component | None) -> bool:
    return component is not None and (
        ref.node in component.graph.nodes or _is_input(ref, component)
    )


def _is_input(ref: OutputRef, component: Component) -> bool:
    return PortName(ref.node) in component.inputs


def _endless(prefix: str, node: Node) -> Diagnostic:
    return Diagnostic(
        code="G114",
        message=f"component {node.operator} contains itself",
        place=Place(node=NodeId(prefix + node.id)),
        fix="Break the circle: a component cannot be one of its own nodes",
    )


def _too_large() -> Diagnostic:
    return Diagnostic(
        code="G114",
        message=f"the components stand for more than {MAX_NODES} nodes or {MAX_REFERENCES} "
        f"connections, or are nested more than {MAX_DEPTH} deep",
        fix="Use components inside components less often",
    )
