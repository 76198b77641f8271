"""Every learning task, and cascades of them: a data set, a batch, one picture alone and an exported model
predict the same.
"""

from __future__ import annotations

import base64
import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import jsonschema
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from task_examples import EXAMPLES, Tried

from netloom.compression.onnx_export import export_model
from netloom.inference.graph_predictor import GraphPredictor
from netloom.inference.inference_graph import (
    CropObjectsStep,
    CropTextsStep,
    FilterStep,
    InferenceGraph,
    MaskOutStep,
    ModelStep,
    RouteStep,
    Step,
    write_graph,
)
from netloom.inference.predictor import Predictor
from netloom.models.package import PackageManifest, save_package
from netloom.serving.answer_schemas import schema_of_graph, schema_of_task
from netloom.tasks.protocol import Prediction, learning_inputs

TOLERANCE = 1e-5
STEPS = {"text_detection": 80}
"""So many that there is something to find; others take twelve."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A task's network after some steps, as a package and as an exported model."""

    tried: Tried
    package: Path
    exported: Path

    @property
    def pictures(self) -> list[Any]:
        """The example's pictures as PNG files; of videos, the folders of their frames."""
        samples = self.tried.samples
        if self.tried.task.name == "video_classification":
            return [self.package.parent / "data" / "media" / path for path in samples.paths]
        return [encoded(samples.read(n)) for n in range(len(samples))]


def encoded(pixels_HWC: Any) -> bytes:
    bgr = pixels_HWC[:, :, ::-1] if pixels_HWC.shape[2] == 3 else pixels_HWC
    return bytes(cv2.imencode(".png", bgr)[1])


def learned(name: str, folder: Path) -> Learned:
    torch.set_num_threads(1)
    (folder / "data").mkdir()
    tried = Tried(name, folder / "data")
    network = tried.network()
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.01)
    for _ in range(STEPS.get(name, 12)):
        outputs = network(*learning_inputs(tried.task, tried.batch))
        loss = tried.task.loss(outputs, tried.batch, loss=tried.losses()[0])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    manifest = PackageManifest(
        task=tried.task.name,
        labels=tried.labels,
        architecture=tried.architecture,
        preprocessing=tuple(each.model_dump(mode="json") for each in tried.samples.transforms),
    )
    save_package(folder / "package", manifest, network.state_dict())
    export_model(folder / "package", folder / "exported", timed=False)
    return Learned(tried, folder / "package", folder / "exported")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Learned]:
    """Models by the name of their example, made when first asked for."""

    class Models(dict[str, Learned]):
        def __missing__(self, name: str) -> Learned:
            self[name] = learned(name, tmp_path_factory.mktemp(name.replace("/", "_")))
            return self[name]

    return Models()


def close(found: Any, expected: Any) -> None:
    """Equal in everything but the last digits of numbers."""
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for key, value in expected.items():
            if key.endswith("_png"):
                assert np.abs(levels_of(found[key]) - levels_of(value)).max() <= 1
            else:
                close(found[key], value)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        if expected and isinstance(expected[0], dict) and "box" in expected[0]:
            found, expected = by_place(found), by_place(expected)
        for one, other in zip(found, expected, strict=True):
            close(one, other)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=TOLERANCE, abs=TOLERANCE)
    else:
        assert found == expected


def levels_of(png: str) -> NDArray[np.int64]:
    """The levels of a map, which may be a rounding apart."""
    content = np.frombuffer(base64.b64decode(png), np.uint8)
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_UNCHANGED), np.int64)


