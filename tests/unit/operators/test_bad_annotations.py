"""Every kind of bad input, under every policy: what is said of it, where, and how often."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from netloom.core.errors import InvalidData
from netloom.data.datasets import open_samples
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.models.architecture import Architecture
from netloom.models.network import build_network
from netloom.models.reading_spec import AttentionReading, Reading, StepReading
from netloom.models.spec import ConvNet
from netloom.operators.data_annotated import (
    depth,
    detection,
    enhancement,
    segmentation,
    text_recognition,
    video,
)
from netloom.operators.models_reading import text_recognizer
from netloom.tasks.catalogue import described_head, task_for
from netloom.tasks.label_space import relabelled
from netloom.tasks.loss_choice import losses_of
from netloom.tasks.protocol import learning_inputs

GOOD = "good.png"
"""A picture that stays usable in every row, so that something is left."""
Source = Callable[..., Dataset[Any]]


def picture(width: int = 10, height: int = 8) -> bytes:
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return cv2.imencode(".png", pixels)[1].tobytes()


def levels(width: int = 10, height: int = 8, level: int = 1) -> bytes:
    return cv2.imencode(".png", np.full((height, width), level, np.uint8))[1].tobytes()


def coco(*annotations: Mapping[str, Any]) -> bytes:
    """A file in one line: picture 0 is good, and the first annotation belongs to it."""
    square = [1, 1, 5, 1, 5, 5, 1, 5]
    first = {"image_id": 0, "category_id": 0, "bbox": [1, 1, 4, 4], "segmentation": [square]}
    document = {
        "images": [
            {"id": number, "file_name": name, "width": 10, "height": 8}
            for number, name in enumerate((GOOD, "1.png"))
        ],
        "categories": [{"id": 0, "name": "cat"}],
        "annotations": [
            first,
            *({"image_id": 1, "category_id": 0, "iscrowd": 0} | dict(each) for each in annotations),
        ],
    }
    return json.dumps(document).encode()


def lines(*said: str) -> bytes:
    return "\n".join([f"{GOOD},10,8", "1", "1,1,5,5", "cat", *said]).encode()


@dataclass(frozen=True)
class Bad:
    """One kind of bad input.

    Attributes:
        code: Of the problem.
        place: File and line, or position in a list.
        reason: What is said.
        becomes: What becomes of it; None if it is left out.
        is_picture: The whole picture is left out, not only an object.
    """

    source: Source
    files: Mapping[str, bytes]
    code: str
    place: str
    reason: str
    becomes: str | None = None
    is_picture: bool = False


def boxed(code: str, reason: str, box: list[float], becomes: str | None = None) -> Bad:
    files = {"a.json": coco({"bbox": box}), "1.png": picture()}
    return Bad(detection, files, code, "a.json#/annotations/1", reason, becomes)


def ringed(code: str, reason: str, ring: list[Any], becomes: str | None = None) -> Bad:
    files = {"a.json": coco({"segmentation": [ring]}), "1.png": picture()}
    place = "a.json#/annotations/1"
    return Bad(segmentation, files, code, place, reason, becomes)


PAIR = {"input/good.png": picture(), "target/good.png": picture()}
MASK = {
    "images/good.png": picture(),
    "masks/good.png": levels(),
    "classes.txt": b"background\ncat",
}
ROWS: dict[str, Bad] = {
    "a box that reaches beyond its picture": boxed(
        "I621", "it spans 6, 2, 16, 5, where the picture is 10 × 8", [6, 2, 10, 3], "clipped"
    ),
    "a box outside its picture": boxed("I615", "it lies outside its picture", [20, 2, 3, 3]),
    "an inverted box": boxed("I622", "its sides are exchanged", [6, 6, -4, -3], "corrected"),
    "a box without area": boxed("I615", "it has no area", [6, 2, 0, 3]),
    "a box of three numbers": boxed(
        "I610", "its box is no list of left, top, width and height", [1, 2, 3]
    ),
    "a box of infinite size": boxed(
        "I610", "its box is no list of left, top, width and height", [1, 2, 3, float("inf")]
    ),
    "an outline with two corners": ringed("I616", "an outline has 2 corners", [1, 1, 5, 5]),
    "an outline that crosses itself": ringed(
        "I624", "an outline crosses itself", [1, 1, 5, 5, 5, 1, 1, 5], "kept as they are"
    ),
    "an outline with a missing number": ringed(
        "I610", "an outline has an odd number of coordinates", [1, 1, 5, 5, 5]
    ),
    "an outline of texts": ringed(
        "I610", "its outlines are no lists of numbers", ["1", "1", "5", "5", "5", "1"]
    ),
    "a box where an outline is needed": Bad(
        segmentation,
        {"a.json": coco({"bbox": [1, 1, 4, 4]}), "1.png": picture()},
        "I620",
        "a.json#/annotations/1",
        "only its box is known, and segmentation needs an outline",
    ),
    "a label that no file declares": Bad(
        detection,
        {"a.json": coco({"bbox": [1, 1, 4, 4], "category_id": 7}), "1.png": picture()},
        "I614",
        "a.json#/annotations/1",
        "there is no category with id 7",
    ),
    "a label that is not in the label space": Bad(
        detection,
        {
            "data.jsonl": b'{"path": "good.png", "objects": [{"label": "cat", "box": [1,1,5,5]}]}\n'
            b'{"path": "1.png", "objects": [{"label": "cow", "box": [1, 1, 4, 4]}]}',
            "classes.txt": b"cat",
            "1.png": picture(),
        },
        "I614",
        "data.jsonl:2",
        "'cow' is not in classes.txt",
    ),
    "a missing picture": Bad(
        detection, {"a.json": coco()}, "I611", "a.json#/images/1", "there is no such picture"
    ),
    "a picture that is listed twice": Bad(
        detection,
        {"label.txt": lines(f"{GOOD},10,8", "0")},
        "I612",
        "label.txt:5",
        "line 1 lists it already",
    ),
    "a picture that cannot be decoded": Bad(
        detection,
        {"label.txt": lines("bad.png,10,8", "0"), "bad.png": picture()[:40]},
        "I613",
        "label.txt:5",
        "it is damaged, cut short or no image",
        is_picture=True,
    ),
    "a picture of another size than is said": Bad(
        detection,
        {"label.txt": lines("1.png,10,8", "0"), "1.png": picture(12, 8)},
        "I623",
        "label.txt:5",
        "it is 12 × 8 pixels, where 10 × 8 are said; the picture counts",
        "corrected",
    ),
    "a line that is no rectangle": Bad(
        detection,
        {"label.txt": lines("1.png,10,8", "1", "1,1,x,5", "cat"), "1.png": picture()},
        "I610",
        "label.txt:7",
        "'1,1,x,5' is neither a rectangle nor a polygon",
    ),
    "a mask of another size": Bad(
        segmentation,
        {**MASK, "images/1.png": picture(), "masks/1.png": levels(5, 4)},
        "I617",
        "masks/1.png",
        "its mask masks/1.png is 5 × 4 pixels, the picture 10 × 8",
        is_picture=True,
    ),
    "a mask with a level that is no label": Bad(
        segmentation,
        {**MASK, "images/1.png": picture(), "masks/1.png": levels(level=9)},
        "I617",
        "masks/1.png",
        "its mask masks/1.png has the level 9, and there are 2 labels",
        is_picture=True,
    ),
    "a run-length mask of another size": Bad(
        segmentation,
        {
            "a.json": coco({"segmentation": {"size": [4, 4], "counts": [0, 16]}}),
            "1.png": picture(),
        },
        "I617",
        "a.json#/annotations/1",
        "its mask is 4 × 4 pixels, its picture 10 × 8",
    ),
    "a picture without its counterpart": Bad(
        enhancement,
        {**PAIR, "input/1.png": picture()},
        "I618",
        "input/1.png",
        "it has no counterpart of the same name",
    ),
    "a counterpart without its picture": Bad(
        enhancement,
        {**PAIR, "target/1.png": picture()},
        "I618",
        "target/1.png",
        "it is the counterpart of no picture",
    ),
    "a counterpart of another size": Bad(
        enhancement,
        {**PAIR, "input/1.png": picture(), "target/1.png": picture(5, 4)},
        "I625",
        "input/1.png",
        "its target target/1.png is 5 × 4 pixels, the picture 10 × 8",
        is_picture=True,
    ),
    "a depth map in colour": Bad(
        depth,
        {
            "images/good.png": picture(),
            "depth/good.png": levels(),
            "images/1.png": picture(),
            "depth/1.png": picture(),
        },
        "I625",
        "images/1.png",
        "its target depth/1.png: it is a picture in colour, where a depth has one level",
        is_picture=True,
    ),
    "a line without a text": Bad(
        text_recognition,
        {
            "label.txt": b"good.png,Hello\nnothing here\n1.png,a\n2.png,b",
            "1.png": picture(),
            "2.png": picture(),
        },
        "I610",
        "label.txt:2",
        "'nothing here' is no path and text",
    ),
    "a video that does not decode": Bad(
        video,
        {
            "run/good/1.png": picture(),
            "run/good/2.png": picture(),
            "jump/bad/1.png": picture(),
            "jump/bad/2.png": picture()[:40],
        },
        "I619",
        "jump/bad",
        "its frame jump/bad/2.png: it is damaged, cut short or no image",
        is_picture=True,
    ),
}


@pytest.fixture
def given(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Bad, RunContext]:
    bad: Bad = request.param
    root = tmp_path / "project" / "data"
    root.mkdir(parents=True)
    has_folders = any("/" in name for name in bad.files)
    files = dict(bad.files) if has_folders else {GOOD: picture(), **bad.files}
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return bad, RunContext.in_process(tmp_path / "run", project=tmp_path / "project")


def read(bad: Bad, run: RunContext, on_bad: str) -> tuple[Dataset[Any], int]:
    """The data set, and how many pictures or videos it has."""
    found = bad.source(path="data", on_bad=on_bad, run=run)
    if bad.source is video:
        from netloom.data.index import read_index

        return found, len(read_index(run.resolve(found.index)))
    return found, len(open_samples(found, resolve=run.resolve))


parametrized = pytest.mark.parametrize("given", ROWS.values(), ids=ROWS.keys(), indirect=True)


@parametrized
def test_left_out_only_where_that_is_wanted(given: tuple[Bad, RunContext]) -> None:
    bad, run = given
    if bad.becomes is not None:
        found, _ = read(bad, run, "error")
        assert f": 1, {bad.becomes}" in remark_of(found, bad)
        return
    with pytest.raises(InvalidData) as raised:
        read(bad, run, "error")
    problem, summary = raised.value.diagnostics
    assert (problem.code, str(problem.place)) == (bad.code, f"{bad.place}: path")
    assert problem.message.endswith(f"cannot be used: {bad.reason}")
    assert summary.code == "I609"
    assert summary.message.startswith("1 entries or pictures cannot be used; usable pictures:")


@parametrized
def test_counted_with_its_place_where_one_goes_on(given: tuple[Bad, RunContext]) -> None:
    bad, run = given
    found, number = read(bad, run, "skip")
    remark = remark_of(found, bad)
    assert f": 1, {bad.becomes or 'left out'}" in remark
    assert f"for instance {bad.place}: " in remark
    pictures = {name for name in bad.files if name.endswith("1.png")}
    assert number >= 1
    if bad.is_picture:
        assert number == 1
    elif len(pictures) == 1 and bad.source in (detection, segmentation) and bad.code != "I611":
        assert number == 2  # the picture stays, without the object


def remark_of(found: Dataset[Any], bad: Bad) -> str:
    (remark,) = [each for each in found.remarks if each.endswith(bad.reason)]
    return remark


def test_every_kind_of_problem_has_a_row() -> None:
    from netloom.data.formats.annotated import problems

    kinds = {each for each in vars(problems).values() if isinstance(each, problems.ProblemKind)}
    assert {kind.code for kind in kinds} == {bad.code for bad in ROWS.values()}


LONG = "aabbaabb"
TOO_LONG: dict[str, tuple[Reading, str]] = {
    "by steps": (StepReading(), "one that needs 12"),
    "by attention": (AttentionReading(longest=2, width=8, heads=2, dropout=0.0), "one of 8"),
}
"""A text longer than the model can write: only the model knows, so nothing but its loss can say so."""


@pytest.mark.parametrize("on_bad", ["error", "skip"])
@pytest.mark.parametrize("kind", TOO_LONG)
def test_a_text_longer_than_the_model_can_write(kind: str, on_bad: str, tmp_path: Path) -> None:
    reading, got = TOO_LONG[kind]
    files = {"label.txt": f"{GOOD},ab\n1.png,{LONG}".encode(), GOOD: picture(), "1.png": picture()}
    (tmp_path / "data").mkdir()
    for name, content in files.items():
        (tmp_path / "data" / name).write_bytes(content)
    run = RunContext.in_process(tmp_path / "run", project=tmp_path)
    samples = open_samples(text_recognition(path="data", run=run), resolve=run.resolve)
    samples = relabelled(samples, ("a", "b"))
    model = text_recognizer.function(reading=reading, backbone=ConvNet(widths=(4, 4), dropout=0.0))
    head = described_head(model, samples.label_names)
    task = task_for(model.task, head)
    parts = {"backbone": model.backbone, "decoder": model.decoder, "head": head}
    network = build_network(Architecture(input=task.image_input(samples), **parts), seed=0)

    def loss(size: int) -> float:
        fitted = task.fitted_loss(losses_of(task)[0](too_long=on_bad), samples)
        batch = next(task.batches(samples, batch_size=size).epoch(0))
        with torch.inference_mode():
            outputs = network(*learning_inputs(task, batch))
            return float(task.loss(outputs, batch, loss=fitted))

    if on_bad == "skip":
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.eval()  # its statistics are those of all pictures of a batch
        assert loss(2) == pytest.approx(loss(1), rel=1e-5)
        return
    with pytest.raises(InvalidData) as raised:
        loss(2)
    (problem,) = raised.value.diagnostics
    assert (problem.code, problem.got) == ("I477", got)
    assert "1 of 2 texts" in problem.message
    assert problem.message.endswith(f"e.g. {LONG!r}")
