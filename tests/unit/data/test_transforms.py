from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from netloom.data.transforms import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    CenterCrop,
    Flip,
    ImageTransform,
    Normalize,
    Pad,
    RandomCrop,
    Resize,
    Rotate,
    transform_from_json,
)

EXAMPLES: list[Any] = [
    Resize(size=3, fit="pad"),
    CenterCrop(size=(2, 3)),
    RandomCrop(size=4, padding=1),
    Pad(margins=(1, 2, 3, 4), border="edge"),
    Rotate(degrees=10.0),
    Rotate(degrees=90.0, random=False),
    Flip(vertical=True),
    Normalize(mean=0.2, std=(0.1, 0.2, 0.3)),
]


@pytest.mark.parametrize("transform", EXAMPLES, ids=repr)
def test_every_transform_survives_json(transform: ImageTransform) -> None:
    assert transform_from_json(transform.model_dump(mode="json")) == transform


def test_only_random_rotation_and_flips_merely_augment() -> None:
    augmenting = [transform for transform in EXAMPLES if transform.augments]
    assert augmenting == [Rotate(degrees=10.0), Flip(vertical=True)]
    drawing = [transform for transform in EXAMPLES if transform.is_random]
    assert drawing == [RandomCrop(size=4, padding=1), *augmenting]


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (Resize, {"size": 0}),
        (Resize, {"size": [4]}),
        (Resize, {"size": 4, "keep_aspect": True}),
        (Rotate, {"degrees": 400}),
        (Rotate, {"degrees": float("nan")}),
        (Flip, {"p": 1.5}),
        (Pad, {"margins": -1}),
        (Normalize, {"std": 0}),
        (Normalize, {"mean": [0.5, 0.5]}),
    ],
)
def test_impossible_settings_are_refused(kind: type[Any], settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        kind(**settings)


@pytest.mark.parametrize("settings", [{"mean": 127}, {"std": [58.4, 57.1, 57.4]}])
def test_statistics_in_levels_of_255_are_explained(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"divide levels of 0\.\.255 by 255"):
        Normalize(**settings)


def test_automatic_statistics_follow_the_channels() -> None:
    assert Normalize().statistics(3) == (IMAGENET_MEAN, IMAGENET_STD)
    assert Normalize().statistics(1) == ((0.5,), (0.5,))
    assert Normalize(mean=0.1, std=0.2).statistics(3) == ((0.1,) * 3, (0.2,) * 3)


def test_colour_statistics_do_not_suit_grey_images() -> None:
    with pytest.raises(ValueError, match="3 numbers for images of 1 channel"):
        Normalize(mean=(0.1, 0.2, 0.3)).statistics(1)
