"""What a bundle of models of pictures has of its own: a sample picture, and words about its models."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from netloom.compression.exported_package import is_exported
from netloom.core.errors import InvalidData
from netloom.core.files import write_bytes, write_json, write_text
from netloom.inference.bundle import BundledModel
from netloom.inference.graph_predictor import GraphPredictor
from netloom.inference.inference_graph import MODELS_FOLDER
from netloom.serving.answer_schemas import Schema, schema_of_graph
from netloom.serving.runtime_wheel import PICTURES, PICTURES_WITH_TORCH, Runtime

_MOST_SAMPLE_BYTES = 1 << 20
_KINDS = {b"\xff\xd8\xff": "jpeg", b"\x89PNG": "png"}


@dataclass(frozen=True)
class BundledPictures:
    """See :class:`netloom.serving.bundle_writing.Content`.

    Attributes:
        kind: Of the sample picture: ``png`` or ``jpeg``.
    """

    predictor: GraphPredictor
    models: Mapping[str, BundledModel]
    picture: bytes
    kind: str

    read_me = "README.md"

    @property
    def runtime(self) -> Runtime:
        """With PyTorch where a network has no other form."""
        needs_torch = any(model.runtime == "torch" for model in self.models.values())
        return PICTURES_WITH_TORCH if needs_torch else PICTURES

    @property
    def schema(self) -> Schema:
        """Of one answer."""
        return schema_of_graph(self.predictor.graph)

    @property
    def words(self) -> dict[str, str]:
        """What the text for people says besides what it says of every bundle."""
        libraries = "ONNX Runtime and a few more, no PyTorch"
        needs_torch = self.runtime is PICTURES_WITH_TORCH
        return {"kind": self.kind, "libraries": "PyTorch among them" if needs_torch else libraries}

    def write_sample(self, folder: Path, *, created: float) -> None:
        """A request, as a picture and as JSON, and the answer to it."""
        (prediction,) = self.predictor.predict(self.picture)
        answer = {
            "code": 200,
            "message": "success",
            "data": prediction,
            "time": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(created)),
        }
        write_bytes(folder / f"request.{self.kind}", self.picture)
        request = json.dumps({"image": base64.b64encode(self.picture).decode()})
        write_text(folder / "request.json", request + "\n")
        write_json(folder / "response.json", answer)


def bundled_pictures(folder: Path, sample: bytes | None) -> BundledPictures:
    """What there is to say of a folder with models of pictures.

    Args:
        sample: A picture file (JPEG or PNG); None paints one.

    Raises:
        InvalidData: A model is damaged, or the sample is no such file.
    """
    predictor = GraphPredictor.open(folder)
    picture = _painted(predictor) if sample is None else sample
    kind = next((kind for start, kind in _KINDS.items() if picture.startswith(start)), None)
    if kind is None or len(picture) > _MOST_SAMPLE_BYTES:
        raise InvalidData.of(
            "this picture cannot be the bundle's sample",
            code="I494",
            expected="a JPEG or PNG file of at most 1 MiB",
            fix="Choose another picture",
        )
    return BundledPictures(predictor, _models(predictor, folder), picture, kind)


def _models(predictor: GraphPredictor, folder: Path) -> Mapping[str, BundledModel]:
    found: dict[str, BundledModel] = {}
    for step in predictor.graph.models:
        runtime: Literal["onnx", "torch"] = (
            "onnx" if is_exported(folder / MODELS_FOLDER / step.package) else "torch"
        )
        model = predictor.models[step.id]
        found[step.id] = BundledModel(task=step.task, labels=tuple(model.labels), runtime=runtime)
    return found


def _painted(predictor: GraphPredictor) -> bytes:
    """A picture of the size that the first model sees, with something in it."""
    first = predictor.models[predictor.graph.first[0].id]
    image = first.manifest.architecture.input
    canvas = np.full((image.height, image.width, 3), 235, np.uint8)
    middle = (image.width // 2, image.height // 2)
    cv2.circle(canvas, middle, max(1, min(middle) * 2 // 3), (60, 90, 170), -1)
    content: bytes = cv2.imencode(".png", canvas)[1].tobytes()
    return content
