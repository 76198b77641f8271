"""How tables are kept as artifacts: a description and a folder of Parquet files."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from netloom.core.digests import canonical_json
from netloom.core.errors import InvalidData
from netloom.core.identifiers import ArtifactId
from netloom.core.locations import anchored, artifact_of
from netloom.tables.columns import columns_to_json
from netloom.tables.table import ROWS_FOLDER, Table

TABLE_NAME = "table.json"


class TableCodec:
    """Keeps a :class:`Table`. See :class:`netloom.core.codecs.Codec`."""

    media_type = "application/vnd.netloom.table"

    def save(self, value: Table, folder: Path, *, workdir: Path) -> tuple[ArtifactId, ...]:
        """Move a ``work:`` folder into the artifact; refer to what lies elsewhere."""
        scheme, _, rest = value.location.partition(":")
        kept = value
        if scheme == "work":
            source = workdir / rest
            if not source.is_dir():
                raise InvalidData.of(
                    f"the operator returned a table that it did not write: {rest!r}",
                    code="X206",
                    fix="Write it below run.workdir before returning it",
                )
            shutil.move(source, folder / ROWS_FOLDER)
            kept = replace(value, location=f"self:{ROWS_FOLDER}")
        (folder / TABLE_NAME).write_text(canonical_json(kept.to_json()), encoding="utf-8")
        owner = artifact_of(kept.location)
        return (owner,) if owner else ()

    def load(self, folder: Path, *, artifact: ArtifactId) -> Table:
        """The table, its location as seen from outside the artifact."""
        table = _read(folder)
        return replace(table, location=anchored(table.location, artifact))

    def preview(self, folder: Path) -> dict[str, Any]:
        """Rows, columns with their types, keys, the day of the data and where they lie."""
        table = _read(folder)
        sizes = (
            [file.size_bytes for file in table.outer]
            if table.outer is not None
            else [file.stat().st_size for file in folder.rglob("*.parquet")]
        )
        return {
            "rows": table.rows,
            "columns": columns_to_json(table.columns),
            "keys": list(table.keys),
            "partitions": list(table.partitions),
            "files": len(sizes),
            "size_bytes": sum(sizes),
            "date": table.date,
            "location": "" if table.outer is None else table.location.removeprefix("path:"),
            "remarks": list(table.remarks),
        }


def _read(folder: Path) -> Table:
    try:
        document = json.loads((folder / TABLE_NAME).read_text(encoding="utf-8"))
        return Table.from_json(document)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidData.of(
            f"the description of a table cannot be read: {error}",
            code="T107",
            fix="Run the node that made the table again",
        ) from error
