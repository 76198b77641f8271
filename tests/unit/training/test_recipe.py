from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from netloom.training.recipe import EMA, SGD, SWA, AdamW, AdamWGroup, Recipe, SGDGroup
from netloom.training.schedules import Linear, Steps


def test_a_recipe_is_read_from_plain_values() -> None:
    recipe = Recipe.model_validate(
        {
            "batch_size": "auto",
            "average": {"type": "swa", "start": 0.5, "learning_rate_scale": 0.1},
            "optimizer": {
                "type": "sgd",
                "momentum": 0.8,
                "groups": [{"pattern": "^head", "schedule": {"type": "linear", "warmup": {"steps": 9}}}],
            },
            "layer_decay": 0.75,
            "unfreeze": {"every_epochs": 2},
        }
    )  # fmt: skip
    schedule = Linear(warmup=Steps(steps=9))
    assert recipe.optimizer == SGD(
        momentum=0.8, groups=(SGDGroup(pattern="^head", schedule=schedule),)
    )
    assert recipe.average == SWA(start=0.5, learning_rate_scale=0.1)
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"clip_norm": 1.0, "clip_value": 0.5}, "clip_norm or clip_value, not both"),
        ({"layer_decay": 0.0}, "greater than 0"),
        ({"batch_size": "most"}, "auto"),
        ({"average": {"type": "ema", "decay": 1.0}}, "less than 1"),
        ({"ema_decay": 0.9}, "Extra inputs"),
        ({"optimizer": {"type": "sgd", "nesterov": True, "momentum": 0.0}}, "nesterov needs"),
        ({"optimizer": {"type": "sgd", "nesterov": True, "dampening": 0.1}}, "nesterov needs"),
        ({"optimizer": {"type": "adamw", "groups": [{"pattern": "("}]}}, "regular expression"),
        ({"optimizer": {"type": "adamw", "groups": [{"pattern": "a", "momentum": 0.5}]}}, "Extra"),
        (
            {"optimizer": {"groups": [{"pattern": "a", "learning_rate": 1, "learning_rate_scale": 2}]}},
            "learning_rate or learning_rate_scale",
        ),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    if "optimizer" in settings:
        settings["optimizer"].setdefault("type", "adamw")
    with pytest.raises(ValidationError, match=message):
        Recipe.model_validate(settings)


def test_groups_and_averages_have_defaults() -> None:
    assert AdamWGroup(pattern="x").learning_rate_scale == 1.0
    assert AdamW().groups == ()
    assert EMA().decay == 0.999
