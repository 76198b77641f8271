"""Models of pictures that are served: single ones, and graphs of several."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from netloom.compression.exported_package import GRAPH_FILE, is_exported, read_exported
from netloom.compression.onnx_network import OnnxNetwork
from netloom.core.errors import InvalidData
from netloom.inference.graph_predictor import GraphPredictor
from netloom.inference.inference_graph import (
    MODELS_FOLDER,
    InferenceGraph,
    is_graph_folder,
    read_graph,
)
from netloom.inference.predictor import Predictor
from netloom.serving.answer_schemas import Schema, schema_of_graph
from netloom.serving.batching import Predicts
from netloom.serving.pictures import CheckedPictures, PredictsPictures
from netloom.serving.requests import aip_picture, pictures_of_body
from netloom.serving.served import SAMPLE_ANSWER, Exchange, Found
from netloom.serving.settings import ServingSettings

_SINGLE = "model"


@dataclass(frozen=True)
class ServedPictures:
    """One model or graph, opened. See :class:`netloom.serving.served.Served`.

    Attributes:
        predictor: What computes; a plain predictor where the graph is a single model.
        sample: A request's answer to show, if the bundle has one.
    """

    found: Found
    predictor: PredictsPictures
    graph: InferenceGraph
    whole: GraphPredictor
    sample: Any = None

    takes_aip = True

    @property
    def name(self) -> str:
        """In addresses."""
        return self.found.name

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What ``/v1/models`` tells."""
        first = self.whole.models[self.graph.first[0].id]
        image = first.manifest.architecture.input
        return {
            "name": self.name,
            "task": self.graph.first[0].task,
            "labels": list(first.labels),
            "input": {"width": image.width, "height": image.height, "channels": image.channels},
            "inputs": None,
            "targets": [],
            **self.found.origin,
            "stages": [
                {
                    "id": step.id,
                    "task": step.task,
                    "labels": list(self.whole.models[step.id].labels),
                    "input": None if step.input is None else self.graph.predictions_of(step.input),
                }
                for step in self.graph.models
            ],
        }

    @cached_property
    def schema(self) -> Schema:
        """What its predictions look like."""
        return schema_of_graph(self.graph)

    def predicts(self, settings: ServingSettings) -> Predicts:
        """The predictor, which looks at sizes first."""
        return CheckedPictures(self.predictor, most_pixels=settings.max_pixels)

    def limit_bytes(self, settings: ServingSettings) -> int:
        """Of several pictures."""
        return settings.max_body_bytes

    def read(self, body: bytes, content_type: str, settings: ServingSettings) -> list[bytes]:
        """The pictures in a request, whichever way they were sent."""
        return pictures_of_body(body, content_type, settings)

    def read_aip(self, body: bytes, settings: ServingSettings) -> bytes:
        """The picture in a request to ``/aip``."""
        return aip_picture(body, settings)

    def answer(self, predictions: Sequence[Any]) -> dict[str, Any]:
        """One prediction per picture."""
        return {"predictions": list(predictions)}

    def exchange(self, settings: ServingSettings, prediction: Schema) -> Exchange:
        """Pictures in JSON, in a form, or as they are."""
        picture = {
            "type": "string",
            "contentEncoding": "base64",
            "description": "a picture file",
        }
        pictures = {
            "type": "array",
            "items": picture,
            "minItems": 1,
            "maxItems": settings.max_images,
        }
        either = [
            {**_needing(image=picture), "additionalProperties": False},
            {**_needing(images=pictures), "additionalProperties": False},
        ]
        binary = {"type": "string", "format": "binary"}
        return Exchange(
            summary=f"Predict pictures with {self.name}.",
            bodies={
                "application/json": {"schema": {"oneOf": either}},
                "multipart/form-data": {
                    "schema": _needing(image={"type": "array", "items": binary})
                },
                "image/*": {"schema": binary},
            },
            meaning="One prediction per picture.",
            answer={"predictions": {"type": "array", "items": prediction}},
        )

    def try_out(self) -> None:
        """Predict an empty picture."""
        image = self.whole.models[self.graph.first[0].id].manifest.architecture.input
        empty = np.zeros((image.height, image.width, image.channels), np.uint8)
        self.predictor.predict_prepared([self.predictor.prepare(empty)])


def open_pictures(found: Found, settings: ServingSettings, *, device: str) -> ServedPictures:
    """Open the model or graph in a folder.

    Raises:
        NotFound: It holds no model.
        InvalidData: Something in it is damaged or was changed, or is no model of pictures.
    """
    folder, bundle = found.folder, found.bundle
    whole = _opened_graph(folder, settings, device=_device(device), is_verified=bundle is not None)
    graph = whole.graph
    videos = [step for step, model in whole.models.items() if model.takes_videos]
    if videos:
        raise InvalidData.of(
            f"{folder} holds a model of videos ({videos[0]}); only models of pictures are served",
            code="S215",
            fix="Use `netloom predict` for videos",
        )
    sample = folder / SAMPLE_ANSWER
    return ServedPictures(
        found=found,
        predictor=whole.models[graph.first[0].id] if graph.is_single else whole,
        graph=graph,
        whole=whole,
        sample=json.loads(sample.read_bytes()) if bundle and sample.is_file() else None,
    )


def _opened_graph(
    folder: Path, settings: ServingSettings, *, device: str, is_verified: bool
) -> GraphPredictor:
    if is_graph_folder(folder):
        graph = read_graph(folder)
        packages = {step.id: folder / MODELS_FOLDER / step.package for step in graph.models}
    else:
        packages = {_SINGLE: folder}
        graph = None
    models = {
        step: _opened_model(package, settings, device=device, is_verified=is_verified)
        for step, package in packages.items()
    }
    graph = graph or InferenceGraph.of_model(_SINGLE, task=models[_SINGLE].task.name)
    return GraphPredictor(graph, models)


def _opened_model(
    package: Path, settings: ServingSettings, *, device: str, is_verified: bool
) -> Predictor:
    if not is_exported(package):
        return Predictor.open(package, device=device, batch_size=settings.max_batch)
    manifest = read_exported(package, verify=not is_verified)
    network = OnnxNetwork(package / GRAPH_FILE, device=device, threads=settings.intra_op_threads)
    return Predictor(manifest, network, batch_size=settings.max_batch)


def _device(wanted: str) -> str:
    if wanted != "auto":
        return wanted
    import onnxruntime

    return "cuda" if "CUDAExecutionProvider" in onnxruntime.get_available_providers() else "cpu"


def _needing(**properties: Any) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}
