from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

import pytest

from netloom.core.errors import InvalidPipeline
from netloom.core.identifiers import NodeId, OperatorId
from netloom.graph.catalogue import Catalogue
from netloom.graph.graph import Component, Graph, Node, OutputRef
from netloom.graph.inference import ModelUse, RequestGraph, request_graph
from netloom.graph.operator import Operator, operator
from netloom.graph.validation import check

T = TypeVar("T")


@dataclass(frozen=True)
class Images(Generic[T]):
    """Pictures."""


class Described:
    """A network."""


class Learned(Described):
    """A network that was trained."""


class Mobile:
    """A network in another form."""


class Fitted(NamedTuple):
    """A model and how it went."""

    model: Learned
    history: str


@operator(group="x", job=True)
def scenes() -> Images[Any]:
    """Scenes."""
    return Images()


@operator(group="x")
def network() -> Described:
    """Network."""
    return Described()


@operator(group="x")
def resize(images: Images[T], *, size: int = 8) -> Images[T]:
    """Resize."""
    return images


@operator(group="x", infer="drop")
def invented(images: Images[T]) -> Images[T]:
    """Pictures made up from others."""
    return images


@operator(group="x")
def merge(parts: list[Images[T]]) -> Images[T]:
    """Merge."""
    return parts[0]


@operator(group="x", job=True, infer="model")
def load() -> Learned:
    """Load."""
    return Learned()


@operator(group="x", job=True, infer="model", roles={"images": "request"})
def fit(model: Described, images: Images[T], start_from: Learned | None = None) -> Fitted:
    """Train."""
    return Fitted(Learned(), "")


@operator(group="x", job=True, infer="model", roles={"model": "model", "images": "request"})
def apply(model: Learned | Mobile, images: Images[T]) -> Images[T]:
    """Apply."""
    return images


@operator(group="x", job=True, infer="pass", roles={"model": "model"})
def export(model: Learned, images: Images[Any] | None = None) -> Mobile:
    """Export."""
    return Mobile()


@operator(group="x", job=True)
def score(model: Learned, images: Images[T]) -> dict[str, Any]:
    """Evaluate."""
    return {}


@operator(group="x", job=True, infer="stage")
def crop(objects: Images[T], *, labels: tuple[str, ...] = ()) -> Images[T]:
    """Crop."""
    return objects


@operator(group="x", job=True, infer="stage", id="x.filter")
def keep(objects: Images[T], *, labels: tuple[str, ...] = ()) -> Images[T]:
    """Filter."""
    return objects


OPERATORS: list[Operator[Any, Any]] = [
    scenes, network, resize, invented, merge, load, fit, apply, export, score, crop, keep,
]  # fmt: skip
CATALOGUE = Catalogue(OPERATORS)


def derived(
    nodes: dict[str, tuple[Any, ...]],
    *,
    outputs: list[str] | None = None,
    bypass: frozenset[str] = frozenset(),
    components: dict[str, Component] | None = None,
) -> RequestGraph:
    graph = Graph(
        {
            NodeId(id): node(id, *description, bypass=id in bypass)
            for id, description in nodes.items()
        },
        components=components or {},
    )
    checked = check(graph, CATALOGUE).require_valid()
    return request_graph(checked, CATALOGUE, outputs=outputs)


def node(id: str, op: str, settings: dict[str, Any] | None = None, **rest: Any) -> Node:
    bypass = rest.pop("bypass", False)
    inputs: dict[Any, Any] = {
        port: tuple(map(ref, source)) if isinstance(source, list) else ref(source)
        for port, source in (settings or {}).items()
        if port not in ("labels", "size")
    }
    values = {name: value for name, value in (settings or {}).items() if name in ("labels", "size")}
    operator_id = op if "." in op or op == "two_sizes" else f"x.{op}"
    return Node(NodeId(id), OperatorId(operator_id), values, inputs, bypass=bypass)


def ref(text: str) -> OutputRef:
    return OutputRef.parse(text)


def told(graph: RequestGraph) -> list[tuple[Any, ...]]:
    """Every step as (id, what, input)."""
    return [
        (step.id, step.model if isinstance(step, ModelUse) else step.operator, step.input)
        for step in graph.steps
    ]


SINGLE = {
    "data": ("scenes",),
    "small": ("resize", {"images": "data"}),
    "net": ("network",),
    "find": ("fit", {"model": "net", "images": "small"}),
}
FLAGSHIP: dict[str, tuple[Any, ...]] = {
    **SINGLE,
    "quality": ("score", {"model": "find.model", "images": "small"}),
    "found": ("apply", {"model": "find.model", "images": "data"}),
    "even": ("crop", {"objects": "found", "labels": ["even"]}),
    "tiny": ("resize", {"images": "even", "size": 4}),
    "fit_even": ("fit", {"model": "net", "images": "tiny"}),
    "odd": ("crop", {"objects": "found", "labels": ["odd"]}),
    "fit_odd": ("fit", {"model": "net", "images": "odd"}),
    "even_score": ("score", {"model": "fit_even.model", "images": "tiny"}),
}


def test_one_trained_model_is_one_step() -> None:
    assert told(derived(SINGLE)) == [("find", "find", None)]


def test_a_cascade_keeps_stages_with_their_settings_and_applies_each_model_once() -> None:
    graph = derived(FLAGSHIP)

    assert told(graph) == [
        ("find", "find", None),
        ("even", "x.crop", "find"),
        ("odd", "x.crop", "find"),
        ("fit_odd", "fit_odd", "odd"),
        ("fit_even", "fit_even", "even"),
    ]
    assert graph.steps[1].settings.model_dump() == {"labels": ("even",)}  # type: ignore[union-attr]


