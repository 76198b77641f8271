"""Every number of a small cascade, counted by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from coarse_scenes import Pictures, coarse_scenes, found, resolved

from netloom.core.errors import InvalidData
from netloom.core.reporter import SilentReporter
from netloom.data.codec import CHECKS_NAME
from netloom.data.crops import ObjectCrops
from netloom.data.derived.changed_pictures import with_fewer_found
from netloom.data.derived.crop_datasets import Pairing, object_crops
from netloom.data.derived.found import found_objects, with_found
from netloom.data.derived.merging import merged
from netloom.data.index import INDEX_NAME, read_index, write_index
from netloom.data.objects import ObjectColumn
from netloom.data.view import Dataset
from netloom.inference.cascade.evaluation import measured_cascade
from netloom.reports.page import render_report
from netloom.tasks.protocol import Evaluation

PICTURES: Pictures = {
    "train.png": ("train", [((2, 2, 10, 10), "even", "4")]),
    "a.png": (
        "test",
        [
            ((2, 2, 10, 10), "even", "4"),  # 0: right
            ((14, 2, 22, 10), "even", "0"),  # 1: found as odd
            ((26, 2, 34, 10), "even", "0"),  # 2: found loosely: wrong there, right on the true box
            ((2, 15, 10, 23), "even", "4"),  # 3: wrong on both
            ((14, 15, 22, 23), "even", "0"),  # 4: missed
        ],
    ),
    "b.png": (
        "test",
        [
            ((2, 2, 10, 10), "odd", "7"),  # right
            ((14, 2, 22, 10), "even", None),  # nobody has said which
        ],
    ),
}
FOUND = {
    "train.png": [found("even", 0.9, 2, 2, 10, 10)],
    "a.png": [
        found("even", 0.9, 2, 2, 10, 10),
        found("odd", 0.8, 14, 2, 22, 10),
        found("even", 0.7, 25, 2, 35, 11),
        found("even", 0.6, 2, 15, 10, 23),
        found("even", 0.5, 30, 22, 38, 29),  # a false alarm
        found("even", 0.1, 14, 15, 22, 23),  # does not count: not sure enough
    ],
    "b.png": [found("odd", 0.9, 2, 2, 10, 10), found("even", 0.9, 14, 2, 22, 10)],
}
SAID = {
    # What the classifiers say by picture, source and number.
    ("a.png", "predicted", 0): "4",
    ("a.png", "predicted", 1): "7",
    ("a.png", "predicted", 2): "4",
    ("a.png", "predicted", 3): "0",
    ("a.png", "predicted", 4): "0",
    ("a.png", "predicted", 5): "0",
    ("b.png", "predicted", 0): "7",
    ("b.png", "predicted", 1): "4",
    ("a.png", "ground_truth", 0): "4",
    ("a.png", "ground_truth", 1): "0",
    ("a.png", "ground_truth", 2): "0",
    ("a.png", "ground_truth", 3): "0",
    ("a.png", "ground_truth", 4): "4",
    ("b.png", "ground_truth", 0): "7",
    ("b.png", "ground_truth", 1): "4",
}


def classified(file: Path) -> None:
    """Write into an index what the classifiers say."""
    table = read_index(file)
    said = []
    for parent, text in zip(
        table["parent"].to_pylist(), table["attributes"].to_pylist(), strict=True
    ):
        about = json.loads(text)
        number = about["found"] if about["found"] is not None else about["true"]
        source = "ground_truth" if about["source"] == "ground_truth" else "predicted"
        said.append({"label": SAID.get((parent, source, number), "4"), "score": 0.5})
    write_index(file, with_found(table, said, are_objects=False))


def crops_of(view: Dataset[Any], label: str, folder: Path) -> Dataset[Any]:
    folder.mkdir()
    crops = object_crops(
        view,
        resolved,
        folder,
        ObjectCrops(labels=(label,)),
        Pairing(fine="digit"),
        reporter=SilentReporter(folder),
    )
    for name in (INDEX_NAME, CHECKS_NAME):
        classified(folder / name)
    return replace(crops, index=f"path:{folder}/{INDEX_NAME}", media=f"path:{folder}/media")


@pytest.fixture
def scenes(tmp_path: Path) -> Dataset[Any]:
    return coarse_scenes(tmp_path / "scenes", PICTURES, FOUND)


@pytest.fixture
def measure(scenes: Dataset[Any], tmp_path: Path) -> Callable[..., Evaluation]:
    def evaluate(labels: tuple[str, ...] = ("even", "odd"), **settings: Any) -> Evaluation:
        crops = [crops_of(scenes, label, tmp_path / label) for label in labels]
        return measured_cascade(scenes, crops, resolved, min_score=0.3, **settings)

    return evaluate


def test_every_object_is_counted_at_the_first_thing_that_went_wrong(
    measure: Callable[..., Evaluation],
) -> None:
    metrics = measure().metrics
    assert metrics["fates"] == {
        "right": 2,
        "missed": 1,
        "wrong_class": 1,
        "not_handed_on": 0,
        "wrong_box": 1,
        "wrong_fine": 1,
        "false_alarms": 1,
    }
    assert (metrics["samples"], metrics["objects"]) == (2, 6)


def test_end_to_end_numbers_are_those_of_fine_labels(measure: Callable[..., Evaluation]) -> None:
    metrics = measure().metrics
    # Said about six objects: five of known ones, and the false alarm.
    assert metrics["recall"] == pytest.approx(2 / 6)
    assert metrics["precision"] == pytest.approx(2 / 6)
    assert metrics["f1"] == pytest.approx(4 / 12)
    assert metrics["classes"] == {
        "0": {"objects": 3, "precision": 0.0, "recall": 0.0, "f1": 0.0},
        "4": {"objects": 2, "precision": 1 / 2, "recall": 1 / 2, "f1": 2 / 4},
        "7": {"objects": 1, "precision": 1 / 2, "recall": 1.0, "f1": 2 / 3},
    }


def test_stages_are_measured_by_themselves(measure: Callable[..., Evaluation]) -> None:
    metrics = measure().metrics
    assert metrics["detector"] == {
        "even": {"objects": 6, "precision": 4 / 5, "recall": 4 / 6},
        "odd": {"objects": 1, "precision": 1 / 2, "recall": 1.0},
    }
    even, odd = metrics["classifiers"]["even"], metrics["classifiers"]["odd"]
    assert even["true_boxes"]["accuracy"] == pytest.approx(3 / 5)
    assert even["found_boxes"]["accuracy"] == pytest.approx(1 / 3)
    assert odd["true_boxes"]["accuracy"] == odd["found_boxes"]["accuracy"] == 1.0


def test_fine_average_precision_multiplies_the_scores_of_both_stages(
    measure: Callable[..., Evaluation],
) -> None:
    # Class 4: right, then a wrong one, of two objects; that of an unknown label does not count. Class 0:
    # nothing is right but the unsure one; class 7: a wrong and a right one, the right one surer.
    found_4, found_0, found_7 = 51 / 101, 1 / 3, 1.0
    ap_0 = 34 / 101 * found_0  # recall up to 1/3 at a precision of 1/3
    metrics = measure().metrics
    assert metrics["ap50"] == pytest.approx((found_4 + ap_0 + found_7) / 3)


def test_a_class_without_a_classifier_ends_with_the_detector(
    measure: Callable[..., Evaluation],
) -> None:
    evaluation = measure(("even",))
    assert evaluation.metrics["classes"]["odd"] == {
        "objects": 1,
        "precision": 1 / 2,
        "recall": 1.0,
        "f1": 2 / 3,
    }
    assert any("No classifier answers for odd" in remark for remark in evaluation.remarks)


def test_intervals_come_from_resampled_pictures(measure: Callable[..., Evaluation]) -> None:
    metrics = measure(bootstrap=200, seed=1).metrics
    # Of two pictures one or both are drawn: recall is 1/5 (a), 2/6 (both) or 1 (b).
    assert metrics["intervals"]["recall"] == pytest.approx([1 / 5, 1.0])
    assert metrics["classifiers"]["odd"]["true_boxes"]["interval"] == [1.0, 1.0]


def test_the_page_shows_where_errors_enter(measure: Callable[..., Evaluation]) -> None:
    evaluation = measure(bootstrap=0)
    page = render_report(evaluation, title="Cascade")
    assert "Where errors enter" in page
    assert page.count('class="miss"') == 4
    assert "2 of 6 objects are found and named right" in page
    assert "is 0" not in evaluation.summary
    assert "1 objects without a fine label" in page


def test_crops_that_were_chosen_from_tell_too_little(scenes: Dataset[Any], tmp_path: Path) -> None:
    crops = crops_of(scenes, "even", tmp_path / "even")
    (tmp_path / "even" / CHECKS_NAME).unlink()
    with pytest.raises(InvalidData) as caught:
        measured_cascade(scenes, [crops], resolved)
    assert [problem.code for problem in caught.value.diagnostics] == ["I508"]


def test_crops_of_other_found_objects_are_refused(scenes: Dataset[Any], tmp_path: Path) -> None:
    crops = crops_of(scenes, "even", tmp_path / "even")
    work = tmp_path / "sure"
    work.mkdir()
    reporter = SilentReporter(work)
    sure = with_fewer_found(
        scenes, resolved, work, labels=("even",), min_score=0, reporter=reporter
    )
    sure = replace(sure, index=f"path:{work}/{INDEX_NAME}")
    for use in (
        lambda: measured_cascade(sure, [crops], resolved),
        lambda: merged(sure, [crops], resolved, work, fine="digit", reporter=reporter),
    ):
        with pytest.raises(InvalidData) as caught:
            use()
        assert [problem.code for problem in caught.value.diagnostics] == ["I509"]


def test_a_part_without_pictures_is_refused(scenes: Dataset[Any], tmp_path: Path) -> None:
    with pytest.raises(InvalidData) as caught:
        measured_cascade(scenes, [], resolved, part="valid")
    assert [problem.code for problem in caught.value.diagnostics] == ["I507"]


def test_merging_gives_found_and_true_objects_their_fine_labels(
    scenes: Dataset[Any], tmp_path: Path
) -> None:
    crops = [crops_of(scenes, label, tmp_path / label) for label in ("even", "odd")]
    work = tmp_path / "work"
    work.mkdir()
    view = merged(scenes, crops, resolved, work, fine="digit", reporter=SilentReporter(work))
    assert view.labels == ("0", "4", "7")
    table = read_index(work / INDEX_NAME)
    said = dict(zip(table["id"].to_pylist(), found_objects(table), strict=True))
    assert [(each["label"], each["score"]) for each in said["b.png"]] == [
        ("7", 0.45),
        ("4", 0.45),
    ]
    assert [each["label"] for each in said["a.png"]] == ["4", "7", "4", "0", "0", "0"]
    true = ObjectColumn(table["objects"])
    place = table["id"].to_pylist().index("b.png")
    assert true.at(place).labels_M.tolist() == [2, -1]
