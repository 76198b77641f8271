from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netloom.core.errors import InvalidData
from netloom.data.apply.user_function import calling
from netloom.data.functions import Functions
from netloom.data.images import Image
from netloom.data.transforms.function import Function

IMAGE = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)


def called(
    function: Any, *, image: Image = IMAGE, seed: int | None = None, **described: Any
) -> Any:
    transform = Function(function="looks.py:look", digest="0", **described)
    rng = None if seed is None else np.random.default_rng(seed)
    return calling(transform, Functions(given={"looks.py:look": function}))(image, rng)


def test_it_gets_an_array_of_its_own_and_its_settings() -> None:
    def look(image: Image, *, level: int, places: list[int]) -> Image:
        assert image.flags.c_contiguous
        image[places] = level
        return image

    before = IMAGE[::-1].copy()
    before.setflags(write=False)
    found = called(look, image=before, settings={"level": 7, "places": [1]})
    assert np.array_equal(found[0], before[0])
    assert (found[1] == 7).all()
    assert np.array_equal(before, IMAGE[::-1])


def test_it_draws_from_the_generator_of_the_sample() -> None:
    def look(image: Image, *, rng: np.random.Generator) -> Image:
        return np.full_like(image, rng.integers(256))

    first, again, other = (called(look, seed=seed, augmentation=True) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(called(lambda image: image, seed=1, augmentation=True), IMAGE)


@pytest.mark.parametrize(
    ("returned", "augments", "expected", "got", "fix"),
    [
        (None, False, "(height, width, 3)", "NoneType", "Return the image"),
        ([1], False, "(height, width, 3)", "list", "np.asarray"),
        (IMAGE / 2, False, "(height, width, 3)", "float64 of shape (2, 4, 3)", "astype"),
        (IMAGE[:, :, 0], False, "(height, width, 3)", "uint8 of shape (2, 4)", "[:, :, None]"),
        (IMAGE[:, :, :1], False, "(height, width, 3)", "uint8 of shape (2, 4, 1)", "grayscale"),
        (IMAGE[:0], False, "(height, width, 3)", "uint8 of shape (0, 4, 3)", "as many"),
        (IMAGE[:1], True, "(2, 4, 3), since", "uint8 of shape (1, 4, 3)", "image.resize"),
    ],
)
def test_what_is_no_image_is_refused(
    returned: Any, augments: bool, expected: str, got: str, fix: str
) -> None:
    with pytest.raises(InvalidData) as caught:
        called(lambda image: returned, augmentation=augments)
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.place.file, problem.got) == ("I367", "looks.py", got)
    assert problem.message == "look of looks.py returned something else than an image"
    assert expected in str(problem.expected)
    assert fix in str(problem.fix)


def test_another_size_is_an_image_too() -> None:
    assert called(lambda image: image[:1, ::2]).shape == (1, 2, 3)


def test_exceptions_of_given_functions_name_their_file() -> None:
    def look(image: Image) -> Image:
        raise KeyError("level")

    with pytest.raises(InvalidData) as caught:
        called(look)
    (problem,) = caught.value.diagnostics
    line = look.__code__.co_firstlineno + 1
    assert (problem.code, problem.place.file, problem.place.line) == ("I368", __file__, line)
    assert "look of looks.py raised KeyError: 'level'" in problem.message
    assert isinstance(caught.value.__cause__, KeyError)


def test_diagnostics_and_lack_of_memory_pass_as_they_are() -> None:
    for error in (InvalidData.of("no sky", code="I999"), MemoryError()):

        def look(image: Image, error: BaseException = error) -> Image:
            raise error

        with pytest.raises(type(error)) as caught:
            called(look)
        assert caught.value is error
