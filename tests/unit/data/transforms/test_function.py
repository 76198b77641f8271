from __future__ import annotations

import pytest
from pydantic import ValidationError

from netloom.data.transforms.catalogue import transform_from_json
from netloom.data.transforms.function import Function, file_and_name


@pytest.mark.parametrize("name", ["a.py:f", "looks/my images.py:f_1", "a.b/c-d.py:_f", "é.py:é"])
def test_files_of_the_project_are_named(name: str) -> None:
    assert Function(function=name, digest="0").function == name
    assert ":".join(file_and_name(name)) == name


@pytest.mark.parametrize(
    "name",
    ["", "a.py", "a.py:", ":f", "a:f", "/a.py:f", "../a.py:f", "b/../a.py:f", "b//a.py:f", "./a.py:f",
     ".a.py:f", "C:/a.py:f", "a\\b.py:f", "a.py:f.g", "a.py:1f", "a.py:f\n", "a.py:f:g", ".py:f"],
)  # fmt: skip
def test_everything_else_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        Function(function=name, digest="0")


def test_settings_are_any_json() -> None:
    settings = {"a": 1, "b": 1.0, "c": True, "d": None, "e": [1, [2.5, "x"]]}
    transform = Function(function="a.py:f", digest="0", settings=settings)
    again = transform_from_json(transform.model_dump(mode="json"))
    assert again.settings == settings
    assert [type(value) for value in again.settings.values()] == [
        type(value) for value in settings.values()
    ]
    for value in (float("nan"), [float("inf")]):
        with pytest.raises(ValidationError):
            Function(function="a.py:f", digest="0", settings={"a": value})


def test_only_augmentation_is_for_training_and_random() -> None:
    fixed = Function(function="a.py:f", digest="0")
    augmenting = Function(function="a.py:f", digest="0", augmentation=True)
    assert (fixed.augments, fixed.is_random, fixed.is_for_batches) == (False, False, False)
    assert (augmenting.augments, augmenting.is_random) == (True, True)
