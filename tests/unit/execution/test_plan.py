from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidInput, InvalidPipeline
from netloom.execution.explanation import Change
from netloom.execution.plan import inner_nodes, selected_nodes
from netloom.execution.states import PlanState
from netloom.graph.component_edits import BoundaryInput, DissolveComponent, MakeComponent
from netloom.graph.edits import apply_edit
from netloom.graph.graph import Component, Graph, Node, OutputRef


def pipeline(bench: Any, *, mark: str = "!", epochs: int = 1, **extra: Any) -> Graph:
    graph: Graph = bench.graph(
        source="read",
        loud=("shout", {"text": "source"}, {"mark": mark}),
        fit=("train", {"text": "loud"}, {"epochs": epochs}),
        report=("merge", {"texts": ["fit", "source"]}),
        **extra,
    )
    return graph


def whys(plan: Any) -> dict[str, str]:
    return {node: planned.why for node, planned in plan.nodes.items()}


def test_before_the_first_run_the_sources_are_ready_and_the_rest_may_run(bench: Any) -> None:
    plan = bench.plan(pipeline(bench))
    assert {n: (str(p.state), p.why) for n, p in plan.nodes.items()} == {
        "source": ("ready", "it never ran"),
        "loud": ("may_run", "depends on source, which may change"),
        "fit": ("may_run", "depends on loud, which may change"),
        "report": ("may_run", "depends on fit, source, which may change"),
    }
    assert str(plan).splitlines()[:2] == [
        "source: ready: it never ran",
        "loud: may_run: depends on source, which may change",
    ]
    assert plan.expected_s is None
    assert plan.to_json()["jobs_to_run"] == 1
    assert plan.to_json()["jobs_that_may_run"] == 2


def test_after_a_run_everything_is_cached(bench: Any) -> None:
    bench.run(pipeline(bench))
    plan = bench.plan(pipeline(bench))
    assert set(whys(plan).values()) == {"unchanged since run run1"}
    assert {p.state for p in plan.nodes.values()} == {PlanState.CACHED}
    assert (plan.count(PlanState.CACHED), plan.expected_s) == (3, None)  # shout is no job
    assert plan.nodes["fit"].outputs is not None
    assert plan.nodes["loud"].outputs is None


def test_a_changed_setting_makes_its_node_stale_and_descendants_may_run(bench: Any) -> None:
    bench.run(pipeline(bench))
    plan = bench.plan(pipeline(bench, epochs=2))
    assert {n: (str(p.state), p.why) for n, p in plan.nodes.items()} == {
        "source": ("cached", "unchanged since run run1"),
        "loud": ("cached", "unchanged since run run1"),
        "fit": ("stale", "epochs changed from 1 to 2"),
        "report": ("may_run", "depends on fit, which may change"),
    }
    fit = plan.nodes["fit"]
    assert fit.changes == (Change("setting", "epochs", 1, 2),)
    assert (fit.last_run, fit.expected_s) == ("run1", 2.5)
    assert plan.expected_s == 5.0


def test_a_changed_inline_node_makes_the_job_behind_it_stale(bench: Any) -> None:
    bench.run(pipeline(bench))
    plan = bench.plan(pipeline(bench, mark="?"))
    assert (str(plan.nodes["loud"].state), str(plan.nodes["fit"].state)) == ("stale", "stale")
    assert whys(plan)["loud"] == "mark changed from '!' to '?'"
    assert whys(plan)["fit"] == "the input text changed"


def test_changed_data_are_noticed(bench: Any) -> None:
    bench.run(pipeline(bench))
    bench.write("data.txt", "two")
    assert whys(bench.plan(pipeline(bench)))["source"] == "the source data changed"


def test_going_back_to_earlier_settings_finds_the_earlier_result(bench: Any) -> None:
    bench.run(pipeline(bench))
    bench.run(pipeline(bench, epochs=2))
    plan = bench.plan(pipeline(bench))
    assert whys(plan)["fit"] == "unchanged since run run1"


