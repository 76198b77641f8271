from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from netloom.core import tasks
from netloom.core.errors import InvalidData
from netloom.core.identifiers import ArtifactId
from netloom.data.codec import DatasetCodec
from netloom.data.datasets import open_samples
from netloom.data.index import read_index
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.graph.operator import Operator
from netloom.operators.data_annotated import (
    depth,
    detection,
    enhancement,
    normals,
    segmentation,
    text_detection,
    text_recognition,
    video,
)

SOURCES: dict[Any, type[tasks.LearningTask]] = {
    detection: tasks.ObjectDetection,
    segmentation: tasks.SemanticSegmentation,
    text_detection: tasks.TextDetection,
    text_recognition: tasks.TextRecognition,
    enhancement: tasks.ImageEnhancement,
    depth: tasks.DepthEstimation,
    normals: tasks.NormalEstimation,
    video: tasks.VideoClassification,
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def run(tmp_path: Path, project: Path) -> RunContext:
    return RunContext.in_process(tmp_path / "run", project=project)


@pytest.fixture
def kept(run: RunContext) -> Callable[[Dataset[Any]], tuple[Dataset[Any], Any]]:
    """Saves a data set in the store, and gives it with its index."""

    def keep(view: Dataset[Any]) -> tuple[Dataset[Any], Any]:
        folder = run.artifacts.stage()
        refs = DatasetCodec().save(view, folder, workdir=run.workdir)
        artifact = run.artifacts.commit(folder, media_type=DatasetCodec.media_type, refs=refs)
        loaded = DatasetCodec().load(artifact.folder, artifact=ArtifactId(artifact.id))
        return loaded, read_index(run.resolve(loaded.index))

    return keep


def picture(path: Path, width: int, height: int, *, level: int = 90) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((height, width, 3), level, np.uint8))


def labelled(root: Path, text: str, *, width: int = 40, height: int = 30) -> None:
    for number in range(2):
        picture(root / f"{number}.png", width, height, level=number)
    (root / "label.txt").write_text(text, encoding="utf-8")


def identity(operator: Operator[Any, Any], project: Path, **settings: Any) -> str | None:
    assert operator.identity is not None
    model = operator.settings_type(**settings)
    return operator.identity(**dict(model), project=project)


def test_each_source_gives_pictures_for_its_task() -> None:
    assert {source.id: [port.type for port in source.outputs.values()] for source in SOURCES} == {
        source.id: [Dataset[task]] for source, task in SOURCES.items()
    }
    assert all(source.is_source and source.is_job for source in SOURCES)


def test_objects_of_a_folder_are_listed(run: RunContext, project: Path, kept: Any) -> None:
    text = "0.png,40,30\n2\n1,2,11,12\ncat\n30,20,50,25\ndog\n1.png,40,30\n0\n"
    labelled(project / "pets", text)
    view, index = kept(detection(path="pets", run=run))
    assert (view.task, view.media, view.labels) == ("object_detection", "path:pets", ("cat", "dog"))
    assert view.remarks == (
        "read as rectangles: label.txt has records with rectangles",
        (
            "objects that reach beyond their picture: 1, clipped at its edge; "
            "for instance label.txt:5: 0.png, object 2: it spans 30, 20, 50, 25, "
            "where the picture is 40 × 30"
        ),
        "pictures without objects: 1",
    )
    assert index["path"].to_pylist() == ["0.png", "1.png"]
    found = index["objects"].to_pylist()
    sides = ("label", "left", "top", "right", "bottom")
    assert [[tuple(each[side] for side in sides) for each in objects] for objects in found] == [
        [(0, 1, 2, 11, 12), (1, 30, 20, 40, 25)],
        [],
    ]


def test_a_zip_file_is_unpacked_with_its_annotations(
    run: RunContext, project: Path, kept: Any
) -> None:
    labelled(project / "pets", "0.png,40,30\n1\n1,2,11,12\ncat\n")
    with zipfile.ZipFile(project / "pets.zip", "w") as target:
        for path in sorted((project / "pets").iterdir()):
            target.write(path, f"pets/{path.name}")
        target.writestr("pets/run.sh", "echo")
    view, index = kept(detection(path="pets.zip", run=run))
    (project / "pets.zip").unlink()
    assert (run.resolve(view.media) / "pets/0.png").is_file()
    assert not (run.resolve(view.media) / "pets/run.sh").exists()
    assert [len(objects or ()) for objects in index["objects"].to_pylist()] == [1, 0]
    assert "pictures without annotation: 1 of 2" in view.remarks


