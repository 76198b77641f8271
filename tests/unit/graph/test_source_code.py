"""The three forms of a graph are one graph: file → graph → Python → graph → file."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.core.identifiers import NodeId, OperatorId, PortName
from netloom.graph.builder import GraphBuilder
from netloom.graph.catalogue import Catalogue
from netloom.graph.fingerprint import graph_fingerprint
from netloom.graph.graph import REQUIRED, Component, Graph, Input, Node, OutputRef
from netloom.graph.operator import operator
from netloom.graph.pipeline_file.document import load_document
from netloom.graph.pipeline_file.document_graph import graph_from_document
from netloom.graph.pipeline_file.document_text import document_from_graph
from netloom.graph.source_code import python_from_graph


class Data:
    pass


@operator(group="data")
def read(*, path: str = "", table: dict[str, Any] = {}, lambda_: Any = None) -> Data:  # noqa: B006
    return Data()


@operator(group="data")
def merge(first: Data, rest: list[Data], *, value: Any = None, number: Any = None) -> Data:
    return Data()


CATALOGUE = Catalogue([read, merge])

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.sampled_from(["${vars.x}", "$${", "true", "1", "", "a: b", "- x", "~", "a'b\"c", "\\n\n"])
)
TEXT_KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(TEXT_KEYS.filter(lambda key: key != "search"), inner, max_size=3)
    ),
    max_leaves=6,
)
IDS = st.sampled_from(["a", "b", "lambda", "p", "_x", "None", "Pipeline", "n1", "inner", "class"])


@st.composite
def nodes(draw: st.DrawFn, ids: list[str]) -> Node:
    id = draw(st.sampled_from(ids))
    refs = st.builds(
        OutputRef,
        st.sampled_from([NodeId(i) for i in ids]),
        st.sampled_from([None, PortName("out"), PortName("ref"), PortName("_hidden")]),
    )
    inputs: dict[PortName, Input] = {}
    if draw(st.booleans()):
        inputs[PortName("first")] = draw(refs)
    if draw(st.booleans()):
        inputs[PortName("rest")] = tuple(draw(st.lists(refs, min_size=1, max_size=3)))
    return Node(
        NodeId(id),
        OperatorId("data.merge"),
        settings=draw(st.dictionaries(st.sampled_from(["value", "number"]), VALUES, max_size=2)),
        inputs=inputs,
        needs=draw(st.none() | st.just({"cpus": 2.5, "gpus": [0, 2]})),
        retries=draw(st.integers(0, 3)),
        timeout_s=draw(st.none() | st.just(1.5) | st.just(60)),
        note=draw(st.sampled_from(["", "a # note", "${x}"])),
        reuse=draw(st.none() | st.just("run/fit")),
        bypass=draw(st.booleans()),
    )


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    ids = draw(st.lists(IDS, min_size=1, max_size=5, unique=True))
    found = draw(st.lists(nodes(ids), max_size=5))
    components: dict[str, Component] = {}
    if draw(st.booleans()):
        inner = [
            Node(
                NodeId("inside"),
                OperatorId("data.merge"),
                settings={"value": {"$template": "${settings.k}"}, "number": draw(VALUES)},
                inputs={PortName("first"): OutputRef(NodeId("given"), None)},
            )
        ]
        components["prep"] = Component(
            name="prep",
            graph=Graph({node.id: node for node in inner}),
            inputs={PortName("given"): "Data"},
            settings={"k": REQUIRED, "n": draw(VALUES)},
            outputs={PortName("out"): OutputRef(NodeId("inside"))},
            help=draw(st.sampled_from(["", 'Says "hi".', "It's\nlong."])),
        )
    return Graph({node.id: node for node in found}, components)


class Pipeline(GraphBuilder):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


def graph_of_file(text: str) -> Graph:
    graph, problems = graph_from_document(
        load_document("p.yaml", text=text, environment={}), CATALOGUE
    )
    assert problems == []
    return graph


def graph_of_python(source: str, monkeypatch: pytest.MonkeyPatch) -> Graph:
    module = ModuleType("netloom")
    module.Pipeline = Pipeline  # type: ignore[attr-defined]
    module.__path__ = sys.modules["netloom"].__path__
    names: dict[str, Any] = {}
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "netloom", module)
        exec(source, names)
    found: Graph = names["p"].graph
    return found


@given(graphs())
def test_file_graph_python_graph_file_is_the_same_graph(graph: Graph) -> None:
    monkeypatch = pytest.MonkeyPatch()
    first = graph_of_file(document_from_graph(graph, "p"))
    second = graph_of_python(python_from_graph(first, "p"), monkeypatch)
    third = graph_of_file(document_from_graph(second, "p"))
    assert (
        graph_fingerprint(graph)
        == graph_fingerprint(first)
        == graph_fingerprint(second)
        == graph_fingerprint(third)
    )
    assert first == graph
    assert third == second


def test_source_reads_like_a_person_wrote_it() -> None:
    graph = graph_of_file(
        "netloom: 1\nnodes:\n"
        "  b: {op: data.merge, first: a, rest: [a, a.out], value: it's}\n"
        "  a: {op: data.read, path: data/x, table: {k: [1, true, null]}}\n"
        "  class: {op: data.merge, first: b, value: "
        "'a long text that does not fit into the rest of this one line of source code'}\n"
    )
    assert python_from_graph(graph, "demo") == (
        "from netloom import Pipeline\n"
        "\n"
        'with Pipeline("demo") as p:\n'
        '    a = p.add("data.read", id="a", path="data/x", table={"k": [1, True, None]})\n'
        '    b = p.add("data.merge", id="b", first=a, rest=[a, a.out], value="it\'s")\n'
        "    class_ = p.add(\n"
        '        "data.merge",\n'
        '        id="class",\n'
        "        first=b,\n"
        '        value="a long text that does not fit into the rest of this one line of source code",\n'
        "    )\n"
    )


def test_an_empty_graph_is_valid_python(monkeypatch: pytest.MonkeyPatch) -> None:
    assert graph_of_python(python_from_graph(Graph(), 'a "b"'), monkeypatch) == Graph()