def test_what_does_not_enter_the_result_does_not_matter(bench: Any) -> None:
    graph = pipeline(bench)
    bench.run(graph)
    fit = replace(graph["fit"], note="a remark", needs={"cpus": 1}, retries=3, timeout_s=60.0)
    reordered = Graph({name: graph[name] for name in reversed(list(graph.nodes))}).with_node(fit)
    renamed = reordered.with_node_renamed("fit", "training")
    assert set(bench.states(reordered).values()) == {"cached"}
    assert set(bench.states(renamed).values()) == {"cached"}


def test_writing_a_default_out_changes_nothing(bench: Any) -> None:
    graph = bench.graph(source="read")
    bench.run(graph)
    assert bench.states(bench.graph(source=("read", {}, {"trim": True}))) == {"source": "cached"}


def bypassing(graph: Graph, *names: str) -> Graph:
    for name in names:
        graph = graph.with_node(replace(graph[name], bypass=True))
    return graph


def test_bypassing_a_node_and_using_it_again_finds_every_result(bench: Any) -> None:
    """Without `loud`, `fit` trains on the source itself: the same as in a graph that never had `loud`."""
    with_it = pipeline(bench)
    without_it = bench.graph(
        source="read",
        fit=("train", {"text": "source"}, {"epochs": 1}),
        report=("merge", {"texts": ["fit", "source"]}),
    )
    bench.run(with_it)
    plan = bench.plan(bypassing(with_it, "loud"))
    assert plan.bypassed == ("loud",)
    assert {n: str(p.state) for n, p in plan.nodes.items()} == {
        "source": "cached",
        "fit": "stale",
        "report": "may_run",
    }
    bench.run(without_it)
    for graph in (bypassing(with_it, "loud"), with_it):
        assert {str(p.state) for p in bench.plan(graph).nodes.values()} == {"cached"}
    prints = [
        {n: p.fingerprint for n, p in bench.plan(graph).nodes.items()}
        for graph in (bypassing(with_it, "loud"), without_it)
    ]
    assert prints[0] == prints[1]


def test_nothing_can_be_asked_of_a_bypassed_node(bench: Any) -> None:
    graph = bypassing(pipeline(bench), "loud")
    with pytest.raises(InvalidPipeline) as caught:
        bench.plan(graph, to=["loud"], start=["nowhere"])
    assert [(d.code, d.message) for d in caught.value.diagnostics] == [
        ("G116", "the node 'loud' is bypassed: it does not run"),
        ("G106", "there is no node 'nowhere'"),
    ]


def test_a_component_all_of_whose_nodes_are_bypassed_is_bypassed(bench: Any) -> None:
    graph = with_component(bench)
    prepare = graph.components["prepare"]
    inside = bypassing(prepare.graph, "first", "second")
    graph = replace(graph, components={"prepare": replace(prepare, graph=inside)})
    for asked in ("prep", "prep/first"):
        with pytest.raises(InvalidPipeline, match="is bypassed"):
            bench.plan(graph, to=[asked])
    assert list(bench.plan(graph).nodes) == ["source", "other", "end"]


def test_a_volatile_source_always_runs(bench: Any) -> None:
    graph = bench.graph(source=("read", {}, {"name": "clock"}), fit=("train", {"text": "source"}))
    for _ in range(2):
        plan = bench.plan(graph)
        assert whys(plan) == {
            "source": "a volatile source always runs",
            "fit": "depends on source, which may change",
        }
        assert plan.nodes["source"].state is PlanState.READY
        bench.run(graph)


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_a_lost_artifact_makes_its_node_run_again_and_says_why(bench: Any, damage: str) -> None:
    bench.run(pipeline(bench))
    artifact = bench.plan(pipeline(bench)).nodes["fit"].outputs["right"].artifact
    if damage == "missing":
        bench.artifacts.discard(artifact)
        why = f"artifact {artifact[:12]} is not in this workspace"
    else:
        (bench.artifacts.folder(artifact) / "value.json").write_text("")
        why = f"artifact {artifact[:12]} is damaged: value.json"
    plan = bench.plan(pipeline(bench))
    assert {n: str(p.state) for n, p in plan.nodes.items()} == {
        "source": "cached",
        "loud": "cached",
        "fit": "stale",
        "report": "may_run",
    }
    assert whys(plan)["fit"] == why


