"""From a document to the graph it describes, with everything wrong about it.

Ports and settings share one namespace in a file; the operator's signature tells them apart. A key that the
operator does not have stays in the graph as a setting, so that the canvas can show it where it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from netloom.core.diagnostics import Diagnostic, did_you_mean
from netloom.core.identifiers import NodeId, OperatorId, PortName
from netloom.graph.catalogue import Catalogue
from netloom.graph.graph import JSON, REQUIRED, Component, Graph, Input, Node, OutputRef
from netloom.graph.operator import RESERVED_KEYS
from netloom.graph.pipeline_file.document import Document
from netloom.graph.pipeline_file.document_shape import bad_ids, unknown_component_keys, wrong_kind
from netloom.graph.pipeline_file.node_keys import NodeKeys, read_node_keys
from netloom.graph.pipeline_file.provenance import Entry, Path, place_at


def graph_from_document(document: Document, catalogue: Catalogue) -> tuple[Graph, list[Diagnostic]]:
    """The graph a document describes.

    Returns:
        The graph, as complete as it can be even if there are errors, and all diagnostics: the
        document's own first, then those of nodes and components in the order of the file.
    """
    problems = list(document.diagnostics)
    graph = _GraphReader(catalogue, problems).graph(document.entries, ())
    return graph, problems


@dataclass(frozen=True, slots=True)
class _Signature:
    """What the keys of a node can be."""

    name: str
    ports: Mapping[str, bool]
    """Input ports, and whether each takes several connections."""
    settings: tuple[str, ...]


@dataclass
class _GraphReader:
    catalogue: Catalogue
    problems: list[Diagnostic]
    scope: Mapping[str, Entry] = field(default_factory=dict)
    """Components that can be used here, as entries."""

    def graph(self, holder: Entry, path: Path) -> Graph:
        """The graph in the sections ``nodes`` and ``components`` of a document or component."""
        own = _section(holder, "components")
        inner = _GraphReader(self.catalogue, self.problems, {**self.scope, **own})
        components = {
            name: component
            for name, entry in own.items()
            if (component := inner.component(name, entry, (*path, "components", name)))
        }
        nodes = _section(holder, "nodes")
        read = (
            inner.node(name, entry, (*path, "nodes", name), nodes) for name, entry in nodes.items()
        )
        return Graph({node.id: node for node in read if node is not None}, components)

    def component(self, name: str, entry: Entry, path: Path) -> Component | None:
        """One component; None if it is not a mapping."""
        if not entry.is_mapping:
            self.problems.append(wrong_kind(entry, path, "a mapping with nodes"))
            return None
        self.problems.extend(unknown_component_keys(entry, path))
        if self.catalogue.get(name) is not None:
            self._report(
                "G114", f"a component cannot have the name of the operator {name!r}", path, entry
            )
        for section in ("inputs", "settings", "nodes", "outputs", "components"):
            part = entry.fields.get(section)
            if part is not None and part.value is not None and not part.is_mapping:
                self.problems.append(wrong_kind(part, (*path, section), "a mapping"))
        nodes, inputs = _section(entry, "nodes"), _section(entry, "inputs")
        if path[:-2]:
            self.problems.extend(bad_ids([(name, entry)], path[:-1], "component"))
        self.problems.extend(bad_ids(nodes.items(), (*path, "nodes"), "node"))
        for port in inputs.keys() & nodes.keys():
            self._report(
                "G114", f"{port!r} is both an input and a node of {name}", path, nodes[port]
            )
        description = entry.fields.get("description")
        return Component(
            name=name,
            graph=self.graph(entry, path),
            inputs=dict(self._input_types(inputs, (*path, "inputs"))),
            settings={
                key: REQUIRED if value.tag == "!required" else value.plain()
                for key, value in _section(entry, "settings").items()
            },
            outputs=dict(self._outputs(_section(entry, "outputs"), (*path, "outputs"))),
            help=str(description.value) if description and description.value else "",
        )

    def node(
        self, name: str, entry: Entry, path: Path, siblings: Mapping[str, Entry]
    ) -> Node | None:
        """One node; None if it is not a mapping."""
        if not entry.is_mapping:
            self.problems.append(wrong_kind(entry, path, "a mapping such as {op: data.digits}"))
            return None
        operator = self._operator_id(entry, path)
        signature = self._signature(operator)
        if operator and signature is None:
            self._report_unknown_operator(operator, entry.fields["op"], path)
        keys, problems = read_node_keys(entry, path)
        self.problems.extend(problems)
        settings: dict[str, JSON] = {}
        inputs: dict[PortName, Input] = {}
        for key, value in entry.fields.items():
            if key in RESERVED_KEYS:
                continue
            if signature is None:
                # Without a signature only the value can tell: text that names a node connects to it.
                is_port = _names_nodes(value, siblings)
                many = value.is_list
            else:
                is_port, many = key in signature.ports, signature.ports.get(key, False)
                if not is_port and key not in signature.settings:
                    self._report_unknown_key(key, value, (*path, key), signature)
            if not is_port:
                settings[key] = value.plain()
            elif (source := self._input(value, (*path, key), many=many)) is not None:
                inputs[PortName(key)] = source
        return _node(name, operator, settings, inputs, keys)

    def _operator_id(self, entry: Entry, path: Path) -> str:
        operator = entry.fields.get("op")
        if operator is None:
            self._report("G113", "the node does not say what it is: op is missing", path, entry)
        elif not isinstance(operator.value, str) or not operator.value:
            self._report(
                "G113",
                "op takes the id of an operator, such as data.digits",
                (*path, "op"),
                operator,
            )
        else:
            return operator.value
        return ""

    def _signature(self, operator: str) -> _Signature | None:
        component = self.scope.get(operator)
        if component is not None:
            ports = dict.fromkeys(_section(component, "inputs"), False)
            return _Signature(
                f"the component {operator}", ports, tuple(_section(component, "settings"))
            )
        found = self.catalogue.get(operator)
        if found is None:
            return None
        ports = {str(name): port.many for name, port in found.inputs.items()}
        return _Signature(f"the operator {found.id}", ports, found.setting_names)

    def _input(self, value: Entry, path: Path, *, many: bool) -> Input | None:
        """What an input is connected to; ``null`` and ``[]`` leave it unconnected."""
        if value.value is None or value.value == ():
            return None
        listed = list(value.value) if value.is_list else [value]
        refs = [self._ref(item, path) for item in listed]
        if any(ref is None for ref in refs):
            return None
        found = tuple(ref for ref in refs if ref is not None)
        return found if many or value.is_list else found[0]

    def _ref(self, value: Entry, path: Path) -> OutputRef | None:
        text = value.value
        if not isinstance(text, str) or not text.strip("."):
            kind = "an input takes the id of a node, such as fit or fit.model"
            self._report("G106", kind, path, value, got=_shown(value))
            return None
        return OutputRef.parse(text.strip())

    def _input_types(
        self, section: Mapping[str, Entry], path: Path
    ) -> Iterator[tuple[PortName, str]]:
        for name, entry in section.items():
            if isinstance(entry.value, str) and entry.value:
                yield PortName(name), entry.value
            else:
                yield PortName(name), "anything"
                if entry.value is not None:
                    self._report(
                        "G114",
                        "an input of a component takes the name of its type, such as Dataset",
                        (*path, name),
                        entry,
                        got=_shown(entry),
                    )

    def _outputs(
        self, section: Mapping[str, Entry], path: Path
    ) -> Iterator[tuple[PortName, OutputRef]]:
        for name, entry in section.items():
            ref = self._ref(entry, (*path, name))
            if ref is not None:
                yield PortName(name), ref

    def _report_unknown_operator(self, operator: str, entry: Entry, path: Path) -> None:
        names = [*self.catalogue.operators, *self.scope]
        fix = did_you_mean(operator, names) or "`netloom operators` lists them all"
        self._report("G101", f"there is no operator {operator!r}", path, entry, fix=fix)

    def _report_unknown_key(
        self, key: str, entry: Entry, path: Path, signature: _Signature
    ) -> None:
        known = [*signature.ports, *signature.settings]
        self._report(
            "G102",
            f"{signature.name} has no input or setting {key!r}",
            path,
            entry,
            expected=", ".join(known) or "no inputs and no settings",
            got=key,
            fix=did_you_mean(key, (*known, *RESERVED_KEYS)) or "Remove it",
        )

    def _report(
        self,
        code: str,
        message: str,
        path: Path,
        entry: Entry,
        *,
        expected: str | None = None,
        got: str | None = None,
        fix: str | None = None,
    ) -> None:
        place = place_at(path, entry.origin)
        self.problems.append(
            Diagnostic(code=code, message=message, place=place, expected=expected, got=got, fix=fix)
        )


def _section(holder: Entry, name: str) -> Mapping[str, Entry]:
    section = holder.fields.get(name)
    return {} if section is None else section.fields


def _names_nodes(value: Entry, nodes: Mapping[str, Entry]) -> bool:
    listed = list(value.value) if value.is_list else [value]
    return bool(listed) and all(
        isinstance(item.value, str) and item.value.partition(".")[0] in nodes for item in listed
    )


def _node(
    name: str,
    operator: str,
    settings: Mapping[str, Any],
    inputs: Mapping[PortName, Input],
    keys: NodeKeys,
) -> Node:
    return Node(
        id=NodeId(name),
        operator=OperatorId(operator),
        settings=settings,
        inputs=inputs,
        needs=keys.needs,
        retries=keys.retries,
        timeout_s=keys.timeout_s,
        note=keys.note,
        reuse=keys.reuse,
        bypass=keys.bypass,
    )


def _shown(entry: Entry) -> str:
    text = repr(entry.plain())
    return text if len(text) <= 60 else text[:59] + "…"
