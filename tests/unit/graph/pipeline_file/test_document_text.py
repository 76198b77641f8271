from typing import Any

from netloom.core.identifiers import NodeId, OperatorId, PortName
from netloom.graph.graph import REQUIRED, Component, Graph, Node, OutputRef
from netloom.graph.pipeline_file.document_text import document_from_graph


def node(id: str, operator: str, inputs: dict[str, str] | None = None, **rest: Any) -> Node:
    refs = {PortName(port): OutputRef.parse(ref) for port, ref in (inputs or {}).items()}
    return Node(NodeId(id), OperatorId(operator), inputs=refs, **rest)


def test_short_nodes_take_one_aligned_line_and_long_ones_a_block() -> None:
    nodes = [
        node("digits", "data.digits"),
        node(
            "fit", "train", {"data": "digits"}, settings={"epochs": 20, "name": "a: b"}, retries=2
        ),
        node("long", "train", settings={f"setting_number_{i}": [1.5, None] for i in range(4)}),
    ]
    assert document_from_graph(
        Graph({n.id: n for n in nodes}),
        "demo",
        description="What $5 and ${x} mean: nothing",
        vars={"size": 32},
        layout={"fit": [1, 2]},
    ) == (
        "netloom: 1\n"
        "name: demo\n"
        'description: "What $5 and $${x} mean: nothing"\n'
        "vars: {size: 32}\n"
        "\n"
        "nodes:\n"
        "  digits: {op: data.digits}\n"
        '  fit:    {op: train, data: digits, epochs: 20, name: "a: b", retries: 2}\n'
        "  long:\n"
        "    op: train\n"
        "    setting_number_0: [1.5, null]\n"
        "    setting_number_1: [1.5, null]\n"
        "    setting_number_2: [1.5, null]\n"
        "    setting_number_3: [1.5, null]\n"
        "\n"
        "layout:\n"
        "  fit: [1, 2]\n"
    )


def test_components_are_written_with_their_signature() -> None:
    inner = node("a", "x", {"data": "in"}, settings={"k": {"$template": "${settings.k}"}})
    component = Component(
        name="prep",
        graph=Graph({inner.id: inner}),
        inputs={PortName("in"): "Data"},
        settings={"k": REQUIRED, "n": 3},
        outputs={PortName("out"): OutputRef.parse("a.out")},
        help="Prepares.",
    )
    assert document_from_graph(Graph({}, {"prep": component}), "p") == (
        "netloom: 1\n"
        "name: p\n"
        "\n"
        "components:\n"
        "  prep:\n"
        "    description: Prepares.\n"
        "    inputs: {in: Data}\n"
        "    settings: {k: !required, n: 3}\n"
        "    nodes:\n"
        '      a: {op: x, data: in, k: "${settings.k}"}\n'
        "    outputs: {out: a.out}\n"
        "\n"
        "nodes: {}\n"
    )
