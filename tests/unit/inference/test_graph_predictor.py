from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import cv2
import numpy as np
import pyarrow as pa
import pytest

from netloom.core.errors import InvalidData
from netloom.data.images import Image
from netloom.inference.graph_predictor import GraphPredictor
from netloom.inference.inference_graph import InferenceGraph
from netloom.inference.pictures import read_picture
from netloom.inference.prediction_types import prediction_types
from netloom.inference.predictor import Predictor, PreparedPicture


class Rules:
    """A model whose predictions follow from the pixels in a way that a test can foresee."""

    arrow: ClassVar[dict[str, pa.DataType]] = {}

    def __init__(self, channels: int = 1, batch_size: int = 4) -> None:
        self.batch_size = batch_size
        self.batches: list[int] = []
        image = SimpleNamespace(channels=channels, height=8, width=8)
        self.manifest = SimpleNamespace(architecture=SimpleNamespace(input=image))
        self.task = SimpleNamespace(arrow_types=lambda: self.arrow)

    def prepare(self, image: Any) -> PreparedPicture:
        channels = self.manifest.architecture.input.channels
        return cast("PreparedPicture", read_picture(image, channels=channels)[0])

    def predict_prepared(self, pictures: Sequence[Any]) -> list[dict[str, Any]]:
        self.batches.append(len(pictures))
        return [self.said(picture) for picture in pictures]

    def said(self, pixels: Image) -> dict[str, Any]:
        raise NotImplementedError


class Marks(Rules):
    """Finds runs of equal bright columns: ``dim`` below 150, else ``bright``."""

    arrow: ClassVar[dict[str, pa.DataType]] = {
        "objects": pa.list_(
            pa.struct(
                [("label", pa.string()), ("score", pa.float64()), ("box", pa.list_(pa.float64()))]
            )
        )
    }

    def said(self, pixels: Image) -> dict[str, Any]:
        levels = pixels[0, :, 0].astype(int)
        edges = [0, *(np.flatnonzero(np.diff(levels)) + 1).tolist(), len(levels)]
        found = [
            {
                "label": "dim" if levels[left] < 150 else "bright",
                "score": round(levels[left] / 255, 3),
                "box": [float(left), 0.0, float(right), float(len(pixels))],
            }
            for left, right in pairwise(edges)
            if levels[left]
        ]
        return {"objects": sorted(found, key=lambda each: -each["score"])}


