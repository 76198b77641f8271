from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from netloom.core.identifiers import NodeId
from netloom.graph.topology import predecessors
from netloom.workspace.authoring import load_text
from netloom.workspace.pipelines import LoadedPipeline
from netloom.workspace.template_list import TEMPLATES, Template
from netloom.workspace.workspace import Workspace

NODE_WIDTH, NODE_HEIGHT = 240, 110

every_template = pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.id)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "netloom.toml").write_text("")
    return Workspace.open(project=tmp_path)


@every_template
def test_it_is_valid_and_says_what_it_is(workspace: Workspace, template: Template) -> None:
    pipeline = load_text(workspace, template.text)
    assert pipeline.checked.diagnostics == ()
    assert template.text.startswith("# ")
    assert set(template.title) == set(template.summary) == {"en", "zh"}
    if template.fill is None:
        assert template.needs == "nothing"
    else:
        node, _, setting = template.fill.partition(".")
        assert setting in pipeline.graph[NodeId(node)].settings


@every_template
def test_its_nodes_have_room_and_edges_go_to_the_right_or_down(
    workspace: Workspace, template: Template
) -> None:
    pipeline = load_text(workspace, template.text)
    places = positions(pipeline)
    assert set(places) == set(pipeline.graph.nodes)
    for (x1, y1), (x2, y2) in combinations(places.values(), 2):
        assert abs(x1 - x2) >= NODE_WIDTH or abs(y1 - y2) >= NODE_HEIGHT
    for name, before in predecessors(pipeline.graph).items():
        assert all(tuple(places[source]) < tuple(places[name]) for source in before), name
    assert len({x for x, _ in places.values()}) <= 4  # what a small window shows readably


def positions(pipeline: LoadedPipeline) -> dict[str, Any]:
    assert pipeline.document is not None
    return dict(pipeline.document.layout)
