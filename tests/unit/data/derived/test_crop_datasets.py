from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pyarrow as pa
import pytest
from coarse_scenes import Pictures, coarse_scenes, found, resolved

from netloom.core.errors import InvalidData
from netloom.core.reporter import SilentReporter
from netloom.data.codec import CHECKS_NAME
from netloom.data.crops import ObjectCrops
from netloom.data.derived.crop_datasets import Pairing, object_crops
from netloom.data.derived.pieces import Source
from netloom.data.index import INDEX_NAME, read_index
from netloom.data.view import Dataset

PICTURES: Pictures = {
    # Two objects, both found; the second as the wrong class; and a false alarm.
    "a.png": ("train", [((2, 2, 10, 10), "even", "4"), ((20, 5, 30, 15), "odd", "7")]),
    # Nothing in it, nothing found.
    "b.png": ("train", []),
    # Found, but nobody has said which digit it is; and one that was missed.
    "c.png": ("valid", [((5, 5, 15, 15), "even", None), ((25, 5, 35, 15), "even", "0")]),
    "d.png": ("test", [((1, 1, 9, 9), "even", "8")]),
}
FOUND = {
    "a.png": [
        found("even", 0.9, 2, 2, 10, 11),
        found("even", 0.8, 20, 5, 30, 15),
        found("even", 0.3, 32, 20, 36, 24),
    ],
    "c.png": [found("even", 0.7, 5, 5, 15, 15)],
    "d.png": [found("even", 0.6, 1.5, 1, 9, 9), found("even", 0.4, 1, 1, 9, 10)],
}


@pytest.fixture
def crops(
    tmp_path: Path, workdir: Path, reporter: SilentReporter
) -> Callable[..., tuple[Dataset[Any], pa.Table]]:
    def crop(
        settings: ObjectCrops, pairing: Pairing, *, detected: Any = FOUND
    ) -> tuple[Dataset[Any], pa.Table]:
        view = object_crops(
            coarse_scenes(tmp_path / "scenes", PICTURES, detected),
            resolved,
            workdir,
            settings,
            pairing,
            reporter=reporter,
            threads=2,
        )
        return view, read_index(workdir / INDEX_NAME)

    return crop


Crops = Callable[..., tuple[Dataset[Any], pa.Table]]


def rows(view: Dataset[Any], table: pa.Table) -> list[tuple[Any, ...]]:
    """Parent, part, label and box of each sample."""
    return [
        (
            row["parent"],
            row["part"],
            None if row["label"] is None else view.labels[row["label"]],
            tuple(row["box"]),
        )
        for row in table.to_pylist()
    ]


def test_matched_crops_have_found_boxes_and_true_labels(crops: Crops) -> None:
    view, table = crops(ObjectCrops(labels=("even",)), Pairing(fine="digit"))
    assert view.labels == ("0", "4", "8")
    assert rows(view, table) == [
        ("a.png", "train", "4", (2, 2, 8, 9)),
        ("d.png", "test", "8", (1, 1, 8, 8)),
    ]
    assert "objects without a fine label, left out: 1" in view.remarks


def test_matched_crops_of_a_class_include_those_that_were_taken_for_another(crops: Crops) -> None:
    view, table = crops(ObjectCrops(labels=("odd",)), Pairing(fine="digit"))
    assert rows(view, table) == [("a.png", "train", "7", (20, 5, 10, 10))]
    assert json.loads(table["attributes"][0].as_py()) == {
        "source": "matched",
        "coarse": "odd",
        "score": 0.8,
        "overlap": 1.0,
        "found": 1,
        "true": 1,
        "object": {"digit": "7"},
    }


def test_predicted_crops_are_all_found_boxes_and_only_true_objects_have_a_label(
    crops: Crops,
) -> None:
    view, table = crops(ObjectCrops(labels=("even",)), Pairing(source="predicted", fine="digit"))
    assert rows(view, table) == [
        ("a.png", "train", "4", (2, 2, 8, 9)),
        ("a.png", "train", None, (20, 5, 10, 10)),
        ("a.png", "train", None, (32, 20, 4, 4)),
        ("c.png", "valid", None, (5, 5, 10, 10)),
        ("d.png", "test", "8", (1, 1, 8, 8)),
        ("d.png", "test", None, (1, 1, 8, 9)),
    ]


def test_true_crops_need_no_detector(crops: Crops) -> None:
    view, table = crops(ObjectCrops(), Pairing(source="ground_truth", fine="digit"), detected=None)
    assert [row[:3] for row in rows(view, table)] == [
        ("a.png", "train", "4"),
        ("a.png", "train", "7"),
        ("c.png", "valid", "0"),
        ("d.png", "test", "8"),
    ]


