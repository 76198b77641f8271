from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from netloom.data.annotations import Box, ObjectAnnotation
from netloom.data.datasets import Samples, open_samples
from netloom.data.index import index_table, write_index
from netloom.data.objects import objects_column
from netloom.data.transforms.sizing import Resize
from netloom.data.view import Dataset
from netloom.reports.page import render_report
from netloom.tasks.object_detection.detections import Detections
from netloom.tasks.object_detection.evaluation import DetectionOutcome, found_and_true
from netloom.tasks.object_detection.intervals import intervals
from netloom.tasks.object_detection.task import ObjectDetectionTask
from netloom.tasks.protocol import Contender, Scored
from netloom.tasks.sections import GallerySection, HeatMapSection

LABELS = ("cat", "dog")
TASK = ObjectDetectionTask()
CAT, DOG, CROWD = (0, 0, 20, 20), (30, 8, 60, 30), (60, 0, 80, 20)
Guess = tuple[tuple[float, ...], int, float]


@pytest.fixture
def samples(tmp_path: Path) -> Samples:
    """Four pictures of 80×40 pixels that a network sees at half the size; the last one is empty."""
    import cv2

    annotated = [
        [
            ObjectAnnotation(box=Box(*CAT), label="cat"),
            ObjectAnnotation(box=Box(*DOG), label="dog"),
        ],
        [ObjectAnnotation(box=Box(*CAT), label="cat")],
        [
            ObjectAnnotation(box=Box(*DOG), label="dog"),
            ObjectAnnotation(box=Box(*CROWD), label="cat", is_crowd=True),
        ],
        [],
    ]
    names = [f"picture-{place}" for place in range(4)]
    (tmp_path / "media").mkdir()
    for name in names:
        cv2.imwrite(str(tmp_path / "media" / f"{name}.png"), np.full((40, 80), 90, np.uint8))
    table = index_table(
        ids=names,
        digests=names,
        paths=[f"{name}.png" for name in names],
        parts=["test"] * 4,
        sizes=[(80, 40)] * 4,
    )
    column: pa.Array = objects_column(annotated, {"cat": 0, "dog": 1})
    write_index(tmp_path / "index.parquet", table.append_column("objects", column))
    view: Dataset[Any] = Dataset(
        task="object_detection",
        index="work:index.parquet",
        media="work:media",
        media_kind="folder",
        labels=LABELS,
        transforms=(Resize(size=(20, 40)),),
        channels=1,
    )
    return open_samples(view, lambda place: tmp_path / place.removeprefix("work:"), part="test")


def scored(samples: Samples, guesses: list[list[Guess]]) -> Iterator[Scored]:
    """Guesses are in pixels of the pictures; the network counts in halves of them."""
    for batch in TASK.batches(samples, batch_size=3).epoch(0):
        rows = [guesses[index] for index in batch.indices_N.tolist()]
        places = max(1, *map(len, rows))
        scores = np.zeros((len(rows), places, len(LABELS)), np.float32)
        boxes = np.zeros((len(rows), places, 4), np.float32)
        for row, found in enumerate(rows):
            for place, (box, label, score) in enumerate(found):
                scores[row, place, label] = score
                boxes[row, place] = np.array(box) / 2
        yield Scored(Detections(scores, boxes), batch)


PERFECT: list[list[Guess]] = [
    [(CAT, 0, 0.9), (DOG, 1, 0.8)],
    [(CAT, 0, 0.9)],
    [(DOG, 1, 0.9)],
    [],
]
FLAWED: list[list[Guess]] = [
    [(CAT, 0, 0.9), (DOG, 0, 0.9)],  # the dog is taken for a cat
    [],  # the cat is missed
    [(DOG, 1, 0.9), (CROWD, 0, 0.85)],  # one of many cats
    [((4, 4, 30, 30), 1, 0.95)],  # nothing is there
]


