"""What every image transform must be, so that loaders, caches, packages and files can rely on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

import jsonschema
import numpy as np
import pytest

from netloom.core.digests import canonical_json
from netloom.data.apply.compilation import acting, compile_transforms, draws, geometry_of
from netloom.data.apply.geometry import Filling, moved_points
from netloom.data.functions import Functions
from netloom.data.images import Image
from netloom.data.transforms.blending import CutMix, MixUp
from netloom.data.transforms.catalogue import (
    RandomApply,
    RandomChoice,
    RandomOrder,
    Transform,
    transform_from_json,
)
from netloom.data.transforms.clips import Clips
from netloom.data.transforms.colour import (
    Autocontrast,
    ColorJitter,
    Equalize,
    Invert,
    Posterize,
    RandomGrayscale,
    Solarize,
)
from netloom.data.transforms.function import Function
from netloom.data.transforms.normalization import Normalize
from netloom.data.transforms.policies import RandAugment, TrivialAugment
from netloom.data.transforms.sizing import CenterCrop, Pad, RandomCrop, RandomResizedCrop, Resize
from netloom.data.transforms.spatial import Affine, Flip, Perspective, Rotate
from netloom.data.transforms.texture import Blur, Erase, Noise, Sharpen


def spread(image: Image, *, margin: int) -> Image:
    """A user's function that changes the size, and what it is given."""
    image[:] = 255 - image
    return np.pad(image, ((margin, margin), (0, 0), (0, 0)))


def shaken(image: Image, *, rng: np.random.Generator) -> Image:
    """A user's function that augments."""
    return np.roll(image, rng.integers(image.shape[0] + 1), axis=0) ^ np.uint8(rng.integers(256))


FUNCTIONS = Functions(given={"images.py:spread": spread, "images.py:shaken": shaken})

EXAMPLES: tuple[Any, ...] = (
    Resize(size=8),
    Resize(size=(5, 12), fit="pad", fill=7),
    Resize(size=(12, 5), fit="crop", interpolation="cubic"),
    Resize(size=6, fit="shortest"),
    CenterCrop(size=1),
    RandomCrop(size=(1, 1), padding=3),
    RandomCrop(size=3, padding=4, border="reflect"),
    RandomCrop(size=3, padding=4, border="edge"),
    RandomResizedCrop(size=(7, 9)),
    Pad(margins=(1, 2, 3, 4), border="reflect"),
    Pad(margins=3, border="edge"),
    Flip(vertical=True),
    Rotate(),
    Rotate(degrees=90, random=False),
    Affine(),
    Affine(degrees=180, translate=1.0, scale=(0.1, 3.0), shear=80, border="reflect"),
    Perspective(),
    Perspective(distortion=0.66, p=1.0, border="edge"),
    ColorJitter(),
    RandomGrayscale(p=0.5),
    Autocontrast(),
    Autocontrast(random=False),
    Equalize(),
    Equalize(random=False),
    Invert(),
    Invert(random=False),
    Posterize(),
    Posterize(bits=1, random=False),
    Solarize(),
    Solarize(threshold=0, random=False),
    Blur(),
    Sharpen(amount=(1, 3)),
    Noise(std=(0.1, 0.3)),
    Erase(),
    Erase(fill="mean"),
    Erase(fill=9),
    RandAugment(operations=3, magnitude=30),
    TrivialAugment(),
    RandomApply(transforms=(Invert(random=False), Flip())),
    RandomChoice(transforms=(Blur(p=1), RandomOrder(transforms=(Flip(), Noise()))), weights=(2, 1)),
    RandomOrder(transforms=(Equalize(random=False), Invert(random=False))),
    Function(function="images.py:spread", digest="0", settings={"margin": 2}),
    Function(function="images.py:shaken", digest="0", augmentation=True),
    Normalize(mean=0.2, std=(0.1, 0.2, 0.3)),
    Clips(frames=4, sampling="dense", views=3),
    MixUp(),
    CutMix(),
)
"""Every kind, with the settings that make a difference."""

KINDS = {type(transform) for transform in EXAMPLES}
ON_PIXELS = [transform for transform in EXAMPLES if not transform.is_for_batches]
SHAPES = [(1, 1), (1, 13), (13, 1), (2, 3), (9, 7), (32, 33)]

