from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import InvalidPipeline
from netloom.core.identifiers import NodeId, OperatorId, PortName
from netloom.graph.catalogue import Catalogue
from netloom.graph.graph import REQUIRED, Component, Graph, Node, OutputRef
from netloom.graph.operator import operator
from netloom.graph.pipeline_file.document import load_document
from netloom.graph.pipeline_file.document_graph import graph_from_document


class Data:
    pass


class Model:
    pass


@operator(group="data")
def digits() -> Data:
    return Data()


@operator(group="data")
def merge(parts: list[Data], *, names: list[str] = []) -> Data:  # noqa: B006
    return Data()


@operator(group="training", id="train")
def train(dataset: Data, start: Model | None = None, *, epochs: int = 1, label: str = "") -> Model:
    return Model()


CATALOGUE = Catalogue([digits, merge, train])


def read(text: str) -> tuple[Graph, list[tuple[Any, ...]]]:
    document = load_document("p.yaml", text=f"netloom: 1\n{text}", environment={})
    graph, found = graph_from_document(document, CATALOGUE)
    return graph, [(d.code, d.place.line, d.place.node, d.place.setting, d.fix) for d in found]


def node(id: str, operator: str, **rest: Any) -> Node:
    inputs = {PortName(port): source for port, source in rest.pop("inputs", {}).items()}
    return Node(NodeId(id), OperatorId(operator), inputs=inputs, **rest)


def ref(text: str) -> OutputRef:
    return OutputRef.parse(text)


def test_the_signature_separates_inputs_from_settings() -> None:
    graph, problems = read(
        "nodes:\n"
        "  a: {op: data.digits}\n"
        "  b: {op: data.merge, parts: [a, a.out], names: [a]}\n"
        "  c: {op: data.merge, parts: a}\n"
        "  d: {op: train, dataset: b, start: null, epochs: 3, label: a, needs: {cpus: 2}, retries: 1,"
        " timeout_s: 9.5, note: hi, reuse: run/x, bypass: true}\n"
    )
    assert problems == []
    assert graph == Graph(
        {
            node.id: node
            for node in (
                node("a", "data.digits"),
                node(
                    "b",
                    "data.merge",
                    inputs={"parts": (ref("a"), ref("a.out"))},
                    settings={"names": ["a"]},
                ),
                node("c", "data.merge", inputs={"parts": (ref("a"),)}),
                node(
                    "d",
                    "train",
                    inputs={"dataset": ref("b")},
                    settings={"epochs": 3, "label": "a"},
                    needs={"cpus": 2},
                    retries=1,
                    timeout_s=9.5,
                    note="hi",
                    reuse="run/x",
                    bypass=True,
                ),
            )
        }
    )


def test_all_problems_of_nodes_are_reported_and_the_graph_keeps_what_it_can() -> None:
    graph, problems = read(
        "nodes:\n"
        "  a: {op: data.digit}\n"
        "  b: {op: train, datasett: a, epoch: 3, dataset: 5}\n"
        "  c: [1]\n"
        "  d: {dataset: a, k: 1}\n"
        "  e: {op: train, retries: -1, timeout_s: 0, note: 3, reuse: 4, bypass: 1,"
        " needs: {cpu: 1, gpus: x}}\n"
        "  f: {op: 3, needs: 2}\n"
    )
    assert problems == [
        ("G101", 3, "a", None, "Did you mean 'data.digits'?"),
        ("G102", 4, "b", "datasett", "Did you mean 'dataset'?"),
        ("G102", 4, "b", "epoch", "Did you mean 'epochs'?"),
        ("G106", 4, "b", "dataset", None),
        ("D007", 5, "c", None, None),
        ("G113", 6, "d", None, None),
        ("G113", 7, "e", "needs.gpus", None),
        ("G113", 7, "e", "needs.cpu", "Did you mean 'cpus'?"),
        ("G113", 7, "e", "retries", None),
        ("G113", 7, "e", "timeout_s", None),
        ("G113", 7, "e", "note", None),
        ("G113", 7, "e", "reuse", None),
        ("G113", 7, "e", "bypass", None),
        ("G113", 8, "f", "op", None),
        ("G113", 8, "f", "needs", None),
    ]
    assert graph.nodes["b"].settings == {"datasett": "a", "epoch": 3}  # type: ignore[index]
    assert graph.nodes["d"].inputs == {"dataset": ref("a")}  # type: ignore[index]
    assert list(graph.nodes) == ["a", "b", "d", "e", "f"]


