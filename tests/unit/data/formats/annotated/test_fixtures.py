"""Files as other programs and people write them, and everything that is wrong with them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from netloom.data.annotations import AnnotatedImage, Box
from netloom.data.formats.annotated.annotated_images import AnnotatedImages
from netloom.data.formats.annotated.catalogue import detect
from netloom.data.formats.annotated.json_places import with_lines
from netloom.data.formats.annotated.rewriting import checked_with_headers
from netloom.data.formats.annotated.source_folder import SourceFolder

FIXTURES = Path(__file__).parents[4] / "fixtures" / "formats"
COCO_FILE = "annotations/instances_train2017.json"


@dataclass(frozen=True)
class Seen:
    """A fixture as it was read and checked."""

    found: AnnotatedImages
    problems: list[tuple[str, str]]

    @property
    def images(self) -> dict[str, AnnotatedImage]:
        return {image.path: image for image in self.found.images}

    def boxes(self, path: str) -> list[tuple[Any, ...]]:
        return [(each.label, *map(float, each.box)) for each in self.images[path].objects or ()]


@pytest.fixture
def seen(tmp_path: Path, write_image: Callable[..., Path]) -> Callable[..., Seen]:
    """Copies a fixture, makes the pictures that it lists, and reads it in the form that it is found to be."""

    def read(name: str, *, compact: bool = False) -> Seen:
        root = tmp_path / f"{name}{compact:d}"
        shutil.copytree(FIXTURES / name, root)
        pictures = root / "pictures.list"
        for seed, line in enumerate(pictures.read_text(encoding="utf-8").splitlines()):
            path, _, size = line.rpartition(" ")
            width, height = size.split("x")
            write_image(root / path, width=int(width), height=int(height), seed=seed)
        pictures.unlink()
        if compact:
            for file in root.rglob("*.json"):
                file.write_text(json.dumps(json.loads(file.read_text())))
        folder = SourceFolder.at(root)
        form = detect(folder).form
        assert form.name == name
        found, faults = checked_with_headers(form.read(folder))
        problems = with_lines([*found.problems, *faults], folder)
        return Seen(found, [(each.kind.policy, str(each)) for each in problems])

    return read


def test_label_text_with_rectangles(seen: Callable[..., Seen]) -> None:
    given = seen("rectangles")
    assert given.found.labels == ("cat", "dog")
    assert {path: given.boxes(path) for path in given.images} == {
        "photos/1.jpg": [
            ("cat", 13, 13, 28, 29),
            ("dog", 10, 10, 20, 20),
            ("cat", 50, 10, 60, 20),
        ],
        "photos/2.jpg": [("cat", 10, 10, 20, 20)],
        "photos/3.jpg": [("cat", 0, 0, 5, 5)],
        "photos/4.jpg": [],
        "photos/5.png": [],
    }
    assert given.images["photos/4.jpg"].objects == ()
    assert given.images["photos/5.png"].objects is None
    assert given.problems == [
        (
            "skip",
            "label.txt:16: photos/missing.jpg: there is no such picture beside the label file",
        ),
        (
            "skip",
            "label.txt:22: photos/3.jpg: '1,2,three,4' is neither a rectangle nor a polygon",
        ),
        ("skip", "label.txt:25: photos/1.jpg: line 1 lists it already"),
        (
            "clip",
            (
                "label.txt:7: photos/1.jpg, object 3: it spans 50, 10, 70, 20, "
                "where the picture is 60 × 40"
            ),
        ),
        (
            "mend",
            (
                "label.txt:10: photos/2.jpg: it is 30 × 30 pixels, where 31 × 30 are said; "
                "the picture counts"
            ),
        ),
        ("mend", "label.txt:12: photos/2.jpg, object 1: its sides are exchanged"),
        ("skip", "label.txt:14: photos/2.jpg, object 2: it has no area"),
    ]
    assert given.found.remarks == (
        (
            "records that announce another number of objects than they have: 1, "
            "for instance label.txt:20: 2, and 1 follow"
        ),
        "lines with dots alone, which were ignored: 1, for instance label.txt:29",
        (
            "pictures in no label.txt, in which nobody has looked for objects: 1, "
            "for instance photos/5.png"
        ),
        (
            "files found by the end of their path or in another spelling: 1, "
            "for instance photos/2.jpg for photos\\2.JPG"
        ),
    )


def test_label_text_with_polygons(seen: Callable[..., Seen]) -> None:
    given = seen("polygons")
    assert given.boxes("a.png") == [("road", 0, 0, 10, 10), ("car", 0, 0, 20, 20)]
    (clipped,) = given.images["b.png"].objects or ()
    assert (clipped.box, clipped.outlines) == (
        Box(0, 0, 20, 20),
        (((0, 0), (20, 0), (20, 20), (0, 20)),),
    )
    assert given.problems == [
        ("skip", "label.txt:5: a.png, object 2: an outline has 2 corners"),
        (
            "clip",
            "label.txt:11: b.png, object 1: it spans -5, -5, 20, 20, where the picture is 40 × 40",
        ),
        ("keep", "label.txt:7: a.png, object 2: an outline crosses itself"),
    ]
    assert given.found.remarks == (
        (
            "records that announce another number of objects than they have: 1, "
            "for instance label.txt:1: 3, and 2 follow"
        ),
    )


def test_text_lines_in_gbk(seen: Callable[..., Seen]) -> None:
    given = seen("text_lines")
    assert {path: image.text for path, image in given.images.items()} == {
        "1.jpg": "价格：10,5 元",
        "2.jpg": "出口",
        "3.jpg": None,
    }
    assert given.problems == [
        ("skip", "label.txt:3: the line: 'nothing here' is no path and text"),
        ("skip", "label.txt:4: 9.jpg: there is no such picture beside the label file"),
        ("skip", "label.txt:5: 1.jpg: line 1 lists it already"),
    ]


def test_coco(seen: Callable[..., Seen]) -> None:
    given = seen("coco")
    assert given.found.labels == ("person", "bicycle")
    assert [image.part for image in given.found.images] == ["train"] * 3
    assert {path: given.boxes(path) for path in given.images} == {
        "train2017/1.jpg": [("person", 1, 2, 11, 22)],
        "train2017/2.jpg": [("bicycle", 20, 20, 32, 25)],
        "train2017/3.jpg": [("bicycle", 1, 1, 3, 3)],
    }
    (runs,) = given.images["train2017/3.jpg"].objects or ()
    assert (runs.outlines, runs.is_crowd) == (((Box(1, 1, 3, 3).ring),), True)
    told = [
        (12, "annotation 2: there is no category with id 99"),
        (13, "annotation 3: there is no image with id 70"),
        (19, "annotation 8: its mask is 4 × 4 pixels, its picture 16 × 16"),
        (21, "annotation 9: its box is no list of left, top, width and height"),
        (23, "annotation 10: an outline has an odd number of coordinates"),
    ]
    assert given.problems == [
        *(("skip", f"{COCO_FILE}:{line}: {text}") for line, text in told),
        ("skip", f"{COCO_FILE}:6: gone.jpg: there is no such picture"),
        (
            "mend",
            (
                f"{COCO_FILE}:5: train2017/2.jpg: it is 32 × 32 pixels, where 30 × 32 are said; "
                "the picture counts"
            ),
        ),
        (
            "clip",
            (
                f"{COCO_FILE}:14: train2017/2.jpg, object 1: it spans 20, 20, 40, 25, "
                "where the picture is 32 × 32"
            ),
        ),
        ("skip", f"{COCO_FILE}:15: train2017/2.jpg, object 2: it has no area"),
        ("skip", f"{COCO_FILE}:16: train2017/2.jpg, object 3: an outline has 2 corners"),
    ]
    assert given.found.remarks == (
        "ignored keypoints of objects: 1",
        (
            "files found by the end of their path or in another spelling: 1, "
            "for instance train2017/2.jpg for /home/me/data/train2017/2.jpg"
        ),
    )


def test_coco_in_one_line_tells_places_in_its_lists(seen: Callable[..., Seen]) -> None:
    lines, pointers = seen("coco"), seen("coco", compact=True)
    places = [text.split(": ")[0] for _, text in pointers.problems]
    assert places == [
        *(f"{COCO_FILE}#/annotations/{number}" for number in (1, 2, 7, 8, 9)),
        f"{COCO_FILE}#/images/2",
        f"{COCO_FILE}#/images/1",
        *(f"{COCO_FILE}#/annotations/{number}" for number in (3, 4, 5)),
    ]
    assert [text.split(": ", 1)[1] for _, text in pointers.problems] == [
        text.split(": ", 1)[1] for _, text in lines.problems
    ]
    assert pointers.found.images == lines.found.images


def test_label_studio_in_one_line_tells_positions_of_tasks(seen: Callable[..., Seen]) -> None:
    given = seen("label_studio", compact=True)
    places = [text.split(": ")[0] for _, text in given.problems]
    assert places == [f"export.json#/{number}" for number in (0, 2, 3, 4, 0)]


def test_voc(seen: Callable[..., Seen]) -> None:
    given = seen("voc")
    assert [image.part for image in given.found.images] == ["train", "valid", None]
    # Boxes count from pixel 1, and their last pixel belongs to them.
    assert given.boxes("JPEGImages/2007_01.jpg") == [("cat", 0, 0, 10, 20), ("dog", 29, 4, 50, 30)]
    cat, _ = given.images["JPEGImages/2007_01.jpg"].objects or ()
    assert cat.attributes == {"pose": "Left", "difficult": "1"}
    assert given.images["JPEGImages/2007_02.jpg"].objects == ()
    assert given.images["JPEGImages/2007_03.jpg"].objects is None
    assert given.problems == [
        (
            "skip",
            (
                "Annotations/2007_01.xml:18: JPEGImages/2007_01.jpg, object 3: "
                "its box is missing or holds no numbers"
            ),
        ),
        ("skip", "Annotations/2007_09.xml:1: 2007_09.jpg: there is no such picture"),
        (
            "skip",
            (
                "Annotations/2007_10.xml: Annotations/2007_10.xml: "
                "it is no XML: mismatched tag in line 3"
            ),
        ),
        (
            "clip",
            (
                "Annotations/2007_01.xml:14: JPEGImages/2007_01.jpg, object 2: "
                "it spans 29, 4, 60, 30, where the picture is 50 × 40"
            ),
        ),
    ]


def test_yolo(seen: Callable[..., Seen]) -> None:
    given = seen("yolo")
    assert given.found.labels == ("cat", "dog")
    assert {path: image.part for path, image in given.images.items()} == {
        "images/train/a.jpg": "train",
        "images/train/b.jpg": "train",
        "images/val/c.jpg": "valid",
    }
    assert given.boxes("images/train/a.jpg") == [
        ("cat", 40, 15, 60, 35),
        ("dog", 85, 15, 100, 35),
        ("dog", 45, 22.5, pytest.approx(55), pytest.approx(27.5)),
    ]
    assert given.images["images/train/b.jpg"].objects == ()
    assert given.images["images/val/c.jpg"].objects is None
    file = "labels/train/a.txt"
    assert given.problems == [
        ("skip", f"{file}:3: images/train/a.jpg: there is no class 7"),
        (
            "skip",
            f"{file}:4: images/train/a.jpg: 2 numbers are neither a box nor an outline",
        ),
        (
            "skip",
            f"{file}:5: images/train/a.jpg: 'cat 0.1 0.1 0.1 0.1' is no list of numbers",
        ),
        (
            "clip",
            (
                f"{file}:2: images/train/a.jpg, object 2: it spans 85, 15, 105, 35, "
                "where the picture is 100 × 50"
            ),
        ),
        ("skip", f"{file}:8: images/train/a.jpg, object 4: it has no area"),
    ]
    assert given.found.remarks == (
        "ignored confidences behind boxes: 1",
        (
            "pictures without a label file, which count as pictures without objects: 1, "
            "for instance images/train/b.jpg"
        ),
    )


def test_yolo_outlines_without_a_description(seen: Callable[..., Seen]) -> None:
    given = seen("yolo_segment")
    assert given.found.labels == ("leaf", "stone")
    (leaf,) = given.images["images/x.png"].objects or ()
    assert leaf.outlines == (((0, 0), (10, 0), (10, 10)),)
    assert given.problems == [
        ("skip", "labels/x.txt:2: images/x.png: 3 numbers are neither a box nor an outline")
    ]


def test_cvat(seen: Callable[..., Seen]) -> None:
    given = seen("cvat")
    assert given.found.labels == ("car", "night")
    assert given.images["images/frame_0.png"].label == "night"
    box, polygon, mask, turned = given.images["images/frame_0.png"].objects or ()
    assert (box.box, box.attributes) == (Box(1.5, 2, 10, 12), {"colour": "red", "occluded": "1"})
    assert polygon.outlines == (((0, 0), (10, 0), (10, 10)),)
    assert mask.outlines == (((5, 5), (7, 5), (7, 7), (6, 7), (6, 6), (5, 6)),)
    assert turned.box == Box(15, 5, 25, 25)
    assert given.problems == [
        (
            "skip",
            "annotations.xml:20: frame_0.png, object 6: 'van' is not among the labels of the file",
        ),
        (
            "skip",
            "annotations.xml:21: frame_0.png, object 7: its coordinates are missing or no numbers",
        ),
        (
            "skip",
            (
                "annotations.xml:23: frame_0.png, object 9: "
                "its mask cannot be read: the lengths do not fill the box"
            ),
        ),
        ("skip", "annotations.xml:28: frame_2.png: there is no such picture"),
        (
            "mend",
            (
                "annotations.xml:26: images/frame_1.png: it is 40 × 30 pixels, "
                "where 41 × 30 are said; the picture counts"
            ),
        ),
    ]
    assert given.found.remarks == (
        "shapes that no task uses: 2, for instance annotations.xml:17: polyline",
        (
            "files found by the end of their path or in another spelling: 1, "
            "for instance images/frame_1.png for sub/frame_1.png"
        ),
    )


def test_label_studio(seen: Callable[..., Seen]) -> None:
    given = seen("label_studio")
    plate, turned = given.images["plate one.jpg"].objects or ()
    assert (plate.label, plate.box, plate.text) == ("plate", Box(20, 20, 70, 50), "浙A 12345")
    # Turned by a right angle about its top left corner.
    assert [tuple(map(round, corner)) for corner in turned.outlines[0]] == [
        (100, 50),
        (100, 70),
        (90, 70),
        (90, 50),
    ]
    assert given.images["plate one.jpg"].label == "rain"
    assert given.images["2.png"].objects is None
    assert given.images["3.png"].part == "valid"
    assert given.problems == [
        (
            "skip",
            "export.json:2: plate one.jpg, result 6: its coordinates are missing or no numbers",
        ),
        (
            "skip",
            "export.json:24: /data/local-files/?d=elsewhere/4.png: there is no such picture",
        ),
        ("skip", "export.json:25: a task: it names no picture"),
        (
            "skip",
            "export.json:26: 3.png, result 1: its brush strokes fill no picture of 50 × 50 pixels",
        ),
        ("skip", "export.json:2: plate one.jpg, object 3: an outline has 2 corners"),
    ]


def test_json_lines(seen: Callable[..., Seen]) -> None:
    given = seen("jsonl")
    assert given.boxes("a.png") == [("cat", 1, 2, 3, 4)]
    known = "train, training, valid, val, validation, dev, test, testing"
    assert given.problems == [
        ("skip", "data.jsonl:1: a.png, object 2: 'cow' is not in classes.txt"),
        ("skip", "data.jsonl:1: a.png, object 3: it has neither a box nor outlines"),
        ("skip", "data.jsonl:1: a.png, object 4: '1' is no number"),
        ("skip", f"data.jsonl:2: b.png: its part is 'trian', which is none of {known}"),
        ("skip", "data.jsonl:3: c.png: there is no such picture"),
        ("skip", "data.jsonl:4: row 4: it is no JSON: Expecting value: line 1 column 1 (char 0)"),
        ("skip", "data.jsonl:5: a.png: line 1 lists it already"),
        ("skip", "data.jsonl:6: b.png: its mask masks/b.png does not exist"),
    ]


def test_csv(seen: Callable[..., Seen]) -> None:
    given = seen("csv")
    assert given.images["a.png"].text == "Hello, world"
    assert given.boxes("b.png") == [("cat", 0, 0, 5, 5)]
    assert given.problems == []


def test_pairs(seen: Callable[..., Seen]) -> None:
    given = seen("pairs")
    assert {path: (image.part, image.target) for path, image in given.images.items()} == {
        "train/input/1.png": ("train", "train/target/1.png"),
        "test/input/3.png": ("test", "test/target/3.png"),
    }
    assert given.problems == [
        (
            "skip",
            "train/input/2.png: train/input/2.png: it has no counterpart of the same name",
        ),
        ("skip", "test/target/4.png: test/target/4.png: it is the counterpart of no picture"),
    ]
