from __future__ import annotations

import cv2
import numpy as np
import pytest

from netloom.data.perceptual_hash import difference_hashes, near_pairs, tiny_picture


def scene(seed: int, side: int = 64) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    smooth = cv2.GaussianBlur(noise, (0, 0), side / 10)
    return cv2.normalize(smooth, None, 20, 220, cv2.NORM_MINMAX)


def distance(first: np.ndarray, second: np.ndarray) -> int:
    hashes = difference_hashes(np.stack([tiny_picture(first), tiny_picture(second)]))
    return int(hashes[0] ^ hashes[1]).bit_count()


def test_bits_tell_where_brightness_falls() -> None:
    picture = np.zeros((8, 9, 3), np.uint8)
    picture[2, 3] = 200  # brighter than both neighbours: it falls once, to its right
    (hashed,) = difference_hashes(picture[None])
    assert int(hashed) == 1 << (63 - (2 * 8 + 3))


@pytest.mark.parametrize("seed", range(5))
def test_scaling_compressing_and_brightening_change_few_bits(seed: int) -> None:
    image = scene(seed, 128)
    small = cv2.resize(image, (50, 40), interpolation=cv2.INTER_AREA)
    jpeg = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], 1)
    for changed in (small, jpeg, cv2.add(image, 20.0)):
        assert distance(image, changed) <= 4
    assert distance(image, scene(seed + 100, 128)) > 12


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 2, 1), (8, 9, 3), (8, 9, 1), (500, 3, 3)])
def test_any_image_has_a_tiny_picture(shape: tuple[int, ...]) -> None:
    tiny = tiny_picture(np.full(shape, 9, np.uint8))
    assert (tiny.shape, tiny.dtype) == ((8, 9, 3), np.uint8)
    assert set(tiny.ravel().tolist()) == {9}


@pytest.mark.parametrize("most_bits", [0, 1, 3, 8, 15])
def test_near_pairs_are_those_that_comparing_all_finds(most_bits: int) -> None:
    rng = np.random.default_rng(most_bits)
    centres = rng.integers(0, 2**63, 60, dtype=np.uint64)
    flips = np.uint64(1) << rng.integers(0, 64, (600, 6), dtype=np.uint64)
    hashes = centres[rng.integers(0, 60, 600)]
    for place in range(6):
        hashes = np.where(rng.random(600) < 0.4, hashes ^ flips[:, place], hashes)
    found = {
        tuple(pair) for pairs in near_pairs(hashes, most_bits=most_bits) for pair in pairs.tolist()
    }
    expected = {
        (left, right)
        for left in range(600)
        for right in range(left + 1, 600)
        if int(hashes[left] ^ hashes[right]).bit_count() <= most_bits
    }
    assert found == expected
    assert expected


def test_very_many_equal_hashes_take_bounded_time() -> None:
    hashes = np.zeros(5000, np.uint64)
    num_pairs = sum(len(pairs) for pairs in near_pairs(hashes, most_bits=0))
    assert num_pairs == 4 * (1024 * 1023 // 2) + 904 * 903 // 2


def test_few_hashes_give_no_pairs() -> None:
    assert list(near_pairs(np.array([], np.uint64), most_bits=3)) == []
    assert list(near_pairs(np.array([5], np.uint64), most_bits=3)) == []
