from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from netloom.data.transforms.blending import CutMix, MixUp
from netloom.data.transforms.catalogue import (
    RandomApply,
    RandomChoice,
    RandomOrder,
    transform_from_json,
)
from netloom.data.transforms.colour import ColorJitter, Equalize, Posterize
from netloom.data.transforms.normalization import Normalize
from netloom.data.transforms.policies import RandAugment
from netloom.data.transforms.sizing import CenterCrop, Pad, RandomCrop, RandomResizedCrop, Resize
from netloom.data.transforms.spatial import Affine, Flip, Perspective, Rotate
from netloom.data.transforms.texture import Blur, Erase, Noise


def test_lists_of_transforms_may_be_nested_and_are_read_from_plain_json() -> None:
    document = {
        "type": "random_choice",
        "transforms": [
            {"type": "flip"},
            {"type": "random_apply", "transforms": [{"type": "blur", "p": 1}], "p": 0.2},
        ],
    }
    assert transform_from_json(document) == RandomChoice(
        transforms=(Flip(), RandomApply(transforms=(Blur(p=1.0),), p=0.2))
    )


@pytest.mark.parametrize(
    "unfit",
    [
        Resize(size=4), CenterCrop(size=4), RandomCrop(size=4), RandomResizedCrop(size=4),
        Pad(margins=1), Normalize(), MixUp(), CutMix(),
    ],
    ids=str,
)  # fmt: skip
def test_lists_hold_only_what_keeps_the_size_of_single_images(unfit: Any) -> None:
    for kind in (RandomApply, RandomChoice, RandomOrder):
        with pytest.raises(ValidationError, match="transforms"):
            kind(transforms=[unfit])


def test_which_transforms_merely_augment_and_which_draw() -> None:
    augmenting = [Rotate(), Flip(), Equalize(), RandAugment(), MixUp()]
    assert all(transform.augments and transform.is_random for transform in augmenting)
    for transform in (RandomCrop(size=4), RandomResizedCrop(size=4)):
        assert (transform.augments, transform.is_random) == (False, True)
    for fixed in (Resize(size=4), Rotate(random=False), Equalize(random=False), Normalize()):
        assert (fixed.augments, fixed.is_random) == (False, False)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (Resize, {"size": 0}),
        (Resize, {"size": [4]}),
        (Resize, {"size": 4, "keep_aspect": True}),
        (RandomResizedCrop, {"size": 4, "scale": [0.5, 0.1]}),
        (RandomResizedCrop, {"size": 4, "scale": [0, 1]}),
        (RandomResizedCrop, {"size": 4, "ratio": [2, 1]}),
        (Rotate, {"degrees": 400}),
        (Rotate, {"degrees": float("nan")}),
        (Flip, {"p": 1.5}),
        (Pad, {"margins": -1}),
        (Affine, {"scale": [0, 1]}),
        (Affine, {"shear": 90}),
        (Perspective, {"distortion": 0.7}),
        (ColorJitter, {"hue": 0.6}),
        (Posterize, {"bits": 0}),
        (Blur, {"sigma": [2, 1]}),
        (Noise, {"std": [0, 25]}),
        (Erase, {"fill": 300}),
        (RandAugment, {"magnitude": 31}),
        (MixUp, {"alpha": 0}),
        (RandomApply, {"transforms": []}),
        (RandomChoice, {"transforms": [{"type": "flip"}], "weights": [1, 2]}),
        (Normalize, {"std": 0}),
        (Normalize, {"mean": [0.5, 0.5]}),
    ],
)
def test_impossible_settings_are_refused(kind: type[Any], settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        kind(**settings)
