from __future__ import annotations

import pytest
import torch
from torch import nn

from netloom.core.errors import InvalidInput
from netloom.training.optimization import build_optimizer, parameter_groups
from netloom.training.recipe import SGD, AdamW, ParameterGroup


def network() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(2, 3))


def described(spec: AdamW | SGD, module: nn.Module) -> dict[tuple[float, float], set[str]]:
    names = {id(parameter): name for name, parameter in module.named_parameters()}
    return {
        (group["lr"], group["weight_decay"]): {names[id(p)] for p in group["params"]}
        for group in parameter_groups(spec, list(module.named_parameters()))
    }


def test_norms_and_biases_do_not_decay_by_default() -> None:
    assert described(AdamW(learning_rate=0.1, weight_decay=0.5), network()) == {
        (0.1, 0.5): {"0.weight", "3.weight"},
        (0.1, 0.0): {"0.bias", "1.weight", "1.bias", "3.bias"},
    }


def test_the_first_matching_pattern_takes_a_parameter() -> None:
    groups = (
        ParameterGroup(pattern=r"^3\.", learning_rate_scale=10.0, weight_decay=0.25),
        ParameterGroup(pattern="weight", learning_rate_scale=0.5),
    )
    assert described(SGD(learning_rate=0.1, weight_decay=0.5, groups=groups), network()) == {
        (1.0, 0.25): {"3.weight", "3.bias"},
        (0.05, 0.5): {"0.weight"},
        (0.05, 0.0): {"1.weight"},
        (0.1, 0.0): {"0.bias", "1.bias"},
    }


def test_a_scale_of_zero_freezes() -> None:
    module = network()
    spec = AdamW(groups=(ParameterGroup(pattern="^0", learning_rate_scale=0.0),))
    build_optimizer(spec, module.named_parameters())
    frozen = [name for name, p in module.named_parameters() if not p.requires_grad]
    assert frozen == ["0.weight", "0.bias"]


def test_every_idle_pattern_is_reported() -> None:
    groups = tuple(ParameterGroup(pattern=pattern) for pattern in ("hed", "weight", "backbon$"))
    with pytest.raises(InvalidInput) as caught:
        build_optimizer(AdamW(groups=groups), network().named_parameters())
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["X302", "X302"]


def test_freezing_everything_is_refused() -> None:
    spec = SGD(groups=(ParameterGroup(pattern=".", learning_rate_scale=0.0),))
    with pytest.raises(InvalidInput, match="nothing to train"):
        build_optimizer(spec, network().named_parameters())


def test_a_broken_pattern_is_refused_with_the_settings() -> None:
    with pytest.raises(ValueError, match="not a regular expression"):
        ParameterGroup(pattern="(")


def test_specs_become_the_optimisers_they_name() -> None:
    adam = build_optimizer(AdamW(betas=(0.8, 0.9)), network().named_parameters())
    sgd = build_optimizer(SGD(momentum=0.7, nesterov=True), network().named_parameters())
    assert isinstance(adam, torch.optim.AdamW)
    assert adam.param_groups[0]["betas"] == (0.8, 0.9)
    assert isinstance(sgd, torch.optim.SGD)
    assert (sgd.param_groups[0]["momentum"], sgd.param_groups[0]["nesterov"]) == (0.7, True)
