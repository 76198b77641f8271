from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import pytest
from coarse_scenes import Pictures, coarse_scenes, found, placed, resolved

from netloom.core.errors import InvalidData
from netloom.core.reporter import SilentReporter
from netloom.data.crops import Masking, ObjectCrops
from netloom.data.datasets import open_samples
from netloom.data.derived.changed_pictures import (
    routed_pictures,
    with_fewer_found,
    with_masked_pictures,
)
from netloom.data.derived.crop_datasets import Pairing, object_crops
from netloom.data.derived.found import found_objects, with_found
from netloom.data.index import INDEX_NAME, read_index, write_index

PICTURES: Pictures = {
    "a.png": ("train", [((2, 2, 10, 10), "even", "4"), ((20, 5, 30, 15), "odd", "7")]),
    "b.png": ("test", []),
}
FOUND = {"a.png": [found("even", 0.9, 2, 2, 10, 10), found("odd", 0.4, 20, 5, 30, 15)]}


@pytest.mark.parametrize(
    ("labels", "min_score", "kept"),
    [
        ((), 0.0, ["even", "odd"]),
        (("odd",), 0.0, ["odd"]),
        ((), 0.5, ["even"]),
        (("odd",), 0.5, []),
    ],
)
def test_filtering_keeps_pictures_and_true_objects(
    *,
    tmp_path: Path,
    workdir: Path,
    reporter: SilentReporter,
    labels: tuple[str, ...],
    min_score: float,
    kept: list[str],
) -> None:
    view = coarse_scenes(tmp_path / "scenes", PICTURES, FOUND)
    before = read_index(resolved(view.index))
    with_fewer_found(view, resolved, workdir, labels=labels, min_score=min_score, reporter=reporter)
    after = read_index(workdir / INDEX_NAME)
    assert [[each["label"] for each in own] for own in found_objects(after)] == [kept, []]
    assert after.drop_columns(["found"]) == before.drop_columns(["found"])


def test_what_is_around_objects_is_blanked_and_truth_stays(
    tmp_path: Path, workdir: Path, reporter: SilentReporter
) -> None:
    view = coarse_scenes(tmp_path / "scenes", PICTURES, {"a.png": FOUND["a.png"][:1]})
    changed = with_masked_pictures(view, resolved, workdir, Masking(fill=3), reporter=reporter)
    samples = open_samples(placed(changed, workdir), resolved)
    pixels = samples.read(0)
    assert (pixels[2:10, 2:10] == 10).all()
    assert (pixels[5:15, 20:30] == 3).all()
    assert (samples.read(1) == 3).all()
    objects = samples.objects(0)
    assert objects is not None
    assert objects.boxes_M4.tolist() == [[2, 2, 10, 10], [20, 5, 30, 15]]
    assert "found" not in read_index(workdir / INDEX_NAME).column_names


def test_pictures_go_the_way_of_their_class_and_take_their_fine_label_along(
    tmp_path: Path, workdir: Path, reporter: SilentReporter
) -> None:
    view = coarse_scenes(tmp_path / "scenes", PICTURES, FOUND)
    crops = object_crops(view, resolved, workdir, ObjectCrops(), Pairing(), reporter=reporter)
    table = read_index(workdir / INDEX_NAME)
    said = [{"label": "odd", "score": 0.8}, {"label": "odd", "score": 0.3}]
    write_index(workdir / INDEX_NAME, with_found(table, said, are_objects=False))
    crops = replace(crops, index=f"path:{workdir}/{INDEX_NAME}")
    told = {}
    for source in ("predicted", "ground_truth"):
        target = tmp_path / source
        target.mkdir()
        routed = routed_pictures(
            crops,
            resolved,
            target,
            labels=("odd",),
            min_score=0.0,
            source=source,
            fine="digit",
            reporter=reporter,
        )
        rows = read_index(target / INDEX_NAME)
        told[source] = [routed.labels[place] for place in rows["label"].to_pylist()]
    assert told == {"predicted": ["4", "7"], "ground_truth": ["7"]}


def test_pictures_that_no_classifier_has_seen_cannot_be_routed(
    tmp_path: Path, workdir: Path, reporter: SilentReporter
) -> None:
    view = coarse_scenes(tmp_path / "scenes", PICTURES, FOUND)
    crops = object_crops(view, resolved, workdir, ObjectCrops(), Pairing(), reporter=reporter)
    with pytest.raises(InvalidData) as caught:
        routed_pictures(
            replace(crops, index=f"path:{workdir}/{INDEX_NAME}"),
            resolved,
            workdir,
            labels=(),
            min_score=0.0,
            source="predicted",
            fine="",
            reporter=reporter,
        )
    assert [problem.code for problem in caught.value.diagnostics] == ["I501"]
    assert cv2.imread(str(workdir / "media" / "000" / "000000-000.png")) is not None
