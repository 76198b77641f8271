"""Exported models as values on the edges of a graph, and how they are kept as artifacts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic

from netloom.compression.exported_package import GRAPH_FILE, read_exported
from netloom.core.identifiers import ArtifactId
from netloom.core.locations import artifact_location
from netloom.core.tasks import TaskT
from netloom.models.codecs import keep_package, reference_in
from netloom.models.model_json import backbone_from_json
from netloom.models.package import MODEL_FILE
from netloom.models.spec import Body


@dataclass(frozen=True, kw_only=True)
class ExportedModel(Generic[TaskT]):
    """A network that another runtime computes. It predicts, but cannot be trained any further.

    Attributes:
        task: Name of the learning task.
        backbone: What was trained, for people; the graph itself does not need it.
        labels: Label space in the order of the outputs.
        package: Location of its folder, see :mod:`netloom.compression.exported_package`.
    """

    task: str
    backbone: Body
    labels: tuple[str, ...]
    package: str

    def to_json(self) -> dict[str, Any]:
        """The value as JSON.

        Example:
            >>> from netloom.models.spec import ConvNet
            >>> fields = {"task": "t", "backbone": ConvNet(), "labels": ("a", "b")}
            >>> len(ExportedModel(**fields, package="path:exported").to_json())
            4
        """
        return {
            "task": self.task,
            "backbone": self.backbone.model_dump(mode="json"),
            "labels": list(self.labels),
            "package": self.package,
        }


class ExportedModelCodec:
    """Keeps an :class:`ExportedModel` as its folder: the artifact's folder *is* the exported model.

    A model that already lies in another artifact is kept as a reference to it.
    """

    media_type = "application/vnd.netloom.exported-model"

    def save(
        self, value: ExportedModel[Any], folder: Path, *, workdir: Path
    ) -> tuple[ArtifactId, ...]:
        """Move the files from the work folder, copy the user's, or refer to an artifact."""
        return keep_package(value, folder, (MODEL_FILE, GRAPH_FILE), workdir=workdir)

    def load(self, folder: Path, *, artifact: ArtifactId) -> ExportedModel[Any]:
        """Read the manifest; the graph is loaded when it is used.

        Raises:
            NotFound: The folder holds no exported model.
            InvalidData: The manifest is damaged.
        """
        document = reference_in(folder)
        if document is not None:
            return ExportedModel(
                task=document["task"],
                backbone=backbone_from_json(document["backbone"]),
                labels=tuple(document["labels"]),
                package=document["package"],
            )
        manifest = read_exported(folder, verify=False)
        return ExportedModel(
            task=manifest.task,
            backbone=manifest.architecture.backbone,
            labels=manifest.labels,
            package=artifact_location(artifact),
        )

    def preview(self, folder: Path) -> dict[str, Any]:
        """Task, labels, inputs and outputs of the graph, its parity and its size."""
        document = reference_in(folder)
        if document is not None:
            return document
        manifest = read_exported(folder, verify=False)
        return {
            "task": manifest.task,
            "labels": list(manifest.labels),
            "backbone": manifest.architecture.backbone.model_dump(mode="json"),
            "inputs": [given.model_dump(mode="json") for given in manifest.inputs],
            "outputs": [given.model_dump(mode="json") for given in manifest.outputs],
            "parity": manifest.parity.model_dump(mode="json"),
            "graph_bytes": (folder / GRAPH_FILE).stat().st_size,
        }
