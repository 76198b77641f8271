"""Where data sets from elsewhere keep their files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from netloom.data.formats.annotated.annotated_images import AnnotatedImages
from netloom.data.formats.annotated.catalogue import detect
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.mask_files import png_of_levels, usual_palette

Write = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path, write_image: Write) -> Callable[..., AnnotatedImages]:
    """Writes pictures of 10 × 10 pixels and files, and reads the folder as what it is found to be."""

    def build(
        form: str, pictures: list[str], files: dict[str, str | bytes], **said: Any
    ) -> AnnotatedImages:
        for seed, path in enumerate(pictures):
            write_image(tmp_path / "set" / path, width=10, height=10, seed=seed)
        for path, content in files.items():
            (tmp_path / "set" / path).parent.mkdir(parents=True, exist_ok=True)
            encoded = content.encode() if isinstance(content, str) else content
            (tmp_path / "set" / path).write_bytes(encoded)
        folder = SourceFolder.at(tmp_path / "set")
        found = detect(folder).form
        assert found.name == form
        return found.read(folder)

    return build


def parts(found: AnnotatedImages) -> dict[str, Any]:
    assert found.problems == ()
    return {
        image.path: (image.part, [each.label for each in image.objects or ()])
        for image in found.images
    }


def coco(name: str, category: str) -> str:
    return json.dumps(
        {
            "images": [{"id": 0, "file_name": name, "width": 10, "height": 10}],
            "categories": [{"id": 5, "name": category}],
            "annotations": [{"id": 1, "image_id": 0, "category_id": 5, "bbox": [1, 1, 2, 2]}],
        }
    )


def test_coco_with_a_file_in_each_part_folder(make: Any) -> None:
    found = make(
        "coco",
        ["train/a.jpg", "valid/a.jpg"],
        {"train/_annotations.coco.json": coco("a.jpg", "cat"),
         "valid/_annotations.coco.json": coco("a.jpg", "dog")},
    )  # fmt: skip
    assert parts(found) == {"train/a.jpg": ("train", ["cat"]), "valid/a.jpg": ("valid", ["dog"])}
    assert found.labels == ("cat", "dog")


def test_coco_with_the_same_names_in_two_parts_and_files_of_other_kinds(make: Any) -> None:
    found = make(
        "coco",
        ["images/train2017/1.jpg", "images/val2017/1.jpg"],
        {
            "annotations/instances_train2017.json": coco("1.jpg", "cat"),
            "annotations/instances_val2017.json": coco("1.jpg", "cat"),
            "annotations/person_keypoints_val2017.json": coco("1.jpg", "person"),
        },
    )
    assert parts(found) == {
        "images/train2017/1.jpg": ("train", ["cat"]),
        "images/val2017/1.jpg": ("valid", ["cat"]),
    }
    assert found.remarks == ("ignored files of keypoints, captions or other kinds: 1",)


def test_yolo_with_parts_around_images_and_labels(make: Any) -> None:
    found = make(
        "yolo",
        ["train/images/a.jpg", "valid/images/b.jpg"],
        {
            "data.yaml": "train: ../train/images\nval: ../valid/images\nnc: 2\nnames: {0: cat, 1: dog}",
            "train/labels/a.txt": "1 0.5 0.5 0.2 0.2\n",
            "valid/labels/b.txt": "",
        },
    )
    assert parts(found) == {
        "train/images/a.jpg": ("train", ["dog"]),
        "valid/images/b.jpg": ("valid", []),
    }
    assert found.labels == ("cat", "dog")


def test_yolo_with_lists_of_pictures(make: Any) -> None:
    found = make(
        "yolo",
        ["images/a.jpg", "images/b.jpg", "images/c.jpg"],
        {
            "my.yaml": "path: ../datasets/my\ntrain: train.txt\nval: val.txt\nnames: [cat]\n",
            "train.txt": "./images/a.jpg\n./images/b.jpg\n",
            "val.txt": "/home/me/datasets/my/images/c.jpg\n",
            "labels/a.txt": "0 0.5 0.5 0.2 0.2",
            "labels/c.txt": "0 0.5 0.5 0.2 0.2",
        },
    )
    assert parts(found) == {
        "images/a.jpg": ("train", ["cat"]),
        "images/b.jpg": ("train", []),
        "images/c.jpg": ("valid", ["cat"]),
    }


def test_voc_inside_its_usual_folders_with_masks(make: Any) -> None:
    levels = np.zeros((10, 10), np.uint8)
    levels[2:4, 3:5], levels[0, 0] = 15, 255
    root = "VOCdevkit/VOC2012"
    found = make(
        "voc",
        [
            f"{root}/JPEGImages/a.jpg",
            f"{root}/JPEGImages/b.jpg",
            f"{root}/SegmentationObject/a.png",
        ],
        {
            f"{root}/Annotations/a.xml": "<annotation><filename>x.jpg</filename></annotation>",
            f"{root}/SegmentationClass/a.png": png_of_levels(levels, palette=usual_palette()),
            f"{root}/ImageSets/Segmentation/val.txt": "a\n",
        },
    )
    assert parts(found) == {
        f"{root}/JPEGImages/a.jpg": ("valid", []),
        f"{root}/JPEGImages/b.jpg": (None, []),
    }
    assert found.labels[15] == "person"
    assert found.images[0].mask == f"{root}/SegmentationClass/a.png"
    assert "ignored masks of single objects: 1" in found.remarks


def test_voc_with_masks_in_colour_and_a_list_of_labels(make: Any) -> None:
    colours = np.zeros((10, 10, 3), np.uint8)
    colours[2:4, 3:6] = (10, 200, 30)
    colours[9, 9] = (1, 1, 2)  # nobody has explained it
    encoded = cv2.imencode(".png", colours[:, :, ::-1])[1].tobytes()
    found = make(
        "voc",
        ["JPEGImages/a.jpg"],
        {
            "SegmentationClass/a.png": encoded,
            "labelmap.txt": "# label:color_rgb:parts:actions\nbackground:0,0,0::\nroad:10,200,30::\n",
        },
    )
    assert found.labels == ("background", "road")
    road, unknown = found.images[0].objects or ()
    assert (road.label, road.outlines) == ("road", (((3, 2), (6, 2), (6, 4), (3, 4)),))
    assert (unknown.label, unknown.outlines) == (None, (((9, 9), (10, 9), (10, 10), (9, 10)),))


def test_masks_with_endings_in_part_folders(make: Any) -> None:
    levels = png_of_levels(np.full((10, 10), 1, np.uint8))
    found = make(
        "masks",
        ["train/images/a.jpg", "val/images/b.jpg"],
        {"train/masks/a_mask.png": levels, "val/masks/b_mask.png": levels},
    )
    assert {image.path: (image.part, image.mask) for image in found.images} == {
        "train/images/a.jpg": ("train", "train/masks/a_mask.png"),
        "val/images/b.jpg": ("valid", "val/masks/b_mask.png"),
    }
    assert found.labels == ("background", "1")


@pytest.mark.parametrize(
    ("used", "labels", "remark"),
    [
        ([0, 85, 170, 255], ("background", "85", "170"), "masks use the levels [0, 85, 170]"),
        ([0, 1, 2, 255], ("background", "1", "2"), None),
        ([0, 255], ("background", "foreground"), "255 is taken for the foreground"),
    ],
)
def test_levels_of_masks_are_understood(
    used: list[int], labels: tuple[str, ...], remark: str | None, make: Any
) -> None:
    levels = np.resize(np.array(used, np.uint8), (10, 10))
    found = make("masks", ["images/a.jpg"], {"masks/a.png": png_of_levels(levels)})
    assert found.labels == labels
    assert (remark is None) == (found.remarks == ())
    assert remark is None or remark in found.remarks[0]


@pytest.mark.parametrize(
    "values",
    [
        {"bbox": [1, None, 2, 2]},
        {"bbox": ["1", "1", "2", "2"]},
        {"bbox": [1, float("nan"), 2, 2]},
        {"bbox": [1, 1, float("inf"), 2]},
        {"bbox": {"x": 1}},
        {"bbox": [1, 1, 2, 2], "segmentation": [[1, 1, 2, None, 3, 3]]},
        {"bbox": [1, 1, 2, 2], "segmentation": [["1", "1", "2", "2", "3", "3"]]},
        {"bbox": [1, 1, 2, 2], "segmentation": [1, 1, 2, 2, 3, 3]},
        {"bbox": [1, 1, 2, 2], "segmentation": {"size": [10, 10], "counts": "£"}},
    ],
)
def test_coordinates_that_are_no_numbers_cost_their_object(
    values: dict[str, Any], make: Any
) -> None:
    document = json.loads(coco("a.jpg", "cat"))
    document["annotations"].append({"id": 2, "image_id": 0, "category_id": 5, **values})
    found = make("coco", ["a.jpg"], {"a.json": json.dumps(document)})
    assert [problem.kind.code for problem in found.problems] == ["I610"]
    assert [len(image.objects or ()) for image in found.images] == [1]
