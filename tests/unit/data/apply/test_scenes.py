"""Random chains of transforms on a marked picture: whatever is known of the mark goes where the mark goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from netloom.core.errors import InvalidData
from netloom.data.annotations import Box, ObjectAnnotation
from netloom.data.apply.companions import Companion
from netloom.data.apply.compilation import compile_transforms
from netloom.data.apply.scenes import Scene, compile_scene_transforms
from netloom.data.functions import Functions
from netloom.data.images import Image
from netloom.data.objects import ObjectColumn, Objects, objects_column
from netloom.data.rasterization import UNKNOWN, filled
from netloom.data.transforms.catalogue import RandomApply, RandomChoice, RandomOrder
from netloom.data.transforms.colour import ColorJitter, Equalize, Invert, RandomGrayscale
from netloom.data.transforms.function import Function
from netloom.data.transforms.policies import RandAugment, TrivialAugment
from netloom.data.transforms.sizing import CenterCrop, Pad, RandomCrop, RandomResizedCrop, Resize
from netloom.data.transforms.spatial import Affine, Flip, Perspective, Rotate
from netloom.data.transforms.texture import Blur, Erase, Noise, Sharpen

HEIGHT, WIDTH = 90, 120

MOVING: tuple[Any, ...] = (
    Resize(size=(80, 100)),
    Resize(size=96, fit="pad"),
    Resize(size=(150, 96), fit="crop"),
    Resize(size=88, fit="shortest"),
    Resize(size=(140, 170), interpolation="nearest"),
    CenterCrop(size=70),
    RandomCrop(size=(72, 75)),
    RandomCrop(size=(84, 78), padding=10),
    RandomResizedCrop(size=(80, 90), scale=(0.5, 1.0)),
    Pad(margins=(3, 8, 0, 5)),
    Pad(margins=4, border="edge"),
    Flip(vertical=True),
    Rotate(degrees=40),
    Rotate(degrees=90, random=False),
    Affine(degrees=20, translate=0.1, scale=(0.8, 1.3), shear=10),
    Affine(border="reflect"),
    Perspective(distortion=0.4, p=0.8),
    RandomApply(transforms=(Flip(p=1), Rotate(degrees=15)), p=0.5),
    RandomChoice(transforms=(Flip(), Affine(), Perspective())),
    RandomOrder(transforms=(Flip(), Rotate(degrees=20))),
)
CHANGING: tuple[Any, ...] = (
    ColorJitter(),
    RandomGrayscale(),
    Equalize(),
    Invert(),
    Blur(),
    Sharpen(),
    Noise(),
    Erase(),
    RandAugment(operations=3, magnitude=12),
    TrivialAugment(),
    RandomChoice(transforms=(Blur(), RandAugment(), RandomOrder(transforms=(Flip(), Noise())))),
)


def random_chains(count: int, *kinds: Any, longest: int = 4) -> Iterator[tuple[int, list[Any]]]:
    """Chains that start with an image large enough for every crop among them."""
    for seed in range(count):
        rng = np.random.default_rng(seed)
        chosen = rng.integers(0, len(kinds), rng.integers(1, longest + 1))
        chain: list[Any] = []
        for place in chosen.tolist():
            if isinstance(kinds[place], CenterCrop | RandomCrop):
                chain.append(Resize(size=(90, 110), fit="pad"))
            chain.append(kinds[place])
        yield seed, chain


def run(chain: list[Any], scene: Scene, seed: int = 0, part: str = "train") -> Scene:
    return compile_scene_transforms(chain, part)(scene, np.random.default_rng(seed))


def objects_of(*found: ObjectAnnotation) -> Objects:
    return ObjectColumn(objects_column([list(found)], {"cat": 0, "dog": 1})).at(0)


def noise(height: int = HEIGHT, width: int = WIDTH) -> Image:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_images_come_out_as_without_annotations() -> None:
    image = noise()
    everything = Scene.of(
        image,
        annotated=objects_of(ObjectAnnotation(box=Box(5, 6, 30, 40), label="cat")),
        points_N2=np.array([[4.0, 5.0]]),
        mask=image[:, :, 0],
        companion=Companion("picture", image),
    )
    single = [[transform] for transform in (*MOVING[:5], *MOVING[7:], *CHANGING)]
    chains = [*single, *(chain for _, chain in random_chains(60, *MOVING, *CHANGING, longest=6))]
    for chain in chains:
        ours, theirs = np.random.default_rng(3), np.random.default_rng(3)
        expected = compile_transforms(chain, "train")(image, theirs)
        moved = compile_scene_transforms(chain, "train")(everything, ours)
        assert moved.image.tobytes() == expected.tobytes()
        assert moved.image.shape[:2] == expected.shape[:2] == moved.motion.after
        assert ours.random() == theirs.random()  # as many numbers were drawn


def marked(seed: int) -> Scene:
    """A bright blob on black, and all that can be known about it."""
    rng = np.random.default_rng((seed, 1))
    column, row = int(rng.integers(25, WIDTH - 25)), int(rng.integers(20, HEIGHT - 20))
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    image[row - 1 : row + 2, column - 1 : column + 2] = 150
    image[row, column] = 255
    mask[row - 8 : row + 9, column - 8 : column + 9] = 1
    box = Box(column - 8, row - 8, column + 9, row + 9)
    return Scene.of(
        image,
        annotated=objects_of(
            ObjectAnnotation(box=box, label="cat", outlines=(box.ring,)),
            ObjectAnnotation(box=box, label="dog", text="mark"),
        ),
        points_N2=np.array([[column + 0.5, row + 0.5]]),
        mask=mask,
    )


def test_what_is_known_of_a_mark_goes_where_the_mark_goes() -> None:
    seen = 0
    for seed, chain in random_chains(150, *MOVING, RandAugment(fill=0), TrivialAugment(fill=0)):
        scene = marked(seed)
        moved = run([t for t in chain if getattr(t, "border", "") != "reflect"], scene, seed)
        (point,) = moved.points().tolist()
        height, width = moved.image.shape[:2]
        objects = moved.objects(least_visible=0)
        assert objects is not None
        if not (6 < point[0] < width - 6 and 6 < point[1] < height - 6) or not len(objects):
            continue
        levels = moved.image[:, :, 0]
        if levels.max() < 60:  # other transforms of a policy made it invisible
            continue
        seen += 1
        # The middle of the brightest pixels: policies may make several equally bright.
        row, column = (int(places.mean().round()) for places in np.nonzero(levels == levels.max()))
        assert (column + 0.5, row + 0.5) == pytest.approx(point, abs=1.5)
        assert moved.mask is not None
        assert moved.mask[row, column] == 1
        for left, top, right, bottom in objects.boxes_M4.tolist():
            assert left - 0.5 <= column <= right
            assert top - 0.5 <= row <= bottom
        covered = filled(objects.outlines[0], objects.holes[0], height, width)
        assert covered[row, column]
        known = (moved.mask != UNKNOWN) & (covered | (moved.mask == 1))
        assert (covered & (moved.mask == 1)).sum() > 0.7 * known.sum()
    assert seen > 70


def test_the_target_of_an_enhancement_moves_exactly_like_the_image() -> None:
    image = noise()
    for seed, chain in random_chains(40, *MOVING):
        moved = run(chain, Scene.of(image, companion=Companion("picture", image)), seed)
        assert moved.companion is not None
        assert moved.companion.pixels.tobytes() == moved.image.tobytes()


def test_colours_change_the_image_alone() -> None:
    image = noise()
    scene = Scene.of(
        image, mask=image[:, :, 1], companion=Companion("picture", image), points_N2=np.ones((1, 2))
    )
    chain = [Invert(random=False), Blur(p=1), Erase(p=1), Noise(p=1)]
    changed = run(chain, scene)
    assert not np.array_equal(changed.image, image)
    assert changed.mask is scene.mask
    assert changed.companion is scene.companion
    assert changed.motion.is_none


IDENTITIES: list[list[Any]] = [
    [Resize(size=(HEIGHT, WIDTH))],
    [Flip(p=0)],
    [Flip(p=1, horizontal=False)],
    [Flip(p=1), Flip(p=1)],
    [Flip(p=1, vertical=True), Flip(p=1, vertical=True)],
    [Rotate(degrees=0), Perspective(p=0), Pad(margins=0)],
    [Rotate(degrees=180, random=False), Rotate(degrees=180, random=False)],
    [Pad(margins=7), CenterCrop(size=(HEIGHT, WIDTH))],
    [Affine(degrees=0, translate=0, scale=(1, 1), shear=0)],
]


@pytest.mark.parametrize("chain", IDENTITIES, ids=str)
def test_what_changes_nothing_changes_no_bit(chain: list[Any]) -> None:
    box = Box(0.1, 0.2, 119.3, 89.7)
    objects = objects_of(
        ObjectAnnotation(box=Box(-3.3, 1 / 3, 20.7, 9.9), label="cat"),  # stands out of the picture
        ObjectAnnotation(box=box, label="dog", outlines=(box.ring[:3],)),
    )
    mask = noise()[:, :, 0]
    scene = Scene.of(noise(), annotated=objects, mask=mask, points_N2=np.array([[1 / 3, 7.1]]))
    moved = run(chain, scene)
    assert moved.objects() is objects
    assert moved.mask is not None
    assert moved.mask.tobytes() == mask.tobytes()
    assert moved.image.tobytes() == scene.image.tobytes()
    assert moved.points().tolist() == [[1 / 3, 7.1]]


def test_what_was_cut_off_does_not_come_back() -> None:
    objects = objects_of(
        ObjectAnnotation(box=Box(0, 0, 4, 4), label="cat"),
        ObjectAnnotation(box=Box(2, 4, 8, 8), label="dog"),
    )
    mask = np.zeros((10, 10), np.uint8)
    scene = Scene.of(np.zeros((10, 10, 1), np.uint8), annotated=objects, mask=mask)
    moved = run([CenterCrop(size=4), Pad(margins=3)], scene)
    found = moved.objects(least_visible=0)
    assert found is not None
    assert found.boxes_M4.tolist() == [[3, 3, 4, 4], [3, 4, 7, 7]]
    expected = np.full((10, 10), UNKNOWN)
    expected[3:7, 3:7] = 0
    assert moved.mask is not None
    assert moved.mask.tolist() == expected.tolist()


def test_free_room_of_a_mask_is_unknown_whatever_fills_the_image() -> None:
    scene = Scene.of(noise(4, 4), mask=np.zeros((4, 4), np.uint8))
    for border in ("constant", "edge", "reflect"):
        moved = run([Pad(margins=(0, 0, 0, 2), border=border)], scene)
        assert moved.mask is not None
        assert moved.mask.tolist() == [[UNKNOWN, UNKNOWN, 0, 0, 0, 0]] * 4


def test_labels_are_never_averaged() -> None:
    mask = np.random.default_rng(0).choice(np.array([3, 200], np.uint8), (HEIGHT, WIDTH))
    for seed, chain in random_chains(40, *MOVING):
        moved = run(chain, Scene.of(noise(), mask=mask), seed)
        assert moved.mask is not None
        assert set(np.unique(moved.mask).tolist()) <= {3, 200, UNKNOWN}


def test_a_function_that_changes_the_size_loses_the_annotations() -> None:
    functions = Functions(
        given={"f.py:halve": lambda image: image[::2], "f.py:invert": lambda image: 255 - image}
    )
    scene = Scene.of(noise(8, 6), points_N2=np.ones((1, 2)))

    def apply(name: str) -> Scene:
        function = Function(function=name, digest="")
        return compile_scene_transforms([function], None, functions)(scene, None)

    assert apply("f.py:invert").points().tolist() == [[1, 1]]
    with pytest.raises(InvalidData) as caught:
        apply("f.py:halve")
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.expected, diagnostic.got) == (
        "I430",
        "6×8 (width×height)",
        "6×4",
    )
