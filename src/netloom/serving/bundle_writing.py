"""Making a bundle of models in a folder: everything around them that it takes to serve them."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, Protocol

from netloom.core.digests import digest_of_file, files_below
from netloom.core.errors import Conflict
from netloom.core.files import storage_errors, write_bytes, write_json, write_text
from netloom.core.version import own_version
from netloom.inference.bundle import BUNDLE_FILE, Bundle, BundledFile, BundledModel
from netloom.inference.inference_graph import (
    MODELS_FOLDER,
    InferenceGraph,
    is_graph_folder,
    write_graph,
)
from netloom.models.package import read_manifest
from netloom.models.tabular.package import copy_table_package, is_table_package
from netloom.serving.answer_schemas import Schema
from netloom.serving.bundled_pictures import bundled_pictures
from netloom.serving.bundled_table import bundled_table
from netloom.serving.runtime_wheel import Runtime, pinned_requirements, write_runtime
from netloom.serving.served import table_package_in
from netloom.serving.wheel_files import WHEELS_FOLDER, fetch_wheels
from netloom.tasks.tabular.model_summary import TABULAR

_COPIED = {"deploy.sh": "deploy.sh", "Dockerfile": "Dockerfile", "dockerignore": ".dockerignore"}


class Content(Protocol):
    """What differs between bundles: of models of pictures, and of tables."""

    @property
    def models(self) -> Mapping[str, BundledModel]:
        """By the step of the graph."""

    @property
    def runtime(self) -> Runtime:
        """What it takes to serve them."""

    @property
    def schema(self) -> Schema:
        """Of an answer."""

    @property
    def read_me(self) -> str:
        """Name of the template of the text for people."""

    @property
    def words(self) -> dict[str, str]:
        """What that text says besides what it says of every bundle."""

    def write_sample(self, folder: Path, *, created: float) -> None:
        """Write a request and its answer."""


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
            the bundle need not be allowed to see the data. Tables have none.
        with_wheels: Put the libraries into it, so that it can be served where there is no package index.

    Raises:
        InvalidData: A model is damaged, or cannot predict by itself, as with functions of the user's own; or
            the libraries cannot be fetched.
        StorageFailed: The disk is full or the folder cannot be written.
    """
    package = table_package_in(folder)
    content: Content = (
        bundled_pictures(folder, sample)
        if package is None
        else bundled_table(folder, package, sample)
    )
    content.write_sample(folder / "sample", created=label.created)
    write_runtime(folder / "runtime", content.runtime)
    requirements = pinned_requirements(content.runtime)
    write_text(folder / "requirements.txt", "\n".join(requirements) + "\n")
    if with_wheels:
        fetch_wheels(folder / "requirements.txt", folder / WHEELS_FOLDER)
    for name, place in _COPIED.items():
        write_bytes(folder / place, _own(name))
    (folder / "deploy.sh").chmod(0o755)
    write_text(folder / "README.md", _read_me(label, content))
    bundle = Bundle(
        name=label.name,
        version=label.version,
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(label.created)),
        run=label.run,
        netloom=own_version(),
        models=content.models,
        files=_files(folder),
    )
    write_json(folder / BUNDLE_FILE, bundle.model_dump(mode="json"))
    return bundle


def graph_folder_of(model: Path, folder: Path, *, tolerance: float = 1e-4) -> None:
    """Write a single model as a folder that :func:`write_bundle` takes; a package of pictures is exported.

    Args:
        model: Folder of an exported model, a model package, a table model or an inference graph.
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
    target = folder / MODELS_FOLDER / "model"
    if is_table_package(model):
        copy_table_package(model, target)
        write_graph(folder, InferenceGraph.of_model("model", task=TABULAR))
        return
    manifest = read_manifest(model) if not is_exported(model) else None
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


def _files(folder: Path) -> dict[str, BundledFile]:
    return {
        path.relative_to(folder).as_posix(): BundledFile(
            sha256=digest_of_file(path), bytes=path.stat().st_size
        )
        for path in files_below(folder)
        if path.name != BUNDLE_FILE
    }


def _read_me(label: BundleLabel, content: Content) -> str:
    rows = [
        f"| `{name}` | {model.task} | {_shown(model.labels)} |"
        for name, model in content.models.items()
    ]
    about = [
        f"Made by Netloom {own_version()}" + (f" from run {label.run}." if label.run else "."),
        "",
        "| model | task | labels |",
        "|---|---|---|",
        *rows,
    ]
    return Template(_own(content.read_me).decode()).substitute(
        name=label.name,
        version=label.version,
        about="\n".join(about),
        schema=json.dumps(content.schema, indent=2, ensure_ascii=False),
        **content.words,
    )


def _shown(labels: Any) -> str:
    shown = ", ".join(labels[:12])
    return f"{shown} and {len(labels) - 12} more" if len(labels) > 12 else shown


def _own(name: str) -> bytes:
    return files("netloom.serving").joinpath("bundle_files", name).read_bytes()