def test_a_perfect_detector_has_perfect_numbers(samples: Samples) -> None:
    evaluation = TASK.evaluate(scored(samples, PERFECT), samples, LABELS, bootstrap=50, seed=0)
    metrics = evaluation.metrics
    assert metrics["ap"] == metrics["ap50"] == metrics["ar100"] == pytest.approx(1.0)
    assert (metrics["precision"], metrics["recall"], metrics["objects"]) == (1.0, 1.0, 4)
    assert metrics["errors"] == {"right": 4, "wrong": 0, "false": 0, "missed": 0}
    assert metrics["confusion"] == [[2, 0, 0], [0, 2, 0], [0, 0, 0]]
    assert metrics["intervals"]["ap"] == pytest.approx([1.0, 1.0])
    assert (metrics["ap_large"], metrics["sizes"]) == (None, {"small": 4, "medium": 0, "large": 0})
    assert json.loads(json.dumps(metrics, allow_nan=False)) == metrics


def test_errors_are_told_apart(samples: Samples) -> None:
    evaluation = TASK.evaluate(scored(samples, FLAWED), samples, LABELS, bootstrap=0, seed=0)
    metrics = evaluation.metrics
    assert metrics["errors"] == {"right": 2, "wrong": 1, "false": 1, "missed": 1}
    # Rows: what is there; columns: what was found; nothing comes last.
    assert metrics["confusion"] == [[1, 0, 1], [1, 1, 0], [0, 1, 0]]
    # Cats: the first of two is right, the second guess wrong. Dogs: the surest guess is wrong.
    assert metrics["classes"]["cat"]["ap50"] == pytest.approx(51 / 101)
    assert metrics["classes"]["dog"]["ap50"] == pytest.approx(0.5 * 51 / 101)
    assert metrics["intervals"] == {"ap": None, "ap50": None}


def test_the_report_shows_pictures_and_can_be_drawn(samples: Samples) -> None:
    evaluation = TASK.evaluate(scored(samples, FLAWED), samples, LABELS, bootstrap=0, seed=0)
    galleries = [each for each in evaluation.sections if isinstance(each, GallerySection)]
    assert [(each.title, len(each.pictures)) for each in galleries] == [
        ("Most errors", 3),
        ("Without errors", 1),
    ]
    assert sorted(each.caption for each in galleries[0].pictures) == [
        "1 false",
        "1 missed",
        "1 wrong class",
    ]
    (confusions,) = (each for each in evaluation.sections if isinstance(each, HeatMapSection))
    assert confusions.labels == ("cat", "dog", "(nothing)")
    assert "Most errors" in render_report(evaluation, title="Cats and dogs")
    assert any("stand for many" in remark for remark in evaluation.remarks)


def test_a_model_compared_with_itself_does_not_differ(samples: Samples) -> None:
    first, second = (Contender(scored(samples, FLAWED), LABELS) for _ in range(2))
    compared = TASK.compare(first, second, samples, bootstrap=30, seed=0)
    assert compared.metrics["difference"]["ap"] == 0.0
    assert compared.metrics["intervals"]["ap"] == [0.0, 0.0]


def test_the_better_model_is_named_and_labels_are_matched_by_name(samples: Samples) -> None:
    turned: list[list[Guess]] = [
        [(box, 1 - label, score) for box, label, score in row] for row in PERFECT
    ]
    compared = TASK.compare(
        Contender(scored(samples, FLAWED), LABELS),
        Contender(scored(samples, turned), ("dog", "cat")),
        samples,
        bootstrap=0,
        seed=0,
    )
    assert compared.metrics["second"]["ap"] == pytest.approx(1.0)
    assert compared.metrics["difference"]["ap"] > 0.5
    assert compared.summary.endswith("points.")


def test_intervals_do_not_depend_on_how_often_they_are_computed(samples: Samples) -> None:
    found, truths = found_and_true(scored(samples, FLAWED), samples)
    matches = DetectionOutcome.of(found, truths, len(LABELS)).matches
    first, again = (intervals(matches, len(LABELS), draws=60, seed=3) for _ in range(2))
    assert first == again
    assert first["ap"].low < first["ap"].high


def test_samples_tell_their_truth(samples: Samples) -> None:
    assert TASK.truth(samples, 2) == {
        "objects": [
            {"label": "dog", "box": [30.0, 8.0, 60.0, 30.0], "crowd": False},
            {"label": "cat", "box": [60.0, 0.0, 80.0, 20.0], "crowd": True},
        ]
    }
