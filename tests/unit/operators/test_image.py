from __future__ import annotations

import inspect
from typing import Any

import pytest
from pydantic import ValidationError

from netloom.data.transforms import (
    CenterCrop,
    Flip,
    ImageTransform,
    Normalize,
    Pad,
    RandomCrop,
    Resize,
    Rotate,
)
from netloom.data.view import Dataset
from netloom.graph.operator import Operator
from netloom.operators import image

VIEW: Dataset[Any] = Dataset(
    task="image_classification",
    index="artifact:ab/index.parquet",
    media="artifact:ab/media.npy",
    media_kind="array",
    labels=("a", "b"),
)
OPERATORS = [value for value in vars(image).values() if isinstance(value, Operator)]

CASES: list[tuple[Operator[Any, Any], dict[str, Any], ImageTransform]] = [
    (
        image.resize,
        {"size": [8, 9], "fit": "pad", "fill": 3},
        Resize(size=(8, 9), fit="pad", fill=3),
    ),
    (image.center_crop, {"size": 8}, CenterCrop(size=8)),
    (
        image.random_crop,
        {"size": 8, "padding": 2, "border": "reflect"},
        RandomCrop(size=8, padding=2, border="reflect"),
    ),
    (image.pad, {"margins": [1, 2, 3, 4], "fill": 9}, Pad(margins=(1, 2, 3, 4), fill=9)),
    (image.rotate, {"degrees": 90, "random": False}, Rotate(degrees=90, random=False)),
    (image.flip, {"vertical": True, "p": 0.1}, Flip(vertical=True, p=0.1)),
    (image.normalize, {"mean": 0.2}, Normalize(mean=0.2)),
]


@pytest.mark.parametrize(("operator", "settings", "transform"), CASES, ids=lambda value: str(value))
def test_each_operator_adds_its_transform(
    operator: Operator[Any, Any], settings: dict[str, Any], transform: ImageTransform
) -> None:
    validated = dict(operator.settings_type(**settings))
    assert operator(VIEW, **validated) == VIEW.with_transform(transform)  # type: ignore[arg-type]


@pytest.mark.parametrize(("operator", "settings", "transform"), CASES, ids=lambda value: str(value))
def test_settings_and_defaults_are_those_of_the_transform(
    operator: Operator[Any, Any], settings: dict[str, Any], transform: ImageTransform
) -> None:
    fields = {n: f for n, f in type(transform).model_fields.items() if n != "type"}
    assert list(operator.setting_names) == list(fields)
    for name, field in operator.settings_type.model_fields.items():
        assert (name, field.default) == (name, fields[name].default)


def test_statistics_in_levels_of_255_are_explained() -> None:
    with pytest.raises(ValidationError, match=r"divide levels of 0\.\.255 by 255"):
        image.normalize.settings_type(mean=127)


def test_grey_and_colour_change_how_images_are_read() -> None:
    assert image.grayscale(VIEW).channels == 1
    assert image.to_rgb(image.grayscale(VIEW)) == VIEW


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.id)
def test_every_operator_is_inline_and_explains_each_setting(operator: Operator[Any, Any]) -> None:
    assert not operator.is_job
    assert operator.id.startswith("image.")
    parameters = list(inspect.signature(operator.function).parameters)
    assert [name for name in parameters if not operator.argument_help.get(name)] == []
    operator.settings_type.model_json_schema()
