"""Making a bundle of models in a folder: everything around them that it takes to serve them."""

from __future__ import annotations

import base64
import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, Literal

import cv2
import numpy as np

from netloom.core.digests import digest_of_file, files_below
from netloom.core.errors import Conflict, InvalidData
from netloom.core.files import storage_errors, write_bytes, write_json, write_text
from netloom.core.version import own_version
from netloom.inference.bundle import BUNDLE_FILE, Bundle, BundledFile, BundledModel
from netloom.inference.graph_predictor import GraphPredictor
from netloom.inference.inference_graph import (
    MODELS_FOLDER,
    InferenceGraph,
    is_graph_folder,
    write_graph,
)
from netloom.models.package import read_manifest
from netloom.serving.answer_schemas import schema_of_graph
from netloom.serving.runtime_wheel import pinned_requirements, write_runtime
from netloom.serving.wheel_files import WHEELS_FOLDER, fetch_wheels

_COPIED = {"deploy.sh": "deploy.sh", "Dockerfile": "Dockerfile", "dockerignore": ".dockerignore"}
_MOST_SAMPLE_BYTES = 1 << 20
_KINDS = {b"\xff\xd8\xff": "jpeg", b"\x89PNG": "png"}


@dataclass(frozen=True, kw_only=True)
class BundleLabel:
    """What a bundle is called, and where it comes from.

    Attributes:
        created: Seconds since 1970; equal inputs and equal times give equal bundles.
    """

    name: str
    version: str = "1.0"
    created: float
    run: str | None = None


def write_bundle(
    folder: Path, label: BundleLabel, *, sample: bytes | None = None, with_wheels: bool = False
) -> Bundle:
    """Turn a folder with ``graph.json`` and ``models`` into a bundle.

    Args:
        sample: A picture file (JPEG or PNG) to show requests with; None paints one, since whoever gets
            the bundle need not be allowed to see the data.
        with_wheels: Put the libraries into it, so that it can be served where there is no package index.

    Raises:
        InvalidData: A model is damaged, or cannot predict by itself, as with functions of the user's own; or
            the libraries cannot be fetched.
        StorageFailed: The disk is full or the folder cannot be written.
    """
    predictor = GraphPredictor.open(folder)
    models = _models(predictor, folder)
    needs_torch = any(model.runtime == "torch" for model in models.values())
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(label.created))
    kind = _write_sample(folder, predictor, sample, created=label.created)
    write_runtime(folder / "runtime", with_torch=needs_torch)
    requirements = pinned_requirements(with_torch=needs_torch)
    write_text(folder / "requirements.txt", "\n".join(requirements) + "\n")
    if with_wheels:
        fetch_wheels(folder / "requirements.txt", folder / WHEELS_FOLDER)
    for name, place in _COPIED.items():
        write_bytes(folder / place, _own(name))
    (folder / "deploy.sh").chmod(0o755)
    write_text(folder / "README.md", _read_me(label, predictor, needs_torch=needs_torch, kind=kind))
    bundle = Bundle(
        name=label.name,
        version=label.version,
        created=created,
        run=label.run,
        netloom=own_version(),
        models=models,
        files=_files(folder),
    )
    write_json(folder / BUNDLE_FILE, bundle.model_dump(mode="json"))
    return bundle


def graph_folder_of(model: Path, folder: Path, *, tolerance: float = 1e-4) -> None:
    """Write a single model as a folder that :func:`write_bundle` takes; a model package is exported.

    Args:
        model: Folder of an exported model, a model package or an inference graph.
        folder: Where to write; new or empty.
        tolerance: Of the export.

    Raises:
        NotFound: ``model`` is none of these.
        InvalidData: It is damaged or has no ONNX form.
        Conflict: The folder holds something.
    """
    from netloom.compression.exported_package import GRAPH_FILE, is_exported
    from netloom.models.package import MODEL_FILE

    if folder.exists() and any(folder.iterdir()):
        raise Conflict.of(f"{folder} holds files already", fix="Name a new folder")
    if is_graph_folder(model):
        with storage_errors(folder):
            shutil.copytree(model / MODELS_FOLDER, folder / MODELS_FOLDER)
            shutil.copyfile(model / "graph.json", folder / "graph.json")
        return
    manifest = read_manifest(model) if not is_exported(model) else None
    target = folder / MODELS_FOLDER / "model"
    with storage_errors(folder):
        target.mkdir(parents=True)
    if manifest is not None:
        from netloom.compression.onnx_export import export_model

        export_model(model, target, tolerance=tolerance)
        task = manifest.task
    else:
        from netloom.compression.exported_package import read_exported

        task = read_exported(model).task
        for name in (MODEL_FILE, GRAPH_FILE):
            shutil.copyfile(model / name, target / name)
    write_graph(folder, InferenceGraph.of_model("model", task=task))