def branches(bench: Any) -> Graph:
    graph: Graph = bench.graph(
        source="read",
        a=("train", {"text": "source"}),
        b=("train", {"text": "source"}, {"epochs": 2}),
        c=("merge", {"texts": ["a", "b"]}),
        d=("merge", {"texts": ["b"]}),
    )
    return graph


@pytest.mark.parametrize(
    ("selection", "nodes"),
    [
        ({}, "source a b c d"),
        ({"to": ["a"]}, "source a"),
        ({"to": ["a", "d"]}, "source a b d"),
        ({"start": ["a"]}, "source a b c"),
        ({"start": ["a"], "to": ["c"]}, "source a b c"),
        ({"start": ["d"]}, "source b d"),
    ],
)
def test_a_plan_is_about_the_selected_nodes(bench: Any, selection: Any, nodes: str) -> None:
    assert list(bench.plan(branches(bench), **selection).nodes) == nodes.split()


def test_forced_nodes_run_although_they_are_cached(bench: Any) -> None:
    bench.run(branches(bench))
    plan = bench.plan(branches(bench), force=["b"])
    assert {n: (str(p.state), p.why) for n, p in plan.nodes.items()} == {
        "source": ("cached", "unchanged since run run1"),
        "a": ("cached", "unchanged since run run1"),
        "b": ("ready", "forced"),
        "c": ("may_run", "depends on b, which may change"),
        "d": ("may_run", "depends on b, which may change"),
    }


def test_forcing_a_description_forces_the_jobs_that_act_on_it(bench: Any) -> None:
    bench.run(pipeline(bench))
    assert whys(bench.plan(pipeline(bench), force=["loud"])) == {
        "source": "unchanged since run run1",
        "loud": "forced",
        "fit": "forced",
        "report": "depends on fit, which may change",
    }


def test_a_description_changes_with_the_content_it_refers_to(bench: Any) -> None:
    bench.write("weights.bin", "old")
    graph = bench.graph(
        source="read",
        model=("refer", {"text": "source"}, {"name": "weights.bin"}),
        fit=("train", {"text": "model"}),
    )
    bench.run(graph)
    assert bench.states(graph) == {"source": "cached", "model": "cached", "fit": "cached"}
    bench.write("weights.bin", "new")
    assert bench.states(graph) == {"source": "cached", "model": "stale", "fit": "stale"}
    assert bench.run(graph)["fit"] == "succeeded"
    assert bench.states(graph)["fit"] == "cached"


def test_an_inline_node_at_the_end_is_scheduled(bench: Any) -> None:
    plan = bench.plan(pipeline(bench), to=["loud"])
    assert plan.nodes["loud"].is_job
    bench.run(pipeline(bench), to=["loud"])
    assert bench.states(pipeline(bench), to=["loud"]) == {"source": "cached", "loud": "cached"}


PREPARE = Component(
    "prepare",
    Graph(
        {
            "first": Node("first", "toy.train", inputs={"text": OutputRef("text")}),
            "second": Node("second", "toy.train", inputs={"text": OutputRef("first")}),
        }
    ),
    inputs={"text": "str"},
    outputs={"out": OutputRef("second")},
)


def with_component(bench: Any) -> Graph:
    graph: Graph = bench.graph(
        source="read",
        prep=("prepare", {"text": "source"}),
        other=("train", {"text": "source"}, {"epochs": 9}),
        end=("merge", {"texts": ["prep", "other"]}),
        prepare=PREPARE,
    )
    return graph


