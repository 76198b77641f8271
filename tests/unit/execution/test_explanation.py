from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from netloom.execution.explanation import Change, Explanation, changes
from netloom.graph.fingerprint import Ingredients

BEFORE = Ingredients(
    "train",
    "c0de",
    {"epochs": 3, "optimizer": {"rate": 0.1, "type": "adam"}},
    {"data": ["a"]},
    "id",
)


@pytest.mark.parametrize(
    ("change", "found", "sentence"),
    [
        (
            {"settings": {"epochs": 4, "optimizer": {"rate": 0.1, "type": "adam"}}},
            Change("setting", "epochs", 3, 4),
            "epochs changed from 3 to 4",
        ),
        (
            {"settings": {"epochs": 3, "optimizer": {"rate": 0.2, "type": "adam"}}},
            Change("setting", "optimizer.rate", 0.1, 0.2),
            "optimizer.rate changed from 0.1 to 0.2",
        ),
        (
            {"settings": {"epochs": "x" * 80, "optimizer": {"rate": 0.1, "type": "adam"}}},
            Change("setting", "epochs", 3, "x" * 80),
            f"epochs changed from 3 to '{'x' * 56}…",
        ),
        (
            {"settings": {"epochs": 3, "optimizer": {"momentum": 0.9, "type": "sgd"}}},
            Change("setting", "optimizer.type", "adam", "sgd"),
            "optimizer.type changed from 'adam' to 'sgd'",
        ),
        (
            {"inputs": {"data": ["b"]}},
            Change("input", "data", ["a"], ["b"]),
            "the input data changed",
        ),
        (
            {"inputs": {"data": ["a"], "start": ["m"]}},
            Change("input", "start", None, ["m"]),
            "the input start changed",
        ),
        ({"identity": "other"}, Change("data", "", "id", "other"), "the source data changed"),
        ({"code": "new"}, Change("code", "", "c0de", "new"), "the operator's code changed"),
        ({"answers": "d1"}, Change("answer", "", None, "d1"), "there is a new answer"),
        (
            {"operator": "fit", "code": "new", "settings": {}},
            Change("operator", "", "train", "fit"),
            "the operator changed from train to fit",
        ),
    ],
)
def test_a_change_is_named(change: dict[str, Any], found: Change, sentence: str) -> None:
    assert changes(BEFORE, replace(BEFORE, **change)) == [found]
    assert str(found) == sentence


def test_nothing_changed_between_equal_ingredients() -> None:
    assert changes(BEFORE, Ingredients.from_json(BEFORE.to_json())) == []


def test_several_changes_come_settings_first() -> None:
    after = replace(BEFORE, code="new", settings={"epochs": 4}, inputs={"data": ["b"]})
    assert [str(change) for change in changes(BEFORE, after)] == [
        "epochs changed from 3 to 4",
        "optimizer changed from {'rate': 0.1, 'type': 'adam'} to None",
        "the input data changed",
        "the operator's code changed",
    ]


def test_an_explanation_is_one_line_and_a_document() -> None:
    change = Change("setting", "epochs", 3, 4)
    explanation = Explanation("fit", "stale", str(change), (change,), "run1")
    assert str(explanation) == "fit: stale: epochs changed from 3 to 4"
    assert explanation.to_json() == {
        "node": "fit",
        "state": "stale",
        "why": "epochs changed from 3 to 4",
        "changes": [{"kind": "setting", "name": "epochs", "before": 3, "after": 4}],
        "last_run": "run1",
        "ingredients": None,
    }
