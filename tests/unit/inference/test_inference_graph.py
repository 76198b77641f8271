from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netloom.core.errors import InvalidData, NotFound
from netloom.inference.inference_graph import (
    CropObjectsStep,
    FilterStep,
    InferenceGraph,
    ModelStep,
    is_graph_folder,
    read_graph,
    write_graph,
)

FIND = {"type": "model", "id": "find", "task": "object_detection", "package": "find"}
CROPS = {"type": "crop_objects", "id": "crops", "input": "find"}
FINE = {
    "type": "model",
    "id": "fine",
    "input": "crops",
    "task": "image_classification",
    "package": "fine",
}
CLASSIFY = {**FIND, "task": "image_classification"}


def test_a_graph_is_kept_as_json(tmp_path: Path) -> None:
    graph = InferenceGraph(
        steps=(
            ModelStep(id="find", task="object_detection", package="find"),
            FilterStep(id="sure", input="find", min_score=0.5),
            CropObjectsStep(id="crops", input="sure", labels=("even",), square=True, most=3),
            ModelStep(id="fine", input="crops", task="image_classification", package="fine"),
        )
    )
    assert not is_graph_folder(tmp_path)
    write_graph(tmp_path, graph)
    assert is_graph_folder(tmp_path)
    assert read_graph(tmp_path) == graph
    assert [
        step["type"] for step in json.loads((tmp_path / "graph.json").read_text())["steps"]
    ] == [
        "model",
        "filter",
        "crop_objects",
        "model",
    ]


def test_a_graph_knows_who_takes_what() -> None:
    graph = InferenceGraph.from_json({"steps": [FIND, CROPS, FINE]})
    assert [step.id for step in graph.first] == ["find"]
    assert [step.id for step in graph.users_of("find")] == ["crops"]
    assert graph.predictions_of("fine") == "fine"
    assert (graph.is_single, InferenceGraph.from_json({"steps": [FIND]}).is_single) == (False, True)


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ([], "no model takes the picture"),
        ([FIND, FIND], "two steps are called 'find'"),
        ([CROPS, FIND], "the step 'crops' takes 'find', which is no step before it"),
        ([FIND, {**FINE, "input": "find"}], "takes pictures, which 'find' (model) does not give"),
        ([CLASSIFY, CROPS], "takes a model that finds objects, which 'find' (model) does not give"),
        (
            [FIND, {"type": "route", "id": "r", "input": "find"}],
            "takes a classifier of images, which 'find' (model) does not give",
        ),
        (
            [FIND, {"type": "filter", "id": "f", "input": "find"}, {**FINE, "input": "f"}],
            "takes pictures, which 'f' (filter) does not give",
        ),
        ([{**FIND, "package": "../secrets"}], "package"),
        ([{**FIND, "package": ".hidden"}], "package"),
        ([{**FIND, "colour": "red"}], "colour"),
        ([{**FIND, "type": "python"}], "python"),
        ([{**CROPS, "input": None}], "input"),
    ],
)
def test_what_is_no_graph_is_told(steps: list[dict[str, Any]], problem: str) -> None:
    with pytest.raises(InvalidData) as caught:
        InferenceGraph.from_json({"steps": steps})
    (found,) = caught.value.diagnostics
    assert found.code == "I480"
    assert problem in found.message


def test_a_folder_without_a_graph_and_a_damaged_one_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_graph(tmp_path)
    (tmp_path / "graph.json").write_text("{")
    with pytest.raises(InvalidData, match="not readable JSON"):
        read_graph(tmp_path)
