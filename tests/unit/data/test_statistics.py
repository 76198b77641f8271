from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pytest

from netloom.core.locations import Resolve
from netloom.core.reporter import SilentReporter
from netloom.data.annotations import Box, ObjectAnnotation
from netloom.data.duplicates import Group
from netloom.data.formats.array import write_array_source
from netloom.data.mask_files import png_of_levels
from netloom.data.objects import objects_column
from netloom.data.statistics import DatasetStatistics, measure_dataset
from netloom.data.view import Dataset

Measure = Callable[..., DatasetStatistics]


@pytest.fixture
def measure(tmp_path: Path, resolve: Resolve) -> Measure:
    def run(view: Dataset[Any], **settings: Any) -> DatasetStatistics:
        return measure_dataset(view, resolve, reporter=SilentReporter(tmp_path), **settings)

    return run


def scene(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    smooth = cv2.GaussianBlur(noise, (0, 0), 3)
    return cv2.normalize(smooth, None, 20, 220, cv2.NORM_MINMAX)


@pytest.fixture
def scenes(tmp_path: Path) -> Dataset[Any]:
    """Eight pictures: 0, 4 and 6 are copies, 5 is nearly 1, and 7 has no label."""
    images = [scene(seed) for seed in (0, 1, 2, 3, 0)]
    images += [cv2.add(images[1], 2.0), images[0], scene(4)]
    return write_array_source(
        tmp_path,
        np.stack(images),
        [0, 1, 1, 0, 0, 1, 1, None],
        label_names=["cat", "dog"],
        ids=[f"image-{number}" for number in range(8)],
        parts=["train", "train", "train", "valid", "test", "test", "valid", None],
    )


def test_copies_lookalikes_leaks_and_conflicts_are_found(
    scenes: Dataset[Any], measure: Measure
) -> None:
    found = measure(scenes)
    assert found.copies == (Group((0, 4, 6), True),)
    assert found.lookalikes == (Group((1, 5), False),)
    assert found.conflicts == (Group((0, 4, 6), True),)
    assert found.leaks == {"valid": (6,), "test": (4, 5)}
    assert found.num_unlabelled == 1
    assert found.num_per_class() == [3, 4]
    assert found.num_per_class("train") == [1, 2]
    assert (len(found), found.tiny) == (8, ())


def test_near_duplicates_need_not_be_looked_for(scenes: Dataset[Any], measure: Measure) -> None:
    found = measure(scenes, most_bits=None)
    assert found.lookalikes == ()
    assert found.leaks == {"valid": (6,), "test": (4,)}


@pytest.mark.parametrize("threads", [1, 3])
def test_levels_are_those_of_all_pixels(
    make_array: Callable[..., Dataset[Any]], measure: Measure, threads: int
) -> None:
    found = measure(make_array(100, side=5), threads=threads)
    pixels = np.repeat(np.arange(100) / 255, 25)
    assert found.levels.mean == pytest.approx((pixels.mean(),))
    assert found.levels.std == pytest.approx((pixels.std(),))


def test_every_image_counts_the_same_whatever_its_size(
    make_folder: Callable[..., Dataset[Any]], measure: Measure, tmp_path: Path, write_image: Any
) -> None:
    view = make_folder([(4, 4), (40, 40)])
    for name, side, level in (("0", 4, 0), ("1", 40, 255)):
        path = tmp_path / "pictures" / f"{name}.png"
        write_image(path, width=side, height=side, colour=(level, 0, level))
    levels = measure(view).levels
    assert levels.mean == pytest.approx((0.5, 0.0, 0.5))
    assert levels.std == pytest.approx((0.5, 0.0, 0.5))


def test_tiny_images_are_counted(
    make_folder: Callable[..., Dataset[Any]], measure: Measure
) -> None:
    view = make_folder([(15, 40), (16, 16), (40, 3)])
    found = measure(view)
    assert found.tiny == (0, 2)
    assert measure(view, tiny_px=3).tiny == ()
    assert found.widths_N.tolist() == [15, 16, 40]
    assert found.heights_N.tolist() == [40, 16, 3]


def test_of_many_images_some_are_drawn_by_the_seed(
    make_array: Callable[..., Dataset[Any]], measure: Measure
) -> None:
    view = make_array(50, channels=3)
    first, again, other = (measure(view, sample=10, seed=seed).looked_at for seed in (1, 1, 2))
    assert first.tolist() == again.tolist() != other.tolist()
    assert len(set(first.tolist())) == 10
    assert first.tolist() == sorted(first.tolist())


def test_near_duplicates_in_a_drawn_sample_keep_their_positions(
    scenes: Dataset[Any], measure: Measure
) -> None:
    found = [measure(scenes, sample=6, seed=seed) for seed in range(10)]
    lookalikes = {group.positions for statistics in found for group in statistics.lookalikes}
    assert lookalikes == {(1, 5)}


def test_an_empty_data_set_has_statistics_too(
    make_folder: Callable[..., Dataset[Any]], measure: Measure
) -> None:
    found = measure(make_folder([]))
    assert (len(found), found.copies, found.leaks) == (0, (), {})
    assert found.levels.mean == (0.0, 0.0, 0.0)


def test_of_objects_the_samples_that_show_a_class_are_counted(
    make_annotated: Callable[..., Dataset[Any]], measure: Measure
) -> None:
    cat, dog = (ObjectAnnotation(box=Box(0, 0, 4, 4), label=name) for name in ("cat", "dog"))
    column = objects_column([[cat, cat, dog], [cat], [], None], {"cat": 0, "dog": 1})
    view = make_annotated("object_detection", {"objects": column}, labels=("cat", "dog"))
    found = measure(view)
    assert found.num_per_class() == found.num_per_class("train") == [2, 1]
    assert found.num_per_class("test") == [0, 0]
    assert found.num_unlabelled == 1
    assert found.labels_N.tolist() == [1, 0, -1, -1]


def test_of_masks_pixels_tell_what_a_sample_shows(
    make_annotated: Callable[..., Dataset[Any]], measure: Measure, tmp_path: Path
) -> None:
    (tmp_path / "pictures").mkdir()
    mask = np.zeros((10, 12), np.uint8)
    mask[3, 4], mask[5, 6] = 2, 255
    (tmp_path / "pictures" / "mask.png").write_bytes(png_of_levels(mask))
    view = make_annotated(
        "semantic_segmentation",
        {"mask": pa.array(["mask.png", None, "mask.png"])},
        labels=("sky", "road", "car"),
    )
    found = measure(view, threads=2)
    assert found.num_per_class() == [2, 0, 2]
    assert found.num_unlabelled == 1
