"""Models that are served: opened from wherever they lie, tried once, and described."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from netloom.compression.exported_package import GRAPH_FILE, is_exported, read_exported
from netloom.compression.onnx_network import OnnxNetwork
from netloom.core.errors import Conflict, InvalidData
from netloom.inference.bundle import Bundle, is_bundle, verify_bundle
from netloom.inference.bundle_archive import unpack
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
from netloom.serving.settings import ServingSettings

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]+")
_SINGLE = "model"
SAMPLE_ANSWER = "sample/response.json"


@dataclass(frozen=True)
class ServedModel:
    """One model or graph, opened.

    Attributes:
        name: In addresses.
        predictor: What computes; a plain predictor where the graph is a single model.
        bundle: What it came in, if it came in one.
        sample: A request's answer to show, if the bundle has one.
    """

    name: str
    predictor: Predicts
    graph: InferenceGraph
    whole: GraphPredictor
    bundle: Bundle | None = None
    sample: Any = None

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
            "version": self.bundle.version if self.bundle else None,
            "created": self.bundle.created if self.bundle else None,
            "run": self.bundle.run if self.bundle else None,
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

    def try_out(self) -> None:
        """Predict an empty picture, so that what cannot work is known now, and the first request is fast.

        Raises:
            InvalidData: Its preprocessing needs something that is not here.
        """
        image = self.whole.models[self.graph.first[0].id].manifest.architecture.input
        empty = np.zeros((image.height, image.width, image.channels), np.uint8)
        self.predictor.predict_prepared([self.predictor.prepare(empty)])


@contextmanager
def opened(
    sources: Sequence[tuple[str | None, Path]], settings: ServingSettings, *, device: str = "auto"
) -> Iterator[list[ServedModel]]:
    """Open everything that is to be served; bundles in zip files are unpacked meanwhile.

    Args:
        sources: Names (None takes that of the bundle or the folder) and places: folders of models,
            exported models, inference graphs and bundles, or zip files of bundles.
        device: ``auto`` takes a GPU if this ONNX Runtime has one.

    Raises:
        NotFound: There is no model.
        InvalidData: Something is damaged or was changed.
        Conflict: Two have the same name.
    """
    with TemporaryDirectory(prefix="netloom-serving-") as scratch:
        models: list[ServedModel] = []
        for number, (name, path) in enumerate(sources):
            folder = path
            if path.is_file():
                folder = Path(scratch, str(number))
                unpack(path, folder)
            model = open_model(
                folder, settings, name=name or None, fallback=path.stem, device=device
            )
            if any(model.name == other.name for other in models):
                raise Conflict.of(
                    f"two models are called {model.name!r}",
                    code="S212",
                    fix="Give one of them another name: NAME=PATH",
                )
            model.try_out()
            models.append(model)
        yield models


def open_model(
    folder: Path,
    settings: ServingSettings,
    *,
    name: str | None,
    fallback: str = "model",
    device: str = "auto",
) -> ServedModel:
    """Open one folder.

    Raises:
        NotFound: It holds no model.
        InvalidData: Something in it is damaged or was changed.
    """
    bundle = verify_bundle(folder)[0] if is_bundle(folder) else None
    whole = _opened_graph(folder, settings, device=_device(device), is_verified=bundle is not None)
    graph = whole.graph
    videos = [step for step, model in whole.models.items() if model.takes_videos]
    if videos:
        raise InvalidData.of(
            f"{folder} holds a model of videos ({videos[0]}); only models of pictures are served",
            code="S215",
            fix="Use `netloom predict` for videos",
        )
    predictor: Predicts = whole.models[graph.first[0].id] if graph.is_single else whole
    sample = folder / SAMPLE_ANSWER
    usual = bundle.name if bundle else _NOT_IN_NAMES.sub("-", fallback).strip("-") or "model"
    return ServedModel(
        name=name or usual,
        predictor=predictor,
        graph=graph,
        whole=whole,
        bundle=bundle,
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
