"""Server and canvas apply edits to graphs alike: the cases of ``web/src/graph/edits.test.ts``."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from netloom.core.errors import NetloomError
from netloom.graph.edits import apply_edit
from netloom.graph.serialization import graph_from_json, json_from_graph
from netloom.server.graph_forms import edits_of
from netloom.server.schemas.authoring import Edits

FILE = Path(__file__).parents[2] / "web" / "src" / "graph" / "edits.cases.json"
SHARED: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", SHARED["cases"])
def test_edits_do_the_same_here_as_on_the_canvas(case: dict[str, Any]) -> None:
    graph = graph_from_json({"nodes": SHARED["before"], "components": {}})
    *earlier, last = edits_of(TypeAdapter(Edits).validate_python(case["edits"]))
    for edit in earlier:
        graph = apply_edit(graph, edit)
    if case["after"] is None:
        with pytest.raises(NetloomError):
            apply_edit(graph, last)
    else:
        assert json_from_graph(apply_edit(graph, last))["nodes"] == case["after"]
