"""Locations: where a description says its bytes are, without tying it to one machine.

Forms:
    artifact:<id>/index.parquet   a file of an artifact
    self:index.parquet            the same, seen from inside that artifact (its id is not known yet)
    work:images.npy               a file a job has just written to its work folder
    path:data/flowers             a user's file or folder; relative ones start at the project folder
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from netloom.core.identifiers import ArtifactId

Resolve = Callable[[str], Path]
"""Turns a location into a path on this machine. Raises NotFound for an unknown artifact."""


def artifact_location(artifact: ArtifactId, path: str = "") -> str:
    """Location of an artifact, or of one of its files."""
    return f"artifact:{artifact}" + (f"/{path}" if path else "")


def artifact_of(location: str) -> ArtifactId | None:
    """The artifact a location points into, if it does."""
    scheme, _, rest = location.partition(":")
    return ArtifactId(rest.partition("/")[0]) if scheme == "artifact" else None


def is_own(location: str) -> bool:
    """True for ``self:`` locations."""
    return location.startswith("self:")


def anchored(location: str, artifact: ArtifactId) -> str:
    """A ``self:`` location as seen from outside its artifact; others unchanged."""
    return artifact_location(artifact, location[5:]) if is_own(location) else location


def local_path(location: str, project: Path | None = None) -> Path:
    """Path of a ``path:`` location; enough where no artifacts exist (notebooks, tests)."""
    scheme, _, rest = location.partition(":")
    if scheme != "path":
        raise ValueError(f"not a path: location: {location!r}")
    path = Path(rest).expanduser()
    return path if path.is_absolute() or project is None else project / path
