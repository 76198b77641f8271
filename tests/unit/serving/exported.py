"""An exported model written by hand: the brightness of a picture as an ONNX graph. Needs no PyTorch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from netloom.compression.exported_package import GRAPH_FILE, ArraySpec, ExportedManifest, Parity
from netloom.core.digests import digest_of_file
from netloom.core.files import write_json
from netloom.data.transforms.sizing import Resize
from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.package import MODEL_FILE
from netloom.models.spec import ConvNet

from .models import LABELS, SIDE


def write_exported(folder: Path, *, scale: float = 20.0) -> Path:
    """A folder with ``model.onnx`` and ``model.json``."""
    folder.mkdir(parents=True)
    values = {
        "weights": np.array([[-scale / 255, scale / 255]], np.float32),
        "bias": np.array([scale, 0], np.float32),
    }
    nodes = [
        helper.make_node("Cast", ["images"], ["levels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["levels"], ["means"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Reshape", ["means", "column"], ["column_means"]),
        helper.make_node("MatMul", ["column_means", "weights"], ["scaled"]),
        helper.make_node("Add", ["scaled", "bias"], ["logits"]),
    ]
    constants = [numpy_helper.from_array(values[name], name) for name in ("weights", "bias")]
    constants.append(numpy_helper.from_array(np.array([-1, 1], np.int64), "column"))
    graph = helper.make_graph(
        nodes,
        "brightness",
        [helper.make_tensor_value_info("images", TensorProto.UINT8, ["batch", 1, SIDE, SIDE])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", len(LABELS)])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / GRAPH_FILE)
    image = ImageInput(channels=1, height=SIDE, width=SIDE, mean=(0.0,), std=(1.0,))
    manifest = ExportedManifest(
        task="image_classification",
        labels=LABELS,
        architecture=Architecture(input=image, backbone=ConvNet(), head=LinearHead(outputs=2)),
        preprocessing=(Resize(size=SIDE).model_dump(mode="json"),),
        weights_sha256=digest_of_file(folder / GRAPH_FILE),
        opset=17,
        inputs=(
            ArraySpec(name="images", dtype="uint8", shape=("batch", 1, 8, 8), meaning="pictures"),
        ),
        outputs=(ArraySpec(name="logits", dtype="float32", shape=("batch", 2), meaning="logits"),),
        trained_sha256="0" * 64,
        parity=Parity(max_difference=0.0, pictures=1, real_pictures=0, batch_sizes=(1,)),
    )
    write_json(folder / MODEL_FILE, manifest.model_dump(mode="json"))
    return folder
