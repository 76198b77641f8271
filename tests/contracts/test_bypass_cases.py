"""Server and canvas agree on what stands for a bypassed node: ``web/src/graph/bypass.test.ts``."""

import inspect
import json
import typing
from pathlib import Path
from types import GenericAlias
from typing import Any

import pytest

from netloom.core.identifiers import NodeId, PortName
from netloom.graph.bypass import rewire
from netloom.graph.catalogue import Catalogue
from netloom.graph.graph import Graph, Node, OutputRef
from netloom.graph.operator import Operator, operator

FILE = Path(__file__).parents[2] / "web" / "src" / "graph" / "bypass.cases.json"
SHARED: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))


def classes() -> dict[str, Any]:
    made: dict[str, Any] = {"anything": Any}
    for name, bases in SHARED["types"].items():
        made[name] = type(name, tuple(made[base] for base in bases), {})
    return made


def operator_of(id: str, ports: list[dict[str, str]], types: Any) -> Operator[Any, Any]:
    inputs, outputs = ports
    annotations = {
        name: GenericAlias(list, types[kind[:-1]]) if kind.endswith("*") else types[kind]
        for name, kind in inputs.items()
    }
    returned = [types[kind] for kind in outputs.values()]
    if len(outputs) > 1:
        fields = list(zip(outputs, returned, strict=True))
        returned = [typing.NamedTuple("Outputs", fields)]

    def function() -> None:
        """Do it."""

    function.__annotations__ = {**annotations, "return": returned[0]}
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    function.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, kind, annotation=a) for name, a in annotations.items()],
        return_annotation=returned[0],
    )
    return operator(group="x", id=id)(function)


TYPES = classes()
CATALOGUE = Catalogue(operator_of(id, ports, TYPES) for id, ports in SHARED["operators"].items())


def node_of(id: str, op: str, inputs: dict[str, Any], *, bypass: bool) -> Node:
    refs = {
        PortName(port): tuple(map(OutputRef.parse, source))
        if isinstance(source, list)
        else OutputRef.parse(source)
        for port, source in inputs.items()
    }
    return Node(id, op, inputs=refs, bypass=bypass)  # type: ignore[arg-type]


@pytest.mark.parametrize("case", SHARED["cases"], ids=lambda case: case["title"])
def test_the_same_source_stands_for_an_output_here_as_on_the_canvas(case: dict[str, Any]) -> None:
    nodes = [
        node_of(id, op, *(inputs or [{}]), bypass=id in case["bypassed"])
        for id, (op, *inputs) in case["nodes"].items()
    ]
    for asked, expected in case["sources"].items():
        end = node_of("end", "x.end", {"it": asked}, bypass=False)
        rewired = rewire(Graph({node.id: node for node in (*nodes, end)}), CATALOGUE)
        found = rewired.graph[NodeId("end")].inputs.get(PortName("it"))
        assert found is None or isinstance(found, OutputRef)
        assert (found and found.node) == expected
        lost = OutputRef.parse(asked).node if expected is None else None
        assert rewired.cut.get((NodeId("end"), PortName("it"))) == lost
