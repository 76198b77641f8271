from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pytest

from netloom.core.errors import InvalidData
from netloom.core.locations import Resolve
from netloom.data.annotated_samples import background_of
from netloom.data.annotations import Box, ObjectAnnotation
from netloom.data.datasets import open_samples
from netloom.data.formats.array import write_array_source
from netloom.data.functions import Functions
from netloom.data.index import read_index, write_index
from netloom.data.mask_files import png_of_levels
from netloom.data.objects import objects_column
from netloom.data.rasterization import UNKNOWN
from netloom.data.transforms.function import Function
from netloom.data.transforms.sizing import Pad, Resize
from netloom.data.transforms.spatial import Flip
from netloom.data.view import Dataset

Make = Callable[..., Dataset[Any]]
CAT = ObjectAnnotation(box=Box(1, 2, 5, 8), label="cat")
TRIANGLE = ObjectAnnotation(
    box=Box(0, 0, 4, 4), label="dog", outlines=(((0, 0), (4, 0), (0, 4)),), text="a dog"
)


def column(*images: Any, labels: dict[str, int] | None = None) -> pa.Array:
    return objects_column(images, labels or {"cat": 0, "dog": 1})


def texts(*values: str | None) -> pa.Array:
    return pa.array(values, pa.string())


def write(path: Path, content: bytes) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path.name


def refused(action: Callable[[], Any]) -> Any:
    with pytest.raises(InvalidData) as caught:
        action()
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def test_objects_are_read_and_move_with_the_image(make_annotated: Make, resolve: Resolve) -> None:
    view = make_annotated(
        "object_detection",
        {"objects": column([CAT, TRIANGLE], [])},
        labels=("cat", "dog"),
        transforms=(Resize(size=(20, 24)), Flip(p=1)),
    )
    samples = open_samples(view, resolve, part="train")
    read = samples.objects(0)
    assert read is not None
    assert read.boxes_M4.tolist() == [[1, 2, 5, 8], [0, 0, 4, 4]]
    scene = samples.scene(0, np.random.default_rng(0))
    moved = scene.objects()
    assert moved is not None
    assert scene.image.shape == (20, 24, 3)
    assert moved.boxes_M4.tolist() == [[14, 4, 22, 16], [16, 0, 24, 8]]
    assert moved.outlines[1][0].tolist() == [[24, 0], [16, 0], [24, 8]]
    assert (moved.labels_M.tolist(), moved.texts) == ([0, 1], (None, "a dog"))
    nothing = samples.objects(1)
    assert nothing is not None
    assert len(nothing) == 0
    assert (samples.mask(0), samples.companion(0), samples.text(0)) == (None, None, None)


def test_a_picture_nobody_has_looked_at_is_not_one_without_objects(
    make_annotated: Make, resolve: Resolve
) -> None:
    view = make_annotated("object_detection", {"objects": column([CAT], None)}, labels=("cat",))
    problem = refused(lambda: open_samples(view, resolve, part="train"))
    assert problem.code == "I015"
    assert problem.message == (
        "1 of 2 samples in part train have no annotated objects, for instance 1.png"
    )
    samples = open_samples(view, resolve, part="train", labelled=False)
    assert samples.objects(1) is None
    assert samples.read_scene(1).objects() is None


def test_masks_come_from_files_or_from_outlines(
    make_annotated: Make, resolve: Resolve, tmp_path: Path
) -> None:
    levels = np.random.default_rng(0).choice(np.array([0, 2, UNKNOWN], np.uint8), (10, 12))
    path = write(tmp_path / "pictures" / "m.png", png_of_levels(levels))
    view = make_annotated(
        "semantic_segmentation",
        {
            "mask": texts(path, None, None),
            "objects": column(None, [TRIANGLE], None, labels={"dog": 1}),
        },
        labels=("background", "dog", "cat"),
        transforms=(Pad(margins=(0, 1, 0, 0)),),
    )
    samples = open_samples(view, resolve, part="train", labelled=False)
    assert np.array_equal(samples.mask(0), levels)
    found = samples.mask(1)
    assert found is not None
    drawn = np.zeros((10, 12), np.uint8)
    drawn[[0, 0, 0, 1, 1, 2], [0, 1, 2, 0, 1, 0]] = (
        1  # the line through the middles gives them away
    )
    assert np.array_equal(found, drawn)
    assert samples.mask(2) is None
    padded = samples.scene(0).mask
    assert padded is not None
    assert np.array_equal(padded[:, :12], levels)
    assert (padded[:, 12] == UNKNOWN).all()
    assert refused(lambda: open_samples(view, resolve)).message.startswith(
        "1 of 3 samples in the data set have no mask"
    )


def test_what_no_object_covers_is_background_if_there_is_such_a_label() -> None:
    assert background_of(("Background", "cat")) == 0
    assert background_of(("cat", "background")) == UNKNOWN
    assert background_of(()) == UNKNOWN


