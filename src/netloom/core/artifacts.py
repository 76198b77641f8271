"""Artifacts: outputs kept on disk as content-addressed folders with a manifest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from netloom.core.digests import digest_of_file, digest_of_json, files_below
from netloom.core.identifiers import ArtifactId

MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of an artifact. ``path`` is relative and uses ``/``."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an artifact consists of. Its digest is the artifact's id.

    Attributes:
        media_type: What the folder holds, e.g. ``application/vnd.netloom.dataset``.
        files: Every file except the manifest itself, sorted by path.
        refs: Artifacts this one points into; they live at least as long as it does.
    """

    media_type: str
    files: tuple[FileEntry, ...]
    refs: tuple[ArtifactId, ...] = ()

    @property
    def id(self) -> ArtifactId:
        """Digest over media type, files and references."""
        return ArtifactId(digest_of_json(self.to_json()))

    @property
    def size_bytes(self) -> int:
        """Total size of the files."""
        return sum(entry.size_bytes for entry in self.files)

    def to_json(self) -> dict[str, Any]:
        """The document stored as ``manifest.json``."""
        return {
            "media_type": self.media_type,
            "files": [[entry.path, entry.size_bytes, entry.sha256] for entry in self.files],
            "refs": list(self.refs),
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Manifest:
        """Inverse of :meth:`to_json`."""
        return cls(
            media_type=document["media_type"],
            files=tuple(FileEntry(*entry) for entry in document["files"]),
            refs=tuple(ArtifactId(ref) for ref in document["refs"]),
        )

    @classmethod
    def of_folder(
        cls, folder: Path, *, media_type: str, refs: tuple[ArtifactId, ...] = ()
    ) -> Manifest:
        """Read every file below ``folder`` and describe it."""
        files = tuple(
            FileEntry(
                path=path.relative_to(folder).as_posix(),
                size_bytes=path.stat().st_size,
                sha256=digest_of_file(path),
            )
            for path in files_below(folder)
            if path.relative_to(folder).as_posix() != MANIFEST_NAME
        )
        return cls(media_type=media_type, files=files, refs=tuple(sorted(set(refs))))


@dataclass(frozen=True, slots=True)
class Artifact:
    """A stored artifact: where it lies and what it holds."""

    id: ArtifactId
    folder: Path
    manifest: Manifest


class ArtifactStore(Protocol):
    """Keeps artifacts. Safe for concurrent processes; committing equal content twice stores it once."""

    def stage(self) -> Path:
        """A fresh private folder on the store's own file system, to be filled and committed."""

    def commit(
        self, staged: Path, *, media_type: str, refs: tuple[ArtifactId, ...] = ()
    ) -> Artifact:
        """Describe a staged folder and move it into the store atomically.

        Raises:
            StorageFailed: The disk is full or the store cannot be written; nothing was added.
        """

    def get(self, artifact: ArtifactId) -> Artifact:
        """The artifact with this id.

        Raises:
            NotFound: It is not in the store.
            ArtifactDamaged: A file is missing or has another size than its manifest says.
        """

    def verify(self, artifact: ArtifactId) -> None:
        """Read every byte and compare with the manifest.

        Raises:
            ArtifactDamaged: Something differs; the diagnostic names the file.
        """
