from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from netloom.data.mixing import blend, mixing_among, partners
from netloom.data.transforms.blending import CutMix, MixUp
from netloom.data.transforms.sizing import Resize

Images = NDArray[np.uint8]


def noise(num_images: int, height: int = 6, width: int = 7, channels: int = 3) -> Images:
    shape = (num_images, height, width, channels)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def blended(images: Images, *mixing: Any, seed: int = 0, epoch: int = 0) -> tuple[Images, Any]:
    mixed = images.copy()
    keys_N = np.arange(len(images))
    weights_N = blend(mixed, mixing, seed=seed, epoch=epoch, keys_N=keys_N)
    assert weights_N.dtype == np.float32
    return mixed, weights_N


@pytest.mark.parametrize("channels", [1, 3])
def test_mixup_is_the_weighted_mean_of_a_sample_and_the_one_before(channels: int) -> None:
    images = noise(5, channels=channels)
    mixed, weights_N = blended(images, MixUp(alpha=1.0))
    share = weights_N[:, None, None, None]
    expected = share * images + (1 - share) * np.roll(images, 1, axis=0)
    assert np.abs(mixed - expected).max() <= 0.51
    assert len(set(weights_N.tolist())) == 5


@pytest.mark.parametrize("channels", [1, 3])
def test_cutmix_puts_a_rectangle_of_the_partner_in_and_weights_by_area(channels: int) -> None:
    images = np.arange(6, dtype=np.uint8).reshape(6, 1, 1, 1) * np.ones(
        (1, 9, 12, channels), np.uint8
    )
    mixed, weights_N = blended(images, CutMix(alpha=1.0))
    for place in range(6):
        own, other = place, (place - 1) % 6
        assert set(np.unique(mixed[place])) <= {own, other}
        foreign = mixed[place, :, :, 0] == other
        assert weights_N[place] == pytest.approx(1 - foreign.mean())
        rows, columns = foreign.any(axis=1), foreign.any(axis=0)
        assert np.array_equal(foreign, np.outer(rows, columns))
    assert (weights_N < 1).any()


def test_partners_are_those_that_are_blended_in() -> None:
    images = np.full((3, 2, 2, 1), 0, np.uint8)
    images[1] = 255
    mixed, weights_N = blended(images, MixUp(alpha=5.0))
    bright = partners(np.array([0, 255, 0]))
    expected = weights_N * [0, 255, 0] + (1 - weights_N) * bright
    assert mixed[:, 0, 0, 0] == pytest.approx(expected, abs=0.51)


def test_shares_follow_a_beta_distribution() -> None:
    images = np.zeros((4000, 1, 1, 1), np.uint8)
    for alpha in (0.2, 1.0, 4.0):
        _, weights_N = blended(images, MixUp(alpha=alpha))
        assert weights_N.mean() == pytest.approx(0.5, abs=0.02)
        assert weights_N.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.06)


def test_areas_follow_the_share_except_where_the_border_cuts_them() -> None:
    images = np.zeros((3000, 32, 32, 1), np.uint8)
    _, weights_N = blended(images, CutMix(alpha=1.0))
    # Mean area of a square of side s centred evenly in a unit square is (s - s²/4)², s² uniform in 0..1.
    uniform = (np.arange(1000) + 0.5) / 1000
    expected = 1 - np.mean((np.sqrt(uniform) - uniform / 4) ** 2)
    assert weights_N.mean() == pytest.approx(expected, abs=0.03)


def test_blending_comes_as_often_as_asked_and_leaves_the_rest() -> None:
    images = noise(1000)
    mixed, weights_N = blended(images, MixUp(alpha=1.0, p=0.3))
    untouched = weights_N == 1
    assert untouched.mean() == pytest.approx(0.7, abs=0.05)
    assert np.array_equal(mixed[untouched], images[untouched])


def test_each_sample_takes_one_of_several_ways() -> None:
    images = np.zeros((2000, 4, 4, 1), np.uint8)
    images[::2] = 200
    mixed, _ = blended(images, MixUp(alpha=3.0), CutMix(alpha=3.0))
    averaged = [bool(set(np.unique(image)) - {0, 200}) for image in mixed]
    assert np.mean(averaged) == pytest.approx(0.5, abs=0.05)


def test_what_is_drawn_depends_on_seed_epoch_and_key_only() -> None:
    images = noise(8)
    _, first = blended(images, MixUp(), seed=1, epoch=2)
    assert np.array_equal(blended(images[:5], MixUp(), seed=1, epoch=2)[1], first[:5])
    assert not np.array_equal(blended(images, MixUp(), seed=1, epoch=3)[1], first)
    assert not np.array_equal(blended(images, MixUp(), seed=2, epoch=2)[1], first)


@pytest.mark.parametrize("mixing", [MixUp(alpha=1.0), CutMix()])
def test_a_sample_alone_is_blended_with_itself(mixing: Any) -> None:
    images = noise(1)
    assert np.abs(blended(images, mixing)[0].astype(int) - images).max() <= 1


def test_blending_transforms_are_found_among_others() -> None:
    assert mixing_among([Resize(size=4), MixUp(), CutMix()]) == (MixUp(), CutMix())
