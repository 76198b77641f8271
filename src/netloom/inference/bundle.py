"""Bundles: a trained graph as a folder or a zip file that serves by itself.

    bundle.json      what it is, and the digest of every other file
    graph.json       the inference graph
    models/          a folder for each of its models
    sample/          a request, and the answer it had when the bundle was made
    deploy.sh …      how to serve it, with the runtime in runtime/

Nothing in a bundle is executed when it is opened, and no file is used whose digest is not the one that
``bundle.json`` names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator

from netloom.core.diagnostics import Diagnostic
from netloom.core.digests import digest_of_file
from netloom.core.errors import InvalidData, NotFound
from netloom.core.settings import NonEmptyText, NonNegativeInt, Settings
from netloom.inference.inference_graph import InferenceGraph, read_graph

BUNDLE_FILE = "bundle.json"

_FIX = "Make the bundle again, or take it once more from where it came from"
_PLACE = re.compile(r"(?!\.\.?(/|$))[^/\\:\x00-\x1f]+(/(?!\.\.?(/|$))[^/\\:\x00-\x1f]+)*")


class BundledFile(Settings):
    """A file of the bundle, as it was when the bundle was made."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    bytes: NonNegativeInt


class BundledModel(Settings):
    """One of the models, for people; programs read its own folder.

    Attributes:
        runtime: What computes it: ``onnx`` (ONNX Runtime) or ``torch`` (PyTorch).
        inputs: The columns of a table that it takes; None for pictures, and where there are too many.
        targets: The columns of a table that it predicts.
    """

    task: NonEmptyText
    labels: tuple[str, ...]
    runtime: Literal["onnx", "torch"]
    inputs: tuple[Mapping[str, Any], ...] | None = None
    targets: tuple[Mapping[str, Any], ...] = ()


class Bundle(Settings):
    """The content of ``bundle.json``.

    Attributes:
        name: Names the model in addresses and the container.
        version: Of the bundle, as ``deploy.sh`` takes it: 1.0 is meant by ``1.0``, ``1.x`` and ``1``.
        created: When, in UTC.
        run: The run it was made from.
        netloom: The version that made it.
        models: By the step of the graph.
        files: By their place in the bundle.
    """

    format: Literal[1] = 1
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]
    version: Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)*$")] = "1.0"
    created: NonEmptyText
    run: str | None = None
    netloom: NonEmptyText
    models: Mapping[str, BundledModel]
    files: Mapping[str, BundledFile]

    @field_validator("files")
    @classmethod
    def _stay_inside(cls, files: Mapping[str, BundledFile]) -> Mapping[str, BundledFile]:
        outside = sorted(place for place in files if not is_place(place))
        if outside:
            raise ValueError(f"{outside[0]!r} is no place inside a bundle")
        return files

    @property
    def needs_torch(self) -> bool:
        """Whether one of the models is computed by PyTorch."""
        return any(model.runtime == "torch" for model in self.models.values())

    @property
    def total_bytes(self) -> int:
        """Of all files together."""
        return sum(file.bytes for file in self.files.values())


def is_place(text: str) -> bool:
    """Whether a text names a place below a folder, and cannot lead out of it on any system.

    Example:
        >>> [is_place(text) for text in ("models/a.onnx", "../a", "/a", "a/../../b", "C:a", "a//b")]
        [True, False, False, False, False, False]
    """
    return _PLACE.fullmatch(text) is not None


def is_bundle(folder: Path) -> bool:
    """Whether a folder holds a bundle.

    Example:
        >>> is_bundle(Path("nowhere"))
        False
    """
    return (folder / BUNDLE_FILE).is_file()


def read_bundle(folder: Path) -> Bundle:
    """Read and check ``bundle.json`` alone.

    Raises:
        NotFound: The folder is no bundle.
        InvalidData: The file is damaged.
    """
    path = folder / BUNDLE_FILE
    if not path.is_file():
        raise NotFound.of(
            f"{folder} is no bundle",
            code="I490",
            expected=f"a folder with {BUNDLE_FILE}",
            fix="Name what `netloom bundle` wrote",
        )
    return bundle_of_json(path.read_bytes(), name=str(path))


def bundle_of_json(content: bytes, *, name: str) -> Bundle:
    """Check the content of a ``bundle.json``.

    Raises:
        InvalidData: It is damaged, or of a newer format.
    """
    try:
        document = json.loads(content)
    except ValueError as error:
        raise InvalidData.of(
            f"{name} is not readable JSON: {error}", code="I491", fix=_FIX
        ) from error
    if isinstance(document, dict) and document.get("format") not in (None, 1):
        raise InvalidData.of(
            f"{name} has a format that this version of Netloom cannot read",
            code="I492",
            expected="format 1",
            got=f"format {document['format']!r}",
            fix="Update Netloom",
        )
    try:
        return Bundle.model_validate(document)
    except ValidationError as error:
        raise InvalidData(*(_invalid_field(name, each) for each in error.errors())) from error


def verify_bundle(folder: Path) -> tuple[Bundle, InferenceGraph]:
    """Check every file of a bundle against its digest; files that it does not name are not looked at.

    Raises:
        NotFound: The folder is no bundle.
        InvalidData: Files are missing or were changed, each with a diagnostic.
    """
    bundle = read_bundle(folder)
    problems = [
        problem
        for place, file in sorted(bundle.files.items())
        if (problem := _changed(folder, place, file)) is not None
    ]
    if problems:
        raise InvalidData(*problems)
    return bundle, read_graph(folder)


def _changed(folder: Path, place: str, file: BundledFile) -> Diagnostic | None:
    path = folder / place
    if not path.is_file():
        return Diagnostic("I493", f"{path} is missing", fix=_FIX)
    found = path.stat().st_size
    if found != file.bytes:
        return changed(str(path), f"{file.bytes} bytes", f"{found} bytes")
    digest = digest_of_file(path)
    if digest != file.sha256:
        return changed(str(path), f"SHA-256 {file.sha256[:12]}…", f"SHA-256 {digest[:12]}…")
    return None


def changed(name: str, expected: str, got: str) -> Diagnostic:
    """What is said of a file that is not what ``bundle.json`` says."""
    return Diagnostic(
        "I493",
        f"{name} was changed after the bundle was made",
        expected=expected,
        got=got,
        fix=_FIX,
    )


def _invalid_field(name: str, problem: Any) -> Diagnostic:
    where = ".".join(map(str, problem["loc"])) or "content"
    return Diagnostic("I491", f"{name}: {where}: {problem['msg']}", fix=_FIX)