class Level(Rules):
    """Classifies by mean level; the label is its hundreds."""

    def said(self, pixels: Image) -> dict[str, Any]:
        label = str(int(pixels.mean()) // 100)
        return {"label": label, "score": round(float(pixels.mean()) / 255, 3)}


def columns(*levels: int) -> Image:
    """A picture of 4 rows with columns of these levels."""
    return np.tile(np.array(levels, np.uint8), (4, 1))[:, :, None]


def model(id: str, task: str, given: str | None = None) -> dict[str, Any]:
    return {"type": "model", "id": id, "input": given, "task": task, "package": id}


FIND = model("find", "object_detection")
SORT = model("sort", "image_classification")


def predictor(steps: list[dict[str, Any]], **models: Rules) -> GraphPredictor:
    graph = InferenceGraph.from_json({"steps": steps})
    return GraphPredictor(graph, cast("dict[str, Predictor]", models))


BRANCHES = [
    FIND,
    {"type": "crop_objects", "id": "dims", "input": "find", "labels": ["dim"]},
    {"type": "crop_objects", "id": "brights", "input": "find", "labels": ["bright"], "most": 1},
    model("fine_dim", "image_classification", "dims"),
    model("fine_bright", "image_classification", "brights"),
]


def test_objects_hold_what_the_stages_they_were_routed_to_say() -> None:
    cascade = predictor(BRANCHES, find=Marks(), fine_dim=Level(), fine_bright=Level())

    (answer,) = cascade.predict(columns(0, 120, 120, 0, 210, 0, 240))

    assert answer == {
        "objects": [
            {
                "label": "bright",
                "score": 0.941,
                "box": [6.0, 0.0, 7.0, 4.0],
                "stages": {"fine_bright": {"label": "2", "score": 0.941}},
            },
            {"label": "bright", "score": 0.824, "box": [4.0, 0.0, 5.0, 4.0]},
            {
                "label": "dim",
                "score": 0.471,
                "box": [1.0, 0.0, 3.0, 4.0],
                "stages": {"fine_dim": {"label": "1", "score": 0.471}},
            },
        ]
    }


def test_nothing_found_is_an_answer_and_asks_no_later_model() -> None:
    fine = Level()
    cascade = predictor(BRANCHES, find=Marks(), fine_dim=fine, fine_bright=fine)

    assert cascade.predict([columns(0, 0)] * 2) == [{"objects": []}, {"objects": []}]
    assert fine.batches == []


def test_crops_of_a_batch_go_through_the_next_model_together() -> None:
    find, fine = Marks(batch_size=3), Level(batch_size=5)
    steps = [*BRANCHES[:2], model("fine", "image_classification", "dims")]
    cascade = predictor(steps, find=find, fine=fine)

    answers = cascade.predict([columns(10, 20, 30, 40)] * 4)

    assert (find.batches, fine.batches) == ([3, 1], [5, 5, 2, 4])
    assert answers == [cascade.predict(columns(10, 20, 30, 40))[0]] * 4


def test_a_filter_hides_objects_from_later_stages_and_not_from_the_answer() -> None:
    steps = [
        FIND,
        {"type": "filter", "id": "sure", "input": "find", "min_score": 0.5},
        {"type": "crop_objects", "id": "crops", "input": "sure"},
        model("fine", "image_classification", "crops"),
    ]
    cascade = predictor(steps, find=Marks(), fine=Level())

    (answer,) = cascade.predict(columns(0, 100, 0, 200))

    assert [(each["label"], "stages" in each) for each in answer["objects"]] == [
        ("bright", True),
        ("dim", False),
    ]


def test_pictures_are_routed_by_class_and_blanked_where_objects_are() -> None:
    steps = [
        SORT,
        {"type": "route", "id": "ones", "input": "sort", "labels": ["1"]},
        model("find", "object_detection", "ones"),
        {"type": "mask_out", "id": "rest", "input": "find", "keep": "surroundings", "fill": 9},
        model("again", "image_classification", "rest"),
    ]
    cascade = predictor(steps, sort=Level(), find=Marks(), again=Level())

    bright, dark = cascade.predict([columns(0, 220, 220), columns(0, 30, 30)])

    assert dark == {"label": "0", "score": 0.078}
    assert bright == {
        "label": "1",
        "score": 0.575,
        "stages": {
            "find": {
                "objects": [{"label": "bright", "score": 0.863, "box": [1.0, 0.0, 3.0, 4.0]}],
                "stages": {"again": {"label": "0", "score": 0.024}},
            }
        },
    }


def test_several_first_models_answer_by_name_each_in_its_own_channels() -> None:
    cascade = predictor([FIND, SORT], find=Marks(channels=3), sort=Level(channels=1))

    (answer,) = cascade.predict(columns(0, 200))

    assert answer == {
        "find": {"objects": [{"label": "bright", "score": 0.784, "box": [1.0, 0.0, 2.0, 4.0]}]},
        "sort": {"label": "1", "score": 0.392},
    }


def test_a_grey_model_reads_a_colour_file_as_grey_also_beside_a_colour_model() -> None:
    rng = np.random.default_rng(0)
    encoded = bytes(cv2.imencode(".jpg", rng.integers(0, 256, (8, 8, 3), dtype=np.uint8))[1])
    cascade = predictor([FIND, SORT], find=Marks(channels=3), sort=Level(channels=1))

    prepared = cascade.prepare(encoded)

    grey, _ = read_picture(encoded, channels=1)
    assert np.array_equal(cast("Any", prepared.first[1]), grey)
    assert prepared.pixels is None  # nobody cuts from it


def test_what_is_no_picture_is_refused() -> None:
    cascade = predictor(BRANCHES, find=Marks(), fine_dim=Level(), fine_bright=Level())
    with pytest.raises(InvalidData):
        cascade.prepare(b"no picture")
    with pytest.raises(InvalidData):
        cascade.prepare("nowhere.png")


def test_arrow_types_hold_every_stage_whatever_the_first_answers_are() -> None:
    cascade = predictor(BRANCHES, find=Marks(), fine_dim=Level(), fine_bright=Level())

    types = dict(prediction_types(cascade))
    answers = cascade.predict([columns(0, 0), columns(120, 210)])
    column = pa.array([answer["objects"] for answer in answers], types["objects"])

    assert list(types) == ["objects"]
    bright, dim = column.to_pylist()[1]
    assert column.to_pylist()[0] == []
    assert bright["stages"] == {"fine_dim": None, "fine_bright": {"label": "2", "score": 0.824}}
    assert dim["stages"] == {"fine_dim": {"label": "1", "score": 0.471}, "fine_bright": None}
