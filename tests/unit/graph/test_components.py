from __future__ import annotations

from typing import Any

import pytest

from netloom.core.diagnostics import Diagnostic, Place
from netloom.graph.catalogue import Catalogue
from netloom.graph.components import expand
from netloom.graph.graph import REQUIRED, Component, Graph, Node, OutputRef
from netloom.graph.operator import operator
from netloom.graph.validation import check


class Images: ...


@operator(group="x")
def images() -> Images:
    """Images."""
    return Images()


@operator(group="x")
def resize(images: Images, *, size: int) -> Images:
    """Resize."""
    return images


@operator(group="x")
def merge(parts: list[Images]) -> Images:
    """Merge."""
    return parts[0]


CATALOGUE = Catalogue([images, resize, merge])


def node(name: str, op: str, settings: dict[str, Any] | None = None, **inputs: Any) -> Node:
    refs = {
        port: tuple(map(OutputRef.parse, source)) if isinstance(source, list)
        else OutputRef.parse(source)
        for port, source in inputs.items()
    }  # fmt: skip
    return Node(name, op, settings=settings or {}, inputs=refs)


def graph(*parts: Node | Component) -> Graph:
    return Graph(
        {part.id: part for part in parts if isinstance(part, Node)},
        {part.name: part for part in parts if isinstance(part, Component)},
    )


def component(
    name: str,
    *parts: Node | Component,
    inputs: str = "",
    settings: dict[str, Any] | None = None,
    **outputs: str,
) -> Component:
    return Component(
        name,
        graph(*parts),
        inputs=dict.fromkeys(inputs.split(), "Images"),
        settings=settings or {},
        outputs={port: OutputRef.parse(ref) for port, ref in outputs.items()},
    )


def flat(written: Graph) -> Graph:
    expansion = expand(written)
    assert expansion.diagnostics == []
    return expansion.graph


def template(text: str) -> dict[str, str]:
    return {"$template": text}


PREPARE = component(
    "prepare",
    node("resized", "x.resize", {"size": template("${settings.size}")}, images="pictures"),
    node("again", "x.resize", {"size": template("${settings.size * 2}")}, images="resized"),
    inputs="pictures",
    settings={"size": 8},
    small="again",
    large="resized.out",
)


def test_a_graph_without_components_stays_as_it_is() -> None:
    written = graph(node("a", "x.images"), PREPARE)
    assert expand(written).graph == graph(node("a", "x.images"))


def test_a_component_becomes_its_inner_nodes() -> None:
    written = graph(
        node("source", "x.images"),
        node("prep", "prepare", pictures="source"),
        node("first", "x.resize", {"size": 1}, images="prep"),
        node("second", "x.resize", {"size": 1}, images="prep.large"),
        PREPARE,
    )
    assert flat(written) == graph(
        node("source", "x.images"),
        node("prep/resized", "x.resize", {"size": 8}, images="source"),
        node("prep/again", "x.resize", {"size": 16}, images="prep/resized"),
        node("first", "x.resize", {"size": 1}, images="prep/again"),
        node("second", "x.resize", {"size": 1}, images="prep/resized.out"),
    )


def test_each_use_has_its_own_settings_and_inputs() -> None:
    written = graph(
        node("left", "x.images"),
        node("right", "x.images"),
        node("a", "prepare", {"size": 3}, pictures="left"),
        node("b", "prepare", {"size": 5}, pictures="right"),
        PREPARE,
    )
    sizes = {n.id: dict(n.settings) for n in flat(written).nodes.values() if n.settings}
    assert sizes == {
        "a/resized": {"size": 3},
        "a/again": {"size": 6},
        "b/resized": {"size": 5},
        "b/again": {"size": 10},
    }
    assert flat(written)["b/resized"].inputs == {"images": OutputRef("right")}


def test_components_nest_and_hand_settings_down() -> None:
    outer = component(
        "outer",
        node(
            "inner",
            "prepare",
            {"size": template("${settings.side + 1}")},
            pictures="given",
        ),
        node("last", "x.resize", {"size": template("${settings.side}")}, images="inner.large"),
        inputs="given",
        settings={"side": 4},
        out="last",
    )
    written = graph(
        node("source", "x.images"), node("top", "outer", given="source"), outer, PREPARE
    )
    assert flat(written) == graph(
        node("source", "x.images"),
        node("top/inner/resized", "x.resize", {"size": 5}, images="source"),
        node("top/inner/again", "x.resize", {"size": 10}, images="top/inner/resized"),
        node("top/last", "x.resize", {"size": 4}, images="top/inner/resized.out"),
    )