def by_place(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """In an order that does not hang on the last digits of scores, which may be equal."""
    return sorted(objects, key=lambda each: (each["label"], [round(n, 2) for n in each["box"]]))


def alone(predictor: Predictor | GraphPredictor, pictures: list[Any]) -> list[Prediction]:
    return [predictor.predict_prepared([predictor.prepare(each)])[0] for each in pictures]  # type: ignore[list-item]


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_task_predicts_the_same_however_it_is_asked(
    models: dict[str, Learned], name: str
) -> None:
    model = models[name]
    trained = Predictor.open(model.package, batch_size=5)
    exported = Predictor.open(model.exported)
    expected = trained.predict_samples(replace(model.tried.samples, augment=False))

    close(trained.predict(model.pictures), expected)
    close(alone(trained, model.pictures), expected)
    close(alone(GraphPredictor.open(model.package), model.pictures), expected)
    close(exported.predict(model.pictures), expected)
    close(alone(exported, model.pictures), expected)
    for prediction in expected:
        jsonschema.validate(prediction, schema_of_task(model.tried.task.name))


FIND = ModelStep(id="find", task="object_detection", package="find")
LINES = ModelStep(id="lines", task="text_detection", package="lines")
KIND = ModelStep(id="kind", task="image_classification", package="kind")


def model(id: str, given: str, task: str) -> ModelStep:
    return ModelStep(id=id, input=given, task=task, package=id)


CASCADES: dict[str, tuple[str, tuple[Step, ...]]] = {
    "objects and what each is": (
        "object_detection",
        (
            FIND,
            FilterStep(id="sure", input="find", min_score=0.06),
            CropObjectsStep(id="crops", input="sure", padding=0.2, square=True, most=3),
            model("fine", "crops", "image_classification"),
        ),
    ),
    "two branches": (
        "object_detection",
        (
            FIND,
            CropObjectsStep(id="squares", input="find", labels=("square",)),
            CropObjectsStep(id="bars", input="find", labels=("bar", "column"), most=2),
            model("fine_squares", "squares", "image_classification"),
            model("fine_bars", "bars", "image_classification"),
        ),
    ),
    "texts and what they say": (
        "text_detection",
        (
            LINES,
            CropTextsStep(id="crops", input="lines"),
            model("read", "crops", "text_recognition"),
        ),
    ),
    "pictures by class": (
        "image_classification",
        (
            KIND,
            RouteStep(id="tops", input="kind", labels=("top", "bottom")),
            model("found", "tops", "object_detection"),
            MaskOutStep(id="rest", input="found", keep="surroundings"),
            model("background", "rest", "image_classification"),
        ),
    ),
    "several first models": (
        "image_classification",
        (KIND, FIND),
    ),
}


@pytest.mark.parametrize("name", sorted(CASCADES))
def test_a_cascade_predicts_the_same_however_it_is_asked(
    models: dict[str, Learned], name: str, tmp_path: Path
) -> None:
    pictures_of, steps = CASCADES[name]
    graph = InferenceGraph(steps=steps)
    pictures = models[pictures_of].pictures
    for runtime in ("package", "exported"):
        for step in graph.models:
            place = tmp_path / runtime / "models" / step.package
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(getattr(scaled(models, step, tmp_path), runtime))
        write_graph(tmp_path / runtime, graph)
    trained = GraphPredictor.open(tmp_path / "package", batch_size=5)
    exported = GraphPredictor.open(tmp_path / "exported")
    expected = trained.predict(pictures)

    assert any(mentions(answer, graph.models[-1].id) for answer in expected)
    close(alone(trained, pictures), expected)
    close(exported.predict(pictures), expected)
    close(alone(exported, pictures), expected)
    for answer in expected:
        jsonschema.validate(answer, schema_of_graph(graph))


def mentions(answer: Any, step: str) -> bool:
    """Whether a stage has said anything at all."""
    if isinstance(answer, dict):
        return step in answer or any(mentions(each, step) for each in answer.values())
    return isinstance(answer, list) and any(mentions(each, step) for each in answer)


def scaled(models: dict[str, Learned], step: ModelStep, folder: Path) -> Learned:
    """A task's model that takes pictures of every size: crops are of any."""
    known = models[step.task]
    place = folder / "scaled" / step.task
    if not place.exists():
        image = known.tried.architecture.input
        resize = {"type": "resize", "size": [image.height, image.width]}
        for runtime in ("package", "exported"):
            rewritten(getattr(known, runtime), place / runtime, preprocessing=[resize])
    return Learned(known.tried, place / "package", place / "exported")


def rewritten(source: Path, target: Path, **changes: Any) -> None:
    """A copy of a model with other entries in its manifest."""
    shutil.copytree(source, target)
    manifest = json.loads((target / "model.json").read_bytes())
    (target / "model.json").write_text(json.dumps({**manifest, **changes}))