def _models(predictor: GraphPredictor, folder: Path) -> Mapping[str, BundledModel]:
    from netloom.compression.exported_package import is_exported

    found: dict[str, BundledModel] = {}
    for step in predictor.graph.models:
        runtime: Literal["onnx", "torch"] = (
            "onnx" if is_exported(folder / MODELS_FOLDER / step.package) else "torch"
        )
        model = predictor.models[step.id]
        found[step.id] = BundledModel(task=step.task, labels=tuple(model.labels), runtime=runtime)
    return found


def _write_sample(
    folder: Path, predictor: GraphPredictor, sample: bytes | None, *, created: float
) -> str:
    """A request, as a picture and as JSON, and the answer to it; gives the kind of picture."""
    picture = _painted(predictor) if sample is None else sample
    kind = next((kind for start, kind in _KINDS.items() if picture.startswith(start)), None)
    if kind is None or len(picture) > _MOST_SAMPLE_BYTES:
        raise InvalidData.of(
            "this picture cannot be the bundle's sample",
            code="I494",
            expected="a JPEG or PNG file of at most 1 MiB",
            fix="Choose another picture",
        )
    (prediction,) = predictor.predict(picture)
    answer = {
        "code": 200,
        "message": "success",
        "data": prediction,
        "time": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(created)),
    }
    write_bytes(folder / "sample" / f"request.{kind}", picture)
    request = json.dumps({"image": base64.b64encode(picture).decode()})
    write_text(folder / "sample" / "request.json", request + "\n")
    write_json(folder / "sample" / "response.json", answer)
    return kind


def _painted(predictor: GraphPredictor) -> bytes:
    """A picture of the size that the first model sees, with something in it."""
    first = predictor.models[predictor.graph.first[0].id]
    image = first.manifest.architecture.input
    canvas = np.full((image.height, image.width, 3), 235, np.uint8)
    middle = (image.width // 2, image.height // 2)
    cv2.circle(canvas, middle, max(1, min(middle) * 2 // 3), (60, 90, 170), -1)
    content: bytes = cv2.imencode(".png", canvas)[1].tobytes()
    return content


def _files(folder: Path) -> dict[str, BundledFile]:
    return {
        path.relative_to(folder).as_posix(): BundledFile(
            sha256=digest_of_file(path), bytes=path.stat().st_size
        )
        for path in files_below(folder)
        if path.name != BUNDLE_FILE
    }


def _read_me(label: BundleLabel, predictor: GraphPredictor, *, needs_torch: bool, kind: str) -> str:
    graph = predictor.graph
    rows = [
        f"| `{step.id}` | {step.task} | {_shown(predictor.models[step.id].labels)} |"
        for step in graph.models
    ]
    about = [
        f"Made by Netloom {own_version()}" + (f" from run {label.run}." if label.run else "."),
        "",
        "| model | task | labels |",
        "|---|---|---|",
        *rows,
        "",
        "The form of an answer (`data`) as JSON Schema:",
        "",
        "```json",
        json.dumps(schema_of_graph(graph), indent=2, ensure_ascii=False),
        "```",
    ]
    return Template(_own("README.md").decode()).substitute(
        name=label.name,
        version=label.version,
        about="\n".join(about),
        kind=kind,
        libraries="PyTorch among them"
        if needs_torch
        else "ONNX Runtime and a few more, no PyTorch",
    )


def _shown(labels: Any) -> str:
    shown = ", ".join(labels[:12])
    return f"{shown} and {len(labels) - 12} more" if len(labels) > 12 else shown


def _own(name: str) -> bytes:
    return files("netloom.serving").joinpath("bundle_files", name).read_bytes()