every = pytest.mark.parametrize("transform", EXAMPLES, ids=str)
every_on_pixels = pytest.mark.parametrize("transform", ON_PIXELS, ids=str)
on_every_image = pytest.mark.parametrize("channels", [1, 3])


def members(annotation: Any) -> Iterator[type]:
    """Classes in a union of unions."""
    arguments = [
        argument
        for argument in get_args(annotation)
        if get_args(argument) or isinstance(argument, type)
    ]
    if not arguments:
        yield annotation
    for argument in arguments:
        yield from members(argument)


def picture(height: int, width: int, channels: int, *, seed: int = 0) -> Image:
    """Smooth colours with some noise, so that no transform can miss a change."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    waves = [90 + 60 * np.sin(0.3 * x + 0.2 * y + phase) for phase in range(channels)]
    image = np.stack(waves, axis=-1) + rng.normal(0, 12, (height, width, channels))
    return np.clip(image, 0, 255).astype(np.uint8)


def applied(transform: Any, image: Image, seed: int | None = 0, part: str = "train") -> Image:
    rng = None if seed is None else np.random.default_rng(seed)
    return compile_transforms([transform], part, FUNCTIONS)(image, rng)


def test_every_kind_has_an_example() -> None:
    union = get_args(Transform)[0]
    assert set(members(union)) == KINDS
    types = [kind.model_fields["type"].default for kind in KINDS]
    assert len(set(types)) == len(types)


def test_only_sizes_lists_and_functions_have_to_be_given() -> None:
    required = {
        name for kind in KINDS for name, field in kind.model_fields.items() if field.is_required()
    }
    assert required == {"size", "margins", "transforms", "function", "digest"}


@every
def test_it_survives_json_and_its_schema_accepts_it(transform: Any) -> None:
    document = json.loads(canonical_json(transform.model_dump(mode="json")))
    assert transform_from_json(document) == transform
    assert document["type"] == type(transform).model_fields["type"].default
    schema = type(transform).model_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document)


@on_every_image
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@every_on_pixels
def test_bytes_of_the_same_channels_come_out(
    transform: Any, shape: tuple[int, int], channels: int
) -> None:
    image = picture(*shape, channels)
    if isinstance(transform, RandomCrop) and transform.size == 3:
        image = np.repeat(np.repeat(image, 3, axis=0), 3, axis=1)
    before = image.copy()
    image.setflags(write=False)
    sizes = set()
    for seed in range(4):
        result = applied(transform, image, seed)
        assert (result.dtype, result.ndim, result.shape[2]) == (np.uint8, 3, channels)
        sizes.add(result.shape)
    assert len(sizes) == 1
    assert np.array_equal(image, before)


@every_on_pixels
def test_images_in_strides_of_their_own_are_taken(transform: Any) -> None:
    image = picture(18, 22, 3)
    view = np.flip(np.repeat(image, 2, axis=1)[:, ::2], axis=0)
    assert np.array_equal(applied(transform, view), applied(transform, np.ascontiguousarray(view)))


@every_on_pixels
def test_equal_generators_give_equal_images_and_others_differ(transform: Any) -> None:
    image = picture(24, 28, 3)
    results = [applied(transform, image, seed).tobytes() for seed in range(12)]
    assert results == [applied(transform, image, seed).tobytes() for seed in range(12)]
    if transform.is_random:
        assert len(set(results)) > 1
    else:
        assert applied(transform, image, None).tobytes() == results[0]
        assert len(set(results)) == 1


@every_on_pixels
def test_nothing_is_drawn_from_global_streams(transform: Any) -> None:
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    applied(transform, picture(20, 20, 3))
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


@every_on_pixels
def test_other_parts_draw_nothing_and_agree_in_size(transform: Any) -> None:
    image = picture(30, 26, 3)
    for part in ("valid", "test"):
        assert not draws(transform, part)
        prepared = applied(transform, image, None, part)
        assert prepared.shape == applied(transform, image, 1).shape
        if transform.augments:
            assert acting([transform], part) == ()
            assert prepared is image
        if not transform.is_random:
            assert np.array_equal(prepared, applied(transform, image))


@pytest.mark.parametrize("transform", [Normalize(), MixUp(), CutMix()], ids=str)
def test_what_is_for_batches_leaves_single_images_alone(transform: Any) -> None:
    image = picture(5, 5, 3)
    assert applied(transform, image) is image
    assert acting([transform], "train") == ()


IDENTITIES: list[Any] = [
    Resize(size=(16, 20)),
    Resize(size=(16, 20), fit="pad"),
    Resize(size=(16, 20), fit="crop"),
    Resize(size=16, fit="shortest"),
    CenterCrop(size=(16, 20)),
    RandomCrop(size=(16, 20)),
    RandomResizedCrop(size=(16, 20), scale=(1, 1), ratio=(1.25, 1.25)),
    Pad(margins=0),
    Flip(p=0),
    Flip(horizontal=False, p=1),
    Rotate(degrees=0),
    Rotate(degrees=360, random=False),
    Affine(degrees=0, translate=0, scale=(1, 1), shear=0),
    Perspective(distortion=0, p=1),
    Perspective(p=0),
    ColorJitter(brightness=0, contrast=0, saturation=0, hue=0),
    RandomGrayscale(p=0),
    Posterize(bits=8, random=False),
    Invert(p=0),
    Blur(sigma=(0, 0), p=1),
    Sharpen(amount=(0, 0), p=1),
    Noise(std=(0, 0), p=1),
    Erase(p=0),
    RandomApply(transforms=(Invert(random=False),), p=0),
    RandomOrder(transforms=(Invert(random=False), Invert(random=False))),
]


@on_every_image
@pytest.mark.parametrize("transform", IDENTITIES, ids=str)
def test_settings_that_change_nothing_change_nothing(transform: Any, channels: int) -> None:
    image = picture(16, 20, channels)
    for seed in range(3):
        assert np.array_equal(applied(transform, image, seed), image)


GEOMETRIC = [transform for transform in ON_PIXELS if geometry_of(transform, "train")]
LARGE = {
    CenterCrop: CenterCrop(size=(70, 60)),
    RandomCrop: RandomCrop(size=(70, 60), padding=9),
    Resize: Resize(size=(120, 75)),
    RandomResizedCrop: RandomResizedCrop(size=(75, 90), scale=(0.4, 0.9)),
    Affine: Affine(degrees=60, translate=0.2, scale=(0.6, 1.4), shear=20),
}


@pytest.mark.parametrize(
    "transform",
    [
        *(LARGE.get(type(t), t) for t in GEOMETRIC if getattr(t, "border", "") != "reflect"),
        Resize(size=(120, 75), fit="pad"),
        Resize(size=(120, 75), fit="crop"),
        Resize(size=50, fit="shortest"),
        Rotate(degrees=37, random=False),
    ],
    ids=str,
)
def test_a_mark_ends_where_the_geometry_says(transform: Any) -> None:
    found = geometry_of(transform, "train")
    assert found is not None
    draw, _ = found
    marks = np.array([[20.0, 30.0], [40.0, 50.0], [61.0, 22.0], [30.0, 71.0]])
    seen = 0
    for seed in range(10):
        geometry = draw((100, 90), np.random.default_rng(seed))
        moved = moved_points(geometry, marks, (100, 90))
        for (x, y), expected in zip(marks.astype(int), moved):
            image = np.zeros((100, 90, 1), np.uint8)
            image[y - 2 : y + 3, x - 2 : x + 3] = 255
            result = geometry.pixels(image, Filling())
            assert result.shape[:2] == geometry.extent((100, 90))
            height, width = result.shape[:2]
            if not (6 < expected[0] < width - 7 and 6 < expected[1] < height - 7):
                continue
            seen += 1
            rows, columns = np.nonzero(result[:, :, 0])
            weights = result[rows, columns, 0]
            centre = np.average(np.column_stack([columns, rows]), axis=0, weights=weights)
            assert centre == pytest.approx(expected, abs=0.35)
    assert seen >= 4


@pytest.mark.parametrize("transform", GEOMETRIC, ids=str)
def test_pixels_are_moved_by_the_geometry_that_is_drawn(transform: Any) -> None:
    image = picture(20, 22, 3)
    found = geometry_of(transform, "train")
    assert found is not None
    draw, filling = found
    geometry = draw((20, 22), np.random.default_rng(5))
    assert np.array_equal(geometry.pixels(image, filling), applied(transform, image, 5))


def test_transforms_that_keep_places_have_no_geometry() -> None:
    assert geometry_of(Blur(), "train") is None
    assert geometry_of(ColorJitter(), "train") is None
