from __future__ import annotations

import cv2
import numpy as np

from netloom.data.duplicates import Group, exact_groups, near_groups
from netloom.data.perceptual_hash import tiny_picture


def scene(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    smooth = cv2.GaussianBlur(noise, (0, 0), 6)
    return cv2.normalize(smooth, None, 20, 220, cv2.NORM_MINMAX)


def groups(images: list[np.ndarray], digests: str, **settings: int) -> list[Group]:
    tiny = np.stack([tiny_picture(image) for image in images])
    return near_groups(tiny, list(digests), **{"most_bits": 3, **settings})


def test_copies_are_grouped_in_order() -> None:
    assert exact_groups(list("abcacb")) == [
        Group((0, 3), True),
        Group((1, 5), True),
        Group((2, 4), True),
    ]
    assert exact_groups(list("abc")) == []


def test_pictures_that_look_the_same_are_grouped() -> None:
    image = scene(0)
    smaller = cv2.resize(image, (48, 48), interpolation=cv2.INTER_AREA)
    assert groups([scene(1), image, scene(2), smaller], "abcd") == [Group((1, 3), False)]


def test_copies_of_a_near_duplicate_belong_to_its_group() -> None:
    image = scene(0)
    noisy = cv2.add(image, 2.0)
    assert groups([image, image, noisy], "aab") == [Group((0, 1, 2), False)]
    assert groups([image, image, scene(1)], "aab") == [], "nothing but copies"


def test_plain_pictures_of_different_colours_are_different() -> None:
    colours = [(200, 0, 0), (0, 200, 0), (0, 0, 200), (201, 0, 0)]
    images = [np.full((20, 20, 3), colour, np.uint8) for colour in colours]
    assert groups(images, "abcd") == [Group((0, 3), False)]


def test_small_drawings_are_not_all_the_same() -> None:
    images = []
    for place in range(4):
        image = np.zeros((28, 28, 1), np.uint8)
        cv2.circle(image, (8 + 4 * place, 14), 5, 255, 2)
        images.append(image)
    assert groups(images, "abcd", most_bits=8) == []