def test_the_name_of_a_component_stands_for_its_nodes(bench: Any) -> None:
    graph = with_component(bench)
    inside = ["prep/first", "prep/second"]
    assert list(bench.plan(graph, to=["prep"]).nodes) == ["source", *inside]
    assert list(bench.plan(graph, to=["prep/first"]).nodes) == ["source", "prep/first"]
    assert set(bench.plan(graph, start=["prep"]).nodes) == {"source", "other", *inside, "end"}
    bench.run(graph)
    assert {n for n, p in bench.plan(graph, force=["prep"]).nodes.items() if p.why == "forced"} == {
        "prep/first"
    }
    assert inner_nodes(bench.check(graph).flat, "prep") == inside
    assert inner_nodes(bench.check(graph).flat, "pre") == []


def test_making_and_dissolving_a_component_keeps_every_result(bench: Any) -> None:
    graph = pipeline(bench)
    bench.run(graph)
    make = MakeComponent(
        name="learn",
        node="learning",
        nodes=("loud", "fit"),
        inputs={"text": BoundaryInput("str", OutputRef("source"))},
        outputs={"out": OutputRef("fit")},
    )
    made = apply_edit(graph, make)
    plan = bench.plan(made)
    assert {n: str(p.state) for n, p in plan.nodes.items()} == {
        "source": "cached",
        "learning/loud": "ready",  # described anew under another id; that costs nothing
        "learning/fit": "cached",
        "report": "cached",
    }
    dissolved = apply_edit(made, DissolveComponent("learning", {"loud": "loud", "fit": "fit"}))
    assert {str(p.state) for p in bench.plan(dissolved).nodes.values()} == {"cached"}


def test_unknown_names_are_refused_all_at_once(bench: Any) -> None:
    with pytest.raises(InvalidPipeline) as caught:
        bench.plan(branches(bench), to=["sauce"], start=["x"], force=["y"])
    assert caught.value.diagnostics == (
        Diagnostic(
            code="G106",
            message="there is no node 'sauce'",
            place=Place(node="sauce"),
            fix="Did you mean 'source'?",
        ),
        *(
            Diagnostic(
                code="G106",
                message=f"there is no node {name!r}",
                place=Place(node=name),
                fix="Nodes: source, a, b, c, d",
            )
            for name in ("x", "y")
        ),
    )


def test_a_forced_node_outside_the_selection_is_refused(bench: Any) -> None:
    with pytest.raises(InvalidPipeline) as caught:
        selected_nodes(bench.check(branches(bench)), to=["a"], start=[], force=["b", "a"])
    [problem] = caught.value.diagnostics
    assert (problem.code, problem.place) == ("G115", Place(node="b"))


def test_sources_that_cannot_be_found_are_reported_all_at_once(bench: Any) -> None:
    graph = bench.graph(
        one=("read", {}, {"name": "a.txt"}),
        two=("read", {}, {"name": "b.txt"}),
        good="read",
        end=("merge", {"texts": ["one", "two", "good"]}),
    )
    with pytest.raises(InvalidInput) as caught:
        bench.plan(graph)
    assert [(d.code, d.place.node, d.message) for d in caught.value.diagnostics] == [
        ("I001", "one", "there is no file 'a.txt'"),
        ("I001", "two", "there is no file 'b.txt'"),
    ]
    assert list(bench.plan(graph, to=["good"]).nodes) == ["good"]


def test_a_plan_is_a_document(bench: Any) -> None:
    bench.run(pipeline(bench))
    document = bench.plan(pipeline(bench, epochs=2), to=["fit"]).to_json()
    fit = document["nodes"].pop("fit")
    assert list(document["nodes"]) == ["source", "loud"]
    del document["nodes"]
    assert document == {
        "jobs_to_run": 1,
        "jobs_that_may_run": 0,
        "jobs_cached": 1,
        "expected_s": 2.5,
        "bypassed": [],
    }
    assert len(fit.pop("fingerprint")) == 64
    assert fit == {
        "operator": "toy.train",
        "state": "stale",
        "why": "epochs changed from 1 to 2",
        "job": True,
        "expected_s": 2.5,
        "changes": [{"kind": "setting", "name": "epochs", "before": 1, "after": 2}],
    }
