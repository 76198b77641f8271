from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from netloom.core.errors import InvalidData
from netloom.data.datasets import open_samples
from netloom.data.formats.array import write_array_source
from netloom.data.transforms.blending import CutMix, MixUp
from netloom.data.transforms.catalogue import RandomApply, RandomChoice, RandomOrder
from netloom.data.transforms.colour import (
    Autocontrast,
    ColorJitter,
    Equalize,
    Invert,
    Posterize,
    RandomGrayscale,
    Solarize,
)
from netloom.data.transforms.image_transform import ImageTransform
from netloom.data.transforms.normalization import Normalize
from netloom.data.transforms.policies import RandAugment, TrivialAugment
from netloom.data.transforms.sizing import CenterCrop, Pad, RandomCrop, RandomResizedCrop, Resize
from netloom.data.transforms.spatial import Affine, Flip, Perspective, Rotate
from netloom.data.transforms.texture import Blur, Erase, Noise, Sharpen
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.graph.operator import Operator
from netloom.operators import image, image_augmentation, image_colour, image_policies

VIEW: Dataset[Any] = Dataset(
    task="image_classification",
    index="artifact:ab/index.parquet",
    media="artifact:ab/media.npy",
    media_kind="array",
    labels=("a", "b"),
)
OPERATORS = {
    value.id.removeprefix("image."): value
    for module in (image, image_augmentation, image_colour, image_policies)
    for value in vars(module).values()
    if isinstance(value, Operator)
}
OF_VIEWS = {"grayscale", "to_rgb", "cache"}
BORDER = {"border": "edge", "fill": 3}

CASES: list[tuple[str, dict[str, Any], type[ImageTransform]]] = [
    ("resize", {"size": (8, 9), "fit": "pad", "interpolation": "area", "fill": 3}, Resize),
    ("center_crop", {"size": 8}, CenterCrop),
    ("random_crop", {"size": 8, "padding": 2, **BORDER}, RandomCrop),
    (
        "random_resized_crop",
        {"size": 8, "scale": (0.5, 0.6), "ratio": (1.0, 2.0), "interpolation": "cubic"},
        RandomResizedCrop,
    ),
    ("pad", {"margins": (1, 2, 3, 4), **BORDER}, Pad),
    ("normalize", {"mean": 0.2, "std": (0.1, 0.2, 0.3)}, Normalize),
    ("rotate", {"degrees": 90.0, "random": False, **BORDER}, Rotate),
    ("flip", {"horizontal": False, "vertical": True, "p": 0.1}, Flip),
    (
        "affine",
        {"degrees": 1.0, "translate": 0.2, "scale": (1.0, 2.0), "shear": 3.0, **BORDER},
        Affine,
    ),
    ("perspective", {"distortion": 0.1, "p": 0.2, **BORDER}, Perspective),
    ("blur", {"sigma": (1.0, 3.0), "p": 0.2}, Blur),
    ("sharpen", {"amount": (1.0, 3.0), "p": 0.2}, Sharpen),
    ("noise", {"std": (0.1, 0.3), "p": 0.2}, Noise),
    ("erase", {"scale": (0.1, 0.2), "ratio": (1.0, 2.0), "fill": "mean", "p": 0.2}, Erase),
    (
        "color_jitter",
        {"brightness": 0.1, "contrast": 0.3, "saturation": 0.4, "hue": 0.5},
        ColorJitter,
    ),
    ("random_grayscale", {"p": 0.9}, RandomGrayscale),
    ("autocontrast", {"random": False, "p": 0.2}, Autocontrast),
    ("equalize", {"random": False, "p": 0.2}, Equalize),
    ("invert", {"random": False, "p": 0.2}, Invert),
    ("posterize", {"bits": 3, "random": False, "p": 0.2}, Posterize),
    ("solarize", {"threshold": 3, "random": False, "p": 0.2}, Solarize),
    ("random_apply", {"transforms": (Flip(),), "p": 0.2}, RandomApply),
    ("random_choice", {"transforms": (Flip(), Blur()), "weights": (1.0, 2.0)}, RandomChoice),
    ("random_order", {"transforms": (Flip(), Blur())}, RandomOrder),
    ("rand_augment", {"operations": 3, "magnitude": 4, **BORDER}, RandAugment),
    ("trivial_augment", BORDER, TrivialAugment),
    ("mixup", {"alpha": 0.7, "p": 0.2}, MixUp),
    ("cutmix", {"alpha": 0.7, "p": 0.2}, CutMix),
]
every_case = pytest.mark.parametrize(
    ("name", "settings", "kind"), CASES, ids=[name for name, _, _ in CASES]
)