def test_outlines_become_labels_of_pixels_beside_the_background(
    run: RunContext, project: Path, kept: Any
) -> None:
    labelled(project / "roads", "0.png,40,30\n1\n(0,0),(10,0),(10,10)\nroad\n1.png,40,30\n0\n")
    view, index = kept(segmentation(path="roads", run=run))
    assert view.labels == ("background", "road")
    assert index["mask"].to_pylist() == [None, None]
    (road,) = index["objects"][0].as_py()
    assert (road["label"], road["outlines"]) == (1, [[0, 0, 10, 0, 10, 10]])
    mask = open_samples(view, run.resolve).mask(0)
    assert mask is not None
    # A right triangle: row y is covered from column y on.
    assert [row.nonzero()[0].tolist() for row in mask[:11]] == [
        *(list(range(y, 10)) for y in range(10)),
        [],
    ]


def test_masks_are_used_where_they_are(run: RunContext, project: Path, kept: Any) -> None:
    for number in range(2):
        picture(project / f"data/images/{number}.jpg", 6, 4)
        levels = np.full((4, 6), number + 1, np.uint8)
        (project / "data/masks").mkdir(exist_ok=True)
        cv2.imwrite(str(project / f"data/masks/{number}.png"), levels)
    (project / "data/classes.txt").write_text("ground\nroad\ntree\n")
    view, index = kept(segmentation(path="data", run=run))
    assert view.labels == ("ground", "road", "tree")
    assert index["mask"].to_pylist() == ["masks/0.png", "masks/1.png"]
    before = index["mask_digest"].to_pylist()
    cv2.imwrite(str(project / "data/masks/0.png"), np.zeros((4, 6), np.uint8))
    _, again = kept(segmentation(path="data", run=run))
    assert again["mask_digest"][0].as_py() != before[0]
    assert again["mask_digest"][1].as_py() == before[1]


def test_masks_in_black_and_white_become_outlines(
    run: RunContext, project: Path, kept: Any
) -> None:
    picture(project / "data/images/0.jpg", 6, 4)
    levels = np.zeros((4, 6), np.uint8)
    levels[1:3, 2:5] = 255
    (project / "data/masks").mkdir()
    cv2.imwrite(str(project / "data/masks/0.png"), levels)
    view, index = kept(segmentation(path="data", run=run))
    assert view.labels == ("background", "foreground")
    (found,) = index["objects"][0].as_py()
    assert (found["label"], found["outlines"]) == (1, [[2, 1, 5, 1, 5, 3, 2, 3]])
    assert any("255 is taken for the foreground" in remark for remark in view.remarks)


def test_a_mask_of_another_size_is_refused(run: RunContext, project: Path) -> None:
    picture(project / "data/images/0.jpg", 6, 4)
    (project / "data/masks").mkdir()
    cv2.imwrite(str(project / "data/masks/0.png"), np.zeros((5, 6), np.uint8))
    with pytest.raises(InvalidData) as caught:
        segmentation(path="data", run=run)
    problem, summary = caught.value.diagnostics
    assert (problem.code, problem.place.file) == ("I617", "masks/0.png")
    assert problem.message == (
        "images/0.jpg cannot be used: its mask masks/0.png is 6 × 5 pixels, the picture 6 × 4"
    )
    assert summary.message == "1 entries or pictures cannot be used; usable pictures: 0"


def test_what_is_written_stands_in_for_labels(run: RunContext, project: Path, kept: Any) -> None:
    text = "0.png,40,30\n2\n1,2,11,12\nHello, world\n3,3,9,9\n###\n"
    labelled(project / "signs", text)
    view, index = kept(text_detection(path="signs", format="rectangles", run=run))
    assert view.labels == ()
    found = index["objects"][0].as_py()
    assert [(each["label"], each["text"], each["crowd"]) for each in found] == [
        (None, "Hello, world", False),
        (None, None, True),
    ]


def test_lines_of_text(run: RunContext, project: Path, kept: Any) -> None:
    labelled(project / "lines", "0.png,Hello, world\n1.png,出口\n")
    view, index = kept(text_recognition(path="lines", run=run))
    assert (view.task, index["text"].to_pylist()) == (
        "text_recognition",
        ["Hello, world", "出口"],
    )


@pytest.mark.parametrize(
    ("operator", "folders"), [(enhancement, ("input", "target")), (normals, ("rgb", "normals"))]
)
def test_pairs_of_pictures(
    operator: Any, folders: tuple[str, str], run: RunContext, project: Path, kept: Any
) -> None:
    for part in ("train", "test"):
        for folder in folders:
            picture(project / f"data/{part}/{folder}/1.png", 8, 6)
    picture(project / f"data/train/{folders[0]}/2.png", 8, 6)
    picture(project / f"data/train/{folders[1]}/2.png", 8, 7)
    view, index = kept(operator(path="data", on_bad="skip", run=run))
    assert index["part"].to_pylist() == ["test", "train"]
    assert index["target"].to_pylist() == [f"{p}/{folders[1]}/1.png" for p in ("test", "train")]
    assert sum("targets that do not fit" in remark for remark in view.remarks) == 1


