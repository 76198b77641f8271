"""Which model of tables a run is about, and what a service of it leaves out."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from netloom.core.errors import InvalidPipeline, NotFound
from netloom.core.identifiers import ArtifactId, NodeId, OperatorId
from netloom.execution.events import Output
from netloom.graph.graph import Graph, Node, OutputRef
from netloom.tracking.model_store import MODEL_MEDIA_TYPE, TABLE_MODEL_MEDIA_TYPE
from netloom.workspace.run_tables import left_out, table_model_of

WORKSPACE: Any = SimpleNamespace(
    artifacts=SimpleNamespace(folder=lambda artifact: Path(artifact[:1]))
)


def output(
    artifact: str, *, media_type: str = TABLE_MODEL_MEDIA_TYPE, of: str | None = None
) -> Output:
    """A model; ``of`` is the artifact that it refers to."""
    preview = {} if of is None else {"package": f"artifact:{of * 64}"}
    return Output(ArtifactId(artifact * 64), media_type, 1, preview)


def run(**nodes: Output | None) -> Any:
    known = {
        node: SimpleNamespace(
            outputs={} if given is None else {"model": given},
            operator="tables.train",
            state="failed" if given is None else "succeeded",
        )
        for node, given in nodes.items()
    }
    return SimpleNamespace(run="r", nodes=known)


def found(result: Any, *outputs: str) -> tuple[str, str] | None:
    model = table_model_of(WORKSPACE, result, outputs=outputs or None)
    return None if model is None else (model.node, str(model.package))


def test_what_was_trained_comes_before_what_it_started_from() -> None:
    assert found(run(before=output("c", of="b"), fit=output("a"))) == ("fit", "a")


def test_a_model_of_an_earlier_run_is_found_where_it_lies() -> None:
    assert found(run(before=output("c", of="b"))) == ("before", "b")


def test_several_models_compete_until_one_is_named() -> None:
    both = run(fit=output("a"), other=output("b"))
    with pytest.raises(InvalidPipeline, match="2 models of tables compete: fit, other"):
        found(both)
    assert found(both, "fit") == ("fit", "a")


def test_a_run_about_pictures_has_none_unless_it_is_named() -> None:
    mixed = run(fit=output("a"), look=output("b", media_type=MODEL_MEDIA_TYPE))
    assert found(mixed) is None
    assert found(mixed, "fit") == ("fit", "a")
    assert found(run(look=output("b", media_type=MODEL_MEDIA_TYPE))) is None


def test_a_model_that_was_not_made_is_missed() -> None:
    with pytest.raises(NotFound, match="has no model of fit"):
        found(run(fit=None))


def node(id: str, operator: str, *sources: str) -> Node:
    inputs = {f"in{number}": OutputRef(NodeId(source)) for number, source in enumerate(sources)}
    return Node(id=NodeId(id), operator=OperatorId(operator), inputs=inputs)  # type: ignore[arg-type]


def test_what_happened_to_tables_before_the_model_is_told() -> None:
    nodes = [
        node("rows", "tables.source"),
        node("joined", "tables.merge", "rows"),
        node("filled", "tables.fill", "joined"),
        node("fit", "tables.train", "filled"),
        node("later", "tables.query", "rows"),
    ]
    graph = Graph(nodes={each.id: each for each in nodes})
    (notice,) = left_out(graph, NodeId("fit"))
    assert (notice.code, str(notice.severity), notice.place.node) == ("T445", "notice", "fit")
    assert "what joined, filled did to the tables is not part of it" in notice.message
    assert list(left_out(graph, NodeId("rows"))) == []
