"""Plain port types that need no deep-learning library: files, tables and JSON values."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netloom.core.digests import canonical_json
from netloom.core.errors import InvalidData
from netloom.core.identifiers import ArtifactId
from netloom.core.locations import anchored, artifact_of


@dataclass(frozen=True, slots=True)
class File:
    """A file that flows along an edge, e.g. a report.

    Attributes:
        location: Where it is (see :mod:`netloom.core.locations`).
        media_type: IANA media type, e.g. ``text/html``.
    """

    location: str
    media_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class TableFile(File):
    """A Parquet file that flows along an edge."""

    media_type: str = "application/vnd.apache.parquet"


class FileCodec:
    """Keeps a :class:`File`; a ``work:`` file is moved into the artifact."""

    media_type = "application/vnd.netloom.file"

    def save(self, value: File, folder: Path, *, workdir: Path) -> tuple[ArtifactId, ...]:
        """Move or refer; see :class:`netloom.core.codecs.Codec`."""
        scheme, _, rest = value.location.partition(":")
        location = value.location
        if scheme == "work":
            source = workdir / rest
            if not source.is_file():
                raise InvalidData.of(
                    f"the operator returned a file that it did not write: {rest!r}",
                    code="X206",
                    fix="Write it below run.workdir before returning it",
                )
            shutil.move(source, folder / source.name)
            location = f"self:{source.name}"
        description = {
            "location": location,
            "media_type": value.media_type,
            "table": isinstance(value, TableFile),
        }
        (folder / "file.json").write_text(canonical_json(description))
        points_into = artifact_of(location)
        return (points_into,) if points_into else ()

    def load(self, folder: Path, *, artifact: ArtifactId) -> File:
        """The file, its location as seen from outside the artifact."""
        description = json.loads((folder / "file.json").read_text())
        kind = TableFile if description["table"] else File
        return kind(anchored(description["location"], artifact), description["media_type"])

    def preview(self, folder: Path) -> dict[str, Any]:
        """Name, size and media type."""
        description = json.loads((folder / "file.json").read_text())
        name = description["location"].partition(":")[2]
        path = folder / name
        size = path.stat().st_size if path.is_file() else None
        return {"file": name, "media_type": description["media_type"], "size_bytes": size}


class JsonCodec:
    """Keeps whatever JSON can express: numbers, texts, lists, mappings, None."""

    media_type = "application/json"

    def save(self, value: Any, folder: Path, *, workdir: Path) -> tuple[ArtifactId, ...]:
        """Write canonical JSON."""
        try:
            text = canonical_json(value)
        except (TypeError, ValueError) as error:
            raise InvalidData.of(
                f"the operator returned a value that cannot be kept as JSON: {error}",
                code="X206",
                fix="Return numbers, texts, lists and mappings, a File or TableFile written below "
                "run.workdir, or register a codec for the type",
            ) from error
        (folder / "value.json").write_text(text)
        return ()

    def load(self, folder: Path, *, artifact: ArtifactId) -> Any:
        """The value."""
        return json.loads((folder / "value.json").read_text())

    def preview(self, folder: Path) -> dict[str, Any]:
        """The value itself if it is small, else its size."""
        path = folder / "value.json"
        if path.stat().st_size <= 4096:
            return {"value": json.loads(path.read_text())}
        return {"size_bytes": path.stat().st_size}
