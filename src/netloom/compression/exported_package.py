"""Exported models: a trained network as a folder that runs without a deep-learning framework.

    model.json     what it is: task, label space, preprocessing, architecture, inputs and outputs
    model.onnx     the network from bytes to outputs, normalisation included

Torch-free. Opening one never executes anything stored in it but the graph of numeric operations.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from netloom.core.diagnostics import Diagnostic
from netloom.core.digests import digest_of_file
from netloom.core.errors import InvalidData, NotFound
from netloom.core.settings import Fraction, NonNegativeInt, PositiveInt, Settings
from netloom.models.package import MODEL_FILE, PackageManifest

GRAPH_FILE = "model.onnx"

_FIX = "Export the model again, or copy the folder once more from where it came from"


class ArraySpec(Settings):
    """One input or output of the graph.

    Attributes:
        shape: Sizes; a text stands for a size that varies.
        meaning: In words, with unit and value range.
    """

    name: str
    dtype: str
    shape: tuple[int | str, ...]
    meaning: str


class Parity(Settings):
    """How closely the exported network follows the trained one.

    Attributes:
        max_difference: Largest absolute difference of any score (probability) found.
        pictures: How many pictures were compared.
        real_pictures: How many of them came from a data set; the others were random.
        batch_sizes: Sizes of the batches they were given in.
    """

    max_difference: Fraction
    pictures: PositiveInt
    real_pictures: NonNegativeInt
    batch_sizes: tuple[PositiveInt, ...]


class ExportedManifest(PackageManifest):
    """The content of ``model.json``: a package's manifest, and what the graph needs to be used.

    Attributes:
        runtime: Marks the folder as an exported model.
        opset: Version of the ONNX operators.
        weights_sha256: Digest of ``model.onnx``.
        trained_sha256: Digest of the weights it was exported from.
    """

    runtime: Literal["onnx"] = "onnx"
    opset: PositiveInt
    inputs: tuple[ArraySpec, ...]
    outputs: tuple[ArraySpec, ...]
    trained_sha256: str
    parity: Parity


def is_exported(folder: Path) -> bool:
    """Whether a folder holds an exported model rather than a model package.

    Example:
        >>> int(is_exported(Path("nowhere")))
        0
    """
    return (folder / GRAPH_FILE).is_file()


def read_exported(folder: Path, *, verify: bool = True) -> ExportedManifest:
    """Read and check ``model.json``, and the digest of the graph.

    Args:
        verify: False leaves out reading the whole graph file.

    Raises:
        NotFound: The folder is not an exported model.
        InvalidData: A file is damaged.
    """
    path, graph = folder / MODEL_FILE, folder / GRAPH_FILE
    missing = [file.name for file in (path, graph) if not file.is_file()]
    if missing:
        raise NotFound.of(
            f"{folder} is not an exported model",
            code="E401",
            expected=f"a folder with {MODEL_FILE} and {GRAPH_FILE}",
            got="no such folder" if not folder.exists() else "no " + " and no ".join(missing),
            fix="Name what the operator export or `netloom export` wrote",
        )
    try:
        manifest = ExportedManifest.model_validate(json.loads(path.read_bytes()))
    except ValidationError as error:
        raise InvalidData(*_invalid_fields(path, error)) from error
    except ValueError as error:
        raise InvalidData.of(
            f"{path} is not readable JSON: {error}", code="E402", fix=_FIX
        ) from error
    if verify and digest_of_file(graph) != manifest.weights_sha256:
        raise InvalidData.of(
            f"{graph} is damaged: its digest is not the one in {MODEL_FILE}", code="E402", fix=_FIX
        )
    return manifest


def _invalid_fields(path: Path, error: ValidationError) -> list[Diagnostic]:
    return [
        Diagnostic(
            code="E402",
            message=f"{path}: {'.'.join(map(str, problem['loc'])) or 'content'}: {problem['msg']}",
            fix=_FIX,
        )
        for problem in error.errors()
    ]
