from __future__ import annotations

import graphlib
import os
import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.graph.graph import Graph, Node, OutputRef
from netloom.graph.topology import (
    cycle,
    predecessors,
    reachable,
    selection,
    successors,
    topological_order,
)


def graph_of(**sources: str) -> Graph:
    """``graph_of(a="", b="a", c="a b")``: each node with those it takes inputs from."""
    nodes = {}
    for name, text in sources.items():
        refs = tuple(OutputRef.parse(source) for source in text.split())
        nodes[name] = Node(name, "op", inputs={"x": refs} if refs else {})
    return Graph(nodes)


DIAMOND = graph_of(a="", b="a", c="a", d="b c", alone="")


def test_neighbours_follow_the_edges() -> None:
    assert predecessors(DIAMOND) == {
        "a": frozenset(), "b": {"a"}, "c": {"a"}, "d": {"b", "c"}, "alone": frozenset(),
    }  # fmt: skip
    assert successors(DIAMOND) == {
        "a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": frozenset(), "alone": frozenset(),
    }  # fmt: skip


def test_references_to_unknown_nodes_are_no_edges() -> None:
    graph = graph_of(a="ghost")
    assert predecessors(graph) == {"a": frozenset()}
    assert cycle(graph) is None
    assert topological_order(graph) == ["a"]


def test_among_equals_the_order_is_that_of_writing() -> None:
    assert topological_order(DIAMOND) == ["a", "alone", "b", "c", "d"]
    assert topological_order(graph_of(z="", y="z", x="z")) == ["z", "y", "x"]


def test_a_cycle_is_a_path_along_the_data_from_the_node_written_first() -> None:
    assert cycle(DIAMOND) is None
    assert cycle(graph_of(a="c", b="a", c="b")) == ["a", "b", "c", "a"]
    assert cycle(graph_of(entry="", c="entry b", a="c", b="a")) == ["c", "a", "b", "c"]
    assert cycle(graph_of(a="a")) == ["a", "a"]


def test_a_cycle_has_no_order() -> None:
    with pytest.raises(graphlib.CycleError):
        topological_order(graph_of(a="b", b="a"))


def test_the_same_cycle_is_reported_by_every_process() -> None:
    script = (
        "from netloom.graph.graph import Graph, Node, OutputRef as R\n"
        "from netloom.graph.topology import cycle\n"
        "names = [f'node{n}' for n in range(6)]\n"
        "g = Graph({n: Node(n, 'op', inputs={'x': tuple(R(m) for m in names if m != n)}) for n in names})\n"
        "print(cycle(g))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in range(3)
    }
    assert found == {b"['node0', 'node1', 'node0']\n"}


def test_reachability_includes_the_start_and_ignores_unknown_nodes() -> None:
    assert reachable(["b"], successors(DIAMOND)) == {"b", "d"}
    assert reachable(["d"], predecessors(DIAMOND)) == {"a", "b", "c", "d"}
    assert reachable(["ghost"], predecessors(DIAMOND)) == frozenset()


@pytest.mark.parametrize(
    ("to", "start", "selected"),
    [
        ("", "", "a b c d alone"),
        ("b", "", "a b"),
        ("b alone", "", "a b alone"),
        ("", "b", "a b c d"),  # d needs c too
        ("", "alone", "alone"),
        ("d", "c", "a b c d"),
        ("b", "c", ""),
    ],
)
def test_a_partial_run_includes_what_its_nodes_need(to: str, start: str, selected: str) -> None:
    assert selection(DIAMOND, to=to.split(), start=start.split()) == set(selected.split())


@st.composite
def acyclic_graphs(draw: st.DrawFn) -> Graph:
    size = draw(st.integers(0, 12))
    names = [f"n{index}" for index in range(size)]
    sources = {
        name: draw(st.lists(st.sampled_from(names[:index]), unique=True, max_size=3))
        for index, name in enumerate(names)
        if index
    }
    written = draw(st.permutations(names))
    return graph_of(**{name: " ".join(sources.get(name, [])) for name in written})


@given(acyclic_graphs())
def test_every_node_comes_once_and_after_its_predecessors(graph: Graph) -> None:
    order = topological_order(graph)
    assert sorted(order) == sorted(graph.nodes)
    position = {node: index for index, node in enumerate(order)}
    assert all(
        position[source] < position[node]
        for node, sources in predecessors(graph).items()
        for source in sources
    )


@given(acyclic_graphs(), st.data())
def test_an_edge_back_to_an_ancestor_makes_a_cycle_that_exists(
    graph: Graph, data: st.DataObject
) -> None:
    linked = [node for node, sources in predecessors(graph).items() if sources]
    if not linked:
        assert cycle(graph) is None
        return
    last = data.draw(st.sampled_from(linked))
    first = data.draw(st.sampled_from(sorted(reachable([last], predecessors(graph)))))
    node = graph[first]
    looped = graph.with_node(Node(first, "op", inputs={**node.inputs, "back": (OutputRef(last),)}))
    path = cycle(looped)
    assert path is not None
    assert path[0] == path[-1]
    before = predecessors(looped)
    assert all(left in before[right] for left, right in pairwise(path))
