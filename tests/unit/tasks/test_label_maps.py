"""Label maps: back in the picture, and as JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from netloom.data.apply.motion import Motion
from netloom.data.apply.scenes import Scene, compile_scene_transforms
from netloom.data.formats.annotated.coco_runs import mask_of_runs
from netloom.data.transforms.catalogue import Transform
from netloom.data.transforms.sizing import CenterCrop, Resize
from netloom.tasks.label_maps import label_map, label_map_json, label_map_of_json

LABELS = ("background", "cat", "dog")


def moved(*transforms: Transform, extent: tuple[int, int]) -> Motion:
    change = compile_scene_transforms(transforms, None)
    return change(Scene.of(np.zeros((*extent, 1), np.uint8)), None).motion


def one_hot(levels: list[list[int]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    array = np.array(levels)
    return (array == np.arange(3)[:, None, None]).astype(np.float32)


def test_without_motion_the_most_probable_class_stays_where_it_is() -> None:
    scores = np.random.default_rng(0).random((3, 5, 4)).astype(np.float32)
    assert np.array_equal(label_map(scores, Motion((5, 4))), scores.argmax(axis=0))


def test_enlarged_pictures_are_read_off_at_their_own_resolution() -> None:
    motion = moved(Resize(size=8), extent=(4, 4))
    levels = np.repeat(np.repeat([[0, 1], [2, 1]], 4, axis=0), 4, axis=1).tolist()
    assert label_map(one_hot(levels), motion).tolist() == [
        [0, 0, 1, 1],
        [0, 0, 1, 1],
        [2, 2, 1, 1],
        [2, 2, 1, 1],
    ]


def test_padding_is_left_out() -> None:
    motion = moved(Resize(size=(4, 4), fit="pad"), extent=(2, 4))
    levels = [[2, 2, 2, 2], [1, 1, 1, 1], [0, 0, 0, 0], [2, 2, 2, 2]]
    assert label_map(one_hot(levels), motion).tolist() == [[1, 1, 1, 1], [0, 0, 0, 0]]


def test_what_a_crop_cuts_off_is_unknown() -> None:
    motion = moved(CenterCrop(size=2), extent=(4, 4))
    assert label_map(one_hot([[1, 2], [2, 1]]), motion).tolist() == [
        [255, 255, 255, 255],
        [255, 1, 2, 255],
        [255, 2, 1, 255],
        [255, 255, 255, 255],
    ]


def test_json_tells_shares_and_areas() -> None:
    levels = np.array([[0, 1, 1, 255], [0, 0, 1, 2]], np.uint8)
    found = label_map_json(levels, LABELS)
    assert json.loads(json.dumps(found)) == found
    assert found["classes"] == {"background": 3 / 7, "cat": 3 / 7, "dog": 1 / 7}
    cat, dog = found["segments"]
    assert {key: cat[key] for key in ("label", "area", "box")} == {
        "label": "cat",
        "area": 3,
        "box": [1, 0, 3, 2],
    }
    assert np.array_equal(mask_of_runs(cat["rle"]), levels == 1)
    assert (dog["area"], dog["box"]) == (1, [3, 1, 4, 2])


@pytest.mark.parametrize("labels", [LABELS, ("road", "car", "sky")])
def test_json_says_all_that_a_picture_needs(labels: tuple[str, ...]) -> None:
    levels = np.random.default_rng(1).integers(0, 3, (6, 7)).astype(np.uint8)
    again, names = label_map_of_json(label_map_json(levels, labels), (6, 7))
    assert names == labels
    assert np.array_equal(again, levels)


def test_a_picture_without_anything_has_no_segments() -> None:
    found = label_map_json(np.full((2, 2), 255, np.uint8), LABELS)
    assert found == {"classes": {"background": 0.0, "cat": 0.0, "dog": 0.0}, "segments": []}
