from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from netloom.cli.main import call

TEXT = "0.png,20,10\n1\n(1,1),(9,1),(9,9)\ncat\n1.png,20,10\n1\n5,5,5,9\ndog\nmissing.png,3,3\n0\n"


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    root = tmp_path / "pets"
    root.mkdir()
    for number in range(2):
        cv2.imwrite(str(root / f"{number}.png"), np.full((10, 20, 3), number, np.uint8))
    (root / "label.txt").write_text(TEXT)
    return root


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def run(*words: str) -> tuple[int, str]:
        code = call(["data", *words])
        return code, capsys.readouterr().out

    return run


def test_import_tells_what_there_is_and_what_is_wrong(labelled: Path, answer: Callable) -> None:
    code, printed = answer("import", str(labelled))
    assert code == 0
    assert printed.splitlines() == [
        f"{labelled} is read as polygons: label.txt has records with polygons.",
        "It could be read as text_polygons, too (--format).",
        "images    2 (none 2)",
        "objects   1",
        "outlines  1",
        "labels    cat, dog",
        "problems  2 left out, 0 mended or kept",
        "  label.txt:9: missing.png: there is no such picture beside the label file (skip)",
        "  label.txt:7: 1.png, object 1: it has no area (skip)",
        "",
        "In a pipeline:",
        f"  images: {{op: data.detection, path: {labelled}, format: polygons}}",
        f"  images: {{op: data.segmentation, path: {labelled}, format: polygons}}",
        f"  images: {{op: data.text_detection, path: {labelled}, format: polygons}}",
    ]


def test_import_decodes_every_picture(labelled: Path, answer: Callable) -> None:
    content = (labelled / "0.png").read_bytes()
    (labelled / "0.png").write_bytes(content[:-20])
    code, printed = answer("import", str(labelled), "--json")
    document = json.loads(printed)
    assert (code, document["images"], document["problems"]["left_out"]) == (0, 1, 3)
    assert document["problems"]["list"][1] == {
        "code": "I613",
        "policy": "skip",
        "file": "label.txt",
        "line": 1,
        "text": "label.txt:1: 0.png: it is damaged, cut short or no image",
    }


def test_convert_writes_all_or_nothing(labelled: Path, tmp_path: Path, answer: Callable) -> None:
    target = tmp_path / "coco"
    code, _ = answer("convert", str(labelled), str(target), "--to", "coco")
    assert code != 0
    assert not target.exists()
    code, printed = answer(
        "convert", str(labelled), str(target), "--to", "coco", "--on-bad", "skip", "--json"
    )
    document = json.loads(printed)
    assert (code, document["from"], document["images"]) == (0, "polygons", 2)
    assert document["counts"] == {"objects": 1, "outlines": 1}
    written = json.loads((target / "annotations/instances.json").read_text())
    assert [each["bbox"] for each in written["annotations"]] == [[1, 1, 8, 8]]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["coco", "pets"]


def test_convert_lists_what_is_lost_and_replaces_only_on_demand(
    labelled: Path, tmp_path: Path, answer: Callable
) -> None:
    target = tmp_path / "voc"
    target.mkdir()
    (target / "mine.txt").write_text("keep")
    words = ("convert", str(labelled), str(target), "--to", "rectangles", "--on-bad", "skip")
    code, _ = answer(*words)
    assert code != 0
    assert [path.name for path in target.iterdir()] == ["mine.txt"]
    code, printed = answer(*words, "--force", "--json")
    assert code == 0
    assert json.loads(printed)["changes"] == ["1 outlines, turned into boxes"]
    assert sorted(path.name for path in target.iterdir()) == ["0.png", "1.png", "label.txt"]


def test_a_target_in_the_source_is_refused(labelled: Path, answer: Callable) -> None:
    code, _ = answer("convert", str(labelled), str(labelled / "new"), "--to", "coco")
    assert code != 0
    assert not (labelled / "new").exists()


def test_an_unknown_folder_is_said_to_be_none_of_the_formats(
    tmp_path: Path, answer: Callable
) -> None:
    (tmp_path / "notes.md").write_text("nothing")
    code, _ = answer("import", str(tmp_path))
    assert code == 2
