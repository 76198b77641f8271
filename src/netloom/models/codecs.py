"""How models are kept as artifacts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from netloom.core.files import write_json
from netloom.core.identifiers import ArtifactId
from netloom.core.locations import artifact_location, artifact_of, local_path
from netloom.models.model_json import model_from_json
from netloom.models.package import MODEL_FILE, WEIGHTS_FILE, read_manifest
from netloom.models.spec import Model, TrainedModel

REFERENCE_FILE = "reference.json"


class ModelCodec:
    """Keeps a :class:`Model` description as one JSON file."""

    media_type = "application/vnd.netloom.model-spec"

    def save(self, value: Model[Any], folder: Path, *, workdir: Path) -> tuple[ArtifactId, ...]:
        """Write ``model.json``."""
        write_json(folder / MODEL_FILE, value.to_json())
        return ()

    def load(self, folder: Path, *, artifact: ArtifactId) -> Model[Any]:
        """Read it back."""
        return model_from_json(json.loads((folder / MODEL_FILE).read_bytes()))

    def preview(self, folder: Path) -> dict[str, Any]:
        """The description itself."""
        document: dict[str, Any] = json.loads((folder / MODEL_FILE).read_bytes())
        return document


class Packaged(Protocol):
    """A model whose numbers lie in a folder of their own."""

    @property
    def package(self) -> str:
        """Location of that folder."""

    def to_json(self) -> dict[str, Any]:
        """The value as JSON."""


def keep_package(
    model: Packaged, folder: Path, files: Sequence[str], *, workdir: Path
) -> tuple[ArtifactId, ...]:
    """Save a model as an artifact whose folder is its package.

    Files are moved from the work folder or copied from the user's. A package that already lies in
    another artifact is referred to in ``reference.json``, and that artifact is returned.
    """
    owner = artifact_of(model.package)
    if owner is not None:
        write_json(folder / REFERENCE_FILE, model.to_json())
        return (owner,)
    scheme, _, rest = model.package.partition(":")
    source = workdir / rest if scheme == "work" else local_path(model.package)
    for name in files:
        if scheme == "work":
            shutil.move(source / name, folder / name)
        else:
            shutil.copyfile(source / name, folder / name)
    return ()


def reference_in(folder: Path) -> dict[str, Any] | None:
    """The model that an artifact refers to, as :func:`keep_package` wrote it; None if it is one itself."""
    file = folder / REFERENCE_FILE
    if not file.is_file():
        return None
    document: dict[str, Any] = json.loads(file.read_bytes())
    return document


class TrainedModelCodec:
    """Keeps a :class:`TrainedModel` as its model package: the artifact's folder *is* the package.

    A model that already lies in another artifact is kept as a reference to it.
    """

    media_type = "application/vnd.netloom.model"

    def save(
        self, value: TrainedModel[Any], folder: Path, *, workdir: Path
    ) -> tuple[ArtifactId, ...]:
        """Move a package from the work folder, copy one of the user's, or refer to an artifact."""
        return keep_package(value, folder, (MODEL_FILE, WEIGHTS_FILE), workdir=workdir)

    def load(self, folder: Path, *, artifact: ArtifactId) -> TrainedModel[Any]:
        """Read the manifest; weights are opened when they are used.

        Raises:
            NotFound: The folder holds no model package.
            InvalidData: The manifest is damaged.
        """
        document = reference_in(folder)
        if document is not None:
            model = model_from_json(document)
            if not isinstance(model, TrainedModel):
                raise ValueError(f"{folder / REFERENCE_FILE} does not name a model package")
            return model
        manifest = read_manifest(folder)
        return TrainedModel(
            task=manifest.task,
            backbone=manifest.architecture.backbone,
            decoder=manifest.architecture.decoder,
            head=manifest.architecture.head,
            labels=manifest.labels,
            package=artifact_location(artifact),
        )

    def preview(self, folder: Path) -> dict[str, Any]:
        """Task, labels, backbone and input of the package, and the size of its weights."""
        document = reference_in(folder)
        if document is not None:
            return document
        manifest = read_manifest(folder)
        image = manifest.architecture.input
        return {
            "task": manifest.task,
            "labels": list(manifest.labels),
            "backbone": manifest.architecture.backbone.model_dump(mode="json"),
            "input": list(image.sample_shape),
            "weights_bytes": (folder / WEIGHTS_FILE).stat().st_size,
        }
