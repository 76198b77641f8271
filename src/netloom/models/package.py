"""Model packages: a trained network as a folder of plain data.

    model.json            what it is: format, task, label space, architecture, preprocessing
    weights.safetensors   its parameters and buffers

Opening a package never executes anything stored in it. Equal networks give equal bytes. The file is
not called ``manifest.json`` because a package is also an artifact, whose manifest has that name.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from pydantic import ValidationError

from netloom.core.diagnostics import Diagnostic
from netloom.core.digests import digest_of_file
from netloom.core.errors import InvalidData, NotFound
from netloom.core.files import write_bytes, write_json
from netloom.core.settings import Settings
from netloom.models.architecture import Architecture

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from netloom.models.network import Network

MODEL_FILE = "model.json"
WEIGHTS_FILE = "weights.safetensors"

_FIX = "Train again, or copy the package once more from where it came from"


class PackageManifest(Settings):
    """The content of ``model.json``.

    Attributes:
        task: Name of the learning task.
        labels: Label space in the order of the outputs.
        preprocessing: Transforms (as JSON) that every picture goes through first; none of them
            random. Normalisation is part of the architecture.
        weights_sha256: Digest of the weights file.
    """

    format: Literal[1] = 1
    task: str
    labels: tuple[str, ...]
    architecture: Architecture
    preprocessing: tuple[dict[str, Any], ...] = ()
    weights_sha256: str = ""


class NamesWeights(Protocol):
    """A manifest: it knows the digest of the weights beside it."""

    @property
    def weights_sha256(self) -> str:
        """Hexadecimal SHA-256 of the weights file; empty if nobody knows it."""


class OpenedPackage(NamedTuple):
    """A network ready to predict (in evaluation mode, on the CPU), and what it is."""

    manifest: PackageManifest
    network: Network


def save_package(
    folder: Path, manifest: PackageManifest, weights: Mapping[str, Tensor]
) -> PackageManifest:
    """Write a model package into ``folder``; returns the manifest with the weights' digest.

    Raises:
        StorageFailed: The disk is full or the folder cannot be written.

    Example:
        >>> import tempfile, torch
        >>> from netloom.models.architecture import ImageInput, LinearHead
        >>> from netloom.models.network import build_network
        >>> from netloom.models.spec import Perceptron
        >>> image = ImageInput(channels=1, height=2, width=2, mean=(0.5,), std=(0.5,))
        >>> architecture = Architecture(
        ...     input=image, backbone=Perceptron(widths=(4,)), head=LinearHead(outputs=2)
        ... )
        >>> manifest = PackageManifest(task="t", labels=("a", "b"), architecture=architecture)
        >>> network = build_network(architecture, seed=0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     saved = save_package(Path(folder), manifest, network.state_dict())
        ...     reopened = open_package(Path(folder)).network
        >>> sum(a.numel() for a in reopened.state_dict().values())
        30
    """
    from safetensors.torch import save

    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
    write_bytes(folder / WEIGHTS_FILE, save(tensors))
    complete = manifest.model_copy(update={"weights_sha256": digest_of_file(folder / WEIGHTS_FILE)})
    write_json(folder / MODEL_FILE, complete.model_dump(mode="json"))
    return complete


def read_manifest(folder: Path) -> PackageManifest:
    """Read and check ``model.json`` without opening the weights.

    Raises:
        NotFound: The folder is not a model package.
        InvalidData: The file is damaged or of a format this version does not know.
    """
    document = read_document(folder, format=1)
    try:
        return PackageManifest.model_validate(document)
    except ValidationError as error:
        raise InvalidData(*invalid_fields(folder / MODEL_FILE, error)) from error


def read_document(folder: Path, *, format: int | str) -> Any:
    """The content of ``model.json``, in a format that is known but otherwise unchecked.

    Raises:
        NotFound: The folder is not a model package.
        InvalidData: The file is damaged or of another format.
    """
    path = folder / MODEL_FILE
    if not path.is_file():
        raise NotFound.of(
            f"{folder} is not a model package",
            code="I310",
            expected=f"a folder with {MODEL_FILE} and {WEIGHTS_FILE}",
            got="no such folder" if not folder.exists() else f"no {MODEL_FILE} in it",
            fix="Name what training wrote: the folder outputs/NODE.PORT of a run, such as fit.model",
        )
    try:
        document = json.loads(path.read_bytes())
    except ValueError as error:
        raise InvalidData.of(
            f"{path} is not readable JSON: {error}", code="I311", fix=_FIX
        ) from error
    if isinstance(document, dict) and document.get("format") not in (None, format):
        raise InvalidData.of(
            f"{path} has a format that this version of Netloom cannot read",
            code="I312",
            expected=f"format {format}",
            got=f"format {document['format']!r}",
            fix="Update Netloom",
        )
    return document


def open_package(folder: Path) -> OpenedPackage:
    """Build the network and load its weights, checking names, shapes and the digest.

    Raises:
        NotFound: The folder is not a model package.
        InvalidData: Something in it is damaged; the diagnostics name every tensor concerned.

    See :func:`save_package` for an example.
    """
    from netloom.models.network import unfilled_network

    manifest = read_manifest(folder)
    weights = read_weights(folder, manifest)
    network = unfilled_network(manifest.architecture)
    check_tensors(folder / WEIGHTS_FILE, network.state_dict(), weights)
    network.load_state_dict(weights)
    return OpenedPackage(manifest, network.eval())


def read_weights(folder: Path, manifest: NamesWeights) -> dict[str, Tensor]:
    """The tensors of a package.

    Raises:
        InvalidData: The file is missing, damaged or not the one the manifest describes.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = folder / WEIGHTS_FILE
    if not path.is_file():
        raise InvalidData.of(f"{path} is missing", code="I313", fix=_FIX)
    if manifest.weights_sha256 and digest_of_file(path) != manifest.weights_sha256:
        raise InvalidData.of(
            f"{path} is damaged: its digest is not the one in {MODEL_FILE}", code="I313", fix=_FIX
        )
    try:
        tensors: dict[str, Tensor] = load_file(path)
    except (SafetensorError, ValueError) as error:
        raise InvalidData.of(f"{path} cannot be read: {error}", code="I313", fix=_FIX) from error
    return tensors


def check_tensors(path: Path, expected: Mapping[str, Tensor], got: Mapping[str, Tensor]) -> None:
    """Raise InvalidData unless a file has the tensors that a network needs; it names all that differ."""
    problems = []
    for name in sorted(expected.keys() | got.keys()):
        wanted = _form(expected.get(name))
        found = _form(got.get(name))
        if wanted != found:
            problems.append(
                Diagnostic(
                    code="I314",
                    message=f"{path}: tensor {name!r} does not fit the architecture",
                    expected=wanted,
                    got=found,
                    fix=_FIX,
                )
            )
    if problems:
        raise InvalidData(*problems)


def _form(tensor: Tensor | None) -> str:
    if tensor is None:
        return "no such tensor"
    return f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}"


def invalid_fields(path: Path, error: ValidationError) -> list[Diagnostic]:
    """What is wrong with a manifest, field by field."""
    return [
        Diagnostic(
            code="I311",
            message=f"{path}: {'.'.join(map(str, problem['loc'])) or 'content'}: {problem['msg']}",
            fix=_FIX,
        )
        for problem in error.errors()
    ]
