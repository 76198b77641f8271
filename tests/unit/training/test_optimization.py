from __future__ import annotations

import pytest
import torch
from torch import nn

from netloom.core.errors import InvalidInput
from netloom.training.adan import Adan as AdanOptimizer
from netloom.training.optimization import (
    build_optimizer,
    describe_groups,
    layer_scale,
    parameter_groups,
)
from netloom.training.recipe import (
    SGD,
    AdamW,
    AdamWGroup,
    Adan,
    AdanGroup,
    Optimizer,
    SGDGroup,
)
from netloom.training.schedules import Constant


def network() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(2, 3))


def described(
    spec: Optimizer, module: nn.Module, **layers: object
) -> dict[tuple[float, float], set[str]]:
    names = {id(parameter): name for name, parameter in module.named_parameters()}
    return {
        (group["lr"], group["weight_decay"]): {names[id(p)] for p in group["params"]}
        for group in parameter_groups(spec, list(module.named_parameters()), **layers)  # type: ignore[arg-type]
    }


def test_norms_and_biases_do_not_decay_by_default() -> None:
    assert described(AdamW(learning_rate=0.1, weight_decay=0.5), network()) == {
        (0.1, 0.5): {"0.weight", "3.weight"},
        (0.1, 0.0): {"0.bias", "1.weight", "1.bias", "3.bias"},
    }


def test_the_first_matching_pattern_takes_a_parameter() -> None:
    groups = (
        SGDGroup(pattern=r"^3\.", learning_rate_scale=10.0, weight_decay=0.25),
        SGDGroup(pattern="weight", learning_rate=0.05),
    )
    assert described(SGD(learning_rate=0.1, weight_decay=0.5, groups=groups), network()) == {
        (1.0, 0.25): {"3.weight", "3.bias"},
        (0.05, 0.5): {"0.weight"},
        (0.05, 0.0): {"1.weight"},
        (0.1, 0.0): {"0.bias", "1.bias"},
    }


def test_groups_of_equal_rate_stay_apart_if_they_differ_otherwise() -> None:
    groups = (
        AdamWGroup(pattern="^3", betas=(0.5, 0.9)),
        AdamWGroup(pattern="^1", schedule=Constant()),
    )
    built = build_optimizer(AdamW(groups=groups), network().named_parameters())
    assert [(group["pattern"], group["betas"], len(group["params"])) for group in built.param_groups] == [
        (None, (0.9, 0.999), 1),
        (None, (0.9, 0.999), 1),
        ("^1", (0.9, 0.999), 2),
        ("^3", (0.5, 0.9), 1),
        ("^3", (0.5, 0.9), 1),
    ]  # fmt: skip


def test_rates_shrink_from_the_head_to_the_input() -> None:
    groups = (
        SGDGroup(pattern="0.bias", learning_rate=0.7),
        SGDGroup(pattern="^1", learning_rate_scale=4.0),
    )
    spec = SGD(learning_rate=0.1, weight_decay=0.0, groups=groups)
    assert described(spec, network(), blocks=("0", "1", "3"), layer_decay=0.5) == {
        (0.025, 0.0): {"0.weight"},
        (0.7, 0.0): {"0.bias"},
        (0.2, 0.0): {"1.weight", "1.bias"},
        (0.1, 0.0): {"3.weight", "3.bias"},
    }  # fmt: skip


def test_twelve_blocks_decay_as_beit_does() -> None:
    blocks = ("embedding", *(f"layers.{index}" for index in range(12)), "head")
    assert layer_scale("embedding.weight", blocks, 0.9) == 0.9**13
    assert layer_scale("layers.1.weight", blocks, 0.9) == 0.9**11
    assert layer_scale("layers.11.weight", blocks, 0.9) == 0.9
    assert layer_scale("head.bias", blocks, 0.9) == 1.0


def test_a_parameter_outside_all_blocks_has_no_rate() -> None:
    with pytest.raises(ValueError, match=r"3\.weight lies in none of the blocks"):
        described(SGD(), network(), blocks=("0", "1"), layer_decay=0.5)


def test_a_scale_of_zero_freezes() -> None:
    module = network()
    spec = AdamW(groups=(AdamWGroup(pattern="^0", learning_rate_scale=0.0),))
    build_optimizer(spec, module.named_parameters())
    frozen = [name for name, p in module.named_parameters() if not p.requires_grad]
    assert frozen == ["0.weight", "0.bias"]


def test_every_idle_pattern_is_reported() -> None:
    patterns = ("hed", "weight", "backbon$", "3.weight")
    groups = tuple(AdamWGroup(pattern=pattern) for pattern in patterns)
    with pytest.raises(InvalidInput) as caught:
        build_optimizer(AdamW(groups=groups), network().named_parameters())
    assert [(d.code, d.message.partition("'")[2]) for d in caught.value.diagnostics] == [
        ("X302", "hed' matches no parameter that is trained"),
        ("X302", "backbon$' matches no parameter that is trained"),
        ("X302", "3.weight' takes no parameter: groups before it take all that it matches"),
    ]


def test_freezing_everything_is_refused() -> None:
    spec = SGD(groups=(SGDGroup(pattern=".", learning_rate_scale=0.0),))
    with pytest.raises(InvalidInput, match="nothing to train"):
        build_optimizer(spec, network().named_parameters())
    with pytest.raises(InvalidInput, match="nothing to train"):
        build_optimizer(SGD(), network().requires_grad_(False).named_parameters())


def test_specs_become_the_optimisers_they_name() -> None:
    parameters = list(network().named_parameters())
    adam = build_optimizer(AdamW(betas=(0.8, 0.9)), parameters)
    adan = build_optimizer(Adan(betas=(0.9, 0.8, 0.7), eps=1e-3), parameters)
    sgd = build_optimizer(SGD(momentum=0.7, nesterov=True), parameters)
    slower = (SGDGroup(pattern="3", momentum=0.2),)
    damped = build_optimizer(SGD(dampening=0.1, groups=slower), parameters)
    assert isinstance(adam, torch.optim.AdamW)
    assert adam.param_groups[0]["betas"] == (0.8, 0.9)
    assert isinstance(adan, AdanOptimizer)
    assert (adan.param_groups[0]["betas"], adan.param_groups[0]["eps"]) == ((0.9, 0.8, 0.7), 1e-3)
    assert isinstance(sgd, torch.optim.SGD)
    assert (sgd.param_groups[0]["momentum"], sgd.param_groups[0]["nesterov"]) == (0.7, True)
    assert [group["momentum"] for group in damped.param_groups] == [0.9, 0.9, 0.2, 0.2]
    assert {group["dampening"] for group in damped.param_groups} == {0.1}


def test_groups_are_described_for_the_person_watching() -> None:
    spec = Adan(learning_rate=0.1, groups=(AdanGroup(pattern="^3", learning_rate=0.07),))
    optimizer = build_optimizer(
        spec, network().named_parameters(), blocks=("0", "1", "3"), layer_decay=0.5
    )
    assert describe_groups(optimizer) == (
        "learning rates: 0.025 to 0.05 for 24 parameters; 0.07 for 9 parameters matching '^3'"
    )