def test_depth_maps_have_a_unit_or_are_in_metres(run: RunContext, project: Path, kept: Any) -> None:
    for number in range(2):
        picture(project / f"data/images/{number}.png", 8, 6)
    (project / "data/depth").mkdir()
    cv2.imwrite(str(project / "data/depth/0.png"), np.full((6, 8), 1500, np.uint16))
    np.save(project / "data/depth/1.npy", np.ones((6, 8), np.float32))
    _, index = kept(depth(path="data", unit=0.01, run=run))
    assert index["target"].to_pylist() == ["depth/0.png", "depth/1.npy"]
    assert index["unit"].to_pylist() == [0.01, None]


def test_videos_and_those_that_do_not_decode(run: RunContext, project: Path, kept: Any) -> None:
    for label in ("jump", "run"):
        path = project / f"data/{label}/1.avi"
        path.parent.mkdir(parents=True)
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 5, (32, 24))
        for level in range(4):
            writer.write(np.full((24, 32, 3), level * 50, np.uint8))
        writer.release()
    (project / "data/run/2.avi").write_bytes(b"RIFF0000AVI ")
    with pytest.raises(InvalidData, match=r"run/2\.avi cannot be used: it cannot be decoded"):
        video(path="data", run=run)
    view, index = kept(video(path="data", on_bad="skip", run=run))
    assert (view.task, view.labels) == ("video_classification", ("jump", "run"))
    sizes = ("path", "label", "width", "height", "frames")
    assert [tuple(row[name] for name in sizes) for row in index.to_pylist()] == [
        ("jump/1.avi", 0, 32, 24, 4),
        ("run/1.avi", 1, 32, 24, 4),
    ]


def test_folders_of_frames_are_videos(run: RunContext, project: Path, kept: Any) -> None:
    for name in ("walk/a/1.png", "walk/a/2.png", "wave/b/1.png"):
        picture(project / "data" / name, 8, 6)
    _, index = kept(video(path="data", run=run))
    assert index["path"].to_pylist() == ["walk/a", "wave/b"]
    assert index["frames"].to_pylist() == [2, 1]


def test_a_changed_label_file_changes_the_identity(project: Path) -> None:
    labelled(project / "pets", "0.png,40,30\n1\n1,2,11,12\ncat\n")
    before = identity(detection, project, path="pets")
    assert identity(detection, project, path="pets") == before
    (project / "pets/label.txt").write_text("0.png,40,30\n1\n1,2,11,13\ncat\n\n")
    assert identity(detection, project, path="pets") != before


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"path": "missing"}, "I001"),
        ({"path": "plain"}, "I601"),
        ({"path": "plain", "format": "text_lines"}, "I605"),
    ],
)
def test_what_cannot_be_read_is_refused_before_anything_runs(
    settings: dict[str, str], code: str, project: Path
) -> None:
    picture(project / "plain/1.png", 4, 4)
    with pytest.raises(InvalidData) as caught:
        identity(detection, project, **settings)
    assert caught.value.diagnostics[0].code == code


def test_pictures_without_annotations_are_read_when_asked_for(
    run: RunContext, project: Path, kept: Any
) -> None:
    picture(project / "plain/1.png", 4, 4)
    _, index = kept(detection(path="plain", format="unlabelled", run=run))
    assert index["objects"].to_pylist() == [None]


def test_the_first_twenty_problems_are_named_and_all_are_counted(
    run: RunContext, project: Path
) -> None:
    picture(project / "data/1.png", 8, 8)
    annotations = [
        {"id": n, "image_id": 1, "category_id": 9, "bbox": [0, 0, 1, 1]} for n in range(25)
    ]
    document = {
        "images": [{"id": 1, "file_name": "1.png", "width": 8, "height": 8}],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "cat"}],
    }
    (project / "data/a.json").write_text(json.dumps(document))
    with pytest.raises(InvalidData) as caught:
        detection(path="data", run=run)
    *problems, summary = caught.value.diagnostics
    places = [problem.place.file for problem in problems]
    assert places == [f"a.json#/annotations/{number}" for number in range(20)]
    assert summary.message == (
        "25 entries or pictures cannot be used (5 more than listed here); usable pictures: 1"
    )
