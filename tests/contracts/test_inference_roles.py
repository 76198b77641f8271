"""Every built-in operator has a part in prediction, and every example has a request-time graph."""

from __future__ import annotations

import typing
from pathlib import Path
from typing import Any

import pytest

from netloom.data.view import Dataset
from netloom.graph.inference import StageUse, request_graph
from netloom.graph.operator import Operator
from netloom.inference.inference_graph import STAGE_TYPES
from netloom.operators.builtin import catalogue
from netloom.workspace.workspace import Workspace

ROOT = Path(__file__).parents[2]
CATALOGUE = catalogue(())
STAGES = sorted(op.id for op in CATALOGUE if op.infer_role == "stage")
MODELS = {
    "train",
    "predict",
    "stages.apply",
    "models.load",
    "models.reuse",
    "models.import_weights",
}
HANDED_ON = {"data.split", "data.select", "data.clips", "export"}


def gives_dataset(operator: Operator[Any, Any]) -> bool:
    kinds = [typing.get_origin(port.type) or port.type for port in operator.outputs.values()]
    return Dataset in kinds


def expected_role(operator: Operator[Any, Any]) -> str:
    if operator.id in MODELS:
        return "model"
    if operator.group == "stages" and operator.id.partition(".")[2] in STAGE_TYPES:
        return "stage"
    if operator.group == "image" or operator.id in HANDED_ON:
        return "pass"
    if operator.group == "data" and not operator.inputs:
        return "request"
    return "drop"


@pytest.mark.parametrize("operator", list(CATALOGUE), ids=lambda op: op.id)
def test_an_operator_has_the_part_its_group_suggests(operator: Operator[Any, Any]) -> None:
    assert operator.infer_role == expected_role(operator)
    if operator.infer_role == "model" and operator.inputs:
        assert [port for port, role in operator.roles.items() if role == "request"] == ["dataset"]
    if operator.infer_role == "request" and operator.id != "data.survey":
        assert gives_dataset(operator)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_is_a_step_with_the_same_settings_and_defaults(stage: str) -> None:
    operator = CATALOGUE.operator(stage)
    step = STAGE_TYPES[stage.partition(".")[2]]
    own = {
        name: field
        for name, field in step.model_fields.items()
        if name not in ("id", "input", "type")
    }

    for name, field in own.items():
        assert name in operator.settings_type.model_fields, name
        assert operator.settings_type.model_fields[name].default == field.default, name


def test_every_step_between_models_belongs_to_a_stage() -> None:
    assert sorted(STAGE_TYPES) == [stage.partition(".")[2] for stage in STAGES]


PIPELINES = sorted(
    path
    for folder in ("examples", "src/netloom/workspace/templates")
    for path in (ROOT / folder).rglob("*.yaml")
    if "nodes:" in path.read_text() and "{{" not in path.read_text()
)


@pytest.mark.parametrize("path", PIPELINES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_example_that_trains_has_a_request_time_graph(path: Path, tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "workspace", project=path.parent)
    checked = workspace.load(path).checked
    if not checked.is_valid:
        pytest.skip("it is part of another file, or wants to be filled in first")
    trained = [node.id for node in checked.flat.nodes.values() if node.operator == "train"]
    if not trained:
        pytest.skip("it trains nothing")

    graph = request_graph(checked, workspace.catalogue)

    assert {use.model for use in graph.models} <= set(checked.flat.nodes)
    assert any(use.model in trained for use in graph.models)
    for stage in (step for step in graph.steps if isinstance(step, StageUse)):
        assert stage.operator in STAGES
