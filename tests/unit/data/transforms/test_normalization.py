from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from netloom.data.transforms.normalization import IMAGENET_MEAN, IMAGENET_STD, Normalize


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
