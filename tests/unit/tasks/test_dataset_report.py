from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netloom.core.reporter import SilentReporter
from netloom.data.datasets import Samples, open_samples
from netloom.data.formats.array import write_array_source
from netloom.data.statistics import DatasetStatistics, measure_dataset
from netloom.data.view import Dataset
from netloom.tasks.dataset_report import dataset_metrics, report_on_dataset
from netloom.tasks.sections import GallerySection, TableSection

Measured = tuple[DatasetStatistics, Samples]


def measured(tmp_path: Path, images: Any, labels: Any, parts: Any, **settings: Any) -> Measured:
    view: Dataset[Any] = write_array_source(
        tmp_path,
        images,
        labels,
        label_names=["cat", "dog", "bird"],
        ids=[f"{number}" for number in range(len(images))],
        parts=parts,
    )

    def resolve(location: str) -> Path:
        return tmp_path / location.partition(":")[2]

    reporter = SilentReporter(tmp_path)
    statistics = measure_dataset(view, resolve, reporter=reporter, **settings)
    return statistics, open_samples(view, resolve, labelled=False)


@pytest.fixture
def spoilt(tmp_path: Path) -> Measured:
    """Six pictures of noise: 0, 3 and 5 are copies in three parts with two labels."""
    images = np.random.default_rng(0).integers(0, 256, (6, 20, 10, 3), dtype=np.uint8)
    images[3] = images[5] = images[0]
    parts = ["train", "train", "train", "valid", "test", "test"]
    return measured(tmp_path, images, [0, 0, 1, 1, None, 0], parts)


def test_numbers_are_json_of_all_that_was_counted(spoilt: Measured) -> None:
    numbers = dataset_metrics(spoilt[0])
    mean, std = numbers.pop("mean"), numbers.pop("std")
    assert np.allclose(mean, 0.5, atol=0.05)
    assert np.allclose(std, 0.29, atol=0.05)
    assert numbers == {
        "samples": 6,
        "classes": 3,
        "unlabelled": 1,
        "imbalance": None,
        "parts": {"train": 3, "valid": 1, "test": 2},
        "per_class": {
            "cat": {"all": 3, "train": 2, "valid": 0, "test": 1},
            "dog": {"all": 2, "train": 1, "valid": 1, "test": 0},
            "bird": {"all": 0, "train": 0, "valid": 0, "test": 0},
        },
        "width": {"min": 10, "median": 10.0, "max": 10},
        "height": {"min": 20, "median": 20.0, "max": 20},
        "tiny": 6,
        "looked_at": 6,
        "duplicates": 2,
        "near_duplicates": 0,
        "label_conflicts": 1,
        "leaks": {"valid": 1, "test": 1},
    }


def test_the_page_shows_examples_and_what_is_wrong(spoilt: Measured) -> None:
    page = report_on_dataset(*spoilt, examples=1)
    galleries = {s.title: s.pictures for s in page.sections if isinstance(s, GallerySection)}
    assert {title: [p.source for p in shown] for title, shown in galleries.items()} == {
        "Examples": ["0", "2"],
        "Leaks": ["0", "3", "5"],
        "Conflicts": ["0", "3", "5"],
        "Duplicates": ["0", "3", "5"],
    }
    assert [p.caption for p in galleries["Conflicts"]] == ["1: cat", "1: dog", "1: cat"]
    assert [p.detail for p in galleries["Leaks"]] == ["train", "valid", "test"]
    assert all(picture.content for shown in galleries.values() for picture in shown)
    tables = {s.title: s for s in page.sections if isinstance(s, TableSection)}
    assert tables["Classes"].columns == ("Class", "Images", "train", "valid", "test")
    assert ("about square", "0", "0 %") in tables["Shapes"].rows
    assert ("Height", "20", "20", "20", "20", "20") in tables["Sizes in pixels"].rows


def test_remarks_say_what_spoils_a_measurement(spoilt: Measured) -> None:
    remarks = "\n".join(report_on_dataset(*spoilt).remarks)
    for said in (
        "No image of class bird",
        "1 images of part valid also occur",
        "1 images of part test also occur",
        "1 pictures occur several times with different labels",
        "6 images have a side below 16 pixels",
    ):
        assert said in remarks


def test_a_sound_data_set_has_nothing_to_remark(tmp_path: Path) -> None:
    images = np.random.default_rng(1).integers(0, 256, (6, 20, 20, 1), dtype=np.uint8)
    statistics, samples = measured(tmp_path, images, [0, 1, 2, 0, 1, 2], None)
    page = report_on_dataset(statistics, samples, examples=0)
    assert page.remarks == ()
    assert page.metrics["imbalance"] == 1.0
    assert page.metrics["parts"] == {"none": 6}
    assert not any(isinstance(section, GallerySection) for section in page.sections)
    assert [figure.name for figure in page.figures] == [
        "Images",
        "Classes",
        "Imbalance",
        "Duplicates",
    ]


def test_a_drawn_sample_is_said_to_be_one(tmp_path: Path) -> None:
    images = np.random.default_rng(1).integers(0, 256, (6, 20, 20, 1), dtype=np.uint8)
    statistics, samples = measured(tmp_path, images, [0, 1, 2, 0, 1, 2], None, sample=3)
    (remark,) = report_on_dataset(statistics, samples).remarks
    assert remark == "Levels and near duplicates are of 3 images drawn at random."
