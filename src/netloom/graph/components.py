"""Expanding components: a graph used as an operator becomes the nodes it stands for.

The inner nodes of ``prep`` get ids such as ``prep/resized``. ``needs``, ``retries`` and ``timeout_s`` of the
outer node apply to each inner node that does not set its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from netloom.core.diagnostics import Diagnostic, Place, did_you_mean
from netloom.core.errors import InvalidPipeline
from netloom.core.identifiers import NodeId, PortName
from netloom.graph.graph import JSON, REQUIRED, Component, Graph, Input, Node, OutputRef
from netloom.graph.references import evaluate_template

_DEEPEST = 32


def expand(graph: Graph) -> tuple[Graph, list[Diagnostic]]:
    """The component-free graph that ``graph`` stands for, and what is wrong with its components."""
    if not any(node.operator in graph.components for node in graph.nodes.values()):
        return replace(graph, components={}), []
    scope = _Scope(graph, graph.components)
    diagnostics: list[Diagnostic] = []
    nodes = {node.id: node for node in scope.flat_nodes(diagnostics)}
    return Graph(nodes), diagnostics


@dataclass
class _Scope:
    """One graph being expanded: the pipeline itself, or one use of a component."""

    graph: Graph
    components: Mapping[str, Component]
    prefix: str = ""
    outer: _Scope | None = None
    use: Node | None = None
    settings: Mapping[str, JSON] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """How many components this scope is nested in."""
        return 0 if self.outer is None else self.outer.depth + 1

    @cached_property
    def children(self) -> dict[NodeId, _Scope]:
        """A scope for each node of this graph that uses a component."""
        return {
            node.id: _Scope(
                graph=self.components[node.operator].graph,
                components={**self.components, **self.components[node.operator].graph.components},
                prefix=f"{self.prefix}{node.id}/",
                outer=self,
                use=self._inheriting(node),
                settings=self._settings_of(node, self.components[node.operator]),
            )
            for node in self.graph.nodes.values()
            if node.operator in self.components and self.depth < _DEEPEST
        }

    def flat_nodes(self, diagnostics: list[Diagnostic]) -> Iterator[Node]:
        """Nodes of this scope and of the components it uses, in order."""
        for node in self.graph.nodes.values():
            child = self.children.get(node.id)
            if child is not None:
                diagnostics.extend(_use_problems(self.prefix, node, self.components[node.operator]))
                yield from child.flat_nodes(diagnostics)
            elif node.operator in self.components:
                diagnostics.append(_endless(self.prefix, node))
            else:
                yield self._flat_node(node, diagnostics)

    def resolve(self, ref: OutputRef) -> tuple[OutputRef, ...]:
        """The flat outputs a reference inside this scope stands for; empty for an unset input."""
        if self.use is not None and self.outer is not None and ref.node in self._input_names:
            source = self.use.inputs.get(PortName(ref.node), ())
            return self.outer.resolve_all(source)
        child = self.children.get(ref.node)
        if child is None:
            return (replace(ref, node=NodeId(self.prefix + ref.node)),)
        outputs = self.components[self.graph[ref.node].operator].outputs
        exposed = outputs.get(ref.port) if ref.port else next(iter(outputs.values()), None)
        if exposed is None:
            return (replace(ref, node=NodeId(self.prefix + ref.node)),)
        return child.resolve(exposed)

    def resolve_all(self, source: Input) -> tuple[OutputRef, ...]:
        """Like :meth:`resolve` for one reference or several."""
        refs = source if isinstance(source, tuple) else (source,)
        return tuple(flat for ref in refs for flat in self.resolve(ref))

    @property
    def _input_names(self) -> Mapping[Any, str]:
        assert self.use is not None
        assert self.outer is not None
        return self.outer.components[self.use.operator].inputs

    def _flat_node(self, node: Node, diagnostics: list[Diagnostic]) -> Node:
        inputs: dict[PortName, Input] = {}
        for port, source in node.inputs.items():
            refs = self.resolve_all(source)
            if isinstance(source, tuple):
                inputs[port] = refs
            elif refs:
                inputs[port] = refs[0] if len(refs) == 1 else refs
        node = self._inheriting(node)
        node_id = NodeId(self.prefix + node.id)
        settings = {}
        for name, value in node.settings.items():
            try:
                settings[name] = _filled(value, self.settings)
            except InvalidPipeline as error:
                place = Place(node=node_id, setting=name)
                diagnostics.extend(replace(problem, place=place) for problem in error.diagnostics)
        return replace(node, id=node_id, inputs=inputs, settings=settings)

    def _inheriting(self, node: Node) -> Node:
        if self.use is None:
            return node
        return replace(
            node,
            needs=node.needs or self.use.needs,
            retries=node.retries or self.use.retries,
            timeout_s=node.timeout_s or self.use.timeout_s,
        )

    def _settings_of(self, node: Node, component: Component) -> dict[str, JSON]:
        given = {name: _filled(value, self.settings) for name, value in node.settings.items()}
        defaults = {name: value for name, value in component.settings.items() if value != REQUIRED}
        return {**defaults, **{n: v for n, v in given.items() if n in component.settings}}


def _filled(value: JSON, settings: Mapping[str, JSON]) -> JSON:
    """A setting value with templates replaced by the component's settings."""
    if isinstance(value, Mapping):
        if set(value) == {"$template"}:
            return evaluate_template(value["$template"], {"settings": settings})
        return {key: _filled(item, settings) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(item, settings) for item in value]
    return value


def _use_problems(prefix: str, node: Node, component: Component) -> Iterator[Diagnostic]:
    node_id = NodeId(prefix + node.id)
    known = [*component.inputs, *component.settings]
    for name in (*node.settings, *node.inputs):
        if name not in (component.settings if name in node.settings else component.inputs):
            place = Place(node=node_id, setting=name)
            yield Diagnostic(
                code="G102",
                message=f"component {component.name} has no input or setting {name!r}",
                place=place,
                expected=", ".join(known) or "no inputs and no settings",
                got=name,
                fix=did_you_mean(name, known) or "Remove it",
            )
    for name, default in component.settings.items():
        if default == REQUIRED and name not in node.settings:
            yield Diagnostic(
                code="G104",
                message=f"the setting {name!r} of component {component.name} has no value",
                place=Place(node=node_id, setting=name),
                fix=f"Write {name}: <value>",
            )


def _endless(prefix: str, node: Node) -> Diagnostic:
    return Diagnostic(
        code="G114",
        message=f"component {node.operator} contains itself",
        place=Place(node=NodeId(prefix + node.id)),
        fix="Break the circle: a component cannot be one of its own nodes",
    )
