from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidData
from netloom.execution.contents import KnownContents
from netloom.graph.fingerprint import Ingredients, inline_digest, operator_code_hash
from netloom.graph.graph import OutputRef
from netloom.graph.operator import operator


def contents_of(bench: Any, graph: Any, *, selected: Any = None) -> KnownContents:
    checked = bench.check(graph)
    return KnownContents(
        checked, bench.catalogue, selected=selected or checked.flat.nodes, project=bench.project
    )


@pytest.fixture
def contents(bench: Any) -> KnownContents:
    return contents_of(
        bench,
        bench.graph(
            source="read",
            loud=("shout", {"text": "source"}, {"mark": "?"}),
            fit=("train", {"text": "loud"}),
            all=("merge", {"texts": ["source", "fit.right"]}),
        ),
    )


def test_jobs_and_inline_nodes_that_nobody_consumes_are_scheduled(bench: Any) -> None:
    graph = bench.graph(
        source="read", loud=("shout", {"text": "source"}), louder=("shout", {"text": "loud"})
    )
    whole = contents_of(bench, graph)
    assert [whole.is_scheduled(n) for n in ("source", "loud", "louder")] == [True, False, True]
    part = contents_of(bench, graph, selected=["source", "loud"])
    assert part.is_scheduled("loud")


def test_ingredients_are_unknown_until_the_inputs_exist(
    bench: Any, contents: KnownContents
) -> None:
    assert contents.ingredients("loud") is None
    assert contents.digest(OutputRef("source")) is None
    output = bench.output("text")
    contents.settle_outputs("source", {"out": output})
    assert contents.is_settled("source")
    shout = bench.catalogue.operator("toy.shout")
    assert contents.ingredients("loud") == Ingredients(
        "toy.shout", operator_code_hash(shout), {"mark": "?"}, {"text": [output.artifact]}
    )


def test_an_inline_node_is_known_by_its_fingerprint(bench: Any, contents: KnownContents) -> None:
    contents.settle_outputs("source", {"out": bench.output("text")})
    loud = contents.ingredients("loud")
    assert loud is not None
    contents.settle_inline("loud", loud.fingerprint)
    fit = contents.ingredients("fit")
    assert fit is not None
    assert fit.inputs == {"text": [inline_digest(loud.fingerprint, "out")]}
    assert fit.settings == {"epochs": 1}


def test_a_reference_without_port_means_the_first_output(contents: KnownContents) -> None:
    assert contents.port(OutputRef("fit")) == "left"
    assert contents.port(OutputRef("fit", "right")) == "right"


def test_fan_in_ports_keep_the_order_of_their_edges(bench: Any, contents: KnownContents) -> None:
    one, left, right = bench.output("one"), bench.output("left"), bench.output("right")
    contents.settle_outputs("source", {"out": one})
    contents.settle_outputs("fit", {"left": left, "right": right})
    merged = contents.ingredients("all")
    assert merged is not None
    assert merged.inputs == {"texts": [one.artifact, right.artifact]}


def test_answers_of_a_person_are_ingredients(bench: Any, contents: KnownContents) -> None:
    without = contents.ingredients("source", identity="one")
    first = contents.ingredients("source", identity="one", answers=[{"label": "cat"}])
    second = contents.ingredients("source", identity="one", answers=[{"label": "dog"}])
    assert without is not None
    assert first is not None
    assert second is not None
    assert len({i.fingerprint for i in (without, first, second)}) == 3


def test_sources_have_an_identity_and_others_do_not(bench: Any, contents: KnownContents) -> None:
    assert contents.identity("source") == "one"
    assert contents.identity("fit") is None
    clock = contents_of(bench, bench.graph(source=("read", {}, {"name": "clock"})))
    assert clock.identity("source") is None


def test_a_source_that_fails_to_identify_itself_is_a_diagnostic(bench: Any) -> None:
    def broken(**_: Any) -> str:
        return str(1 / 0)

    @operator(group="toy", job=True, identity=broken)
    def measure() -> str:
        """Measure."""
        return ""

    bench.catalogue = bench.catalogue.with_operators([measure])
    contents = contents_of(bench, bench.graph(source="measure"))
    with pytest.raises(InvalidData) as caught:
        contents.identity("source")
    [problem] = caught.value.diagnostics
    assert problem.place == Place(node="source")
    assert problem.message == (
        "the source toy.measure cannot be read: ZeroDivisionError: division by zero"
    )


def test_what_is_missing_is_reported_by_the_source_itself(bench: Any) -> None:
    contents = contents_of(bench, bench.graph(source=("read", {}, {"name": "no.txt"})))
    with pytest.raises(InvalidData) as caught:
        contents.identity("source")
    assert caught.value.diagnostics[0].code == "I001"


def test_paths_are_named_as_the_user_wrote_them(bench: Any) -> None:
    def missing(*, project: Path, **_: Any) -> str:
        raise InvalidData.of(f"there is no folder {project / 'data/cats'}", code="I001")

    @operator(group="toy", job=True, identity=missing)
    def look() -> str:
        """Look into a folder."""
        return ""

    bench.catalogue = bench.catalogue.with_operators([look])
    contents = contents_of(bench, bench.graph(source="look"))
    with pytest.raises(InvalidData) as caught:
        contents.identity("source")
    assert caught.value.diagnostics[0].message == "there is no folder data/cats"
