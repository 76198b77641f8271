"""The artifact store on local disk: ``<root>/ab/abcdef…/`` with a manifest in each folder."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from netloom.core.artifacts import MANIFEST_NAME, Artifact, Manifest
from netloom.core.digests import digest_of_file
from netloom.core.errors import ArtifactDamaged, NotFound
from netloom.core.files import storage_errors
from netloom.core.identifiers import ArtifactId
from netloom.core.locations import artifact_of, local_path

_STAGING = ".staging"
_MANY_FILES = 64
_ABANDONED_AFTER_S = 24 * 3600.0


class LocalArtifactStore:
    """Artifacts below one folder. See :class:`netloom.core.artifacts.ArtifactStore`.

    Concurrency: an artifact appears by one rename of a complete, flushed folder, so readers never see
    half of it; two writers of equal content race harmlessly, the loser's copy is removed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def stage(self) -> Path:
        """A fresh private folder on the store's own file system."""
        staging = self.root / _STAGING
        with storage_errors(self.root):
            staging.mkdir(parents=True, exist_ok=True)
            return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=staging))

    def commit(
        self, staged: Path, *, media_type: str, refs: tuple[ArtifactId, ...] = ()
    ) -> Artifact:
        """Describe a staged folder and move it into the store atomically."""
        with storage_errors(self.root):
            manifest = Manifest.of_folder(staged, media_type=media_type, refs=refs)
            target = self.folder(manifest.id)
            if not self._is_sound(manifest.id):
                if target.exists():
                    self.discard(manifest.id)  # what is left of a damaged one
                text = json.dumps(manifest.to_json(), indent=1)
                (staged / MANIFEST_NAME).write_text(text)
                _flush(staged)
                target.parent.mkdir(parents=True, exist_ok=True)
                try:
                    staged.rename(target)
                except OSError:
                    if not (target / MANIFEST_NAME).exists():  # else another writer was faster
                        raise
            shutil.rmtree(staged, ignore_errors=True)
        return Artifact(manifest.id, target, manifest)

    def folder(self, artifact: ArtifactId) -> Path:
        """Where an artifact lies, or would lie."""
        return self.root / artifact[:2] / artifact

    def located(self, location: str, *, project: Path) -> Path:
        """Where an ``artifact:`` or ``path:`` location is, or would be.

        Args:
            project: Where relative paths start.
        """
        owner = artifact_of(location)
        if owner is None:
            return local_path(location, project)
        return self.folder(owner) / location.partition("/")[2]

    def get(self, artifact: ArtifactId) -> Artifact:
        """The artifact, its files checked for presence and size."""
        folder = self.folder(artifact)
        manifest = self._manifest(artifact)
        for entry in manifest.files:
            try:
                size_bytes = os.stat(f"{folder}/{entry.path}").st_size
            except (FileNotFoundError, NotADirectoryError):
                raise _damaged(artifact, entry.path, "a file", "nothing") from None
            if size_bytes != entry.size_bytes:
                expected = f"{entry.size_bytes} bytes"
                raise _damaged(artifact, entry.path, expected, f"{size_bytes} bytes")
        return Artifact(artifact, folder, manifest)

    def verify(self, artifact: ArtifactId) -> None:
        """Compare every byte with the manifest."""
        stored = self.get(artifact)
        if stored.manifest.id != artifact:
            raise _damaged(artifact, MANIFEST_NAME, artifact, stored.manifest.id)
        for entry in stored.manifest.files:
            sha256 = digest_of_file(stored.folder / entry.path)
            if sha256 != entry.sha256:
                raise _damaged(artifact, entry.path, entry.sha256, sha256)

    def ids(self) -> Iterator[ArtifactId]:
        """Every artifact in the store."""
        if not self.root.is_dir():
            return
        for shelf in sorted(self.root.iterdir()):
            if len(shelf.name) == 2 and shelf.is_dir():
                folders = (entry for entry in sorted(shelf.iterdir()) if entry.is_dir())
                yield from (ArtifactId(folder.name) for folder in folders)

    def discard(self, artifact: ArtifactId) -> None:
        """Remove an artifact; first out of sight, then from disk."""
        doomed = self.stage() / artifact
        try:
            self.folder(artifact).rename(doomed)
        except FileNotFoundError:
            return
        finally:
            shutil.rmtree(doomed.parent, ignore_errors=True)

    def abandoned(self, *, now: float | None = None) -> list[Path]:
        """Staged folders that no living job can still be filling."""
        staging = self.root / _STAGING
        if not staging.is_dir():
            return []
        limit = (time.time() if now is None else now) - _ABANDONED_AFTER_S
        return [path for path in sorted(staging.iterdir()) if _changed(path) < limit]

    def _is_sound(self, artifact: ArtifactId) -> bool:
        """Whether an artifact is there, byte for byte."""
        try:
            self.verify(artifact)
        except (NotFound, ArtifactDamaged):
            return False
        return True

    def _manifest(self, artifact: ArtifactId) -> Manifest:
        path = self.folder(artifact) / MANIFEST_NAME
        try:
            return Manifest.from_json(json.loads(path.read_bytes()))
        except FileNotFoundError:
            raise NotFound.of(
                f"artifact {artifact[:12]} is not in this workspace",
                fix="Run the node that made it again (netloom run --force NODE)",
            ) from None
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(artifact, MANIFEST_NAME, "a manifest", error) from error


def _flush(folder: Path) -> None:
    """Make content durable before the rename that publishes it."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    if len(files) > _MANY_FILES:
        os.sync()  # one pass over the disk instead of a wait for each file
        return
    for path in files:
        with path.open("rb") as stream:
            os.fsync(stream.fileno())


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # its owner has just committed or removed it
        return float("inf")


def _damaged(artifact: ArtifactId, file: str, expected: str, got: object) -> ArtifactDamaged:
    return ArtifactDamaged.of(
        f"artifact {artifact[:12]} is damaged: {file}",
        expected=expected,
        got=str(got),
        fix="Run the node that made it again (netloom run --force NODE)",
    )
