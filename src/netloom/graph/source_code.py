"""Writing a graph as Python: the same nodes as calls on a pipeline builder."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from netloom.core.identifiers import NodeId
from netloom.graph.graph import JSON, REQUIRED, Component, Graph, Node, OutputRef
from netloom.graph.topology import cycle, predecessors, topological_order

LINE_LENGTH = 100
_INDENT = "    "
_TAKEN = frozenset({"p", "Pipeline", "Component", "GraphBuilder", "OutputRef", "REQUIRED"})
_HANDLE_MEMBERS = frozenset({"ref"})


def python_from_graph(graph: Graph, name: str) -> str:
    """Python source that builds ``graph`` as the pipeline ``p``.

    Nodes keep their order unless one uses an output of a later one; then they are sorted so that each
    variable is assigned before it is used.
    """
    lines = ["from netloom import Pipeline"]
    if graph.components:
        lines.append("from netloom.graph.builder import GraphBuilder")
        lines.append("from netloom.graph.graph import REQUIRED, Component, OutputRef")
    lines.append("")
    for component in graph.components.values():
        lines += ["", *_component_lines(component), ""]
    body = [f"p.add_component({_function_name(name)}())" for name in graph.components]
    body += _node_lines(graph, builder="p")
    lines.append(f"with Pipeline({_text(name)}) as p:")
    lines += _indented(body or ["pass"])
    return "\n".join(lines) + "\n"


def _component_lines(component: Component) -> list[str]:
    body = [f'"""{_docstring(component)}"""', "inner = GraphBuilder()"]
    for nested in component.graph.components.values():
        body += ["", *_component_lines(nested), ""]
        body.append(f"inner.add_component({_function_name(nested.name)}())")
    body += _node_lines(component.graph, builder="inner")
    settings = {
        key: _Code("REQUIRED") if value == REQUIRED else value
        for key, value in component.settings.items()
    }
    outputs = {
        name: _Code(f"OutputRef.parse({_text(str(ref))})")
        for name, ref in component.outputs.items()
    }
    arguments: dict[str, JSON] = {
        "name": component.name,
        "graph": _Code("inner.graph"),
        "inputs": {str(name): str(kind) for name, kind in component.inputs.items()},
        "settings": settings,
        "outputs": {str(name): code for name, code in outputs.items()},
        "help": component.help,
    }
    body += _call("return Component", [], arguments)
    return [f"def {_function_name(component.name)}() -> Component:", *_indented(body)]


def _node_lines(graph: Graph, *, builder: str) -> list[str]:
    writer = _NodeWriter(builder)
    lines: list[str] = []
    for node_id in _writing_order(graph):
        lines += writer.lines(graph[node_id])
    return lines


@dataclass(frozen=True, slots=True)
class _Code:
    """An expression that is written as it stands."""

    text: str


@dataclass
class _NodeWriter:
    builder: str
    variables: dict[NodeId, str] = field(default_factory=dict)

    def lines(self, node: Node) -> list[str]:
        """The assignment that adds a node."""
        arguments: dict[str, JSON] = {"id": str(node.id)}
        for port, source in node.inputs.items():
            if isinstance(source, tuple):
                arguments[port] = [self._handle(ref) for ref in source]
            else:
                arguments[port] = self._handle(source)
        arguments |= node.settings
        options: dict[str, JSON] = {
            "needs": dict(node.needs) if node.needs is not None else None,
            "retries": node.retries or None,
            "timeout_s": node.timeout_s,
            "note": node.note or None,
            "reuse": node.reuse,
            "bypass": node.bypass or None,
        }
        arguments |= {key: value for key, value in options.items() if value is not None}
        variable = _identifier(node.id, {*_TAKEN, self.builder, *self.variables.values()})
        self.variables[node.id] = variable
        head = f"{variable} = {self.builder}.add"
        return _call(head, [_text(str(node.operator))], arguments)

    def _handle(self, ref: OutputRef) -> _Code:
        variable = self.variables.get(ref.node)
        if variable is None:  # an input of the component, or a node that does not exist (yet)
            variable = f"{self.builder}.input({_text(str(ref.node))})"
        if ref.port is None:
            return _Code(variable)
        if _is_plain_name(ref.port) and ref.port not in _HANDLE_MEMBERS:
            return _Code(f"{variable}.{ref.port}")
        return _Code(f"{variable}[{_text(str(ref.port))}]")


def _writing_order(graph: Graph) -> Iterable[NodeId]:
    earlier: set[NodeId] = set()
    sources = predecessors(graph)
    for node in graph.nodes:
        if not sources[node] <= earlier:
            return graph.nodes if cycle(graph) else topological_order(graph)
        earlier.add(node)
    return graph.nodes


def _call(head: str, positional: list[str], arguments: Mapping[str, JSON]) -> list[str]:
    named = {key: value for key, value in arguments.items() if _is_plain_name(key, private=True)}
    others = {key: value for key, value in arguments.items() if key not in named}
    written = [*positional, *(f"{key}={_source(value)}" for key, value in named.items())]
    if others:
        written.append(f"**{_source(others)}")
    line = f"{head}({', '.join(written)})"
    if len(line) + 2 * len(_INDENT) <= LINE_LENGTH:
        return [line]
    return [f"{head}(", *(f"{_INDENT}{argument}," for argument in written), ")"]


def _source(value: JSON) -> str:
    if isinstance(value, _Code):
        return value.text
    if isinstance(value, Mapping):
        return (
            "{" + ", ".join(f"{_text(key)}: {_source(item)}" for key, item in value.items()) + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_source(item) for item in value) + "]"
    return _text(value) if isinstance(value, str) else repr(value)


def _text(value: str) -> str:
    """A string literal, in double quotes where that needs no escapes."""
    literal = repr(value)
    return f'"{literal[1:-1]}"' if literal[0] == "'" and '"' not in literal else literal


def _is_plain_name(name: str, *, private: bool = False) -> bool:
    hidden = name.startswith("_") and not private
    return name.isidentifier() and name.isascii() and not keyword.iskeyword(name) and not hidden


def _identifier(name: str, taken: Iterable[str]) -> str:
    candidate = name if _is_plain_name(name, private=True) else f"{name}_"
    if not candidate.isidentifier():
        candidate = "".join(letter if letter.isalnum() else "_" for letter in f"n_{name}")
    while candidate in taken:
        candidate += "_"
    return candidate


def _function_name(component: str) -> str:
    return _identifier(f"component_{component}", ())


def _docstring(component: Component) -> str:
    text = component.help or f"The component {component.name}."
    return repr(text)[1:-1].replace('"', "'")  # one line, and nothing that could end the literal


def _indented(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield f"{_INDENT}{line}" if line else line
