"""Shortcuts for many annotations give what looking at each one gives."""

from __future__ import annotations

import json
import math
import random

import numpy as np
import pytest

from netloom.data.annotations import (
    AnnotatedImage,
    Box,
    ObjectAnnotation,
    ObjectPlaces,
    PackedRing,
    Ring,
    box_around,
)
from netloom.data.formats.annotated.checking import checked_images
from netloom.data.formats.annotated.json_documents import parse_json
from netloom.data.formats.annotated.sound_objects import are_sound
from netloom.data.objects import ObjectColumn, objects_column
from netloom.data.ring_numbers import bounds_of


def test_a_packed_ring_is_the_sequence_of_its_corners() -> None:
    corners = ((0, 1), (2.5, 3), (4, 5))
    ring = PackedRing([0, 1, 2.5, 3, 4, 5])
    assert (len(ring), ring[1], ring[1:], tuple(ring)) == (3, (2.5, 3), corners[1:], corners)
    assert ring == corners
    assert corners == ring
    assert hash(ring) == hash(corners)
    assert ring != PackedRing([0, 1, 2.5, 3])
    assert repr(ring) == "PackedRing([0, 1, 2.5, 3, 4, 5])"


@pytest.mark.parametrize(
    ("numbers", "error"),
    [
        ([1, 2, 3], ValueError),
        (["1", "2"], TypeError),
        ([None, 1], TypeError),
        ([10**400, 1], TypeError),
    ],
)
def test_a_packed_ring_holds_pairs_of_numbers(numbers: list[float], error: type[Exception]) -> None:
    with pytest.raises(error):
        PackedRing(numbers)


@pytest.mark.parametrize(
    "text", ['{"a": [NaN, -Infinity]}', '["\\ud800"]', "[1e999]", f"[{10**30}]"]
)
def test_what_the_strict_parser_refuses_is_read_all_the_same(text: str) -> None:
    assert repr(parse_json(text)) == repr(json.loads(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [("[1,]", "Expecting value|Illegal trailing comma"), ("", "Expecting value: line 1 column 1")],
)
def test_what_is_no_json_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_json(text)


def drawn_object(draw: random.Random) -> ObjectAnnotation:
    """Boxes and outlines around the edges of a picture of 20 × 20, good ones and bad ones."""

    def ring() -> Ring:
        count = draw.choice([1, 2, 3, 4, 6])
        numbers = [draw.choice([draw.uniform(-2, 22), 5.0, 20.0]) for _ in range(2 * count)]
        return PackedRing(numbers) if draw.random() < 0.5 else tuple(PackedRing(numbers))

    outlines = tuple(ring() for _ in range(draw.choice([0, 0, 1, 1, 2])))
    box = Box(*(draw.uniform(-2, 22) for _ in range(4)))
    if outlines and draw.random() < 0.7:
        box = box_around(outlines)
    return ObjectAnnotation(box=box, outlines=outlines)


def test_sound_objects_are_those_that_pass_one_by_one_unchanged() -> None:
    draw = random.Random(7)
    objects = [drawn_object(draw) for _ in range(3000)]
    objects += [
        ObjectAnnotation(box=Box(1, 1, 9, 9), outlines=(PackedRing([1, 1, 9, 1, 9, 9]),)),
        ObjectAnnotation(box=Box(math.nan, 1, 9, 9)),
    ]
    found = are_sound(objects, np.full((len(objects), 2), 20.0))
    for each, is_sound in zip(objects, found.tolist(), strict=True):
        image = AnnotatedImage(path="a", size=(20, 20), objects=(each,))
        # A neighbour that has to be mended keeps the shortcut from being taken.
        turned = ObjectAnnotation(box=Box(9, 9, 1, 1))
        both = AnnotatedImage(path="a", size=(20, 20), objects=(turned, each))
        ((slow,), told) = checked_images([both], {"a": (20, 20)})
        reasons = {problem.kind.code for problem in told if "object 2" in problem.name}
        unchanged = (slow.objects or ())[1:] == (each,) and not reasons - {"I624"}
        assert unchanged == is_sound
        ((quick,), problems) = checked_images([image], {"a": (20, 20)})
        assert quick.objects == (slow.objects or ())[1:]
        assert {problem.kind.code for problem in problems} == reasons
    assert 200 < found.sum() < 2000


def test_places_follow_the_objects_that_are_left() -> None:
    places = ObjectPlaces("a.json", [4, 7, 9], "annotations")
    good, bad = ObjectAnnotation(box=Box(1, 1, 2, 2)), ObjectAnnotation(box=Box(1, 1, 1, 2))
    image = AnnotatedImage(path="a", objects=(good, bad, good), object_places=places)
    ((left,), (problem,)) = checked_images([image], {"a": (9, 9)})
    assert problem.place.file == "a.json#/annotations/7"
    assert left.place_of(1).file == "a.json#/annotations/9"


def test_bounds_of_rings_of_different_lengths() -> None:
    rings = [PackedRing([3, 4]), ((0, 9), (2, -1)), PackedRing([1, 1, 5, 2, 2, 8])]
    assert bounds_of(rings).tolist() == [[3, 4, 3, 4], [0, -1, 2, 9], [1, 1, 5, 8]]
    assert bounds_of([]).shape == (0, 4)


def test_the_column_keeps_packed_and_plain_rings_alike() -> None:
    square = Box(0, 0, 2, 2).ring
    packed = PackedRing([number for corner in square for number in corner])
    each = [
        ObjectAnnotation(box=Box(0, 0, 2, 2), outlines=(ring, square), holes=(ring,))
        for ring in (square, packed)
    ]
    column = ObjectColumn(objects_column([each[:1], None, (), each[1:]], {}))
    first, last = column.at(0), column.at(3)
    assert [ring.tolist() for ring in last.outlines[0]] == [list(map(list, square))] * 2
    for own, other in zip(
        (*first.outlines[0], *first.holes[0]), (*last.outlines[0], *last.holes[0])
    ):
        np.testing.assert_array_equal(own, other)
    assert [len(column.at(place)) for place in range(4)] == [1, 0, 0, 1]
