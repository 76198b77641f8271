"""Examples of a data set, as a browser shows them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from netloom.core.errors import NotFound
from netloom.data.datasets import Samples
from netloom.data.transforms.sizing import Resize
from netloom.inference.examples import (
    Example,
    chosen_examples,
    encoded,
    example,
    example_picture,
    open_examples,
)


def resolve(location: str) -> Path:
    return Path(location.removeprefix("path:"))


@pytest.fixture
def samples(make_shapes: Callable[..., Any]) -> Samples:
    """24 pictures of 12 × 12 pixels; the first of the part is shape-78, an upright one."""
    return open_examples(make_shapes(transforms=(Resize(size=5),)), resolve, part="test")


@pytest.mark.parametrize(
    ("count", "numbers"),
    [(1, [0]), (2, [0, 23]), (4, [0, 8, 15, 23]), (100, list(range(24)))],
)
def test_examples_are_spread_evenly(samples: Samples, count: int, numbers: list[int]) -> None:
    assert [each.number for each in chosen_examples(samples, count)] == numbers


def test_an_example_has_the_name_and_the_label_of_its_sample(samples: Samples) -> None:
    assert [example(samples, number) for number in (0, 1, 5)] == [
        Example(0, "shape-78", "upright"),
        Example(1, "shape-79", "lying"),
        Example(5, "shape-83", "slanted"),
    ]


def test_there_is_nothing_to_choose_from_a_part_without_samples_or_labels(
    make_shapes: Callable[..., Any],
) -> None:
    empty = open_examples(make_shapes({"train": 3}), resolve, part="test")
    assert chosen_examples(empty, 12) == []
    unlabelled = open_examples(
        make_shapes({"test": 2}, labels=[None, 1], folder="two"), resolve, part="test"
    )
    assert [each.label for each in chosen_examples(unlabelled, 2)] == [None, "lying"]


@pytest.mark.parametrize("number", [-1, 24])
def test_a_number_outside_the_part_is_no_example(samples: Samples, number: int) -> None:
    with pytest.raises(NotFound):
        example_picture(samples, number)


def test_the_picture_is_the_stored_one_before_any_transform(samples: Samples) -> None:
    shown = example_picture(samples, 3)
    assert shown.media_type == "image/png"
    pixels = cv2.imdecode(np.frombuffer(shown.content, np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(pixels, samples.read(3)[:, :, 0])


def test_a_large_picture_is_made_smaller_and_keeps_its_colours() -> None:
    red = np.zeros((500, 2000, 3), np.uint8)
    red[..., 0] = 200
    shown = encoded(red)
    assert shown.media_type == "image/jpeg"
    pixels = cv2.imdecode(np.frombuffer(shown.content, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert pixels.shape == (160, 640, 3)
    np.testing.assert_allclose(pixels.mean((0, 1)), [200, 0, 0], atol=2)
    assert encoded(red[:300, :300]).media_type == "image/jpeg"
    assert encoded(red[:256, :256]).media_type == "image/png"