def test_choosing_outputs_keeps_only_what_they_need() -> None:
    assert told(derived(FLAGSHIP, outputs=["fit_odd"])) == [
        ("find", "find", None),
        ("odd", "x.crop", "find"),
        ("fit_odd", "fit_odd", "odd"),
    ]


def test_a_filter_says_less_about_the_same_pictures() -> None:
    nodes = {
        **FLAGSHIP,
        "sure": ("x.filter", {"objects": "found"}),
        "even": ("crop", {"objects": "sure"}),
        "again": ("fit", {"model": "net", "images": "sure"}),
    }

    assert told(derived(nodes, outputs=["fit_even", "again"])) == [
        ("find", "find", None),
        ("sure", "x.filter", "find"),
        ("even", "x.crop", "sure"),
        ("again", "again", None),
        ("fit_even", "fit_even", "even"),
    ]


def test_a_loaded_model_is_a_step_where_it_is_applied() -> None:
    nodes = {
        "data": ("scenes",),
        "birds": ("load",),
        "found": ("apply", {"model": "birds", "images": "data"}),
    }

    assert told(derived(nodes)) == [("birds", "birds", None)]


def test_an_exported_model_is_the_model_it_was_exported_from() -> None:
    nodes = {
        **SINGLE,
        "mobile": ("export", {"model": "find.model", "images": "small"}),
        "found": ("apply", {"model": "mobile", "images": "data"}),
    }
    graph = derived(nodes)

    assert (told(graph), graph.handed_on) == ([("find", "find", None)], {"find": ("mobile",)})


def test_a_model_that_another_one_started_from_is_left_out() -> None:
    nodes = {
        **SINGLE,
        "longer": ("fit", {"model": "net", "images": "small", "start_from": "find.model"}),
        "longest": ("fit", {"model": "net", "images": "data", "start_from": "longer.model"}),
    }

    assert told(derived(nodes)) == [("longest", "longest", None)]
    assert told(derived(nodes, outputs=["find"])) == [("find", "find", None)]


def test_one_classifier_for_the_crops_of_two_stages_is_applied_to_both() -> None:
    nodes = {
        **FLAGSHIP,
        "both": ("merge", {"parts": ["even", "odd"]}),
        "fine": ("fit", {"model": "net", "images": "both"}),
    }

    assert told(derived(nodes, outputs=["fine", "fine_odd"])) == [
        ("find", "find", None),
        ("even", "x.crop", "find"),
        ("odd", "x.crop", "find"),
        ("fine", "fine", "even"),
        ("fine_odd", "fine", "odd"),
    ]


def test_bypassed_nodes_and_components_make_no_difference() -> None:
    inside = Graph(
        {
            NodeId("once"): node("once", "resize", {"images": "pictures"}),
            NodeId("learn"): node("learn", "fit", {"model": "net", "images": "once"}),
            NodeId("net"): node("net", "network"),
        }
    )
    use = Component(
        "two_sizes",
        inside,
        inputs={"pictures": "Images"},  # type: ignore[dict-item]
        outputs={"out": ref("learn.model")},  # type: ignore[dict-item]
    )
    nodes = {
        "data": ("scenes",),
        "small": ("resize", {"images": "data"}),
        "use": ("two_sizes", {"pictures": "small"}),
    }

    graph = derived(nodes, bypass=frozenset({"small"}), components={"two_sizes": use})

    assert told(graph) == [("use/learn", "use/learn", None)]


LATE = {
    **SINGLE,
    "made": ("invented", {"images": "data"}),
    "late": ("fit", {"model": "net", "images": "made"}),
}
PROBLEMS: list[tuple[str, dict[str, tuple[Any, ...]], list[str] | None, tuple[Any, ...]]] = [
    (
        "pictures that a dropped node makes",
        LATE,
        None,
        ("G140", "late", "images"),
    ),
    (
        "the same, chosen",
        LATE,
        ["late"],
        ("G140", "late", "images"),
    ),
    (
        "crops where no model has looked",
        {**SINGLE, "cut": ("crop", {"objects": "data"}), "late": ("fit", {"model": "net", "images": "cut"})},
        None,
        ("G144", "cut", "objects"),
    ),
    ("a choice that is no model", SINGLE, ["fond"], ("G142", None, None)),
    ("no model", {"data": ("scenes",)}, None, ("G143", None, None)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("nodes", "outputs", "expected"),
    [case[1:] for case in PROBLEMS],
    ids=[case[0] for case in PROBLEMS],
)
def test_what_cannot_be_at_request_time_is_told_with_its_place(
    nodes: dict[str, tuple[Any, ...]], outputs: list[str] | None, expected: tuple[Any, ...]
) -> None:
    with pytest.raises(InvalidPipeline) as caught:
        derived(nodes, outputs=outputs)

    first = caught.value.diagnostics[0]
    assert (first.code, first.place.node, first.place.port) == expected


def test_what_is_not_wanted_may_be_impossible() -> None:
    assert told(derived(LATE, outputs=["find"])) == [("find", "find", None)]


def test_ports_decide_the_part_of_operators_that_do_not_say() -> None:
    assert {op.id: op.infer_role for op in (scenes, network, resize, merge, score)} == {
        "x.scenes": "request",
        "x.network": "drop",
        "x.resize": "pass",
        "x.merge": "pass",
        "x.score": "drop",
    }


def test_a_role_of_no_port_is_refused() -> None:
    with pytest.raises(TypeError, match="roles of pictures, which are no parameters"):

        @operator(group="x", roles={"pictures": "request"})
        def wrong(images: Images[Any]) -> str:
            return ""
