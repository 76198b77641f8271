"""A model without a framework: it tells dark pictures from bright ones, and can dawdle or fail."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from netloom.data.transforms.sizing import Resize
from netloom.inference.graph_predictor import GraphPredictor
from netloom.inference.inference_graph import InferenceGraph
from netloom.inference.predictor import Predictor
from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.package import PackageManifest
from netloom.models.spec import ConvNet
from netloom.serving.served import Found
from netloom.serving.served_pictures import ServedPictures

SIDE = 8
LABELS = ("dark", "bright")


class Brightness:
    """The network. ``gate`` holds it up while it is closed; ``batches`` are the sizes it was called with."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.batches: list[int] = []
        self.fails: Callable[[Any], bool] = lambda images_NCHW: False

    def __call__(self, images_NCHW: Any) -> Any:
        self.batches.append(len(images_NCHW))
        assert self.gate.wait(10)
        if self.fails(images_NCHW):
            raise RuntimeError("the network broke")
        bright_N = images_NCHW.reshape(len(images_NCHW), -1).mean(axis=1) / 255
        return np.stack([1 - bright_N, bright_N], axis=1).astype(np.float32) * 20


def predictor_of(network: Brightness) -> Predictor:
    image = ImageInput(channels=1, height=SIDE, width=SIDE, mean=(0.0,), std=(1.0,))
    manifest = PackageManifest(
        task="image_classification",
        labels=LABELS,
        architecture=Architecture(
            input=image, backbone=ConvNet(), head=LinearHead(outputs=len(LABELS))
        ),
        preprocessing=(Resize(size=SIDE).model_dump(mode="json"),),
    )
    return Predictor(manifest, network)


def served(name: str, network: Brightness) -> ServedPictures:
    graph = InferenceGraph.of_model("model", task="image_classification")
    predictor = predictor_of(network)
    return ServedPictures(
        Found(Path(), name, None), predictor, graph, GraphPredictor(graph, {"model": predictor})
    )


def picture(level: int, *, kind: str = ".png", side: int = 12) -> bytes:
    content: bytes = cv2.imencode(kind, np.full((side, side), level, np.uint8))[1].tobytes()
    return content