def test_a_component_uses_the_components_where_it_was_defined() -> None:
    """A caller's own component of the same name does not leak into it."""
    resizing = node("r", "x.resize", {"size": 1}, images="x")
    step = component("step", resizing, inputs="x", out="r")
    stepping = component("stepping", node("s", "step", x="x"), inputs="x", out="s")
    other_step = component("step", node("m", "x.merge", parts=["x"]), inputs="x", out="m")
    caller = component("caller", node("c", "stepping", x="x"), other_step, inputs="x", out="c")
    written = graph(node("i", "x.images"), node("use", "caller", x="i"), step, stepping, caller)
    assert list(flat(written).nodes) == ["i", "use/c/s/r"]


def test_a_component_may_bring_its_own_components() -> None:
    step = component("step", node("r", "x.resize", {"size": 1}, images="x"), inputs="x", out="r")
    twice = component(
        "twice", step, node("a", "step", x="x"), node("b", "step", x="a"), inputs="x", out="b"
    )
    written = graph(node("i", "x.images"), node("t", "twice", x="i"), twice)
    assert list(flat(written).nodes) == ["i", "t/a/r", "t/b/r"]
    assert flat(written)["t/b/r"].inputs == {"images": OutputRef("t/a/r")}


def test_an_output_may_be_an_input_handed_through() -> None:
    through = component("through", inputs="x", out="x")
    written = graph(
        node("i", "x.images"),
        node("t", "through", x="i"),
        node("u", "through", x="t"),
        node("r", "x.resize", {"size": 1}, images="u"),
        through,
    )
    assert flat(written)["r"].inputs == {"images": OutputRef("i")}


def test_several_connections_reach_a_fan_in_port_inside() -> None:
    merging = component("merging", node("m", "x.merge", parts="many"), inputs="many", out="m")
    written = graph(
        node("a", "x.images"), node("b", "x.images"), node("t", "merging", many=["a", "b"]), merging
    )
    assert flat(written)["t/m"].inputs == {"parts": (OutputRef("a"), OutputRef("b"))}


def test_needs_retries_and_time_limits_are_inherited_unless_set() -> None:
    inner = component(
        "inner",
        Node("own", "x.images", needs={"cpus": 1}, retries=1, timeout_s=1),
        Node("plain", "x.images"),
    )
    outer = component("outer", Node("i", "inner", retries=3))
    written = graph(Node("o", "outer", needs={"cpus": 4}, retries=5, timeout_s=9), inner, outer)
    assert {n.id: (n.needs, n.retries, n.timeout_s) for n in flat(written).nodes.values()} == {
        "o/i/own": ({"cpus": 1}, 1, 1),
        "o/i/plain": ({"cpus": 4}, 3, 9),
    }


def test_an_input_left_unset_is_wired_like_any_port() -> None:
    written = graph(node("source", "x.images"), node("prep", "prepare"), PREPARE)
    checked = check(written, CATALOGUE)
    assert [(d.code, d.place) for d in checked.diagnostics] == []
    assert checked.flat["prep/resized"].inputs == {"images": OutputRef("source")}


def test_a_missing_input_is_reported_at_the_inner_port() -> None:
    checked = check(graph(node("prep", "prepare"), PREPARE), CATALOGUE)
    assert [(d.code, d.place) for d in checked.diagnostics] == [
        ("G105", Place(node="prep/resized", port="images"))
    ]


NEEDY = component(
    "needy",
    node("r", "x.resize", {"size": template("${settings.size}")}, images="x"),
    inputs="x",
    settings={"size": REQUIRED},
    out="r",
)