def test_every_transform_has_an_operator_of_its_name() -> None:
    assert {name for name, _, _ in CASES} | OF_VIEWS == set(OPERATORS)
    assert all(kind.model_fields["type"].default == name for name, _, kind in CASES)


@every_case
def test_each_operator_adds_its_transform(
    name: str, settings: dict[str, Any], kind: type[ImageTransform]
) -> None:
    """Each setting differs from its default, so none can be forgotten on the way."""
    operator = OPERATORS[name]
    fields = {n: f for n, f in kind.model_fields.items() if n != "type"}
    assert set(operator.setting_names) == set(fields) == set(settings)
    assert all(fields[n].default != value for n, value in settings.items())
    validated = dict(operator.settings_type(**settings))
    assert operator(VIEW, **validated) == VIEW.with_transform(kind(**settings))  # type: ignore[arg-type]


@every_case
def test_defaults_and_limits_are_those_of_the_transform(
    name: str, settings: dict[str, Any], kind: type[ImageTransform]
) -> None:
    fields = kind.model_fields
    for setting, field in OPERATORS[name].settings_type.model_fields.items():
        assert (setting, field.default) == (setting, fields[setting].default)
        assert (setting, field.annotation) == (setting, fields[setting].annotation)


def test_statistics_in_levels_of_255_are_explained() -> None:
    with pytest.raises(ValidationError, match=r"divide levels of 0\.\.255 by 255"):
        image.normalize.settings_type(mean=127)


def test_weights_for_other_transforms_are_refused() -> None:
    with pytest.raises(InvalidData) as caught:
        image_policies.random_choice(VIEW, transforms=(Flip(), Blur()), weights=(1.0,))
    problem = caught.value.diagnostics[0]
    assert (problem.code, problem.expected, problem.got) == ("I363", "2 weights", "1")


def test_grey_and_colour_change_how_images_are_read() -> None:
    assert image.grayscale(VIEW).channels == 1
    assert image.to_rgb(image.grayscale(VIEW)) == VIEW


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=lambda operator: operator.id)
def test_every_operator_explains_each_setting(operator: Operator[Any, Any]) -> None:
    assert operator.is_job == (operator.id == "image.cache")
    parameters = list(inspect.signature(operator.function).parameters)
    help_of = {"run": "-", **operator.argument_help}
    assert [name for name in parameters if not help_of.get(name)] == []
    operator.settings_type.model_json_schema()


def test_caching_writes_prepared_pixels_into_the_run(tmp_path: Path) -> None:
    run = RunContext.in_process(tmp_path)
    images = np.random.default_rng(0).integers(0, 256, (5, 6, 6, 3), dtype=np.uint8)
    view = write_array_source(
        run.workdir, images, [0] * 5, label_names=["a"], ids=list("abcde"), parts=["train"] * 5
    ).with_transform(Resize(size=4))
    expected = pixels(view, run.resolve)
    (run.workdir / "media.npy").rename(tmp_path / "source.npy")
    (run.workdir / "index.parquet").rename(tmp_path / "source.parquet")
    moved = replace(
        view, media=f"path:{tmp_path / 'source.npy'}", index=f"path:{tmp_path / 'source.parquet'}"
    )
    cached = image.cache(moved, run=run)
    assert (cached.applied, cached.transforms) == ((Resize(size=4),), ())
    assert cached.media == "work:media.npy"
    assert pixels(cached, run.resolve) == expected


def pixels(view: Dataset[Any], resolve: Callable[[str], Path]) -> list[Any]:
    samples = open_samples(view, resolve)
    fixed, drawing = samples.stages()
    assert drawing is None
    read = [samples.read(position) for position in range(len(samples))]
    return [(fixed(one, None) if fixed else one).tolist() for one in read]