def test_a_component_is_read_with_its_signature() -> None:
    graph, problems = read(
        "components:\n"
        "  prep:\n"
        "    description: Prepare.\n"
        "    inputs: {data: Data}\n"
        "    settings: {times: 2, label: !required}\n"
        "    components: {inner: {inputs: {x: Data}, nodes: {m: {op: data.merge, parts: x}}}}\n"
        "    nodes:\n"
        "      a: {op: inner, x: data}\n"
        '      b: {op: train, dataset: a, epochs: "${settings.times}"}\n'
        "    outputs: {model: b}\n"
        "nodes:\n"
        "  d: {op: data.digits}\n"
        "  p: {op: prep, data: d, times: 3, tims: 4}\n"
    )
    assert problems == [("G102", 14, "p", "tims", "Did you mean 'times'?")]
    inner = Component(
        name="inner",
        graph=Graph({NodeId("m"): node("m", "data.merge", inputs={"parts": (ref("x"),)})}),
        inputs={PortName("x"): "Data"},
    )
    assert graph.components["prep"] == Component(
        name="prep",
        graph=Graph(
            {
                NodeId("a"): node("a", "inner", inputs={"x": ref("data")}),
                NodeId("b"): node(
                    "b",
                    "train",
                    inputs={"dataset": ref("a")},
                    settings={"epochs": {"$template": "${settings.times}"}},
                ),
            },
            {"inner": inner},
        ),
        inputs={PortName("data"): "Data"},
        settings={"times": 2, "label": REQUIRED},
        outputs={PortName("model"): ref("b")},
        help="Prepare.",
    )
    assert graph.nodes[NodeId("p")].inputs == {"data": ref("d")}


def test_problems_of_components_are_reported() -> None:
    _, problems = read(
        "components:\n"
        "  a: 3\n"
        "  train: {nodes: {}}\n"
        "  b: {input: {x: Data}, inputs: {n: 3}, nodes: {n: {op: data.digits}, 1x: {op: data.digits}},\n"
        "      outputs: [n]}\n"
        "  c: {outputs: {o: 3}}\n"
    )
    assert problems == [
        ("D007", 3, None, None, None),
        ("G114", 4, None, None, None),
        ("D008", 5, None, None, "Did you mean 'inputs'?"),
        ("D007", 6, None, None, None),
        ("G113", 5, "b/1x", None, "Rename it, for example to n1x"),
        ("G114", 5, None, None, None),
        ("G114", 5, None, None, None),
        ("G106", 7, None, None, None),
    ]


WHOLE = """\
netloom: 1
vars: {size: 32, text: "${vars.size}/x"}
components:
  prep: {inputs: {d: Data}, settings: {k: 1}, nodes: {a: {op: train, dataset: d}}, outputs: {m: a}}
nodes:
  a: &a {op: data.digits}
  b: {op: data.merge, parts: [a, a.out]}
  c: {<<: *a, needs: {cpus: 1}}
  fit:
    op: train
    dataset: b
    epochs: "${vars.size * 2}"
"""
PIECES = [
    *"{}[]:,&*!|>'\"#%@`-?\n \t$~0aé\x00",
    "${",
    "!remove",
    "*a",
    "<<: ",
    "search: [1]",
    "\n  - ",
]


@given(
    st.lists(
        st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 3), st.sampled_from(["", *PIECES])),
        max_size=6,
    )
)
def test_a_mangled_file_is_read_or_refused_but_never_breaks_the_reader(
    changes: list[tuple[int, int, str]],
) -> None:
    text = WHOLE
    for position, length, piece in changes:
        text = text[:position] + piece + text[position + length :]
    graph = Graph()
    problems: tuple[Diagnostic, ...]
    try:
        document = load_document("p.yaml", text=text, environment={})
        graph, found = graph_from_document(document, CATALOGUE)
        problems = tuple(found)
    except InvalidPipeline as error:
        problems = error.diagnostics
    assert all(problem.place.file for problem in problems)
    assert all(isinstance(node, Node) for node in graph.nodes.values())
