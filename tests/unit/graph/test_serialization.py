from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from netloom.graph.graph import REQUIRED, Component, Graph, Node, OutputRef
from netloom.graph.serialization import graph_from_json, json_from_graph

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
REFS = st.builds(OutputRef, NAMES, st.none() | NAMES)
NODES = st.builds(
    Node,
    id=NAMES,
    operator=st.builds("{}.{}".format, NAMES, NAMES),
    settings=st.dictionaries(NAMES, VALUES, max_size=3),
    inputs=st.dictionaries(NAMES, REFS | st.lists(REFS, max_size=3).map(tuple), max_size=3),
    needs=st.none() | st.dictionaries(NAMES, VALUES, max_size=2),
    retries=st.integers(-1, 3),
    timeout_s=st.none() | st.floats(-1, 100),
    note=st.text(max_size=5),
    reuse=st.none() | st.text(max_size=5),
    bypass=st.booleans(),
)


def graphs(components: st.SearchStrategy[dict[str, Component]]) -> st.SearchStrategy[Graph]:
    nodes = st.lists(NODES, max_size=4).map(lambda found: {node.id: node for node in found})
    return st.builds(Graph, nodes, components)


def components_of(inner: st.SearchStrategy[Graph]) -> st.SearchStrategy[dict[str, Component]]:
    component = st.builds(
        Component,
        name=NAMES,
        graph=inner,
        inputs=st.dictionaries(NAMES, NAMES, max_size=2),
        settings=st.dictionaries(NAMES, VALUES | st.just(REQUIRED), max_size=2),
        outputs=st.dictionaries(NAMES, REFS, max_size=2),
        help=st.text(max_size=5),
    )
    return st.lists(component, max_size=2).map(lambda found: {c.name: c for c in found})


GRAPHS = graphs(components_of(graphs(st.just({}))))


@given(GRAPHS)
def test_a_graph_survives_the_way_through_json(graph: Graph) -> None:
    text = json.dumps(json_from_graph(graph))
    back = graph_from_json(json.loads(text))
    assert back == graph
    assert list(back.nodes) == list(graph.nodes)


def test_only_what_was_written_is_stored() -> None:
    graph = Graph(
        {
            "fit": Node(
                "fit",
                "train",
                settings={"epochs": 3},
                inputs={"model": OutputRef("net"), "data": (OutputRef("a"), OutputRef("b", "x"))},
                retries=2,
            )
        }
    )
    assert json_from_graph(graph) == {
        "nodes": [
            {
                "id": "fit",
                "op": "train",
                "settings": {"epochs": 3},
                "inputs": {"model": "net", "data": ["a", "b.x"]},
                "retries": 2,
            }
        ],
        "components": {},
    }
