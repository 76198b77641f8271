"""A model's package as people take it away: zipped, measured, and named in a pipeline."""

from __future__ import annotations

import json
import math
import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from netloom.core.artifacts import Artifact, FileEntry
from netloom.workspace.model_registry import KnownModel

if TYPE_CHECKING:
    from netloom.workspace.workspace import Workspace

_CHUNK_BYTES = 1 << 20
_LONG_BYTES = 1 << 31
"""Files from here on need the large form of a zip file, whose length is not told beforehand."""
_WEIGHTS = "weights.safetensors"
_STATISTICS = ("running_mean", "running_var", "num_batches_tracked")
"""What a batch norm counts rather than learns."""
_LONGEST_HEADER = 100 << 20


@dataclass(frozen=True, slots=True)
class ZippedPackage:
    """A zip file that is made while it is read; ``size_bytes`` is None if it is only known at the end."""

    content: Iterator[bytes]
    size_bytes: int | None


def zipped(artifact: Artifact) -> ZippedPackage:
    """The files of a package; not compressed, which weights never are by much."""
    files = artifact.manifest.files
    return ZippedPackage(_written(artifact), _size(files))


def file_name(model: KnownModel) -> str:
    """What to call the file."""
    entry = model.registration
    return f"{_plain(model.name)}-{entry.version if entry else model.artifact[:8]}.zip"


def snippet(workspace: Workspace, model: KnownModel) -> str:
    """A node that gives the model in a pipeline: by its name, or from the folder of the package."""
    path = _called(workspace, model)
    node = _plain(model.made.node if model.registration is None else model.name).lower()
    written = path if re.fullmatch(r"[\w./-]+", path) else json.dumps(path, ensure_ascii=False)
    name = re.sub(r"^[^a-z]+", "", node) or "model"
    return f"{name}: {{op: {model.about.loaded_by}: {written}}}"


def _called(workspace: Workspace, model: KnownModel) -> str:
    """What the operator that loads it takes."""
    if model.registration is not None and model.about.takes_rows:
        return f"{model.name}@{model.registration.version}"
    folder = workspace.artifacts.folder(model.artifact)
    if folder.is_relative_to(workspace.project):
        return folder.relative_to(workspace.project).as_posix()
    return str(folder)


def num_parameters(folder: Path) -> int | None:
    """Numbers that training can change, by the header of the weights; None if it cannot be read."""
    try:
        return _num_parameters(folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error):
        return None


@lru_cache(maxsize=10_000)
def _num_parameters(folder: Path) -> int:
    """A package never changes, so an answer is good for ever."""
    with (folder / _WEIGHTS).open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        if length > _LONGEST_HEADER:
            raise ValueError("the header is too long to be one")
        header = json.loads(stream.read(length))
    return sum(
        math.prod(tensor["shape"])
        for name, tensor in header.items()
        if name != "__metadata__" and not name.endswith(_STATISTICS)
    )


class _Sink:
    """Takes what the zip writer writes; it cannot be rewound, so lengths follow the files."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is open."""

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def _written(artifact: Artifact) -> Iterator[bytes]:
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for entry in artifact.manifest.files:
            is_long = entry.size_bytes >= _LONG_BYTES
            # The same date for all: equal packages give equal zip files.
            info = zipfile.ZipInfo(entry.path, date_time=(1980, 1, 1, 0, 0, 0))
            info.external_attr = 0o644 << 16
            source = artifact.folder / entry.path
            with (
                source.open("rb") as stream,
                archive.open(info, "w", force_zip64=is_long) as target,
            ):
                while piece := stream.read(_CHUNK_BYTES):
                    target.write(piece)
                    yield sink.taken()
    yield sink.taken()


def _size(files: tuple[FileEntry, ...]) -> int | None:
    """Length of the zip file: local header, content, lengths, and entry of each; then the end."""
    if sum(entry.size_bytes for entry in files) >= _LONG_BYTES:
        return None
    names = sum(len(entry.path.encode()) for entry in files)
    return sum(entry.size_bytes + 30 + 16 + 46 for entry in files) + 2 * names + 22


def _plain(name: str) -> str:
    """Letters, digits and underscores, for file names and ids of nodes."""
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")[:60] or "model"
