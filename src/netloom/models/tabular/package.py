"""Packages of table models: a trained network and its feature map as a folder of plain data.

    model.json            what it is: network, input, targets, the day of its data
    weights.safetensors   its parameters and buffers
    feature_map.json      how columns become what the network takes

Opening a package never executes anything stored in it. Equal networks give equal bytes.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from pydantic import ValidationError

from netloom.core.digests import digest_of_bytes, digest_of_file
from netloom.core.errors import InvalidData, NotFound
from netloom.core.files import storage_errors, write_bytes, write_json
from netloom.core.settings import Settings
from netloom.models.package import (
    MODEL_FILE,
    WEIGHTS_FILE,
    check_tensors,
    invalid_fields,
    read_document,
    read_weights,
)
from netloom.models.tabular.feature_input import FeatureInput
from netloom.models.tabular.spec import TableNetwork, Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from netloom.models.tabular.network import TableNet

FORMAT = "netloom.table_model/1"
FEATURE_MAP_FILE = "feature_map.json"
FILES = (MODEL_FILE, WEIGHTS_FILE, FEATURE_MAP_FILE)

_FIX = "Train again, or copy the package once more from where it came from"


class TableManifest(Settings):
    """The content of ``model.json``.

    Attributes:
        input: The columns of an encoded table that the network takes.
        targets: What it predicts, with all that fitting filled in.
        feature_map_sha256: Digest of the feature map's file.
        weights_sha256: Digest of the weights file.
        date: The day of the data it learned from, as ``2026-01-31``; empty if they had none.
        started_from: Digest of the weights that training began with; empty if it began afresh.
    """

    format: Literal["netloom.table_model/1"] = "netloom.table_model/1"
    network: TableNetwork
    input: FeatureInput
    targets: tuple[Target, ...]
    feature_map_sha256: str = ""
    weights_sha256: str = ""
    date: str = ""
    started_from: str = ""

    @property
    def outputs(self) -> tuple[int, ...]:
        """Numbers that the network gives for each target."""
        return tuple(target.outputs for target in self.targets)


class OpenedTableModel(NamedTuple):
    """A network ready to predict (in evaluation mode, on the CPU), and what it is."""

    manifest: TableManifest
    network: TableNet


def save_table_package(
    folder: Path, manifest: TableManifest, weights: Mapping[str, Tensor], *, feature_map: str
) -> TableManifest:
    """Write the package of a table model into ``folder``; returns the manifest with both digests.

    Args:
        feature_map: The text of ``feature_map.json``.

    Raises:
        StorageFailed: The disk is full or the folder cannot be written.

    Example:
        >>> import tempfile
        >>> from netloom.models.tabular.network import build_table_network
        >>> from netloom.models.tabular.feature_input import NumbersColumn
        >>> from netloom.models.tabular.spec import MLP
        >>> manifest = TableManifest(
        ...     network=MLP(widths=(4,)),
        ...     input=FeatureInput(columns=(NumbersColumn(name="default_numbers", width=3),)),
        ...     targets=(Target(column="clicked", type="binary"),),
        ... )
        >>> network = build_table_network(manifest.network, manifest.input, (1,), seed=0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = save_table_package(
        ...         Path(folder), manifest, network.state_dict(), feature_map="{}"
        ...     )
        ...     reopened = open_table_package(Path(folder)).network
        >>> reopened.training, [list(each.shape) for each in reopened.body.head.parameters()]
        (False, [[1, 4], [1]])
    """
    from safetensors.torch import save

    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
    content = feature_map.encode()
    write_bytes(folder / FEATURE_MAP_FILE, content)
    write_bytes(folder / WEIGHTS_FILE, save(tensors))
    complete = manifest.model_copy(
        update={
            "feature_map_sha256": digest_of_bytes(content),
            "weights_sha256": digest_of_file(folder / WEIGHTS_FILE),
        }
    )
    write_json(folder / MODEL_FILE, complete.model_dump(mode="json"))
    return complete


def is_table_package(folder: Path) -> bool:
    """Whether a folder looks like the package of a table model: it has a feature map beside a model."""
    return all((folder / name).is_file() for name in (MODEL_FILE, FEATURE_MAP_FILE))


def copy_table_package(package: Path, target: Path) -> None:
    """Copy what makes a model into a new folder: artifacts also hold their own manifest.

    Raises:
        StorageFailed: The disk is full or the folder cannot be written.
    """
    with storage_errors(target):
        target.mkdir(parents=True)
        for name in FILES:
            shutil.copyfile(package / name, target / name)


def read_table_manifest(folder: Path) -> TableManifest:
    """Read and check ``model.json`` without opening the weights.

    Raises:
        NotFound: The folder is not the package of a table model.
        InvalidData: The file is damaged or of a format this version does not know.
    """
    if (folder / MODEL_FILE).is_file() and not is_table_package(folder):
        raise NotFound.of(
            f"{folder} is not the package of a table model",
            code="T323",
            expected=f"a folder with {MODEL_FILE}, {WEIGHTS_FILE} and {FEATURE_MAP_FILE}",
            got=f"no {FEATURE_MAP_FILE} in it",
            fix="Name what tables.train wrote",
        )
    document = read_document(folder, format=FORMAT)
    try:
        return TableManifest.model_validate(document)
    except ValidationError as error:
        raise InvalidData(*invalid_fields(folder / MODEL_FILE, error)) from error


def open_table_package(folder: Path) -> OpenedTableModel:
    """Build the network and load its weights, checking names, shapes and both digests.

    The feature map is for the caller to read.

    Raises:
        NotFound: The folder is not the package of a table model.
        InvalidData: Something in it is damaged; the diagnostics name every tensor concerned.

    See :func:`save_table_package` for an example.
    """
    from netloom.models.tabular.network import outlined_table_network

    manifest = read_table_manifest(folder)
    check_feature_map(folder, manifest)
    weights = read_weights(folder, manifest)
    network = outlined_table_network(manifest.network, manifest.input, manifest.outputs)
    check_tensors(folder / WEIGHTS_FILE, network.state_dict(), weights)
    # Large tables of vectors are neither drawn nor copied.
    network.load_state_dict(weights, assign=True)
    return OpenedTableModel(manifest, network.eval())


def check_feature_map(folder: Path, manifest: TableManifest) -> None:
    """Raise InvalidData unless the feature map is the one that the model learned with."""
    path = folder / FEATURE_MAP_FILE
    if manifest.feature_map_sha256 and digest_of_file(path) != manifest.feature_map_sha256:
        raise InvalidData.of(
            f"{path} is not the feature map that the model learned with",
            code="T324",
            expected=f"digest {manifest.feature_map_sha256}",
            got=digest_of_file(path),
            fix=_FIX,
        )