def test_without_a_fine_attribute_the_class_is_the_label(crops: Crops) -> None:
    view, table = crops(ObjectCrops(), Pairing())
    assert view.labels == ("even", "odd")
    assert [row[2] for row in rows(view, table)] == ["even", "odd", "even", "even"]


def test_pixels_are_those_of_the_picture_and_are_kept_without_loss(
    crops: Crops, workdir: Path
) -> None:
    _, table = crops(ObjectCrops(padding=0.5, labels=("odd",)), Pairing(fine="digit"))
    pixels = cv2.imread(str(workdir / "media" / table["path"][0].as_py()), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    # 10 wide and high, 5 more on each side, cut off by the upper border.
    assert pixels.shape[:2] == (20, 20)
    assert (table["width"][0].as_py(), table["height"][0].as_py()) == (20, 20)
    assert (pixels[5:15, 5:15] == 20).all()
    assert (pixels[15:] == 0).all()


@pytest.mark.parametrize("source", ["matched", "predicted", "ground_truth"])
def test_nothing_crosses_from_one_part_to_another(
    crops: Crops, workdir: Path, source: Source
) -> None:
    part_of = {name: part for name, (part, _) in PICTURES.items()}
    _, table = crops(ObjectCrops(), Pairing(source=source))
    for each in (table, read_index(workdir / CHECKS_NAME)):
        parents = each["parent"].to_pylist()
        assert len(parents) > 3
        assert each["part"].to_pylist() == [part_of[parent] for parent in parents]


def test_checks_tell_of_every_found_and_true_object_outside_of_training(
    crops: Crops, workdir: Path
) -> None:
    view, _ = crops(ObjectCrops(labels=("even",)), Pairing(fine="digit"))
    checks = read_index(workdir / CHECKS_NAME)
    told = [json.loads(text) for text in checks["attributes"].to_pylist()]
    assert [
        (parent, each["source"], each["found"], each["true"])
        for parent, each in zip(checks["parent"].to_pylist(), told, strict=True)
    ] == [
        ("c.png", "predicted", 0, 0),
        ("c.png", "ground_truth", None, 0),
        ("c.png", "ground_truth", None, 1),
        ("d.png", "predicted", 0, 0),
        ("d.png", "predicted", 1, None),
        ("d.png", "ground_truth", None, 0),
    ]
    assert [row[2] for row in rows(view, checks)] == [None, None, "0", "8", None, "8"]
    assert len(set(checks["id"].to_pylist())) == 6


def test_only_the_surest_are_cut_out_if_so_many_are_asked_for(crops: Crops) -> None:
    view, table = crops(ObjectCrops(most=1), Pairing(source="predicted"))
    assert [row[0] for row in rows(view, table)] == ["a.png", "c.png", "d.png"]


def test_unsure_objects_are_left_out(crops: Crops) -> None:
    view, table = crops(ObjectCrops(min_score=0.75), Pairing(source="predicted"))
    assert [row[3] for row in rows(view, table)] == [(2, 2, 8, 9), (20, 5, 10, 10)]


def test_pictures_in_which_nothing_was_found_give_a_data_set_without_samples(crops: Crops) -> None:
    view, table = crops(ObjectCrops(), Pairing(fine="digit"), detected={})
    assert (len(table), view.labels) == (0, ("0", "4", "7", "8"))


def test_boxes_below_a_pixel_give_a_pixel(crops: Crops) -> None:
    detected = {"a.png": [found("even", 0.5, 3.2, 3.2, 3.3, 3.4)]}
    view, table = crops(ObjectCrops(), Pairing(source="predicted"), detected=detected)
    assert rows(view, table) == [("a.png", "train", None, (3, 3, 1, 1))]


def test_missing_fine_labels_can_be_an_error(crops: Crops) -> None:
    with pytest.raises(InvalidData) as caught:
        crops(ObjectCrops(), Pairing(fine="digit", missing="error"))
    assert [problem.code for problem in caught.value.diagnostics] == ["I505"]


def test_an_unknown_attribute_is_refused_with_those_that_there_are(crops: Crops) -> None:
    with pytest.raises(InvalidData) as caught:
        crops(ObjectCrops(), Pairing(fine="digits"))
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.expected, problem.fix) == (
        "I503",
        "digit",
        "Did you mean 'digit'?",
    )


def test_a_class_that_there_is_none_of_is_refused(crops: Crops) -> None:
    with pytest.raises(InvalidData) as caught:
        crops(ObjectCrops(labels=("evn",)), Pairing())
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.fix) == ("I502", "Did you mean 'even'?")


def test_found_boxes_need_a_detector(crops: Crops) -> None:
    with pytest.raises(InvalidData) as caught:
        crops(ObjectCrops(), Pairing(), detected=None)
    assert [problem.code for problem in caught.value.diagnostics] == ["I501"]
