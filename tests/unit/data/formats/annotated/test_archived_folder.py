"""The source for a zip file is suggested by what lies in it, without unpacking it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import PIL.Image
import pytest

from netloom.core.reporter import SilentReporter
from netloom.data.formats.annotated.archived_folder import ArchivedFolder, suggested_source
from netloom.data.zip_survey import survey_zip

COCO = json.dumps(
    {
        "images": [{"id": 1, "file_name": "1.png", "width": 8, "height": 6}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [],
    }
)
VOC = "<annotation><filename>1.png</filename></annotation>"


def archive(folder: Path, files: dict[str, str | bytes]) -> Path:
    path = folder / "sent.zip"
    with zipfile.ZipFile(path, "w") as target:
        for name, content in files.items():
            target.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("files", "form", "operator"),
    [
        ({"a/images/1.png": "", "a/annotations.json": COCO}, "coco", "data.detection"),
        ({"JPEGImages/1.png": "", "Annotations/1.xml": VOC}, "voc", "data.detection"),
        ({"JPEGImages/1.jpg": "", "SegmentationClass/1.png": ""}, "voc", "data.segmentation"),
        ({"images/1.png": "", "labels/1.txt": "0 .5 .5 .2 .2"}, "yolo", "data.detection"),
        (
            {"images/1.png": "", "labels/1.txt": "0 .1 .1 .5 .1 .5 .5"},
            "yolo_segment",
            "data.segmentation",
        ),
        ({"images/1.png": "", "masks/1.png": ""}, "masks", "data.segmentation"),
        ({"train/input/1.png": "", "train/target/1.png": ""}, "pairs", "data.enhancement"),
        ({"images/1.png": "", "depth/1.png": ""}, "depth", "data.depth"),
        (
            {"1.png": "", "all.jsonl": '{"path": "1.png", "objects": []}'},
            "jsonl",
            "data.detection",
        ),
        ({"1.png": "", "all.csv": "path,text\n1.png,hello"}, "csv", "data.text_recognition"),
    ],
)
def test_each_form_has_its_source(
    tmp_path: Path, files: dict[str, str | bytes], form: str, operator: str
) -> None:
    path = archive(tmp_path, files)
    with zipfile.ZipFile(path) as opened:
        found = suggested_source(ArchivedFolder.within(opened, path))
    assert found is not None
    assert (found.form, found.operator) == (form, operator)


@pytest.mark.parametrize(
    "files",
    [
        {"1.png": "", "2.png": ""},
        {"cat/1.png": "", "dog/2.png": ""},
        {"1.png": "", "all.csv": "path,label\n1.png,cat"},
        {"1.png": "", "broken.json": "{"},
    ],
)
def test_pictures_alone_or_in_class_folders_need_no_other(
    tmp_path: Path, files: dict[str, str | bytes]
) -> None:
    path = archive(tmp_path, files)
    with zipfile.ZipFile(path) as opened:
        assert suggested_source(ArchivedFolder.within(opened, path)) is None


def test_a_survey_takes_no_folder_of_annotated_pictures_for_a_class(tmp_path: Path) -> None:
    PIL.Image.new("RGB", (8, 6), "red").save(tmp_path / "red.png")
    content = (tmp_path / "red.png").read_bytes()
    path = archive(tmp_path, {"images/1.png": content, "ann/all.json": COCO})
    findings = survey_zip(path, tmp_path / "samples.db", reporter=SilentReporter(tmp_path))
    assert findings["annotations"]["operator"] == "data.detection"
    assert findings["annotations"]["form"] == "coco"
    assert (findings["classes"], findings["layout"], findings["num_images"]) == ([], "none", 1)
