from __future__ import annotations

from pathlib import Path

import pytest

from netloom.core.errors import InvalidInput
from netloom.workspace.forecasting import forecasting_pipeline, training_node
from netloom.workspace.pipelines import LoadedPipeline
from netloom.workspace.workspace import Workspace

TWO = """\
netloom: 1
nodes:
  digits: {op: data.digits}
  parts:  {op: data.split, dataset: digits, valid: 0.1}
  model:  {op: models.image_classifier}
  first:  {op: train, model: model, dataset: parts, epochs: 4, needs: {cpus: 2}}
  second: {op: train, start_from: first.model, model: model, dataset: parts, epochs: 5}
  score:  {op: evaluate, model: second.model, dataset: parts}
"""
TABLE = """\
netloom: 1
nodes:
  rows:  {op: tables.source, path: wine.parquet}
  map:   {op: tables.fit_features, table: rows, keys: [row], labels: [cultivar]}
  coded: {op: tables.encode, table: rows, features: map}
  net:   {op: tables.mlp, targets: [{column: cultivar, type: classes}]}
  fit:   {op: tables.train, model: net, table: coded, features: map}
  score: {op: tables.evaluate, model: fit.model, table: coded, part: null}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "netloom.toml").touch()
    return Workspace.open(project=tmp_path)


def loaded(workspace: Workspace, text: str) -> LoadedPipeline:
    path = workspace.project / "main.yaml"
    path.write_text(text)
    return workspace.load(path)


def test_the_training_becomes_a_forecast_and_what_follows_it_goes(workspace: Workspace) -> None:
    pipeline = loaded(workspace, TWO)
    made = forecasting_pipeline(pipeline, training_node(pipeline, "first"), workspace.catalogue)
    assert list(made.graph.nodes) == ["digits", "parts", "model", "first"]
    node = made.graph.nodes["first"]  # type: ignore[index]
    assert (node.operator, dict(node.settings)) == ("training.forecast", {"epochs": 4})
    assert made.checked.require_valid()
    later = forecasting_pipeline(pipeline, training_node(pipeline, "second"), workspace.catalogue)
    operators = {name: node.operator for name, node in later.graph.nodes.items()}
    assert (operators["first"], operators["second"]) == ("train", "training.forecast")  # type: ignore[index]


def test_a_training_on_a_table_is_forecast_by_an_operator_of_its_own(workspace: Workspace) -> None:
    pipeline = loaded(workspace, TABLE)
    made = forecasting_pipeline(pipeline, training_node(pipeline, None), workspace.catalogue)
    assert list(made.graph.nodes) == ["rows", "map", "coded", "net", "fit"]
    assert made.graph.nodes["fit"].operator == "tables.training_forecast"  # type: ignore[index]
    assert made.checked.require_valid()


def test_which_training_must_be_clear(workspace: Workspace) -> None:
    pipeline = loaded(workspace, TWO)
    with pytest.raises(InvalidInput, match=r"Several nodes train\. Expected one of first, second"):
        training_node(pipeline, None)
    with pytest.raises(InvalidInput, match="not a node that trains"):
        training_node(pipeline, "score")
    single = "\n".join(line for line in TWO.splitlines() if "second" not in line)
    assert training_node(loaded(workspace, single), None) == "first"
    none = "\n".join(line for line in TWO.splitlines() if "fir" not in line and "sec" not in line)
    with pytest.raises(InvalidInput, match="no node that trains"):
        training_node(loaded(workspace, none), None)