MISTAKES = [
    (
        "unknown and misplaced keys",
        graph(
            node("i", "x.images"),
            node("p", "prepare", {"siez": 3, "pictures": "a"}, picture="i", size="i"),
            PREPARE,
        ),
        [
            ("G102", "p", "siez", "the component prepare has no input or setting 'siez'"),
            (
                "G102",
                "p",
                "pictures",
                "'pictures' of the component prepare is an input, not a setting",
            ),
            ("G102", "p", "picture", "the component prepare has no input or setting 'picture'"),
            ("G102", "p", "size", "'size' of the component prepare is a setting, not an input"),
        ],
    ),
    (
        "a setting without value, and nothing about what follows from it",
        graph(node("i", "x.images"), node("n", "needy", x="i"), NEEDY),
        [("G104", "n", "size", "the setting 'size' of component needy has no value")],
    ),
    (
        "a template that cannot be computed",
        graph(
            node("i", "x.images"),
            node("b", "bad", x="i"),
            component(
                "bad",
                node("r", "x.resize", {"size": template("${settings.sides}")}, images="x"),
                inputs="x",
                settings={"side": 3},
                out="r",
            ),
        ),
        [("D026", "b/r", "size", "there is no settings.sides. Did you mean 'side'?")],
    ),
    (
        "a template handed down that cannot be computed",
        graph(
            node("i", "x.images"),
            node("o", "outer", x="i"),
            component(
                "outer",
                node("n", "needy", {"size": template("${settings.none}")}, x="x"),
                inputs="x",
                out="n",
            ),
            NEEDY,
        ),
        [("D026", "o/n", "size", "there is no settings.none.")],
    ),
    (
        "a component within itself",
        graph(node("u", "self"), component("self", node("a", "self"), node("b", "self"))),
        [
            ("G114", "u/a", None, "component self contains itself"),
            ("G114", "u/b", None, "component self contains itself"),
        ],
    ),
    (
        "two components within each other",
        graph(
            node("u", "ping"),
            component("ping", node("a", "pong")),
            component("pong", node("b", "ping")),
        ),
        [("G114", "u/a/b", None, "component ping contains itself")],
    ),
    (
        "components that feed each other",
        graph(
            node("a", "through", x="b"),
            node("b", "through", x="a"),
            node("r", "x.resize", {"size": 1}, images="a"),
            component("through", inputs="x", out="x"),
        ),
        [
            (
                "G109",
                "r",
                "images",
                "components hand their inputs to each other in a circle: a → b/x → b → a/x → a",
            )
        ],
    ),
    (
        "an output that the component does not have",
        graph(
            node("i", "x.images"),
            node("p", "prepare", pictures="i"),
            node("r", "x.resize", {"size": 1}, images="p.tiny"),
            PREPARE,
        ),
        [("G107", "r", "images", "the node p (prepare) has no output 'tiny'")],
    ),
    (
        "an output of an input",
        graph(
            node("i", "x.images"),
            node("b", "bad", x="i"),
            component("bad", node("r", "x.resize", {"size": 1}, images="x.y"), inputs="x", out="r"),
        ),
        [("G107", "b/r", "images", "the input 'x' of bad is one value without outputs of its own")],
    ),
    (
        "an output that is nothing",
        graph(
            node("b", "bad"),
            node("r", "x.resize", {"size": 1}, images="b"),
            component("bad", node("i", "x.images"), out="j"),
        ),
        [
            (
                "G106",
                "b",
                None,
                "the output 'out' of component bad is j, but there is no node 'j' in it",
            )
        ],
    ),
    (
        "a cycle through a component",
        graph(
            node("p", "prepare", pictures="r"),
            node("r", "x.resize", {"size": 1}, images="p"),
            PREPARE,
        ),
        [
            (
                "G109",
                "p/resized",
                None,
                "the nodes form a cycle: p/resized → p/again → r → p/resized",
            )
        ],
    ),
]


@pytest.mark.parametrize(("name", "written", "expected"), MISTAKES, ids=[m[0] for m in MISTAKES])
def test_mistakes_with_components(
    name: str, written: Graph, expected: list[tuple[str, str, str | None, str]]
) -> None:
    assert [
        (d.code, d.place.node, d.place.port or d.place.setting, d.message)
        for d in check(written, CATALOGUE).diagnostics
    ] == expected


def doubling(levels: int, *, leaf: Node | None) -> Graph:
    first = component("level0", leaf) if leaf else component("level0")
    rest = [
        component(f"level{n}", node("a", f"level{n - 1}"), node("b", f"level{n - 1}"))
        for n in range(1, levels)
    ]
    return graph(node("top", f"level{levels - 1}"), first, *rest)


@pytest.mark.parametrize("leaf", [node("i", "x.images"), None], ids=["nodes", "empty components"])
def test_few_lines_cannot_stand_for_millions_of_nodes(leaf: Node | None) -> None:
    [problem] = expand(doubling(40, leaf=leaf)).diagnostics
    assert problem.code == "G114"
    assert problem.message.startswith("the components stand for more than 10000 nodes")
    assert expand(doubling(8, leaf=leaf)).diagnostics == []


def test_few_lines_cannot_stand_for_millions_of_connections() -> None:
    through = component("through", inputs="x", out="x")
    chain = [node(f"n{n}", "through", x=[f"n{n - 1}", f"n{n - 1}"]) for n in range(1, 40)]
    written = graph(node("n0", "x.images"), *chain, node("m", "x.merge", parts=["n39"]), through)
    assert [d.code for d in expand(written).diagnostics] == ["G114"]


def test_components_are_nested_only_so_deep() -> None:
    steps = [component(f"c{n}", node("s", f"c{n + 1}")) for n in range(500)]
    written = graph(node("top", "c0"), *steps, component("c500", node("i", "x.images")))
    assert expand(written).diagnostics == [
        Diagnostic(
            code="G114",
            message="the components stand for more than 10000 nodes or 100000 connections, "
            "or are nested more than 64 deep",
            fix="Use components inside components less often",
        )
    ]
