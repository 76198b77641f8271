"""Graphs as JSON: the form kept in the database and sent over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netloom.core.identifiers import NodeId, OperatorId, PortName
from netloom.graph.graph import Component, Graph, Input, Node, OutputRef


def json_from_graph(graph: Graph) -> dict[str, Any]:
    """The document; ``graph_from_json`` gives back an equal graph."""
    return {
        "nodes": [_json_from_node(node) for node in graph.nodes.values()],
        "components": {
            name: {
                "inputs": dict(component.inputs),
                "settings": dict(component.settings),
                "outputs": {port: str(ref) for port, ref in component.outputs.items()},
                "help": component.help,
                "graph": json_from_graph(component.graph),
            }
            for name, component in graph.components.items()
        },
    }


def graph_from_json(document: Mapping[str, Any]) -> Graph:
    """Inverse of :func:`json_from_graph`."""
    nodes = [_node_from_json(node) for node in document["nodes"]]
    components = {
        name: Component(
            name=name,
            graph=graph_from_json(component["graph"]),
            inputs={PortName(port): kind for port, kind in component["inputs"].items()},
            settings=component["settings"],
            outputs={
                PortName(port): OutputRef.parse(ref) for port, ref in component["outputs"].items()
            },
            help=component["help"],
        )
        for name, component in document["components"].items()
    }
    return Graph({node.id: node for node in nodes}, components)


def _json_from_node(node: Node) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": node.id,
        "op": node.operator,
        "settings": dict(node.settings),
        "inputs": {port: _text_from_input(source) for port, source in node.inputs.items()},
    }
    optional = {
        "needs": dict(node.needs) if node.needs is not None else None,
        "retries": node.retries or None,
        "timeout_s": node.timeout_s,
        "note": node.note or None,
        "reuse": node.reuse,
        "bypass": node.bypass or None,
    }
    return document | {key: value for key, value in optional.items() if value is not None}


def _node_from_json(document: Mapping[str, Any]) -> Node:
    return Node(
        id=NodeId(document["id"]),
        operator=OperatorId(document["op"]),
        settings=document["settings"],
        inputs={
            PortName(port): _input_from_text(source) for port, source in document["inputs"].items()
        },
        needs=document.get("needs"),
        retries=document.get("retries", 0),
        timeout_s=document.get("timeout_s"),
        note=document.get("note", ""),
        reuse=document.get("reuse"),
        bypass=document.get("bypass", False),
    )


def _text_from_input(source: Input) -> str | list[str]:
    return [str(ref) for ref in source] if isinstance(source, tuple) else str(source)


def _input_from_text(source: str | list[str]) -> Input:
    if isinstance(source, list):
        return tuple(OutputRef.parse(ref) for ref in source)
    return OutputRef.parse(source)
