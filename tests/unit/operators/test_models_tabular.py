from __future__ import annotations

from typing import get_args

import pytest

from netloom.core.errors import InvalidData
from netloom.execution.local.steps import validated_settings
from netloom.graph.catalogue import Catalogue
from netloom.models.tabular.spec import DCNv2, TableModel, TableNetwork, Target
from netloom.operators import models_tabular
from netloom.operators.models_tabular import dcn_v2, ft_transformer, mlp

CLICKED = Target(column="clicked", type="binary")
NETWORKS = {
    network.model_fields["type"].default: network for network in get_args(get_args(TableNetwork)[0])
}


@pytest.mark.parametrize("name", NETWORKS)
def test_each_network_is_an_operator_with_the_same_settings(name: str) -> None:
    operator = Catalogue().with_module(models_tabular).operator(f"tables.{name}")
    assert set(operator.setting_names) == {*NETWORKS[name].model_fields, "targets"} - {"type"}
    model = operator.function(targets=(CLICKED,))
    assert model == TableModel(network=NETWORKS[name](), targets=(CLICKED,))


def test_settings_reach_the_network() -> None:
    model = dcn_v2.function(targets=(CLICKED,), crosses=2, rank=8, experts=4, widths=(16,))
    assert model.network == DCNv2(crosses=2, rank=8, experts=4, widths=(16,))


def test_settings_that_do_not_go_together_are_explained() -> None:
    with pytest.raises(InvalidData) as caught:
        ft_transformer.function(targets=(CLICKED,), width=60, heads=8)
    assert [(d.code, d.fix) for d in caught.value.diagnostics] == [("T326", "Set `width` to 64")]
    with pytest.raises(InvalidData, match="matrices of low rank") as caught:
        dcn_v2.function(targets=(CLICKED,), experts=2)
    assert [d.code for d in caught.value.diagnostics] == ["T325"]


@pytest.mark.parametrize("targets", [[], [{"column": "c", "type": "binary"}] * 2])
def test_targets_are_some_different_columns(targets: list[dict[str, str]]) -> None:
    with pytest.raises(Exception, match=r"tables\.mlp cannot use this value"):
        validated_settings(mlp, {"targets": targets})
