from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netloom.data.annotations import Box, ObjectAnnotation, Ring
from netloom.data.apply.clipping import ring_area
from netloom.data.apply.geometry import Framed, Geometry, Mirrored, Scaled, Warped
from netloom.data.apply.motion import Motion
from netloom.data.apply.object_motion import moved_objects
from netloom.data.apply.spatial import about_middle, corners_moved
from netloom.data.objects import ObjectColumn, Objects, no_objects, objects_column
from netloom.data.rasterization import filled

EXTENT = (40, 50)
L_SHAPE: Ring = ((5, 5), (35, 5), (35, 12), (14, 12), (14, 36), (5, 36))
HOLE: Ring = ((7, 7), (12, 7), (12, 30), (7, 30))


def objects_of(*found: ObjectAnnotation) -> Objects:
    return ObjectColumn(objects_column([list(found)], {"cat": 0, "dog": 1})).at(0)


def boxed(*sides: float, **more: Any) -> ObjectAnnotation:
    left, top, right, bottom = sides
    return ObjectAnnotation(box=Box(left, top, right, bottom), **more)


def shaped(*outlines: Ring, holes: tuple[Ring, ...] = (), **more: Any) -> ObjectAnnotation:
    return ObjectAnnotation(box=Box(0, 0, 1, 1), outlines=outlines, holes=holes, **more)


def after(*geometries: Geometry) -> Motion:
    motion = Motion(EXTENT)
    for geometry in geometries:
        motion = motion.then(geometry)
    return motion


def test_boxes_are_scaled_mirrored_and_cut_off() -> None:
    objects = objects_of(boxed(2, 4, 20, 30, label="dog"), boxed(40, 1, 50, 3, label="cat"))
    assert moved_objects(objects, after(Scaled(20, 100))).boxes_M4.tolist() == [
        [4, 2, 40, 15],
        [80, 0.5, 100, 1.5],
    ]
    mirrored = moved_objects(objects, after(Mirrored(across=True, down=True)))
    assert mirrored.boxes_M4.tolist() == [[30, 10, 48, 36], [0, 37, 10, 39]]
    cropped = moved_objects(objects, after(Framed(8, 10, 20, 38)))
    assert cropped.boxes_M4.tolist() == [[0, 0, 10, 20]]
    assert cropped.labels_M.tolist() == [1]


def test_too_small_a_rest_is_left_out() -> None:
    # Of ten columns four are cut off.
    objects = objects_of(
        boxed(0, 0, 10, 10), boxed(0, 0, 5, 10), boxed(0, 0, 10, 10, is_crowd=True)
    )
    motion = after(Framed(0, 4, 40, 46))
    kept = {
        share: len(moved_objects(objects, motion, least_visible=share))
        for share in (0.1, 0.2, 0.3, 0.59, 0.61, 1.0)
    }
    assert kept == {0.1: 3, 0.2: 3, 0.3: 2, 0.59: 2, 0.61: 1, 1.0: 1}
    assert len(moved_objects(objects, after(Framed(0, 20, 40, 30)), least_visible=0)) == 0


def test_the_share_counts_in_the_picture_however_many_steps_cut() -> None:
    objects = objects_of(boxed(0, 0, 20, 10))
    steps = [Framed(0, 6, 40, 44), Scaled(40, 88), Framed(0, 12, 40, 76)]  # 6 of 20, then 6 more
    assert moved_objects(objects, after(*steps), least_visible=0.4).boxes_M4.tolist() == [
        [0, 0, 16, 10]
    ]
    assert len(moved_objects(objects, after(*steps), least_visible=0.41)) == 0


def test_turned_boxes_are_the_ones_around_what_is_in_view() -> None:
    objects = objects_of(boxed(20, 15, 30, 25))
    turned = moved_objects(objects, after(about_middle(EXTENT, degrees=45)))
    half = 5 * 2**0.5
    assert turned.boxes_M4[0] == pytest.approx(
        [25 - half, 20 - half, 25 + half, 20 + half], abs=1e-4
    )
    # The left corner of the turned box is cut off by the frame; the others stay.
    moved = about_middle(EXTENT, degrees=45, move=(-22.0, 0.0))
    cut_off = moved_objects(objects, after(moved))
    assert cut_off.boxes_M4[0] == pytest.approx([0, 20 - half, 3 + half, 20 + half], abs=1e-4)


