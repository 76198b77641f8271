"""Codecs: how the values that flow along edges are kept as artifacts."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, TypeVar

from netloom.core.identifiers import ArtifactId

Value = TypeVar("Value")


class Codec(Protocol[Value]):
    """Saves and loads one kind of value as a folder.

    A codec is stateless, imports heavy libraries only inside its methods, and is deterministic: equal
    values give byte-equal folders (no time stamps, sorted keys), or early cut-off cannot work.
    """

    media_type: str

    def save(self, value: Value, folder: Path, *, workdir: Path) -> tuple[ArtifactId, ...]:
        """Write ``value`` into the empty ``folder``; return the artifacts it points into.

        Files that the value keeps under ``workdir`` (the job's own scratch folder) may be moved.
        """

    def load(self, folder: Path, *, artifact: ArtifactId) -> Value:
        """Read the value back. Must never execute or unpickle stored content."""

    def preview(self, folder: Path) -> dict[str, Any]:
        """A small JSON summary for people: counts, sizes, first rows; never the data itself."""
