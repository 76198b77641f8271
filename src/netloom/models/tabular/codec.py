"""How table models are kept as artifacts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from netloom.core.files import write_json
from netloom.core.identifiers import ArtifactId
from netloom.core.locations import artifact_location
from netloom.models.codecs import REFERENCE_FILE, keep_package, reference_in
from netloom.models.package import MODEL_FILE, WEIGHTS_FILE
from netloom.models.tabular.package import FILES, read_table_manifest
from netloom.models.tabular.spec import TableModel, TableNetwork, Target, TrainedTableModel


def table_model_from_json(document: dict[str, Any]) -> TableModel:
    """A :class:`TableModel`, or a :class:`TrainedTableModel` if the document names a package.

    Raises:
        pydantic.ValidationError: The network is unknown or its settings are not valid.

    Example:
        >>> from netloom.models.tabular.spec import MLP
        >>> model = TableModel(network=MLP(), targets=(Target(column="clicked", type="binary"),))
        >>> table_model_from_json(model.to_json()) == model
        True
    """
    network: TableNetwork = _NETWORK.validate_python(document["network"])
    targets = _TARGETS.validate_python(document["targets"])
    if "package" in document:
        return TrainedTableModel(network=network, targets=targets, package=document["package"])
    return TableModel(network=network, targets=targets)


_NETWORK: TypeAdapter[TableNetwork] = TypeAdapter(TableNetwork)
_TARGETS: TypeAdapter[tuple[Target, ...]] = TypeAdapter(tuple[Target, ...])


class TableModelCodec:
    """Keeps a :class:`TableModel` description as one JSON file. See :class:`netloom.core.codecs.Codec`."""

    media_type = "application/vnd.netloom.table-model-spec"

    def save(self, value: TableModel, folder: Path, *, workdir: Path) -> tuple[ArtifactId, ...]:
        """Write ``model.json``."""
        write_json(folder / MODEL_FILE, value.to_json())
        return ()

    def load(self, folder: Path, *, artifact: ArtifactId) -> TableModel:
        """Read it back."""
        return table_model_from_json(self.preview(folder))

    def preview(self, folder: Path) -> dict[str, Any]:
        """The description itself."""
        document: dict[str, Any] = json.loads((folder / MODEL_FILE).read_bytes())
        return document


class TrainedTableModelCodec:
    """Keeps a :class:`TrainedTableModel` as its package: the artifact's folder *is* the package.

    A model that already lies in another artifact is kept as a reference to it.
    """

    media_type = "application/vnd.netloom.table-model"

    def save(
        self, value: TrainedTableModel, folder: Path, *, workdir: Path
    ) -> tuple[ArtifactId, ...]:
        """Move a package from the work folder, copy one of the user's, or refer to an artifact."""
        return keep_package(value, folder, FILES, workdir=workdir)

    def load(self, folder: Path, *, artifact: ArtifactId) -> TrainedTableModel:
        """Read the manifest; weights are opened when they are used.

        Raises:
            NotFound: The folder is not the package of a table model.
            InvalidData: The manifest is damaged.
        """
        document = reference_in(folder)
        if document is None:
            manifest = read_table_manifest(folder)
            return TrainedTableModel(
                network=manifest.network,
                targets=manifest.targets,
                package=artifact_location(artifact),
            )
        model = table_model_from_json(document)
        if not isinstance(model, TrainedTableModel):  # as only an edited file can say
            file = folder / REFERENCE_FILE
            raise ValueError(f"{file} does not name the package of a table model")  # noqa: TRY004
        return model

    def preview(self, folder: Path) -> dict[str, Any]:
        """Network, targets and columns, the day of its data, and the size of its weights."""
        document = reference_in(folder)
        if document is not None:
            return document
        manifest = read_table_manifest(folder)
        return {
            "network": manifest.network.model_dump(mode="json"),
            "targets": [target.model_dump(mode="json") for target in manifest.targets],
            "input": list(manifest.input.entries),
            "date": manifest.date,
            "started_from": manifest.started_from,
            "weights_bytes": (folder / WEIGHTS_FILE).stat().st_size,
        }