def test_texts_labels_and_crowds_stay_with_their_objects() -> None:
    objects = objects_of(
        boxed(0, 0, 5, 5, label="cat", text="gone"),
        boxed(20, 20, 30, 30, label="dog", text="here", is_crowd=True),
        boxed(30, 20, 40, 30, text=None),
    )
    moved = moved_objects(objects, after(Framed(10, 10, 30, 40)))
    assert moved.texts == ("here", None)
    assert moved.labels_M.tolist() == [1, -1]
    assert moved.crowd_M.tolist() == [True, False]
    assert moved.outlines == moved.holes == ((), ())


def random_motion(rng: np.random.Generator) -> Motion:
    """Turned, seen from the side and cropped."""
    shares = rng.random((4, 2)) * 0.2
    return after(
        about_middle(EXTENT, degrees=rng.uniform(-60, 60), scale=rng.uniform(0.8, 1.5)),
        Framed(int(rng.integers(-4, 8)), int(rng.integers(-4, 8)), 34, 42),
        Mirrored(across=bool(rng.integers(2)), down=bool(rng.integers(2))),
        Warped(corners_moved((34, 42), shares)),
    )


def test_moved_outlines_cover_what_the_moved_shape_covers() -> None:
    objects = objects_of(shaped(L_SHAPE, holes=(HOLE,)), boxed(20, 20, 30, 30))
    for seed in range(30):
        motion = random_motion(np.random.default_rng(seed))
        moved = moved_objects(objects, motion, least_visible=0)
        if len(moved) < 2:
            continue
        height, width = motion.after
        covered = filled(moved.outlines[0], moved.holes[0], height, width)
        # Every middle, taken back to the picture, asks the shape as it was there.
        middles = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1) + 0.5
        source = motion.moved_back(middles.reshape(-1, 2))
        fine = 8
        shape = filled(
            [np.array(L_SHAPE) * fine], [np.array(HOLE) * fine], EXTENT[0] * fine, EXTENT[1] * fine
        )
        places = np.clip((source * fine).astype(int), 0, np.array(EXTENT[::-1]) * fine - 1)
        expected = shape[places[:, 1], places[:, 0]].reshape(height, width)
        edges = motion.edges()
        in_view = (source @ edges[:, :2].T + edges[:, 2] >= 0).all(axis=1).reshape(height, width)
        assert (covered != (expected & in_view)).sum() <= 0.05 * max(covered.sum(), 40)
        corners = np.concatenate(moved.outlines[0])
        around = [*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist()]
        assert moved.boxes_M4[0].tolist() == around


def test_boxes_go_around_outlines_and_outlines_stay_in_the_frame() -> None:
    objects = objects_of(shaped(L_SHAPE, ((40, 30), (48, 30), (44, 38))))
    cropped = moved_objects(objects, after(Framed(10, 10, 30, 40)))
    assert cropped.boxes_M4.tolist() == [[0, 0, 38, 28]]
    first, second = cropped.outlines[0]
    assert ring_area(first.tolist()) == 25 * 2 + 4 * 24
    assert second.tolist() == [[30, 20], [38, 20], [34, 28]]
    alone = moved_objects(objects, after(Framed(28, 38, 12, 12)), least_visible=0)
    assert [ring.tolist() for ring in alone.outlines[0]] == [[[2, 2], [10, 2], [6, 10]]]


def test_no_objects_stay_none() -> None:
    assert len(moved_objects(no_objects(), after(Scaled(9, 9)))) == 0


def test_objects_far_outside_are_not_seen_through_the_back_of_a_perspective() -> None:
    shares = np.array([[0.3, 0.3], [0.3, 0.0], [0.0, 0.0], [0.0, 0.0]])
    motion = after(Warped(corners_moved(EXTENT, shares)))
    objects = objects_of(boxed(-900, -900, -800, -800), boxed(20, 10, 30, 20))
    assert len(moved_objects(objects, motion, least_visible=0)) == 1