def test_masks_that_do_not_fit_are_refused(
    make_annotated: Make, resolve: Resolve, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    names = [
        write(folder / "high.png", png_of_levels(np.full((10, 12), 7, np.uint8))),
        write(folder / "small.png", png_of_levels(np.zeros((9, 12), np.uint8))),
        write(folder / "no.png", b"nothing"),
    ]
    view = make_annotated("semantic_segmentation", {"mask": texts(*names)}, labels=("a", "b"))
    samples = open_samples(view, resolve, part="train")
    problems = [refused(lambda at=at: samples.read_scene(at)) for at in range(3)]
    assert [problem.code for problem in problems] == ["I433", "I432", "I431"]
    assert (problems[0].expected, problems[0].got) == (
        "0 to 1, or 255 where nobody knows",
        "7",
    )
    assert (problems[1].expected, problems[1].got) == ("12×10 (width×height)", "12×9")


def test_depths_are_metres_and_what_nobody_measured_is_nothing(
    make_annotated: Make, resolve: Resolve, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    millimetres = np.full((10, 12), 2500, np.uint16)
    millimetres[0] = 0
    levels = write(folder / "d.png", cv2.imencode(".png", millimetres)[1].tobytes())
    metres = np.full((10, 12), 2.5)
    metres[0, :3] = np.nan, np.inf, -1
    np.save(folder / "d.npy", metres)
    view = make_annotated(
        "depth_estimation",
        {"target": texts(levels, "d.npy"), "unit": pa.array([0.001, None], pa.float64())},
    )
    samples = open_samples(view, resolve, part="train")
    for position, known_row in ((0, 1), (1, 1)):
        companion = samples.companion(position)
        assert companion is not None
        assert (companion.kind, companion.pixels.dtype) == ("depth", np.float32)
        assert companion.pixels.shape == (10, 12, 1)
        assert companion.pixels[known_row:] == pytest.approx(2.5)
        assert companion.pixels[0, :3].tolist() == [[0], [0], [0]]


def test_normals_have_length_one_and_black_is_unknown(
    make_annotated: Make, resolve: Resolve, tmp_path: Path
) -> None:
    colours = np.full((10, 12, 3), (128, 128, 255), np.uint8)
    colours[0, 0] = 0
    colours[1, 1] = (255, 128, 128)
    content = cv2.imencode(".png", colours[:, :, ::-1])[1].tobytes()
    path = write(tmp_path / "pictures" / "n.png", content)
    view = make_annotated("normal_estimation", {"target": texts(path)})
    companion = open_samples(view, resolve, part="train").companion(0)
    assert companion is not None
    normals = companion.pixels
    lengths = np.linalg.norm(normals, axis=2)
    assert normals[0, 0].tolist() == [0, 0, 0]
    lengths[0, 0] = 1
    assert lengths == pytest.approx(1, abs=1e-6)
    assert normals[1, 1] == pytest.approx([1, 0, 0], abs=0.01)
    assert normals[5, 5] == pytest.approx([0, 0, 1], abs=0.01)


def test_target_pictures_have_the_images_channels(make_annotated: Make, resolve: Resolve) -> None:
    view = make_annotated("image_enhancement", {"target": texts("1.png", "0.png")}, channels=1)
    samples = open_samples(view, resolve, part="train")
    companion = samples.companion(0)
    assert companion is not None
    assert companion.kind == "picture"
    assert np.array_equal(companion.pixels, samples.read(1))


def test_texts_do_not_hinder_functions_that_change_the_size(
    make_annotated: Make, resolve: Resolve
) -> None:
    view = make_annotated("text_recognition", {"text": texts("one", None)})
    samples = open_samples(view, resolve, labelled=False)
    assert [samples.text(position) for position in range(2)] == ["one", None]
    functions = Functions(given={"f.py:halve": lambda image: image[::2]})
    halved = Function(function="f.py:halve", digest="")
    changed = open_samples(
        view.with_transform(halved), resolve, labelled=False, functions=functions
    )
    assert changed.scene(0).image.shape == (5, 12, 3)


def test_files_beside_images_need_a_folder(tmp_path: Path, resolve: Resolve) -> None:
    view = write_array_source(
        tmp_path, np.zeros((1, 4, 4, 1), np.uint8), [None], label_names=["a"], ids=["0"]
    )
    table = read_index(resolve(view.index)).append_column("mask", texts("m.png"))
    write_index(resolve(view.index), table)
    of_masks = replace(view, task="semantic_segmentation")
    assert refused(lambda: open_samples(of_masks, resolve)).code == "I434"


def test_samples_go_to_other_processes(make_annotated: Make, resolve: Resolve) -> None:
    view = make_annotated(
        "object_detection", {"objects": column([CAT], [TRIANGLE])}, labels=("cat", "dog")
    )
    again = pickle.loads(pickle.dumps(open_samples(view, resolve, part="train")))
    found = again.objects(1)
    assert found.boxes_M4.tolist() == [[0, 0, 4, 4]]
    assert found.texts == ("a dog",)


def test_labels_can_be_counted_in_another_label_space(
    make_annotated: Make, resolve: Resolve, tmp_path: Path
) -> None:
    levels = np.random.default_rng(0).choice(np.array([0, 1, UNKNOWN], np.uint8), (10, 12))
    path = write(tmp_path / "pictures" / "m.png", png_of_levels(levels))
    of_masks = make_annotated("semantic_segmentation", {"mask": texts(path)}, labels=("a", "b"))
    known = open_samples(of_masks, resolve).annotations
    assert known is not None
    changed = known.renumbered(np.array([4, 2])).mask(0)
    assert changed is not None
    assert np.array_equal(changed, np.select([levels == 0, levels == 1], [4, 2], UNKNOWN))
    unnamed = ObjectAnnotation(box=Box(0, 0, 2, 2))
    of_boxes = make_annotated(
        "object_detection", {"objects": column([TRIANGLE, CAT, unnamed])}, labels=("cat", "dog")
    )
    known = open_samples(of_boxes, resolve).annotations
    assert known is not None
    twice = known.renumbered(np.array([1, 2])).renumbered(np.array([0, 5, 7])).objects(0)
    assert twice is not None
    assert twice.labels_M.tolist() == [7, 5, -1]
